"""Whose deposits are: the nodes of the ledger that a size, a class or a number of cells belongs to, found by where they stand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from .document import Document, Mention
from .groups import Group, Names
from .ledger import Ledger
from .model import Section, Version
from .sizes import AFAR, BEFORE, BEHIND, SENTENCE_END, clause_around, positive_nodes

_NODE_SIZE = re.compile(r"n[o0]de[^.;,]{0,24}(?:measur|is\s|size|diameter)[^.;]{0,20}\Z")  # "the largest node measures |1.4 cm"
_OF_DEPOSIT = re.compile(r"largest|foc(?:us|i)|nest|involve|node")
_IN = re.compile(r"\s(?:(?:is|was|are)\s)?(?:(?:present|seen|identified|found|noted)\s)?(?:in|within|involving|of|to)\s(?:the\s|a\s)?")
_TUMOUR_IN = re.compile(
    r"(?<![a-z])(?<!no\s)(?<!for\s)(?:(?:micro|macro)?-?metasta[a-z]{2,5}|(?:micro|macro)?-?mets?|(?:adeno)?carcinoma|tumou?r|deposits?)\s{1,3}"
    r"(?:(?:ductal|lobular|mammary|breast|carcinoma|is|are|present|seen|identified|found|noted|deposits?|\([^()]{0,40}\))\s{1,3}){0,4}"
    r"(?:in|to|within|involving|involves)\s{1,3}(?:(?:only|the)\s{1,3}){0,2}\Z"
)
# "one node 16 mm, |in which| there is"
_NODE_BEHIND = re.compile(r"[\s,]{1,3}(?:in\s{1,3}which|with\s{1,3}a|which|lymph|n[o0]de)(?![a-z])")
_SENTENCES = 1  # stops at most between nodes and a size
_BESIDE = frozenset({Section.SYNOPTIC, Section.ANCILLARY, Section.COMMENT})


class Nodes(NamedTuple):
    """A statement of positive nodes, or a label that counts them, with its group if it has one."""

    mention: Mention
    group: Group | None


class _Places:
    """Some mentions in an order of their own, found by where they begin."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        placed = sorted(range(len(mentions)), key=lambda number: mentions[number].start)
        self._starts = [mentions[number].start for number in placed]
        self._placed = placed
        self._last = list(accumulate(placed, max))
        self._first = list(accumulate(reversed(placed), min))[::-1]

    def last_from(self, offset: int) -> int | None:
        """The last, in their order, of those that begin at an offset or before it."""
        place = bisect_right(self._starts, offset)
        return self._last[place - 1] if place else None

    def first_behind(self, offset: int) -> int | None:
        """The first, in their order, of those that begin at an offset or behind it."""
        place = bisect_left(self._starts, offset)
        return self._first[place] if place < len(self._first) else None

    def between(self, low: int, high: int) -> list[int]:
        """Those that begin from one offset to another, in their order."""
        return sorted(self._placed[bisect_left(self._starts, low) : bisect_right(self._starts, high)])


