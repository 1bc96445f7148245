"""The statement before another one that counts the same nodes, found without comparing it with each statement of the report.

Whether two statements count the same nodes follows from few things: their numbers, side, region and label, what words precede them, and
whether they stand in one part or passage. So of all statements that have these things in common only the last must be asked. In the part
of the statement itself the words between both matter too, but only for some distance, and there each is asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence

from .document import Document
from .groups import Group
from .model import Version
from .sameness import PASTED, WITHIN, Sameness, is_lettered

_FEW = 16  # statements, of which each is asked
_Key = tuple[Hashable, ...]
_PART, _PASSAGE, _BEFORE = range(3)  # where a statement stands: in the part of the last one, in its passage, before that


class Twins:
    """The statements so far, each with the group whose nodes it counts."""

    def __init__(self, document: Document, sameness: Sameness) -> None:
        self._sameness = sameness
        self._reach = WITHIN + document.longest
        self._told: list[Group] = []
        self._counted: list[Group] = []
        self._heirs: dict[int, Group] = {}
        self._places: dict[int, int] = {}  # of groups in the list
        self._keys: list[dict[_Key, _Key]] = []
        # statements by where they stand, what they have in common with another and what else decides; the last one last
        self._alike: tuple[dict[_Key, dict[_Key, list[int]]], ...] = ({}, {}, {})
        self._zeros: tuple[set[int], ...] = (set(), set(), set())  # numbers of nodes that are told to be negative
        self._lengths: set[int] = set()  # of the words before statements that were looked for
        self._part = self._passage = 0  # where the part and the passage of the last statement begin in the list

    def add(self, group: Group, counted: Group) -> None:
        """Adds a statement that counts the nodes of a group, which may be its own."""
        place = len(self._told)
        self._told.append(group)
        self._counted.append(counted)
        self._places[id(group)] = place
        if place == _FEW:
            for known in range(place):
                self._move_to(self._told[known], known)
        if place >= _FEW:
            self._move_to(group, place)

    def replace(self, counted: Group, by: Group) -> None:
        """From now on another group stands for the nodes of one."""
        self._heirs[id(counted)] = by

    def changed(self, group: Group) -> None:
        """To be told when the numbers or the region of a group have changed."""
        if len(self._told) > _FEW:
            place = self._places[id(group)]
            self._enter(place)

    def of(self, group: Group) -> Group | None:
        """The group whose nodes a statement counts again, by the last one that is about the same nodes."""
        found = self._last(group)
        if found is None:
            return None
        counted, passed = self._counted[found], []
        while id(counted) in self._heirs:
            passed.append(counted)
            counted = self._heirs[id(counted)]
        for one in passed:
            self._heirs[id(one)] = counted
        return counted

    def _last(self, group: Group) -> int | None:
        again, told = self._sameness.again, self._told
        if len(told) <= _FEW:
            return next((place for place in range(len(told) - 1, -1, -1) if again(told[place], group)), None)
        length = len(self._sameness.tail(group))
        if length >= PASTED and length not in self._lengths:
            self._lengths.add(length)
            for place in range(len(told)):
                self._enter(place)
        last = told[-1]
        here, within = last.part is group.part, last.passage is group.passage
        best = self._near(group) if here else None
        for level in (_PART, _PASSAGE, _BEFORE):
            if best is not None:
                return best
            same_part, same_passage = level == _PART and here, level != _BEFORE and within
            for place in self._candidates(group, level, same_part, same_passage):
                if (best is None or place > best) and again(told[place], group):
                    best = place
        return best

    def _near(self, group: Group) -> int | None:
        """The last statement so near in its part that the words between may decide."""
        low = group.mention.start - self._reach
        for place in range(len(self._told) - 1, self._part - 1, -1):
            one = self._told[place]
            if one.mention.start < low:
                return None
            if self._sameness.again(one, group):
                return place
        return None

    def _candidates(self, group: Group, level: int, same_part: bool, same_passage: bool) -> Iterator[int]:
        """The last of all statements of each kind that may count the same nodes."""
        alike = self._alike[level]
        if not alike:
            return
        for key in self._questions(group, level, same_part, same_passage):
            for profile, places in alike.get(key, {}).items():
                while places and self._keys[places[-1]].get(key) != profile:
                    places.pop()  # its numbers have changed since
                if places:
                    yield places[-1]

    def _questions(self, group: Group, level: int, same_part: bool, same_passage: bool) -> Iterator[_Key]:
        counts, label = group.counts, group.part.label
        yield from self._pasted(group, asked=True)
        if same_part:
            if self._sameness.divides(group):
                yield "counts", counts
            if self._sameness.confined(group):
                yield "positive", group.examined
            return
        yield "counts", counts
        if is_lettered(group):
            yield "counts", counts, label
        if same_passage:
            if group.implied and self._sameness.of_the(group):
                yield "positive", group.positive
            return
        unknown: _Key = ("examined", group.examined) if group.positive is None else ("counts", (group.examined, None))
        yield unknown
        if is_lettered(group):
            yield *unknown, label
            yield "positive", group.positive, label
        if group.positive and group.implied and group.mention.version is Version.ADDENDUM:
            yield from (("zero", examined) for examined in self._zeros[level] if examined >= group.positive)

    def _kinds(self, group: Group) -> dict[_Key, _Key]:
        """What a statement may have in common with another, each with what else decides then."""
        counts, side, region, none = group.counts, group.side, group.region, group.positive is None
        lettered, label = is_lettered(group), group.part.label
        kinds: dict[_Key, _Key] = {
            ("counts", counts): (side, region, lettered, self._sameness.names_nodes(group)),
            ("examined", group.examined): (side, region, lettered, none),
            ("positive", group.positive): (side,),
        }
        if lettered:
            kinds["counts", counts, label] = side, region
            kinds["examined", group.examined, label] = side, region, none
            kinds["positive", group.positive, label] = side, region, group.implied
        if group.positive == 0 and group.examined:
            kinds["zero", group.examined] = side, region, lettered
        for key in self._pasted(group, asked=False):
            kinds[key] = (side,)
        return kinds

    def _pasted(self, group: Group, asked: bool) -> Sequence[_Key]:
        """The words before a statement, and its own: two were pasted if the fewer words are the last of the others."""
        tail, counts = self._sameness.tail(group), group.counts
        whole = len(tail)
        if whole < PASTED:
            return ()
        if asked:
            return [("words", counts, tail[-length:], length < whole) for length in self._lengths if length <= whole]
        return [("words", counts, tail, True), *(("words", counts, tail[-length:], False) for length in self._lengths if length <= whole)]

    def _move_to(self, group: Group, place: int) -> None:
        """Enters a new statement; those before it may now stand in another part or passage."""
        if place:
            last = self._told[place - 1]
            if last.passage is not group.passage:
                self._push(range(self._passage, place), _BEFORE)
            elif last.part is not group.part:
                self._push(range(self._part, place), _PASSAGE)
        self._keys.append({})
        self._enter(place)

    def _push(self, places: range, level: int) -> None:
        for emptied in range(level):
            self._alike[emptied].clear()
            self._zeros[emptied].clear()
        self._part = places.stop
        self._passage = places.stop if level == _BEFORE else self._passage
        for place in places:
            self._enter(place)

    def _enter(self, place: int) -> None:
        group = self._told[place]
        level = _PART if place >= self._part else _PASSAGE if place >= self._passage else _BEFORE
        kinds = self._keys[place] = self._kinds(group)
        if group.positive == 0 and group.examined:
            self._zeros[level].add(group.examined)
        for key, profile in kinds.items():
            places = self._alike[level].setdefault(key, {}).setdefault(profile, [])
            at = bisect_left(places, place)
            if at == len(places) or places[at] != place:
                places.insert(at, place)
