"""Groups that are sums of others: totals told among the counts of single specimens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations, islice

from .document import Document
from .groups import Group, summed

NO_CHANCE = 4  # as many nodes are not counted alike in two specimens by chance
LARGE = 10  # a sum of as many nodes is no group that happens to have as many
_LABEL_BEFORE = re.compile(r"(?:nodes?|status|examined|total|involvement)\)?\s?[:=]|total|overall|altogether|combined")

_LEVEL = re.compile(r"(?<![a-z])level\s{1,2}(?P<level>[ivx]{1,3}|\d)(?![a-z\d])[^.;\d]{0,60}\Z")
_LEVEL_BEFORE = 60  # characters at most from the name of a level to its counts
_FEW = 10  # groups of which sums are tried


def levels_differ(document: Document, one: Group, other: Group) -> bool:
    """Whether the words right before two counts name two levels of the axilla."""
    levels = level_of(document, one), level_of(document, other)
    return None not in levels and levels[0] != levels[1]


def level_of(document: Document, group: Group) -> str | None:
    """The level of the axilla that the words right before the counts of a group name."""
    found = _LEVEL.search(document.clean, max(group.part.start, group.mention.start - _LEVEL_BEFORE), group.first_number)
    return found["level"] if found else None


def labelled_total(document: Document, group: Group) -> bool:
    """Whether the words before the number of a group are the label of a total or of the status of the nodes."""
    return _LABEL_BEFORE.search(document.clean, max(0, group.mention.start - 30), group.first_number) is not None


def sums_of_some(groups: Iterable[Group]) -> set[tuple[int, int]]:
    """The nodes examined and positive of two and of three groups together, of the first ten."""
    first = list(islice(groups, _FEW))
    return {summed(some) for number in (2, 3) for some in combinations(first, number)}
