"""Whether the specimens of a report lie on sides that fit: nodes beside their breast, the same side in each section."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .document import SIDES, Document, Mention
from .model import Issue, IssueKind, Section, Side, Version
from .sections import DIAGNOSES
from .words import word_start

_BREAST = re.compile(r"(?<![a-z])(?<!internal\s)(?:breasts?|mamma[a-z]{0,2}|mammary|mastectom[a-z]{1,3}|lumpectom[a-z]{1,3})(?![a-z])")
_NODES = re.compile(word_start("n[o0]des?", "sentine?l", "axill[a-z]{1,5}", "lymph", "slns?", r"internal\smammary") + "(?![a-z])")
_MARGIN = re.compile(r"(?<![a-z])margins?(?![a-z])")
# a clinical note of this cancer, not of an earlier one
_PRESENT = re.compile(
    r"\A(?!.*(?<![a-z])(?:history|hx|previous|prior|status|s/p|post|contralateral|recurren|ago|year)).*(?:cancer|carcinoma|dcis|enlarged)"
)
_BREAK = re.compile(r"[.;:\n]")
_REACH = 30  # characters between a word of side and what it places, at most
_BESIDE = (Section.SPECIMENS, Section.GROSS, Section.INTRAOPERATIVE, Section.SYNOPTIC, Section.MICROSCOPIC, Section.HISTORY)

Words = dict[Side, list[Mention]]


class _Sides:
    """The words of side of the original report, by the section and by what they place."""

    def __init__(self, document: Document) -> None:
        self.bilateral = False
        self.breast: dict[Section, Words] = {}
        self.nodes: dict[Section, Words] = {}
        self.label: Words = {}  # "Laterality: left"
        self.excised: set[Side] = set()  # sides of a breast specimen that is more than a margin
        for word in document.of("side"):
            side = SIDES[word.values["side"]]
            if side is Side.BILATERAL:
                self.bilateral = True
            elif word.version is Version.ORIGINAL:
                self._place(document.clean, word, side)

    def _place(self, text: str, word: Mention, side: Side) -> None:
        section = Section.DIAGNOSIS if word.section in DIAGNOSES else word.section
        if section is Section.HISTORY and not _PRESENT.search(_clause(text, word)):
            return
        before = _BREAK.split(text[max(0, word.start - _REACH) : word.start])[-1]
        after = _BREAK.split(text[word.end : word.end + _REACH])[0]
        if text.rfind("laterality", max(0, word.start - _REACH), word.start) >= 0:
            self.label.setdefault(side, []).append(word)
        breast, nodes = _distance(_BREAST, before, after), _distance(_NODES, before, after)
        nearest = min(breast, nodes)
        for distance, found in ((breast, self.breast), (nodes, self.nodes)):
            if distance == nearest < _REACH:
                found.setdefault(section, {}).setdefault(side, []).append(word)
        if breast == nearest < _REACH and section is Section.DIAGNOSIS and not _MARGIN.search(_clause(text, word)):
            self.excised.add(side)


def side_conflicts(document: Document, invasive: set[Side]) -> list[Issue]:
    """Sides that do not fit; ``invasive`` are those of the invasive cancers. A report of both breasts is left to its reader's eye
    only where nodes lie on the side without the cancer."""
    if len({word.values["side"] for word in document.of("side")}) < 2:
        return []
    sides = _Sides(document)
    if sides.bilateral:
        return []
    words = {word.span for conflict in _conflicts(sides, invasive) for word in conflict}
    return [Issue(IssueKind.SIDES_DIFFER, "specimens of one side are told to be of the other", tuple(sorted(words)))] if words else []


def is_slip(document: Document) -> bool:
    """Whether nodes on a second side are a slip of the pen: one breast is told of, and the list of specimens has nodes of its side only."""
    sides = _Sides(document)
    breast = {side for found in sides.breast.values() for side in found}
    return len(breast) == 1 and breast == sides.nodes.get(Section.SPECIMENS, {}).keys()


def _conflicts(sides: _Sides, invasive: set[Side]) -> Iterator[list[Mention]]:
    breast, nodes = sides.breast.get(Section.DIAGNOSIS, {}), sides.nodes.get(Section.DIAGNOSIS, {})
    everywhere = {side for found in sides.breast.values() for side in found}
    for found in sides.nodes.values():
        for side in found:
            if breast and side not in everywhere:
                yield found[side]  # nodes of a side without a breast
    yield from _apart(breast, nodes)
    if len(invasive) == 1 and len(nodes) == 1 and invasive.isdisjoint(nodes):
        yield from nodes.values()
    for here, name in ((breast, sides.breast), (nodes, sides.nodes)):
        for section in _BESIDE:
            yield from _apart(here, name.get(section, {}))
    for section in _BESIDE:
        yield from _apart(sides.breast.get(section, {}), sides.nodes.get(section, {}))
    for side in breast.keys() - sides.excised:
        if sides.excised:
            yield breast[side]  # a margin of a breast that was not operated on
    if breast and sides.label and breast.keys().isdisjoint(sides.label):
        yield from sides.label.values()
    if len(sides.label) > 1 and len(breast) < 2:
        yield from sides.label.values()


def _distance(pattern: re.Pattern[str], before: str, after: str) -> int:
    """How far the nearest match stands from between two texts."""
    following = pattern.search(after)
    places = [len(before) - match.end() for match in pattern.finditer(before)] + ([following.start()] if following else [])
    return min(places, default=_REACH)


def _clause(text: str, word: Mention) -> str:
    """The words around a word of side up to the next stop."""
    before, after = text[max(0, word.start - 2 * _REACH) : word.start], text[word.start : word.end + 2 * _REACH]
    return _BREAK.split(before)[-1] + _BREAK.split(after)[0]


def _apart(one: Words, other: Words) -> Iterator[list[Mention]]:
    """The words of both where each names one side, and not the same."""
    if len(one) == 1 and len(other) == 1 and one.keys() != other.keys():
        yield from one.values()
        yield from other.values()
