"""What the groups beside one amount to, without adding them up anew for each: all, those of a region, those before and behind it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

from .document import Document
from .groups import Group
from .model import Region, Role, Side
from .sections import names_nodes
from .sums import level_of


@dataclass(slots=True)
class Sum:
    """Some groups together."""

    number: int = 0
    examined: int = 0
    positive: int = 0
    unknown: int = 0  # nodes of groups without a result
    ends: int = 0  # where they end, added up: of one group its end

    def add(self, group: Group, times: int = 1) -> None:
        """Adds a group or, with -1, takes it away."""
        self.number += times
        self.examined += times * (group.examined or 0)
        self.positive += times * (group.positive or 0)
        self.unknown += times * (group.examined or 0) if group.positive is None else 0
        self.ends += times * group.mention.end

    def join(self, other: Sum) -> None:
        """Adds the groups of another sum."""
        self.number += other.number
        self.examined += other.examined
        self.positive += other.positive
        self.unknown += other.unknown
        self.ends += other.ends

    def equals(self, group: Group) -> bool:
        """Whether a group counts the nodes of these: those without a result may be positive or not."""
        if not self.number or group.examined != self.examined:
            return False
        return group.positive is None or self.positive <= group.positive <= self.positive + self.unknown


class Beside:
    """The counted groups beside one, of its side or of none that is told. They are asked for in the order of the text.

    Each kind of sum is made when it is first asked for, and then kept up to date.
    """

    def __init__(self, document: Document, groups: Sequence[Group]) -> None:
        self._document, self._groups = document, groups
        self._own, self._place = groups[0], 0
        self._sums: dict[str, dict[tuple[Side | None, Hashable], Sum]] = {}  # by their kind, side, and what they have in common
        self._examined: dict[Side | None, list[int]] = {}
        self._sides = tuple(dict.fromkeys(group.side for group in groups))
        self._before = self._behind = 0

    def reach(self, place: int) -> None:
        """Goes on to another group."""
        self._own, self._place = self._groups[place], place

    def leave_out(self) -> None:
        """The group that was reached is no longer counted."""
        for kind in self._sums:
            if kind not in ("before", "behind"):
                self._add(kind, self._own, -1)
        if self._examined:
            counted = self._examined[self._own.side]
            del counted[bisect_left(counted, self._own.examined or 0)]

    def all(self) -> Sum:
        """All groups beside it."""
        return self._beside("all")

    def of_region(self) -> Sum:
        """Those of its region."""
        return self._beside("region")

    def before(self, in_part: bool = False) -> Sum:
        """Those that begin before it; ``in_part``: in its part."""
        start = self._own.mention.start
        sums = self._sums.setdefault("before", {})
        while (one := self._groups[self._before]).mention.start < start:
            if one.role is Role.LEDGER:
                for key in (None, id(one.part)):
                    sums.setdefault((one.side, key), Sum()).add(one)
            self._before += 1
        return self._total("before", id(self._own.part) if in_part else None)

    def divisions(self) -> Sum:
        """Those behind it in its part that are of no other level; none where its part has but one behind it."""
        part, start = self._own.part, self._own.mention.start
        if self._place + 2 >= len(self._groups) or self._groups[self._place + 2].part is not part:
            return Sum()
        if "behind" not in self._sums:
            for one in self._groups:
                self._add("behind", one)
        while self._behind < len(self._groups) and (one := self._groups[self._behind]).mention.start <= start:
            self._add("behind", one, -1)
            self._behind += 1
        level = self._levels[id(self._own)]
        found = self._total("behind", (id(part), None))
        for other in self._levels_of[id(part)] if level is None else (level,):
            found.join(self._total("behind", (id(part), other)))
        return found

    @property
    def is_first(self) -> bool:
        """Whether all others begin behind it."""
        if self.before().number:
            return False
        alike, start = self._alike(), self._own.mention.start
        for step in (-1, 1):
            place = self._place + step
            while 0 <= place < len(self._groups) and (one := self._groups[place]).mention.start == start:
                if one.role is Role.LEDGER and one.side in alike:
                    return False
                place += step
        return True

    @property
    def labelled(self) -> bool:
        """Whether one of its passage has a label."""
        return self._beside("labelled", id(self._own.passage)).number > 0

    @property
    def titled(self) -> bool:
        """Whether one stands in a specimen of nodes."""
        return self._beside("titled").number > 0

    @property
    def most(self) -> int:
        """The most nodes that one of them counts."""
        if not self._examined:
            for group in self._groups:
                if group.role is Role.LEDGER:
                    insort(self._examined.setdefault(group.side, []), group.examined or 0)
        own, found = self._own.examined or 0, 0
        for side in self._alike():
            counted = self._examined.get(side, [])
            last = -2 if side is self._own.side and counted[-1] == own else -1
            found = max(found, counted[last] if len(counted) >= -last else 0)
        return found

    @cached_property
    def _levels(self) -> dict[int, str | None]:
        return {id(group): level_of(self._document, group) for group in self._groups}

    @cached_property
    def _levels_of(self) -> dict[int, set[str]]:
        """The levels that groups of a part name."""
        found: dict[int, set[str]] = {}
        for group in self._groups:
            levels = found.setdefault(id(group.part), set())
            if (level := self._levels[id(group)]) is not None:
                levels.add(level)
        return found

    def _alike(self) -> Sequence[Side | None]:
        """The sides that may be that of the group."""
        own = self._own.side
        return self._sides if own is None else [side for side in self._sides if side is None or side is own]

    def _key(self, kind: str, group: Group) -> Hashable:
        """What groups of one sum have in common; None where a group is in no sum of this kind."""
        if kind == "region":
            return group.region
        if kind == "labelled":
            return id(group.passage) if group.part.label else None
        if kind == "behind":
            return id(group.part), self._levels[id(group)]
        return kind == "all" or names_nodes(self._document.clean, group.part) or None

    def _add(self, kind: str, group: Group, times: int = 1) -> None:
        key = self._key(kind, group)
        if key is not None:
            self._sums.setdefault(kind, {}).setdefault((group.side, key), Sum()).add(group, times)

    def _beside(self, kind: str, key: Hashable = None) -> Sum:
        """The sum of a kind without the group itself: of what it has in common with others, or of a key of that kind."""
        if kind not in self._sums:
            self._sums[kind] = {}
            for group in self._groups:
                if group.role is Role.LEDGER:
                    self._add(kind, group)
        own = self._key(kind, self._own)
        found = self._total(kind, True if kind == "titled" else own if key is None else key)
        if own is not None:
            found.add(self._own, -1)
        return found

    def _total(self, kind: str, key: Hashable) -> Sum:
        """The sum over all sides that may be that of the group."""
        total, sums = Sum(), self._sums[kind]
        for side in self._alike():
            if (one := sums.get((side, key))) is not None:
                total.join(one)
        return total


class Spoken:
    """The groups beside one, whether counted or not. They are asked for in the order of the text."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups, self._place = groups, 0
        self._examined = sum(group.examined or 0 for group in groups)
        self._with_result = sum(group.examined or 0 for group in groups if group.positive is not None)
        self._parts = Counter(id(group.part) for group in groups)
        self._most_before: dict[Region, int] = {}
        self.before = Sum()  # the counted ones that begin before the group that was reached

    def reach(self, group: Group) -> None:
        """Goes on to another group."""
        while (one := self._groups[self._place]).mention.start < group.mention.start:
            if one.role is Role.LEDGER:
                self.before.add(one)
            self._most_before[one.region] = max(self._most_before.get(one.region, 0), one.examined or 0)
            self._place += 1

    def examined(self, group: Group) -> int:
        """The nodes of all others."""
        return self._examined - (group.examined or 0)

    def in_its_part(self, group: Group) -> bool:
        """Whether another one stands in its part."""
        return self._parts[id(group.part)] > 1

    def is_known(self, group: Group) -> bool:
        """Whether its number of nodes is one that another tells, or the sum of all others."""
        own = sum(number == group.examined for number in group.counts)
        return group.examined == self.examined(group) or self._numbers[group.examined] > own

    def is_outnumbered(self, group: Group) -> bool:
        """Whether those with a result count as many nodes as one without, or more."""
        return (group.examined or 0) <= self._with_result

    def may_hold(self, group: Group) -> bool:
        """Whether one has as many nodes, and in no other region; if it has a label, before it or in its part."""
        least, region = group.examined or 0, group.region
        regions = list(Region) if region is Region.UNSPECIFIED else [region, Region.UNSPECIFIED]
        if group.part.label is not None:
            if any(self._most_before.get(one, -1) >= least for one in regions):
                return True
            return self._as_many(id(group.part), regions, least)
        return self._as_many(None, regions, least)

    def _as_many(self, part: int | None, regions: Sequence[Region], least: int) -> bool:
        """Whether one beside the group itself has as many nodes."""
        found = 0
        for region in regions:
            counted = self._by_region.get((part, region), ())
            found += len(counted) - bisect_left(counted, least)
        return found > 1

    @cached_property
    def _numbers(self) -> Counter[int | None]:
        return Counter(number for group in self._groups for number in group.counts)

    @cached_property
    def _by_region(self) -> dict[tuple[int | None, Region], list[int]]:
        found: dict[tuple[int | None, Region], list[int]] = {}
        for group in sorted(self._groups, key=lambda group: group.examined or 0):
            for part in (id(group.part), None):
                found.setdefault((part, group.region), []).append(group.examined or 0)
        return found
