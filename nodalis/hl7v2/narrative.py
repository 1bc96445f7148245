"""OBX and NTE segments -> the text of a report, and which of its parts are told by name.

Each section begins with a heading: that of its LOINC code in words every reader of reports knows, else the name the laboratory gives
it. What belongs to one name (one OBX a line, one a part, repetitions, notes) stands below it line by line; an answer of a
checklist is a line of its own. Offsets count characters of this text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from parser.model import Issue

from ..decoding import Decoded
from .enclosed import MAX_DOCUMENTS, Enclosed, Key, chosen, gathered, text_of
from .message import Message, MessageError, Segment, part
from .origins import NOWHERE, Origin, Origins, Words, linked, mapped, words
from .pieces import cut, cut_words, joined
from .values import CODED, TEXT, Embedded, component, values

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
_NAMES: Final = (2, 5, 9, 1)  # components of OBX-3: the text, that of the other code, the original text, the code
_NO_TEXT: Final = "no text in it: expected OBX segments with a text (FT, TX, ST, ED)"


@dataclass(frozen=True, slots=True)
class Narrative:
    """The text of a report, where it comes from, and the doubts of how it was come by."""

    decoded: Decoded
    origins: Origins = NOWHERE
    issues: tuple[Issue, ...] = ()


class NoTextError(MessageError):
    """There is no text, nor anything else that could be one."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An OBX or NTE segment, where it belongs, and what each of its repetitions says."""

    segment: Segment
    key: Key
    values: Sequence[Words | Enclosed]

    def words(self, texts: Mapping[Enclosed, Words]) -> list[Words]:
        """Its values as text; documents that are not read are none."""
        found = (texts.get(value) if isinstance(value, Enclosed) else value for value in self.values)
        return [said for said in found if said is not None]


def is_addendum(message: Message, order: Segment) -> bool:
    """Whether an OBR is for an addendum, by its LOINC code."""
    return message.value(order, 4) in _ADDENDUM


def narrative(message: Message, orders: Sequence[tuple[Segment, Sequence[Segment]]]) -> Narrative:
    """The text of a report: of each OBR its OBX and NTE segments.

    Raises:
        MessageError: there is none, or none in a form that is read.
    """
    embedded = Embedded()
    parts = [(message.value(order, 4), list(_rows(message, rows, embedded))) for order, rows in orders]
    texts, issues = _documents(parts)
    lines: list[Words] = []
    for name, rows in parts:
        code = name if len(orders) > 1 else ""  # what this part of the report is
        headings = ["ADDENDUM"] * (code in _ADDENDUM) + [_CHECKLIST] * (code in _SYNOPTIC)
        found = list(_lines(message, rows, texts, embedded, headings[-1:]))
        if found:
            lines += [words(f"\n{heading}") for heading in headings]
        lines += found
    text, origins = mapped(linked(lines, "\n"))
    if not text.strip():
        raise MessageError(embedded.reasons[0]) if embedded.reasons else NoTextError(_NO_TEXT)
    return Narrative(
        Decoded(text, message.encoding, message.guessed or embedded.guessed), origins, (*issues, *cut(text, origins, embedded.cut))
    )


def _documents(parts: Sequence[tuple[str, Sequence[_Row]]]) -> tuple[dict[Enclosed, Words], tuple[Issue, ...]]:
    """The texts of the documents that are read, and all doubts; none in an addendum is a copy of what the report says, nor the reverse."""
    report = [row for code, rows in parts if code not in _ADDENDUM for row in rows]
    texts: dict[Enclosed, Words] = {}
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
            texts[document] = words(found.decoded.text.strip("\n"), document.origin)
            issues |= dict.fromkeys(found.issues)
    return texts, tuple(issues)


def _told(rows: Iterable[_Row]) -> dict[Key, str]:
    """The texts by their names. An answer that is in no checklist is none (an age, "see report"), nor is a note."""
    told: dict[Key, str] = {}
    for key, group in groupby(rows, lambda row: row.key):
        members = [row for row in group if row.segment.name == "OBX" and any(said.text.strip() for said in row.words({}))]
        if members and (key[0] or _is_text(members)):
            told[key] = "\n".join((told.get(key, ""), *(said.text for row in members for said in row.words({}))))
    return told


def _lines(
    message: Message, rows: Iterable[_Row], texts: Mapping[Enclosed, Words], embedded: Embedded, above: Sequence[str]
) -> Iterator[Words]:
    """The lines of an OBR, below the headings of their sections; ``above`` is the heading that stands there already."""
    last = "".join(above)
    for (section, name), group in groupby(rows, lambda row: row.key):
        members = list(group)
        wanted = [said for row in members for said in row.words(texts)]
        if not any(said.text.strip() for said in wanted):
            continue
        checklist = section == _CHECKLIST or not (section or _is_text(members))
        heading = section or ("" if checklist else name)
        named = _named(message, members[0].segment) if name else words("")
        if heading and heading != last:
            yield linked((words("\n"), words(heading) if section else named))
        last = heading or last
        if checklist:
            yield from _answers(named, members, texts)
            continue
        lines = joined(wanted)
        embedded.cut |= cut_words(lines)
        yield from lines


def _rows(message: Message, rows: Iterable[Segment], embedded: Embedded) -> Iterator[_Row]:
    """The rows of an OBR, each with what it says."""
    for key, group in groupby(_keyed(message, rows), lambda row: row[0]):
        members = [(row, values(message, row, embedded)) for _, row in group]
        pending = iter(gathered([value for row, said in members if row.name == "OBX" for value in said if isinstance(value, Words)]))
        for row, said in members:
            if row.name == "OBX":
                said = [found for value in said if (found := next(pending) if isinstance(value, Words) else value) is not None]
            yield _Row(row, key, said)


def _keyed(message: Message, rows: Iterable[Segment]) -> Iterator[tuple[Key, Segment]]:
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
    name = next((part(parts, at) for at in _NAMES if part(parts, at)), "")
    return section, name if section in ("", _CHECKLIST) else ""


def _named(message: Message, row: Segment) -> Words:
    """The name in OBX-3."""
    found = (component(message, row.raw(3), Origin(row.place, 3, 1, at, 0)) for at in _NAMES)
    return next((name for name in found if name.text), words(""))


def _is_text(rows: Sequence[_Row]) -> bool:
    """Whether rows of one name are a text and no answer: one short value of the type ST may be either, and is an answer."""
    kinds = [row.segment.raw(2).upper() for row in rows if row.segment.name == "OBX"]
    return not kinds or (set(kinds) <= TEXT and (len(kinds) > 1 or kinds[0] != "ST"))


def _answers(name: Words, rows: Iterable[_Row], texts: Mapping[Enclosed, Words]) -> Iterator[Words]:
    """Question and answer on one line. A number may stand in a row of its own behind the answer chosen from a list."""
    line: list[Words] = []
    for row in rows:
        said = [value for value in row.words(texts) if value.text.strip()]
        note = row.segment.name == "NTE"
        if line and (note or row.segment.raw(2).upper() in CODED):
            yield linked(line, ": ")
            line = []
        if note:
            yield from said
        elif said:
            line = [*(line or ([name] if name.text else [])), linked(said, "; ")]
    if line:
        yield linked(line, ": ")
