"""Whether a later statement counts the nodes of an earlier one: told again, pasted twice, all of them, the positive, the remaining."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from .document import Document
from .groups import Group
from .model import Region, Version
from .sections import names_nodes
from .stations import STATION
from .sums import LARGE, NO_CHANCE, labelled_total

_ITEM = re.compile(r"[.;\n]\s{0,3}(?:[ivx]{1,4}|[a-h]|\d{1,2})\s?[-).:]\s{1,3}\Z")  # "III - Node without metastasis"
_LEVEL = re.compile(r"(?<![a-z])level\s?(?:[ivx]{1,3}|\d)\s?[(:,-]{0,2}\s?\Z")  # nodes of one level are no other's
_OF_THE = re.compile(
    r"(?<![a-z])of\s+(?:the|these|those|both)\s(?!left|right|axill|sentinel|regional)"
)  # nodes named before: "one of the two nodes contains ..."
_FURTHER = re.compile(r"(?<![a-z])(?:additional|other|another|second|third|further|separate|different|intra-?mammary)(?![a-z])")
# "#2, biopsy:", "node 3:", "axillary lymph nodes, excision:": what is told from there on is another specimen
_SPECIMEN = re.compile(
    r"(?<![a-z])(?:n[o0]{1,2}[dca]es?|sentine[a-z]{1,3}|axill[a-z]{1,5})(?![a-z])[^.:]{0,60}?"
    r"(?:(?:n[or]\.\s?)?\#?\s?\d{1,2}|excision|excisions|biops(?:y|ies)|dissection|removal|resection|lymphadenectomy)[^:a-z]{0,6}(?::|\s-\s)"
)
_NUMBERED = re.compile(r"(?:\#|(?<![a-z])(?:no\.|sln))\s?(?P<node>\d{1,2})(?!\d)")
_NEAR, _FAR = 150, 500  # characters at most from nodes to what is told of those left, of all of them
PASTED = 60  # characters at least that are the same before two statements of a report that was pasted twice
_BEFORE = 20  # characters before a statement that may tell whose nodes it counts
_SAME_BREATH = 40
WITHIN = 1500  # characters at most between nodes and what is told of some of them
_SAME_BREATH_WORDS = re.compile(r"[^.;:\d\n]*")
_ITC = re.compile(r"(?<![a-z])(?:isolated\s+(?:tumou?r|cytokeratin|keratin)|itc)")
THE_OTHERS = re.compile(r"(?<![a-z])the\s+(?:[a-z]{3,5}\s+|\d{1,2}\s+)?(?:others?|remaining|rest)(?![a-z])")
# "level II (1/4): metastasis |confined to| a single node"
_CONFINED = re.compile(r"(?<![a-z])(?:confined|limited|restricted)\sto(?![a-z])")
REMAINING = re.compile(r"(?<![a-z])(?:remaining|remainder|rest|others?)(?![a-z])")


def apart(one: Group, other: Group) -> bool:
    """Whether two groups are known to lie in different regions."""
    return Region.UNSPECIFIED not in (one.region, other.region) and one.region is not other.region


def found_later(one: Group, other: Group) -> bool:
    """Whether an addendum finds tumour in some of the nodes that were negative: "0/4 ... Addendum: tumor cells in one sentinel node"."""
    later = other.mention.version is Version.ADDENDUM and other.implied and other.positive
    return bool(later) and one.positive == 0 and (one.examined or 0) >= (other.positive or 0)


def is_lettered(group: Group) -> bool:
    """Whether the part of a group has a label that other passages may use for the same specimen."""
    label = group.part.label
    return bool(label) and not str(label).startswith("#")


class _Said:
    """What the words right before a statement, and its own, say of nodes told before it."""

    def __init__(self, document: Document, other: Group, low: int) -> None:
        self.low, self._document, self._other = low, document, other
        self._words = document.clean[low : other.mention.end]

    @cached_property
    def confined(self) -> bool:
        return _CONFINED.search(self._document.clean, self.low, self._other.mention.start) is not None

    @cached_property
    def the_others(self) -> bool:
        return THE_OTHERS.search(self._words) is not None

    @cached_property
    def remaining(self) -> bool:
        return REMAINING.search(self._words) is not None

    @cached_property
    def of_the(self) -> bool:
        return _OF_THE.search(self._words) is not None

    @cached_property
    def isolated(self) -> bool:
        return _ITC.search(self._document.clean, self._other.mention.start, self._other.mention.end + 40) is not None

    @cached_property
    def level(self) -> bool:
        start = self._other.mention.start
        return _LEVEL.search(self._document.clean, max(0, start - 20), start) is not None

    @cached_property
    def further(self) -> str:
        """The word for further nodes, if any."""
        found = _FURTHER.search(self._words)
        return found[0] if found else ""


class Sameness:
    """Compares statements; what it has found of one of them it remembers for the next comparison."""

    def __init__(self, document: Document, divisions: Collection[int]) -> None:
        self._document, self._divisions = document, divisions
        self._tails: dict[int, str] = {}
        self._named: dict[int, bool] = {}
        self._numbers: dict[int, str | None] = {}
        self._stations: dict[int, frozenset[str]] = {}
        self._said: tuple[Group, _Said] | None = None

    def divides(self, group: Group) -> bool:
        """Whether a statement is a division of a sum."""
        return id(group) in self._divisions

    def again(self, one: Group, other: Group) -> bool:
        """Whether a later statement counts the nodes of an earlier one; a division of a sum does where the sum is told as a sum."""
        if self._divisions and id(other) in self._divisions and other.passage is one.passage:
            return other.summary and one.counts == other.counts and not apart(one, other)
        if one.side and other.side and one.side is not other.side:
            return False
        same = one.examined == other.examined and one.positive == other.positive
        if same and self._pasted(one, other):
            return True
        if one.passage is not other.passage:
            return self._in_another_passage(one, other, same)
        if one.part is not other.part:
            return self._in_another_part(one, other, same)
        number = self._number_of_node(other)
        if number is not None and self._number_of_node(one) not in (None, number):
            return False  # "#1 0/1, #2 0/1"
        return self._told_again(one, other, same)

    def tail(self, group: Group) -> str:
        """The words before a statement, and its own, one space apart: the last of them."""
        found = self._tails.get(id(group))
        if found is None:
            text = self._document.clean[max(0, group.mention.start - 400) : group.mention.end]
            found = self._tails[id(group)] = " ".join(text.split())[-150:]
        return found

    def names_nodes(self, group: Group) -> bool:
        """Whether a statement stands in a specimen of nodes."""
        found = self._named.get(id(group))
        if found is None:
            found = self._named[id(group)] = names_nodes(self._document.clean, group.part, group.mention.start)
        return found

    def said(self, other: Group, low: int) -> _Said:
        """What the words of a statement from an offset on say of nodes told before."""
        if self._said is None or self._said[0] is not other or self._said[1].low != low:
            self._said = other, _Said(self._document, other, low)
        return self._said[1]

    def of_the(self, other: Group) -> bool:
        """Whether a statement is of some of the nodes named before."""
        return self.said(other, max(other.part.start, other.mention.start - _BEFORE)).of_the

    def confined(self, other: Group) -> bool:
        """Whether the words right before a statement say that tumour is confined to its nodes."""
        return self.said(other, max(0, other.mention.start - _BEFORE)).confined

    def _pasted(self, one: Group, other: Group) -> bool:
        """Whether the words before both, and their own, are the same so far that the report was pasted twice."""
        first, second = self.tail(one), self.tail(other)
        length = min(len(first), len(second))
        return length >= PASTED and first[-length:] == second[-length:]

    def _in_another_part(self, one: Group, other: Group, same: bool) -> bool:
        if same and one.part.label == other.part.label:
            return True  # the labels start over: the diagnosis is printed twice
        if other.implied and one.positive == other.positive and self.of_the(other):
            return True  # "the node biopsied is one of the four positive nodes"
        if not same or apart(one, other) or (self.names_nodes(one) and self.names_nodes(other)):
            return False
        return (one.examined or 0) >= (NO_CHANCE if one.positive or labelled_total(self._document, other) else LARGE)

    def _in_another_passage(self, one: Group, other: Group, same: bool) -> bool:
        elsewhere = apart(one, other)
        if elsewhere and {one.region, other.region} != {Region.SENTINEL, Region.AXILLARY}:
            return False
        if is_lettered(one) and is_lettered(other):
            return one.part.label == other.part.label and (same or _unknown(one, other) or _positive_named(one, other))
        return not elsewhere and (same or _unknown(one, other) or found_later(one, other))

    def _told_again(self, one: Group, other: Group, same: bool) -> bool:
        """Whether a statement of the same part is about nodes counted just before it: all of them, the positive, the remaining."""
        text, start, end = self._document.clean, one.mention.end, other.mention.start
        between = max(0, end - start)
        if same and between < _SAME_BREATH and _SAME_BREATH_WORDS.fullmatch(text[start:end]):
            return True
        said = self.said(other, max(start, end - _BEFORE))
        if other.examined == one.positive and said.confined:
            return True
        examined, positive = one.examined, one.positive
        if examined is None or other.examined is None or between > WITHIN:
            return False
        left = examined - (positive or 0)
        equal = same or _unknown(one, other) or _positive_named(one, other)
        whole = "examined" in one.mention.spans and positive is not None and positive < examined
        named = (
            (other.implied or other.mention.kind == "node_number")
            and "examined" in one.mention.values
            and other.examined <= examined
            and examined > 1
            and not (positive == 0 and other.implied and other.positive)
        )
        rest = whole and other.positive == 0 and other.examined == left
        if not (equal or named or rest or said.the_others or said.remaining or said.of_the or said.isolated):
            return False
        if said.level or (one.mention.kind == other.mention.kind and one.mention.kind in ("part_ratio", "node_total")):
            return False  # items of a list, labels of two stations
        stations = self._stations_of(one), self._stations_of(other)
        if all(stations) and stations[0] != stations[1] and not other.summary:
            return False
        if said.the_others and other.examined <= examined - max(positive or 0, 1):
            return True
        if said.remaining and positive is not None and other.examined <= examined:
            return other.examined in (left, positive)
        some = other.positive == 0 and other.examined <= left  # "one of the nodes is benign"
        if (some or other.examined in (examined, positive)) and said.of_the:
            return True
        if whole and (other.implied or other.examined == examined) and said.isolated:
            return True  # "in 1 of 4 nodes; an additional node contains isolated tumor cells": one of the four
        # an intramammary node is no further one beside an intramammary one
        further = said.further and not (said.further.startswith("intra") and one.region is Region.INTRAMAMMARY)
        if rest and positive and not further and not apart(one, other):
            return between < _NEAR  # "in one of three nodes. Two nodes negative": the two that are left
        if further or apart(one, other) or not (named or (equal and (between < _FAR or other.examined >= NO_CHANCE))):
            return False
        return positive is None or other.positive is None or not self._another_specimen(one, other)

    def _another_specimen(self, one: Group, other: Group) -> bool:
        text, start = self._document.clean, one.mention.end
        return bool(_SPECIMEN.search(text, start, other.first_number) or _ITEM.search(text, start, other.mention.start))

    def _number_of_node(self, group: Group) -> str | None:
        """The number that a statement gives its node: "node #2 (0/1)"."""
        if id(group) not in self._numbers:
            found = _NUMBERED.search(self._document.clean, group.mention.start, group.first_number)
            self._numbers[id(group)] = found["node"] if found else None
        return self._numbers[id(group)]

    def _stations_of(self, group: Group) -> frozenset[str]:
        """The stations that the words before the number of nodes name, else those behind it: "nodes of the lateral group: (0/3)"."""
        found = self._stations.get(id(group))
        if found is None:
            text, number = self._document.clean, group.first_number
            low = max(group.part.start, number - 90)
            start = max(low, *(text.rfind(sign, low, number) for sign in (". ", ";", "\n")))
            named = STATION.findall(text, start, number)
            found = self._stations[id(group)] = frozenset(named or STATION.findall(text, number, group.mention.end))
        return found


def _unknown(one: Group, other: Group) -> bool:
    """Whether both count as many nodes and one of them no positive ones."""
    return one.examined == other.examined and (one.positive is None or other.positive is None)


def _positive_named(one: Group, other: Group) -> bool:
    """Whether one of them only names the positive nodes that the other counts."""
    return (other.implied or (one.implied and other.summary)) and other.positive == one.positive
