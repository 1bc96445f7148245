"""A report as passages: which section and version each stretch of text belongs to, and its specimen parts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import regex

from .model import Section, Span, Version
from .words import word_start

# Sections that belong to the report as a whole, so that an addendum printed before them has ended.
_ENDS_ADDENDUM = frozenset({Section.GROSS, Section.SPECIMENS, Section.HISTORY, Section.INTRAOPERATIVE})
# What stands here is no final result of this operation's nodes.
NOT_FINAL = frozenset({Section.HISTORY, Section.BOILERPLATE, Section.SPECIMENS, Section.GROSS, Section.INTRAOPERATIVE})
# Where specimens and their nodes are diagnosed; a text without headings is all diagnosis.
DIAGNOSES = frozenset({Section.DIAGNOSIS, Section.UNKNOWN})
# Sections whose text is divided into specimen parts.
_DIVIDED = frozenset({Section.DIAGNOSIS, Section.MICROSCOPIC, Section.INTRAOPERATIVE, Section.UNKNOWN, Section.COMMENT})


_start = attrgetter("start")


class Part(NamedTuple):
    """A numbered or lettered specimen of a passage; ``label`` is "A", "3" ... and None before the first label."""

    label: str | None
    start: int
    end: int


class Passage(NamedTuple):
    """A stretch of text under one heading."""

    section: Section
    version: Version
    start: int
    end: int
    parts: tuple[Part, ...] = ()

    def part_at(self, offset: int) -> Part:
        """The part that holds the character at ``offset``."""
        parts = self.parts
        if len(parts) == 1:
            return parts[0]
        place = bisect_right(parts, offset, key=_start)
        return parts[place - 1 if place else 0]


class Heading(NamedTuple):
    """A section heading: what it opens and where it stands."""

    section: Section
    version: Version
    span: Span


_FIELDS = frozenset({Section.SPECIMENS, Section.HISTORY})  # "Specimen type: ...", "Operative procedure: ..."
_FIELD = re.compile(r"[^:\n]{3,60}[.\n]\s{0,3}(?:histolog|tumou?r|nuclear|overall|laterality|specimen\stype)[^:.\n]{0,30}:")
_FIRST_FIELDS = 120  # characters of a synoptic block that hold its first fields


def passages(text: str, headings: Sequence[Heading]) -> tuple[Passage, ...]:
    """The passages of a cleaned text in order, from the headings found in it; together they cover the text."""
    found: list[Passage] = []
    section, version, start = Section.UNKNOWN, Version.ORIGINAL, 0
    versions = {heading.version for heading in headings}
    supplemented = Version.ADDENDUM in versions and Version.AMENDMENT not in versions  # an addendum does not replace the original report
    for heading in [*headings, Heading(Section.UNKNOWN, Version.ORIGINAL, Span(len(text), len(text)))]:
        later = heading.version
        if later is Version.SUPERSEDED and supplemented:
            later = Version.ORIGINAL
        elif later is Version.ORIGINAL and heading.section not in _ENDS_ADDENDUM:
            later = version
        if (heading.section, later) == (section, version) and heading.span.start < len(text):
            continue  # the heading of a continued page
        if heading.section in _FIELDS and section is Section.SYNOPTIC and heading.span.start - start < _FIRST_FIELDS:
            continue  # a field of the synoptic block
        if heading.section is Section.HISTORY and section in DIAGNOSES and _FIELD.match(text, heading.span.end):
            continue  # "Operative procedure: mastectomy. Histologic type: ...", a checklist within the diagnosis
        if heading.span.start > start:
            found.append(Passage(section, version, start, heading.span.start))
        section, version, start = heading.section, later, heading.span.start
    undiagnosed = all(one.section is not Section.DIAGNOSIS for one in found)
    return tuple(_with_parts(text, (passage for one in found for passage in _closed(text, one, undiagnosed))))


_NODE_TITLE = re.compile(word_start("n[o0]{1,2}[dca]es?", "sentine[a-z]{1,3}", "axill[a-z]{1,5}", "slns?", "lymph[a-z]{0,6}") + "(?![a-z])")


_LABEL_LENGTH = 9  # of the label of a part, which may end in a colon: "PART 12:"


def names_nodes(text: str, part: Part, before: int | None = None) -> bool:
    """Whether a part is a specimen of nodes by its title, which ends at ``before`` at the latest."""
    end = min(part.end if before is None else before, part.start + 90)
    colon = text.find(":", part.start + _LABEL_LENGTH, end)
    return _NODE_TITLE.search(text, part.start, end if colon < 0 else colon) is not None


def _with_parts(text: str, found: Iterable[Passage]) -> Iterator[Passage]:
    """The passages with their parts; what stands within a diagnosis ends where the next specimen of that diagnosis begins."""
    diagnosis: Passage | None = None
    for one in found:
        counted = 0
        start = _resumed(text, diagnosis, one) if diagnosis is not None and one.section in _WITHIN_DIAGNOSIS else None
        if diagnosis is not None and start is not None:
            within = one._replace(end=start)
            yield within._replace(parts=_parts(text, within))
            one, counted = Passage(Section.DIAGNOSIS, one.version, start, one.end), _counted(diagnosis)
        passage = one._replace(parts=_parts(text, one, counted))
        yield passage
        if passage.section in DIAGNOSES:
            diagnosis = passage
        elif passage.section not in _WITHIN_DIAGNOSIS:
            diagnosis = None


# The title of a specimen behind its label: "6). Lymph node, left axilla, excision:", "4. Left axillary. contents, dissection:" as scanned
_SPECIMEN = re.compile(
    r"[\s).:-]{1,6}(?:[^.:]|\.(?=\s)){0,60}?(?<![a-z])(?:lymph|n[o0]des?|breast|axill[a-z]{1,5}|sentinel|skin|nipple|margin|tissue)(?![a-z])"
    r"(?P<removed>(?:[^.:]|\.(?=\s)){0,60}(?:excision|biopsy|resection|mastectomy|dissection|lumpectomy|ectomy|contents)[^.:a-z]{0,4})?[^.:;]{0,30}[:;]"
)


_WITHIN_DIAGNOSIS = (Section.COMMENT, Section.BOILERPLATE, Section.SYNOPTIC, Section.ANCILLARY)


def _resumed(text: str, before: Passage, within: Passage) -> int | None:
    """Where a comment or a block is over because the parts of the diagnosis before it go on counting."""
    label = _last_label(before)
    if label is None:
        return None
    last, digits = _rank(label), label.isdigit()
    block = within.section in (Section.SYNOPTIC, Section.ANCILLARY)
    for match in _labels(text[within.start : within.end]):
        label = match["label"]
        if label.isdigit() != digits:
            continue
        if block and _rank(label) == 1:
            return None  # the block counts its own lines
        title = _SPECIMEN.match(text, within.start + match.end("label")) if last < _rank(label) <= last + 2 else None
        next_one = last > 1 and _rank(label) == last + 1 and not (block and digits)
        if title is not None and (title["removed"] or next_one):
            return within.start + match.start("whole")
    return None


def _counted(passage: Passage) -> int:
    """The number of the last specimen of a passage."""
    label = _last_label(passage)
    return _rank(label) if label else 0


def _last_label(passage: Passage) -> str | None:
    return next((part.label.lstrip("#") for part in reversed(passage.parts) if part.label), None)


def _rank(label: str) -> int:
    """The number of a label, 1 for "a", 2 for "ii"; 0 for letters that are no numeral."""
    if len(label) > 1 and not label.isdigit():
        return _NUMERALS.get(label.lower(), 0)
    return int(label) if label.isdigit() else ord(label.lower()) - 96


# A blank line closes a short section whose text began on the line of its heading.
_INLINE = re.compile(r"[^\n]{0,60}?[:.][ \t]{1,3}\S[^\n]*+\n(?:[^\S\n]*+\S[^\n]*+\n){0,6}+[^\S\n]*+\n\s*+(?=\S)")


# A history that goes over into the diagnosis of specimens: "Operation: mastectomy. |A. Left sentinel node #1: negative. B. ..."
_TO_SPECIMENS = re.compile(r"[\s\S]{20,600}?[.\n]\s{1,3}(?=[a1][.:)]\s[^.:]{3,80}:[\s\S]{20,900}?[.\n]\s{1,3}[b2][.:)]\s[^.:]{3,80}:)")


# A clinical history is short; what goes on longer in a report without a diagnosis is the report under a lost heading.
_LONG_HISTORY = re.compile(r"[\s\S]{300,800}?\.\s(?=[\s\S]{400})")


def _closed(text: str, passage: Passage, undiagnosed: bool) -> Iterator[Passage]:
    """The passage, cut where a blank line ends a list of specimens or a history, or where a history is too long for one."""
    end = _INLINE.match(text, passage.start, passage.end) if passage.section in (Section.SPECIMENS, Section.HISTORY) else None
    if end is None and undiagnosed and passage.section is Section.HISTORY:
        end = _TO_SPECIMENS.match(text, passage.start, passage.end) or _LONG_HISTORY.match(text, passage.start, passage.end)
    if end is None:
        yield passage
        return
    yield passage._replace(end=end.end())
    yield Passage(Section.UNKNOWN, passage.version, end.end(), passage.end)


# A label stands at the start of the passage, of a line or of a sentence: "PART 1:", "A.", "(A)", "1).", "#1-", "Specimen B:".
# One at the start has nothing before it. All others begin with a character of one class, which ``re`` finds fast.
_LABEL_BEHIND = (
    r"[\s-]{0,5}+(?=[^a-z]|[a-z](?:[^a-z]|and|to|thr)|[ivx]{2}|part|spec|tissue)(?P<whole>"  # the lookahead only spares time
    r"(?P<word>(?:part|specimen|spec|tissue)\s{0,2}\#?\s{0,2})?+(?P<open>[(\#]{0,2}+)\s?(?P<label>[ivx]{2,4}|[a-z]|\d{1,2})(?:\s?(?:,|&|-|and|to|through)\s?(?:[a-z]|\d{1,2}))?\s?"
    r"(?=(?P<close>\)\s?[.:]|[).:](?!\d)|-(?=[\sa-z])|,(?=\s)|/(?=\s))))"
)
_FIRST_LABEL = re.compile(rf"(?:[\n.:;)\]\"'=_>]|\A|(?:diagnos[ei]s|interpretation|consultation)(?=\s)){_LABEL_BEHIND}")
_LABEL_BEHIND_SIGN = re.compile(r"[\n.:;)\]\"'=_>]" + _LABEL_BEHIND)
_LABEL = re.compile(
    r"[\n.:;)\]\"'=_>dic](?:(?<![dic])|(?<=d)iagnos[ei]s(?=\s)|(?<=i)nterpretation(?=\s)|(?<=c)onsultation(?=\s))" + _LABEL_BEHIND
)
_OPENING_WORDS = tuple(re.compile(rf"{word}\s") for word in ("diagnos[ei]s", "interpretation", "consultation"))


# "number of nodes examined:3.": what stands behind such a label is its value
_VALUE_OF = re.compile(
    r"(?:examined|positive|involved|metasta[a-z]{1,6}|sampled|retrieved|received|identified|found|total|number|grade|score|size|nodes|\([mc]m\))\Z"
)
_VALUE_OF_LENGTH = 13  # of its longest word
_NO = re.compile(r"(?<![a-z])n[or]s?\Z")
_NO_LENGTH = 3


def _labels(text: str) -> Iterator[re.Match[str]]:
    """What stands like a label of a part, in order."""
    first = _FIRST_LABEL.match(text)
    if first is not None:
        yield first
    label = _LABEL if any(word.search(text) for word in _OPENING_WORDS) else _LABEL_BEHIND_SIGN
    yield from label.finditer(text, first.end() if first else 0)


def _parts(text: str, passage: Passage, counted: int = 0) -> tuple[Part, ...]:
    """The parts of a passage, of whose specimens those up to ``counted`` stand in a passage before it."""
    if passage.section not in _DIVIDED:
        return (Part(None, passage.start, passage.end),)
    runs: dict[tuple[bool, bool, str, str], list[tuple[int, int]]] = {}
    for match in _labels(text[passage.start : passage.end]):
        label, before = match["label"], passage.start + match.start()
        if match[0][0] == "." and label.isdigit() and _NO.search(text, max(passage.start, before - _NO_LENGTH), before):
            continue  # "sentinel node no. 1: negative"
        if match[0][0] in ":=" and _VALUE_OF.search(text, max(passage.start, before - _VALUE_OF_LENGTH), before):
            continue
        form = (bool(match["word"]), "(" in match["open"], match["close"].strip()[:1] if not match["word"] else "")
        place = passage.start + match.start("whole")
        if label.isdigit() or len(label) == 1:
            runs.setdefault((*form, "digit" if label.isdigit() else "letter"), []).append((_rank(label) - counted, place))
        if (numeral := _NUMERALS.get(label)) and (match[0][0] not in ":=" or place < passage.start + 60):
            runs.setdefault((*form, "roman"), []).append((numeral - counted, place))
    best: list[tuple[int, int]] = []
    kind = "digit"
    best_key: tuple[bool, bool, int, int] = (False, False, 0, 0)
    for style, marks in runs.items():
        run = marks if style[0] else _increasing(marks)
        opens = len(run) > 1 and run[0][0] == 1 and run[0][1] < passage.start + 60
        key = (style[0] and len(run) > 1, opens, len(run), -run[0][1]) if run else (False, False, 0, 0)
        lone = len(run) == 1 and not style[0] and run[0][1] > passage.start + 60
        # Roman numerals are letters too, and stand in grades and stages: they label specimens where none of them is missing
        gap = len(run) < 2 or run[0][0] != 1 or any(next_[0] not in (1, one[0] + 1) for one, next_ in pairwise(run))
        uncounted = style[3] == "roman" and gap
        if run and not lone and not uncounted and key > best_key:
            best, best_key, kind = run, key, style[3]
    if not best:
        return _titled(text, passage)
    ends = [position for _, position in best[1:]] + [passage.end]
    names = [_name(rank + counted, kind) for rank, _ in best]
    lost = None if best[0][0] + counted != 2 else _name(1, kind)  # what stands before the second specimen is the first
    head = [Part(lost, passage.start, best[0][1])] if best[0][1] > passage.start else []
    return (*head, *(Part(name, position, end) for name, (_, position), end in zip(names, best, ends, strict=True)))


_UP_TO_TEN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_NUMERALS = {numeral: rank for rank, numeral in enumerate((*_UP_TO_TEN, *(f"x{numeral}" for numeral in _UP_TO_TEN)), 1)}


def _name(rank: int, kind: str) -> str:
    """A specimen's label as it is printed: "B", "2" or "II"."""
    if kind == "roman":
        return next((numeral.upper() for numeral, number in _NUMERALS.items() if number == rank), str(rank))
    return chr(rank + 64) if kind == "letter" else str(rank)


