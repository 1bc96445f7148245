"""OBX and NTE segments -> the text of a report, and which of its parts are told by name.

Each section begins with a heading: that of its LOINC code in words every reader of reports knows, else the name the laboratory gives
it. What belongs to one name (one OBX a line, one a part, repetitions, notes) stands below it line by line; an answer of a
checklist is a line of its own. Offsets count characters of this text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from parser.model import Issue

from ..decoding import Decoded, Extract, NotTextError
from .enclosed import MAX_DOCUMENTS, Enclosed, Key, chosen, encapsulated, gathered, text_of
from .message import Message, MessageError, Segment, part
from .pieces import joined

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
_MARKUP: Final = re.compile(r"\s*<(?:\?xml|!doctype|html|body|div|p|ClinicalDocument)\b", re.IGNORECASE)
_POINTER: Final = "its text is only a pointer (RP), and nothing is fetched"
_NO_TEXT: Final = "no text in it: expected OBX segments with a text (FT, TX, ST, ED)"


class NoTextError(MessageError):
    """There is no text, nor anything else that could be one."""


@dataclass(slots=True)
class _Embedded:
    """What stands in OBX segments besides text: why it is not read, and whether a text in it was guessed."""

    reasons: list[str] = field(default_factory=list)
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """An OBX or NTE segment, where it belongs, and what each of its repetitions says."""

    segment: Segment
    key: Key
    values: Sequence[str | Enclosed]

    def words(self, texts: Mapping[Enclosed, str]) -> list[str]:
        """Its values as text; documents that are not read are none."""
        found = (texts.get(value) if isinstance(value, Enclosed) else value for value in self.values)
        return [text for text in found if text is not None]


def is_addendum(message: Message, order: Segment) -> bool:
    """Whether an OBR is for an addendum, by its LOINC code."""
    return message.value(order, 4) in _ADDENDUM


def narrative(message: Message, orders: Sequence[tuple[Segment, Sequence[Segment]]]) -> Extract:
    """The text of a report: of each OBR its OBX and NTE segments.

    Raises:
        MessageError: there is none, or none in a form that is read.
    """
    embedded = _Embedded()
    parts = [(message.value(order, 4), list(_rows(message, rows, embedded))) for order, rows in orders]
    texts, issues = _documents(parts)
    lines: list[str] = []
    for name, rows in parts:
        code = name if len(orders) > 1 else ""  # what this part of the report is
        headings = ["ADDENDUM"] * (code in _ADDENDUM) + [_CHECKLIST] * (code in _SYNOPTIC)
        found = list(_lines(rows, texts, headings[-1:]))
        if found:
            lines += [f"\n{heading}" for heading in headings]
        lines += found
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        raise MessageError(embedded.reasons[0]) if embedded.reasons else NoTextError(_NO_TEXT)
    return Extract(Decoded(f"{text}\n", message.encoding, message.guessed or embedded.guessed), issues)


def _documents(parts: Sequence[tuple[str, Sequence[_Row]]]) -> tuple[dict[Enclosed, str], tuple[Issue, ...]]:
    """The texts of the documents that are read, and all doubts; none in an addendum is a copy of what the report says, nor the reverse."""
    report = [row for code, rows in parts if code not in _ADDENDUM for row in rows]
    texts: dict[Enclosed, str] = {}
    issues: dict[Issue, None] = {}
    for rows in (report, *(rows for code, rows in parts if code in _ADDENDUM)):
        placed = [(row.key, value) for row in rows for value in row.values if isinstance(value, Enclosed)]
        if not placed:
            continue
        wanted, doubts = chosen(placed, _told(rows))
        issues |= dict.fromkeys(doubts)
        if len(texts) + len(wanted) > MAX_DOCUMENTS:
            raise MessageError(f"more than {MAX_DOCUMENTS} RTF or PDF documents in OBX-5: expected those of one report")
        for document in wanted:
            found = text_of(document)
            texts[document] = found.decoded.text.strip("\n")
            issues |= dict.fromkeys(found.issues)
    return texts, tuple(issues)


def _told(rows: Iterable[_Row]) -> set[Key]:
    """The names that have text of their own. An answer that is in no checklist is none (an age, "see report"), nor is a note."""
    told = set()
    for key, group in groupby(rows, lambda row: row.key):
        members = [row for row in group if row.segment.name == "OBX" and any(value.strip() for value in row.words({}))]
        if members and (key[0] or _is_text(members)):
            told.add(key)
    return told


def _lines(rows: Iterable[_Row], texts: Mapping[Enclosed, str], above: Sequence[str]) -> Iterator[str]:
    """The lines of an OBR, below the headings of their sections; ``above`` is the heading that stands there already."""
    last = "".join(above)
    for (heading, name), group in groupby(rows, lambda row: row.key):
        members = list(group)
        wanted = [value for row in members for value in row.words(texts)]
        if not any(value.strip() for value in wanted):
            continue
        checklist = heading == _CHECKLIST or not (heading or _is_text(members))
        heading = heading or ("" if checklist else name)
        if heading and heading != last:
            yield f"\n{heading}"
        last = heading or last
        yield from _answers(name, members, texts) if checklist else joined(wanted)


def _rows(message: Message, rows: Iterable[Segment], embedded: _Embedded) -> Iterator[_Row]:
    """The rows of an OBR, each with what it says."""
    for key, group in groupby(_named(message, rows), lambda row: row[0]):
        members = [(row, _values(message, row, embedded)) for _, row in group]
        pending = iter(gathered([value for row, values in members if row.name == "OBX" for value in values if isinstance(value, str)]))
        for row, values in members:
            if row.name == "OBX":
                values = [found for value in values if (found := next(pending) if isinstance(value, str) else value) is not None]
            yield _Row(row, key, values)


def _named(message: Message, rows: Iterable[Segment]) -> Iterator[tuple[Key, Segment]]:
    """Each row with the heading of its section, if it has a known one, and its name; a note has those of the row before it."""
    key = ("", "")
    known: dict[str, Key] = {}
    for row in rows:
        if row.name == "OBX":
            raw = row.raw(3)
            key = known.get(raw) or known.setdefault(raw, _key(message, raw))
        yield key, row


def _key(message: Message, raw: str) -> Key:
    """Heading and name of an observation identifier (OBX-3), which may have two codes."""
    parts = message.parts(raw)
    codes = {part(parts, 1), part(parts, 4)}
    section = next((heading for code, heading in _SECTIONS.items() if code in codes), "")
    if codes & _TEMPLATE or {part(parts, 3), part(parts, 6)} & _CHECKLISTS:
        section = _CHECKLIST
    name = next((part(parts, at) for at in (2, 5, 9, 1) if part(parts, at)), "")
    return section, name if section in ("", _CHECKLIST) else ""


def _is_text(rows: Sequence[_Row]) -> bool:
    """Whether rows of one name are a text and no answer: one short value of the type ST may be either, and is an answer."""
    kinds = [row.segment.raw(2).upper() for row in rows if row.segment.name == "OBX"]
    return not kinds or (set(kinds) <= _TEXT and (len(kinds) > 1 or kinds[0] != "ST"))


def _answers(name: str, rows: Iterable[_Row], texts: Mapping[Enclosed, str]) -> Iterator[str]:
    """Question and answer on one line. A number may stand in a row of its own behind the answer chosen from a list."""
    line: list[str] = []
    for row in rows:
        values = [value for value in row.words(texts) if value.strip()]
        note = row.segment.name == "NTE"
        if line and (note or row.segment.raw(2).upper() in _CODED):
            yield ": ".join(line)
            line = []
        if note:
            yield from values
        elif values:
            line = [*(line or filter(None, [name])), "; ".join(values)]
    if line:
        yield ": ".join(line)


def _values(message: Message, row: Segment, embedded: _Embedded) -> Sequence[str | Enclosed]:
    """What each repetition of a row says, in words or as a document."""
    if row.name == "NTE":
        return [message.plain(raw) for raw in message.repetitions(row.raw(3))]
    kind = row.raw(2).upper()
    if kind == "RP":
        embedded.reasons.append(_POINTER)
        return []
    repetitions = message.repetitions(row.raw(5))
    if kind == "ED":
        return [found for raw in repetitions if (found := _encapsulated(message, raw, embedded))]
    if kind in _TEXT:
        return [_read(message.plain(raw), embedded) for raw in repetitions]
    parts = [message.parts(raw) for raw in repetitions]
    if kind in _CODED:
        return [next((part(found, at) for at in (2, 9, 5, 1) if part(found, at)), "") for found in parts]
    joined = ["".join(found) if kind == "SN" else " ".join(filter(None, found)) for found in parts]
    unit = message.value(row, 6)
    return [f"{value} {unit}".strip() if value else "" for value in joined]


def _encapsulated(message: Message, raw: str, embedded: _Embedded) -> str | Enclosed:
    """What is in an ED; what is none of a report is a reason and no text."""
    try:
        found = encapsulated(message, raw)
    except NotTextError as error:
        embedded.reasons.append(f"the data in OBX-5 (ED): {error}")
        return ""
    if isinstance(found, Enclosed):
        return found
    embedded.guessed |= found.guessed
    return _read(found.text, embedded)


def _read(text: str, embedded: _Embedded) -> str:
    """A text, unless it is one with marks that may strike words out and are not read."""
    if not _MARKUP.match(text):
        return text
    embedded.reasons.append("its text is HTML or XML within OBX-5: expected plain text")
    return ""
