"""OBX and NTE segments -> the text of a report, and which of its parts are told by name.

Each section begins with a heading: that of its LOINC code in words every reader of reports knows, else the name the laboratory gives
it. What belongs to one name (one OBX a line, one a part, repetitions, notes) stands below it line by line; an answer of a
checklist is a line of its own. Offsets count characters of this text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from ..decoding import Decoded, NotTextError, decode
from .message import Message, MessageError, Segment, part

# Sections of pathology reports by LOINC, as NAACCR Volume V and laboratories send them.
_SECTIONS: Final = {
    "22633-2": "SPECIMENS SUBMITTED", "22634-0": "GROSS DESCRIPTION", "22635-7": "MICROSCOPIC DESCRIPTION", "22636-5": "CLINICAL HISTORY",
    "22637-3": "FINAL DIAGNOSIS", "22638-1": "COMMENT", "22639-9": "SUPPLEMENTAL REPORT", "83321-0": "INTRAOPERATIVE CONSULTATION",
}  # fmt: skip
_CHECKLIST: Final = "SYNOPTIC REPORT"
_TEMPLATE: Final = frozenset({"60572-5", "60573-3", "60574-1"})  # which checklist it is
_CHECKLISTS: Final = frozenset({"CAPECC", "CAPECP"})  # coding systems of its questions
_ADDENDUM: Final = frozenset({"35265-8", "60569-1"})
_SYNOPTIC: Final = frozenset({"60568-3", "60569-1"})
_TEXT: Final = frozenset({"FT", "TX", "ST", "ED", "RP", ""})
_CODED: Final = frozenset({"CE", "CWE", "CNE", "CF"})
_MIN_WIDTH: Final = 40  # characters of lines that are cut to one width; shorter ones are alike by chance
_SPACE: Final = re.compile(r"\s+")
_MARKUP: Final = re.compile(r"\s*(?:(\{\\rtf)|<(?:\?xml|!doctype|html|body|div|p|ClinicalDocument)\b)", re.IGNORECASE)
_POINTER: Final = "its text is only a pointer (RP), and nothing is fetched"
_NO_TEXT: Final = "no text in it: expected OBX segments with a text (FT, TX, ST)"


@dataclass(slots=True)
class _Embedded:
    """What stands in OBX segments besides text: why it is not read, and whether a text in it was guessed."""

    reasons: list[str] = field(default_factory=list)
    guessed: bool = False


def is_addendum(message: Message, order: Segment) -> bool:
    """Whether an OBR is for an addendum, by its LOINC code."""
    return message.value(order, 4) in _ADDENDUM


def narrative(message: Message, orders: Sequence[tuple[Segment, Sequence[Segment]]]) -> Decoded:
    """The text of a report: of each OBR its OBX and NTE segments.

    Raises:
        MessageError: there is none, or none in a form that is read.
    """
    embedded = _Embedded()
    lines: list[str] = []
    for order, rows in orders:
        code = message.value(order, 4) if len(orders) > 1 else ""  # what this part of the report is
        headings = ["ADDENDUM"] * (code in _ADDENDUM) + [_CHECKLIST] * (code in _SYNOPTIC)
        found = list(_lines(message, rows, embedded, headings[-1:]))
        if found:
            lines += [f"\n{heading}" for heading in headings]
        lines += found
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        raise MessageError(embedded.reasons[0] if embedded.reasons else _NO_TEXT)
    return Decoded(f"{text}\n", message.encoding, message.guessed or embedded.guessed)


def _lines(message: Message, rows: Iterable[Segment], embedded: _Embedded, above: Sequence[str]) -> Iterator[str]:
    """The lines of an OBR, below the headings of their sections; ``above`` is the heading that stands there already."""
    last = "".join(above)
    for (heading, name), group in groupby(_named(message, rows), lambda row: row[0]):
        members = [row for _, row in group]
        wanted = [value for row in members for value in _values(message, row, embedded)]
        if not any(value.strip() for value in wanted):
            continue
        checklist = heading == _CHECKLIST or not (heading or _is_text(members))
        heading = heading or ("" if checklist else name)
        if heading and heading != last:
            yield f"\n{heading}"
        last = heading or last
        yield from _answers(message, name, members, embedded) if checklist else _joined(wanted)


def _named(message: Message, rows: Iterable[Segment]) -> Iterator[tuple[tuple[str, str], Segment]]:
    """Each row with the heading of its section, if it has a known one, and its name; a note has those of the row before it."""
    key = ("", "")
    known: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row.name == "OBX":
            raw = row.raw(3)
            key = known.get(raw) or known.setdefault(raw, _key(message, raw))
        yield key, row


def _key(message: Message, raw: str) -> tuple[str, str]:
    """Heading and name of an observation identifier (OBX-3), which may have two codes."""
    parts = message.parts(raw)
    codes = {part(parts, 1), part(parts, 4)}
    section = next((heading for code, heading in _SECTIONS.items() if code in codes), "")
    if codes & _TEMPLATE or {part(parts, 3), part(parts, 6)} & _CHECKLISTS:
        section = _CHECKLIST
    name = next((part(parts, at) for at in (2, 5, 9, 1) if part(parts, at)), "")
    return section, name if section in ("", _CHECKLIST) else ""


def _is_text(rows: Sequence[Segment]) -> bool:
    """Whether rows of one name are a text and no answer: one short value of the type ST may be either, and is an answer."""
    kinds = [row.raw(2).upper() for row in rows if row.name == "OBX"]
    return not kinds or (set(kinds) <= _TEXT and (len(kinds) > 1 or kinds[0] != "ST"))


def _answers(message: Message, name: str, rows: Iterable[Segment], embedded: _Embedded) -> Iterator[str]:
    """Question and answer on one line. A number may stand in a row of its own behind the answer chosen from a list."""
    line: list[str] = []
    for row in rows:
        values = [value for value in _values(message, row, embedded) if value.strip()]
        if line and (row.name == "NTE" or row.raw(2).upper() in _CODED):
            yield ": ".join(line)
            line = []
        if row.name == "NTE":
            yield from values
        elif values:
            line = [*(line or filter(None, [name])), "; ".join(values)]
    if line:
        yield ": ".join(line)


def _values(message: Message, row: Segment, embedded: _Embedded) -> list[str]:
    """What each repetition of a row says, in words."""
    if row.name == "NTE":
        return [message.plain(raw) for raw in message.repetitions(row.raw(3))]
    kind = row.raw(2).upper()
    if kind == "RP":
        embedded.reasons.append(_POINTER)
        return []
    repetitions = message.repetitions(row.raw(5))
    if kind == "ED":
        return [text for raw in repetitions if (text := _encapsulated(message, raw, embedded))]
    if kind in _TEXT:
        return [_read(message.plain(raw), embedded) for raw in repetitions]
    parts = [message.parts(raw) for raw in repetitions]
    if kind in _CODED:
        return [next((part(found, at) for at in (2, 9, 5, 1) if part(found, at)), "") for found in parts]
    joined = ["".join(found) if kind == "SN" else " ".join(filter(None, found)) for found in parts]
    unit = message.value(row, 6)
    return [f"{value} {unit}".strip() if value else "" for value in joined]


def _encapsulated(message: Message, raw: str, embedded: _Embedded) -> str:
    """The text of an ED: source, type, subtype, encoding, data. Another kind of data gives a reason."""
    components = message.components(raw)
    kind, subtype, encoding = (message.plain(part(components, at)).strip().lower() for at in (2, 3, 4))
    name = next((name for name in ("pdf", "rtf") if name in (kind, subtype)), "")
    if name:
        embedded.reasons.append(f"its text is {name.upper()} within OBX-5: expected FT, TX, ST, or ED of plain text")
    elif "text" not in (kind, kind.partition("/")[0]) or subtype not in ("", "plain"):
        embedded.reasons.append("its text is data of another kind within OBX-5 (ED): expected plain text")
    elif encoding != "base64":
        return _read(message.plain(part(components, 5)), embedded)
    else:
        try:
            found = decode(base64.b64decode(_SPACE.sub("", message.plain(part(components, 5))), validate=True))
        except (binascii.Error, ValueError) as error:
            embedded.reasons.append(str(error) if isinstance(error, NotTextError) else "the data in OBX-5 (ED) are not base64")
        else:
            embedded.guessed |= found.guessed
            return _read(found.text, embedded)
    return ""


def _read(text: str, embedded: _Embedded) -> str:
    """A text, unless it is one with marks that may strike words out."""
    markup = _MARKUP.match(text)
    if not markup:
        return text
    embedded.reasons.append(f"its text is {'RTF' if markup[1] else 'HTML or XML'} within OBX-5: expected plain text")
    return ""


def _joined(values: Sequence[str]) -> list[str]:
    """The values as lines; as one where they are a text cut to pieces of one width, which may be in the middle of a number.

    >>> _joined(["A. NODES", "(1/3)"]), _joined(["x" * 59 + "1", "x" * 60, "2/14"])[0][-8:]
    (['A. NODES', '(1/3)'], 'xxxx2/14')
    """
    widths = {len(value) for value in values[:-1]}
    if len(values) > 2 and len(widths) == 1 and _MIN_WIDTH <= min(widths) >= len(values[-1]):
        padded = sum(value.endswith(" ") for value in values[:-1])
        if padded * 2 < len(values) and not any("\n" in value for value in values):
            return ["".join(values)]
    return list(values)