# Without labels a part opens with what was removed: "Lymph nodes, right axillary, dissection:".
_TITLE = regex.compile(
    r"(?:(?<=[\n.:;)\]](?:\s|-){0,5})|(?<![\s\S]))(?:(?:left|right)\s{1,2})?(?:(?:sentinel|axillary)\s{1,2})?"
    r"(?:(?:lymph\s{1,2})?nodes?(?:\s{1,2}\#?\s?\d{1,2}(?=\s?:)|\s?,|\s{1,2}(?:left|right|#))"
    r"|slns?\s{1,2}\#?\s?\d{1,2}(?=\s?[,:])"
    r"|(?:breast|axilla|axillary contents|skin|nipple)(?:\s?,|\s{1,2}(?:left|right|#)))(?:[^.:\n]|\n(?!\s)){0,140}:"
)


def _titled(text: str, passage: Passage) -> tuple[Part, ...]:
    starts = [match.start() for match in _TITLE.finditer(text, passage.start, passage.end)]
    if not starts:
        return (Part(None, passage.start, passage.end),)
    head = [Part(None, passage.start, starts[0])] if starts[0] > passage.start else []
    return (
        *head,
        *(Part(f"#{number}", start, end) for number, (start, end) in enumerate(zip(starts, [*starts[1:], passage.end], strict=True), 1)),
    )


