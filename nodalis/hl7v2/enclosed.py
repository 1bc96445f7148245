"""RTF and PDF in OBX-5: where they begin and end, which of them are read, and their text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from parser.model import Issue, IssueKind

from ..decoding import Extract, NotTextError, decode
from .message import Message, MessageError, part
from .origins import Origin, Words, words
from .pieces import joined

MAX_DOCUMENTS: Final = 50  # of a report: each is read by a process of its own, which may take seconds
_NAMES: Final = {"rtf": "RTF", "x-rtf": "RTF", "pdf": "PDF", "x-pdf": "PDF"}
_MEDIA_TYPES: Final = {"RTF": "application/rtf", "PDF": "application/pdf"}
_BEGIN: Final = re.compile(r"\s*\{\\rtf")
_LITERAL: Final = re.compile(r"\\[\\{}]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_SPACE: Final = re.compile(r"\s+")
_SEVERAL: Final = Issue(IssueKind.UNREADABLE_TEXT, "the report is in several RTF or PDF documents, which may be versions of each other", ())
_NOT_READ: Final = Issue(IssueKind.TEXT_LEFT_OUT, "RTF that stands beside the text was not read, and may be more than a copy of it", ())
_COVERED: Final = Issue(
    IssueKind.TEXT_LEFT_OUT, "a PDF or RTF was not read beside a text that may only lead to it, and may hold what the text does not", ()
)
_SHORT: Final = 300  # characters; a report that says something of nodes in fewer has a number or a category
_POINTS: Final = re.compile(
    r"\b(?:see|refer|view|open|in|as)\b[^.;]{0,40}\b(?:attach(?:ed|ments?)|enclos(?:ed|ures?)|pdf|scan(?:ned)?)\b", re.IGNORECASE
)
_COUNTS: Final = re.compile(r"\bp?n[0-3x]|\d\s?(?:/|of|out\sof)\s?\d|\bnodes?\b[^.;]{0,80}\d|\d[^.;]{0,40}\bnodes?\b", re.IGNORECASE)

Key: TypeAlias = tuple[str, str]  # heading of the section, if it is a known one, and name


@dataclass(frozen=True, slots=True, eq=False)
class Enclosed:
    """A document that is not yet read."""

    kind: str  # RTF, PDF
    data: str = field(repr=False)  # in base64, or RTF as it is
    origin: Origin  # where it begins
    in_text: bool = False  # whether it stands where a text is expected (FT, TX)


def encapsulated(message: Message, raw: str, origin: Origin) -> tuple[Words, bool] | Enclosed:
    """The document of an ED (source, type, subtype, encoding, data), or its text, and whether its encoding was guessed.

    Raises:
        NotTextError: it is neither.
    """
    components = message.components(raw)
    kind, subtype, encoding = (message.plain(part(components, at)).strip().lower() for at in (2, 3, 4))
    data = message.plain(part(components, 5))
    type_, _, second = kind.partition("/")
    name = next((_NAMES[name] for name in (subtype, second, kind) if name in _NAMES), "")
    if name:
        return Enclosed(name, data, origin._replace(offset=None))
    if type_ != "text" or subtype not in ("", "plain"):
        raise NotTextError("of a kind that is not read: expected plain text, RTF or PDF")
    if encoding != "base64":
        return words(data, origin), False
    decoded = decode(_unpacked(data))
    return words(decoded.text, origin._replace(offset=None)), decoded.guessed


def gathered(values: Sequence[Words]) -> list[Words | Enclosed | None]:
    r"""The values of one name in their order, with RTF as one document where it begins; None for the lines it goes on in.

    Senders cut it to lines, and to repetitions where its ``\~`` is not escaped, so it ends where its braces do.

    >>> place = Origin("OBX[1]", 5, 1, 0, 0)
    >>> [type(value).__name__ for value in gathered([words(text, place) for text in ["A.", r"{\rtf1 {1/3", "}}", "B."]])]
    ['Words', 'Enclosed', 'NoneType', 'Words']
    """
    found: list[Words | Enclosed | None] = list(values)
    end = 0
    for start, value in enumerate(values):
        origin = value.pieces[0][1] if value.pieces else None
        if start >= end and origin and _BEGIN.match(value.text):
            end = _end(values, start)
            data = "\n".join(line.text for line in joined(values[start:end]))
            found[start:end] = [Enclosed("RTF", data, origin._replace(offset=None), in_text=True), *[None] * (end - start - 1)]
    return found


def _end(values: Sequence[Words], start: int) -> int:
    """Behind the value in which the braces of RTF match; behind all if they never do, which its reader will refuse."""
    depth = 0
    for at in range(start, len(values)):
        bare = _LITERAL.sub("", values[at].text)
        depth += bare.count("{") - bare.count("}")
        if depth <= 0:
            return at + 1
    return len(values)


def chosen(placed: Sequence[tuple[Key, Enclosed]], told: Mapping[Key, str]) -> tuple[list[Enclosed], list[Issue]]:
    """The documents to read of those in a report or an addendum, and the doubts of this choice; ``told`` are the texts by their names.

    A document is a copy of the text, and PDF one of RTF, unless it is in a known section that has no text. Several of one kind are all
    read, in order: laboratories send one for each section, and one left out could be the one that matters. Those that are not of
    sections of their own may be versions that contradict each other, so somebody must look; as where the text is none to copy.
    """
    missing = [(key, found) for key, found in placed if not told or (key[0] and key not in told)]
    kind = "RTF" if any(found.kind == "RTF" for _, found in missing) else "PDF"
    read = [(key, found) for key, found in missing if found.kind == kind]
    sections = {key for key, _ in read if key[0]}
    several = len(read) > 1 and len(sections) < len(read)
    unread_pdfs = kind == "RTF" and sum(found.kind == "PDF" for _, found in missing) > 1  # cannot all be copies
    not_read = sum(found.in_text for _, found in placed) > sum(found.in_text for _, found in read)
    covers = not read and not not_read and _is_cover("\n".join(told.values()))
    doubts = [_SEVERAL] * (several or unread_pdfs) + [_NOT_READ] * not_read + [_COVERED] * covers
    return [found for _, found in read], doubts


def _is_cover(text: str) -> bool:
    """Whether a text may only lead to the document beside it: it says so, or is short and has neither a category nor a count of nodes."""
    return bool(_POINTS.search(text)) or (len(text) < _SHORT and not _COUNTS.search(text))


def text_of(found: Enclosed) -> Extract:
    """The text of a document, with the doubts of how it was come by.

    Raises:
        MessageError: there is none to be had.
    """
    from ..readers import attachments  # which loads the readers, HL7 v2 among them

    try:
        return attachments.text_of(_data(found), _MEDIA_TYPES[found.kind])
    except NotTextError as error:
        raise MessageError(f"the {found.kind} in OBX-5: {error}") from None


def _data(found: Enclosed) -> bytes:
    return _rtf(found.data) if _BEGIN.match(found.data) else _unpacked(found.data)


def _rtf(text: str) -> bytes:
    r"""RTF as bytes: it is ASCII, and what is decoded already is written as ``\u``, whatever code page it names."""
    return _NOT_ASCII.sub(lambda found: "".join(map(_character, found[0])), text.strip()).encode("ascii")


def _character(sign: str) -> str:
    """A character of RTF, of which some need two numbers; the group keeps what is said of them from the rest."""
    data = sign.encode("utf-16-le", "surrogatepass")
    numbers = (int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2))
    return "{\\uc1" + "".join(f"\\u{number}?" for number in numbers) + "}"


def _unpacked(data: str) -> bytes:
    try:
        return base64.b64decode(_SPACE.sub("", data), validate=True)
    except (binascii.Error, ValueError):
        raise NotTextError("not base64") from None
