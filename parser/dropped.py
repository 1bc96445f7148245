"""Which one or two groups a printed total leaves out: their nodes are those of other groups, told again."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from .document import Document
from .groups import Group, summed
from .sections import names_nodes
from .sums import sums_of_some

_Dropped = tuple[Group, ...]
_FIRST = 12  # groups from whose beginning two may be left out, so that ten remain


def own_specimen(document: Document, group: Group, others: Sequence[Group] = ()) -> bool:
    """Whether a group stands in a labelled specimen of nodes, and none of the others does."""
    alone = all(other.part is not group.part for other in others)
    return alone and group.part.label is not None and names_nodes(document.clean, group.part, group.mention.start)


class Surplus:
    """Groups whose sum exceeds a printed total."""

    def __init__(self, document: Document, groups: Sequence[Group]) -> None:
        self._document, self._groups = document, groups
        self._told = Counter(group.counts for group in groups)
        self._left: dict[int, list[tuple[int, Group]]] = {}  # by part: nodes that are left beside positive ones, three with the most
        for group in groups:
            if "examined" in group.mention.spans:
                most = self._left.setdefault(id(group.part), [])
                most.append(((group.examined or 0) - (group.positive or 0), group))
                most.sort(key=lambda one: -one[0])
                del most[3:]

    def find(self, total: int, positive: int | None) -> _Dropped:
        """The first group, or two, without which the others have the total and, unless it is None, the positive nodes."""
        if len(self._groups) < 2:
            return ()
        for dropped in self._fitting(total, positive):
            if len(dropped) < len(self._groups) and (
                all(self._told_twice(group, dropped) for group in dropped) or self._breaks_down(dropped)
            ):
                return dropped
        return ()

    def _fitting(self, total: int, positive: int | None) -> Iterator[_Dropped]:
        """One group, then two, that hold what the sum of all has more, in the order of the groups."""
        examined, told = summed(self._groups)
        more, more_positive = examined - total, None if positive is None else told - positive
        places: dict[tuple[int, int | None], list[int]] = {}  # by the nodes examined and, if they are asked for, the positive ones
        for number, group in enumerate(self._groups):
            key = group.examined or 0, None if more_positive is None else group.positive or 0
            places.setdefault(key, []).append(number)
        for number in places.get((more, more_positive), ()):
            yield (self._groups[number],)
        for number, group in enumerate(self._groups):
            rest = None if more_positive is None else more_positive - (group.positive or 0)
            others = places.get((more - (group.examined or 0), rest), [])
            for place in range(bisect_right(others, number), len(others)):
                yield group, self._groups[others[place]]

    def _told_twice(self, group: Group, dropped: _Dropped) -> bool:
        """Whether other groups may hold the nodes of a group: one with its counts, or together, where it is no specimen of its own."""
        if self._told[group.counts] > sum(one.counts == group.counts for one in dropped):
            return True
        if own_specimen(self._document, group):
            return False
        return group.counts in sums_of_some(one for one in self._groups[:_FIRST] if one not in dropped)

    def _breaks_down(self, dropped: _Dropped) -> bool:
        """Whether groups tell of the nodes that a ratio of their part leaves: "1 of 4 nodes positive; two nodes negative"."""
        part = dropped[0].part
        if any(group.part is not part for group in dropped):
            return False
        left = sum(group.examined or 0 for group in dropped)
        return any(beside >= left for beside, group in self._left.get(id(part), ()) if group not in dropped)