def _increasing(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of labels that counts up, with gaps of at most two lost labels; a first label starts over.

    >>> _increasing([(1, 0), (3, 20), (2, 40), (3, 60)])
    [(1, 0), (2, 40), (3, 60)]
    """
    run = _greedy(marks)
    if all(one[0] + 1 == next_[0] or next_[0] == 1 for one, next_ in pairwise(run)):
        return run
    best: dict[int, _Run] = {}  # by the last label: of the runs that end with it the one of most steps, then the longest, then the first
    whole: _Run | None = None
    for number, mark in enumerate(marks):
        rank = mark[0]
        before = [
            (one.steps + (rank == last + 1), one.length, -one.number, one)
            for last in (best if rank == 1 else range(rank - 3, rank))
            if (one := best.get(last)) is not None and (last < rank <= last + 3 or (last >= 2 and rank == 1))
        ]
        if not before and rank > 2:
            continue
        steps, length, _, previous = max(before, key=lambda run: run[:3]) if before else (0, 0, 0, None)
        longer = _Run(steps, length + 1, number, mark, previous)
        if rank not in best or longer[:2] > best[rank][:2]:
            best[rank] = longer
        if whole is None or longer[:2] > whole[:2]:
            whole = longer
    longest: list[tuple[int, int]] = []
    while whole is not None:
        longest.append(whole.mark)
        whole = whole.previous
    return longest[::-1]


class _Run(NamedTuple):
    """Labels that count up, by the last of them."""

    steps: int  # of one
    length: int
    number: int  # of the mark it ends with
    mark: tuple[int, int]
    previous: _Run | None


def _greedy(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each label that goes on counting from the one before it."""
    last = 0
    run: list[tuple[int, int]] = []
    for rank, position in marks:
        if (last == 0 and 1 <= rank <= 2) or (last and last < rank <= last + 3) or (last >= 2 and rank == 1):
            last = rank
            run.append((rank, position))
    return run
