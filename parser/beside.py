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


_NOTHING = Sum()


class Beside:
    """The counted groups beside one, of its side or of none that is told. They are asked for in the order of the text."""

    def __init__(self, document: Document, groups: Sequence[Group]) -> None:
        self._groups, self._own = groups, groups[0]
        self._levels = {id(group): level_of(document, group) for group in groups}
        self._titled = {id(group): names_nodes(document.clean, group.part) for group in groups}
        self._sums: dict[tuple[Hashable, ...], Sum] = {}  # by the side of the groups, and what they have in common
        self._examined: dict[Side | None, list[int]] = {}
        self._sides = tuple(dict.fromkeys(group.side for group in groups))
        self._before = self._behind = 0
        for group in groups:
            self._count(group, 1)
            self._count_behind(group, 1)

    def reach(self, group: Group) -> None:
        """Goes on to another group."""
        self._own = group
        start = group.mention.start
        while self._behind < len(self._groups) and self._groups[self._behind].mention.start <= start:
            self._count_behind(self._groups[self._behind], -1)
            self._behind += 1
        while self._groups[self._before].mention.start < start:
            one = self._groups[self._before]
            if one.role is Role.LEDGER:
                for key in (("before",), ("before", id(one.part))):
                    self._sum(one, *key).add(one)
            self._before += 1

    def leave_out(self) -> None:
        """The group that was reached is no longer counted."""
        self._count(self._own, -1)

    def all(self) -> Sum:
        """All groups beside it."""
        return self._total("all")

    def of_region(self) -> Sum:
        """Those of its region."""
        return self._total("region", self._own.region)

    def before(self) -> Sum:
        """Those that begin before it."""
        return self._total("before", own=0)

    def divisions(self) -> Sum:
        """Those behind it in its part that are of no other level."""
        part, level = id(self._own.part), self._levels[id(self._own)]
        found = self._total("behind", part, None, own=0)
        for one in {level} if level is not None else self._levels_of.get(part, ()):
            if one is not None:
                found.join(self._total("behind", part, one, own=0))
        return found

    @property
    def is_first(self) -> bool:
        """Whether all others begin behind it."""
        return self._total("behind", own=0).number == self.all().number

    @property
    def is_first_of_part(self) -> bool:
        """Whether none before it stands in its part."""
        return not self._total("before", id(self._own.part), own=0).number

    @property
    def labelled(self) -> bool:
        """Whether one of its passage has a label."""
        return self._total("labelled", id(self._own.passage), own=bool(self._own.part.label)).number > 0

    @property
    def titled(self) -> bool:
        """Whether one stands in a specimen of nodes."""
        return self._total("titled", own=self._titled[id(self._own)]).number > 0

    @property
    def most(self) -> int:
        """The most nodes that one of them counts."""
        own = self._own.examined or 0
        found = 0
        for side in self._alike():
            counted = self._examined[side]
            last = -2 if side is self._own.side and counted and counted[-1] == own else -1
            found = max(found, counted[last] if len(counted) >= -last else 0)
        return found

    @cached_property
    def _levels_of(self) -> dict[int, set[str | None]]:
        found: dict[int, set[str | None]] = {}
        for group in self._groups:
            found.setdefault(id(group.part), set()).add(self._levels[id(group)])
        return found

    def _alike(self) -> list[Side | None]:
        own = self._own.side
        return [side for side in self._sides if own is None or side is None or side is own]

    def _sum(self, group: Group, *key: Hashable) -> Sum:
        return self._sums.setdefault((group.side, *key), Sum())

    def _count(self, group: Group, times: int) -> None:
        self._sum(group, "all").add(group, times)
        self._sum(group, "region", group.region).add(group, times)
        if group.part.label:
            self._sum(group, "labelled", id(group.passage)).add(group, times)
        if self._titled[id(group)]:
            self._sum(group, "titled").add(group, times)
        counted, examined = self._examined.setdefault(group.side, []), group.examined or 0
        if times > 0:
            insort(counted, examined)
        else:
            del counted[bisect_left(counted, examined)]

    def _count_behind(self, group: Group, times: int) -> None:
        self._sum(group, "behind").add(group, times)
        self._sum(group, "behind", id(group.part), self._levels[id(group)]).add(group, times)

    def _total(self, *key: Hashable, own: int = 1) -> Sum:
        """The sum over all sides that may be that of the group; its own nodes are taken away where they are among them."""
        total = Sum()
        for side in self._alike():
            total.join(self._sums.get((side, *key), _NOTHING))
        if own:
            total.add(self._own, -1)
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