class _Near:
    """Groups of one part or label, of which those that may bear tumour own its deposits."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.bearing = [group for group in groups if group.positive != 0] or list(groups)

    @cached_property
    def places(self) -> _Places:
        return _Places([group.mention for group in self.bearing])


class _Counted:
    """The statements and labels of one part that count nodes."""

    def __init__(self, groups: Sequence[Group], positive: Sequence[Nodes]) -> None:
        self.positive = positive
        self.places = _Places([one.mention for one in positive])
        self.by_end = sorted([*(Nodes(group.mention, group) for group in groups), *positive], key=lambda one: one.mention.end)
        self.ends = [one.mention.end for one in self.by_end]
        self.bearing = {id(one.mention) for one in positive}


class Owners:
    """The nodes of a ledger, by part, label and place. They must not change while they are asked for."""

    def __init__(self, document: Document, ledger: Ledger) -> None:
        self._document, self._groups = document, ledger.groups
        self._ledger = ledger
        self._near: dict[int, _Near] = {}
        self._counted: dict[tuple[int, bool], _Counted] = {}

    @cached_property
    def _of_part(self) -> Mapping[int, list[Group]]:
        found: dict[int, list[Group]] = {}
        for group in self._groups:
            found.setdefault(id(group.part), []).append(group)
        return found

    @cached_property
    def _passages(self) -> set[int]:
        return {id(group.passage) for group in self._groups}

    @cached_property
    def _of_label(self) -> Mapping[str, list[Group]]:
        found: dict[str, list[Group]] = {}
        for group in self._groups:
            if group.part.label:
                found.setdefault(group.part.label, []).append(group)
        return found

    @cached_property
    def _names(self) -> Names:
        return Names(self._document, self._groups)

    @cached_property
    def _places(self) -> _Places:
        return _Places([group.mention for group in self._groups])

    @cached_property
    def _positive(self) -> Mapping[int, list[Nodes]]:
        found: dict[int, list[Nodes]] = {}
        for mention, group in positive_nodes(self._ledger):
            found.setdefault(id(mention.part), []).append(Nodes(mention, group))
        return found

    def of(self, mention: Mention) -> Group | None:
        """The group that a deposit belongs to: in the same part, else the part of the same label or name.

        There it is the one that the words name ("micrometastasis in |1 of 8 nodes|"), else the nearest before it.
        """
        if mention.section in _BESIDE and id(mention.passage) not in self._passages:
            return None
        if len(self._groups) < 2:
            return self._groups[0] if self._groups else None
        label = mention.part.label
        here: Sequence[Group] = self._of_part.get(id(mention.part), ())
        groups = here or (self._of_label.get(label, ()) if label and label[0] != "#" else ())
        if not groups and mention.version is not Version.ORIGINAL:
            groups = self._names.of(mention)
        if not groups:
            return None
        near = self._near.get(id(groups))
        if near is None:
            near = self._near[id(groups)] = _Near(groups)
        if not here:
            return near.bearing[0]
        behind = near.places.first_behind(mention.end)
        if behind is not None and _IN.fullmatch(self._document.clean, mention.end, near.bearing[behind].mention.start):
            return near.bearing[behind]
        return near.bearing[near.places.last_from(mention.start) or 0]

    def told_of(self, size: Mention) -> Nodes | None:
        """The positive nodes right beside which a size stands: "1 of 3 nodes, the largest focus 1.1 mm"."""
        text = self._document.clean
        # a label may be followed by a size of the tumour
        labels = not self._groups and _OF_DEPOSIT.search(text, size.start, size.end) is not None
        key = id(size.part), labels
        counted = self._counted.get(key)
        if counted is None:
            positive = [one for one in self._positive.get(id(size.part), ()) if labels or one.group is not None]
            counted = self._counted[key] = _Counted(self._of_part.get(id(size.part), ()), positive)
        behind = counted.places.first_behind(size.end)
        if behind is not None and _IN.fullmatch(text, size.end, counted.positive[behind].mention.start):
            return counted.positive[behind]
        place = bisect_right(counted.ends, size.start)
        before = counted.by_end[place - 1] if place else None
        if before is None or id(before.mention) not in counted.bearing or size.start - before.mention.end > BEHIND:
            return None
        between = text[before.mention.end : size.start]
        clause = clause_around(text, size.start, size.end)
        if len(SENTENCE_END.findall(between)) > _SENTENCES or AFAR.search(between) or AFAR.search(clause) or _NODE_SIZE.search(between):
            return None
        return before

    def right_behind(self, size: Mention) -> Group | None:
        """The positive nodes right behind which a size stands, where the words before name tumour: "tumor in 1 of 2 nodes, |0.5 cm|"."""
        text = self._document.clean
        if _NODE_BEHIND.match(text, size.end):
            return None
        for number in self._places.between(size.start - self._document.longest, size.start):
            group, mention = self._groups[number], self._groups[number].mention
            if not group.positive or mention.kind == "verdict" or mention.end < size.start:
                continue
            if _TUMOUR_IN.search(text, max(mention.part.start, mention.start - BEFORE), group.first_number):
                return group
        return None
