"""Groups that are sums of others: totals told among the counts of single specimens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from .document import Document
from .groups import Group, summed
from .model import Region
from .sections import names_nodes

NO_CHANCE = 4  # as many nodes are not counted alike in two specimens by chance
LARGE = 10  # a sum of as many nodes is no group that happens to have as many
_LABEL_BEFORE = re.compile(r"(?:nodes?|status|examined|total|involvement)\)?\s?[:=]|total|overall|altogether|combined")

_LEVEL = re.compile(r"(?<![a-z])level\s{1,2}(?P<level>[ivx]{1,3}|\d)(?![a-z\d])[^.;\d]{0,60}\Z")
_LEVEL_BEFORE = 60  # characters at most from the name of a level to its counts
_KNOWN = re.compile(r"(?<![a-z])(?:the|these|those|each|both)(?![a-z])")  # "of each of the three sentinel nodes"


def sums_up(document: Document, group: Group, others: Sequence[Group]) -> bool:
    """Whether a group is told as the sum of others: in words, by its divisions behind it, in another part, or under no label."""
    if not others:
        return False
    exact = _is_sum(group, others)
    if group.of_parts and (exact or _holds(group, others)):
        return True
    total = len(others) >= 2 or all(other.mention.end <= group.mention.start for other in others)
    if group.summary and (exact or (total and _holds(group, others))):
        return True
    divisions = [
        other
        for other in others
        if other.part is group.part and other.mention.start > group.mention.start and not levels_differ(document, group, other)
    ]
    if len(divisions) > 1 and group.positive is not None and _is_sum(group, divisions):
        return True
    before = [other for other in others if other.mention.start < group.mention.start]
    own = (
        group.part.label is not None
        and all(other.part is not group.part for other in before)
        and (names_nodes(document.clean, group.part, group.mention.start))
    )
    if len(before) > 1 and not own and (group.positive or (group.examined or 0) >= LARGE) and _is_sum(group, before):
        return True
    same_region = [other for other in others if other.region is group.region]
    if group.part.label is None:
        labelled = any(other.part.label and other.passage is group.passage for other in others)
        few = group.positive == 0 and (group.examined or 0) < NO_CHANCE and not labelled_total(document, group)
        known = _KNOWN.search(document.clean, max(group.part.start, group.mention.start - 12), group.mention.end) is not None
        if few and not known and all(group.mention.start < other.mention.start for other in others):
            return False  # the first specimen, under a label that was not read
        return labelled and (_is_sum(group, others) or _is_sum(group, same_region) or group.mention.rule == "nodes.ratio_label")
    restated = not names_nodes(document.clean, group.part) and any(names_nodes(document.clean, other.part) for other in others)
    by_chance = not group.positive and (group.examined or 0) < LARGE
    if len(before) < len(others) and by_chance and not labelled_total(document, group):
        return False  # specimens go on behind it, and it is told as one of them
    whole = group.region in (Region.UNSPECIFIED, Region.AXILLARY) or len(same_region) == len(others)
    return restated and whole and _is_sum(group, others)


def levels_differ(document: Document, one: Group, other: Group) -> bool:
    """Whether the words right before two counts name two levels of the axilla."""
    levels = [
        _LEVEL.search(document.clean, max(group.part.start, group.mention.start - _LEVEL_BEFORE), group.first_number)
        for group in (one, other)
    ]
    return levels[0] is not None and levels[1] is not None and levels[0]["level"] != levels[1]["level"]


def labelled_total(document: Document, group: Group) -> bool:
    """Whether the words before the number of a group are the label of a total or of the status of the nodes."""
    return _LABEL_BEFORE.search(document.clean, max(0, group.mention.start - 30), group.first_number) is not None


def outnumbers(group: Group, others: Sequence[Group]) -> bool:
    """Whether a number of nodes exceeds all that are counted with a result."""
    return (group.examined or 0) > sum(other.examined or 0 for other in others if other.positive is not None)


def _holds(group: Group, others: Sequence[Group]) -> bool:
    """Whether a group is large enough to be the sum of the others."""
    return (
        group.examined is not None
        and group.positive is not None
        and group.examined >= max(other.examined or 0 for other in others)
        and group.examined > 1
    )


def _is_sum(group: Group, others: Sequence[Group]) -> bool:
    """Whether a group counts the nodes of the others: those without a result may be positive or not."""
    if not others or group.examined != sum(other.examined or 0 for other in others):
        return False
    positive = sum(other.positive or 0 for other in others)
    unknown = sum(other.examined or 0 for other in others if other.positive is None)
    return group.positive is None or positive <= group.positive <= positive + unknown


def sums_others(group: Group, rest: Sequence[Group]) -> bool:
    """Whether a group's counts are those of another group, or of some others together."""
    same = [other for other in rest if other.counts == group.counts]
    return bool(same) or any(summed(some) == group.counts for number in (2, 3) for some in combinations(rest[:10], number))
