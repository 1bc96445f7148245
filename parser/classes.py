"""How many nodes bear deposits of each class, where several classes are told of the positive ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .document import Document, Mention
from .model import DepositClass
from .numbers import UP_TO_TWENTY, count

CLASS_RANK = {DepositClass.MACROMETASTASIS: 3, DepositClass.MICROMETASTASIS: 2, DepositClass.ITC: 1}
# "2 further |with isolated tumor cells": how many nodes a class is told of
OF_SOME = re.compile(
    r"(?<![a-z\d/.])(?P<nodes>[a-z]{3,9}|\d{1,2})\s(?:(?:of|is|are|was|were|the|these|them|two|three|four|five|six|further|additional|other|more|lymph|axillary|sentinel|nodes?|with|shows?|contains?|has|have|having|only|a|an"
    r"|single|harbou?rs?)\s){0,5}\Z"
)
# "isolated tumor cells |in one|", "micrometastasis| 1 mm in two|"
_IN_SOME = re.compile(
    r"(?:\s?\([^()]{1,30}\)|,?\s(?:of\s)?[\d.,]{1,5}\s?mm,?)?\s(?:only\s)?in\s(?:only\s|another\s|the\sother\s)?"
    rf"(?P<nodes>{UP_TO_TWENTY}|\d{{1,2}})(?![a-z\d/]|[.,]\d|\s(?:of|section|level|slide|block|cut))"
)


def number_of_nodes(document: Document, mention: Mention, before: re.Match[str] | None) -> int | None:
    """Of how many nodes a class is told, by the words before it or behind it."""
    behind = _IN_SOME.match(document.clean, mention.end)
    return (count(before["nodes"]) if before else None) or (count(behind["nodes"]) if behind else None)


def by_class(told: Sequence[tuple[DepositClass, int | None]], positive: int, sized: bool) -> list[tuple[DepositClass | None, int]]:
    """The positive nodes of each of several classes: as they are counted, else one of each; none where that is not clear.

    ``sized``: a size is told as well.

    >>> [nodes for _, nodes in by_class([(DepositClass.MACROMETASTASIS, None), (DepositClass.ITC, 2)], 5, sized=True)]
    [3, 2]
    """
    numbers: dict[DepositClass, int] = {}
    for kind, number in told:
        numbers[kind] = max(numbers.get(kind, 0), number or 0)
    kinds = sorted(numbers, key=CLASS_RANK.__getitem__, reverse=True)
    if len(kinds) < 2 or positive < 2:
        return []
    left, open_ones = positive - sum(numbers.values()), [kind for kind in kinds if not numbers[kind]]
    if left == 0 == len(open_ones) or (left > 0 and len(open_ones) == 1):
        return [(kind, numbers[kind] or left) for kind in kinds]
    if len(kinds) != positive and sized:
        return []
    rest = positive - len(kinds)
    return [*((kind, 1) for kind in kinds[:positive]), *([(None, rest)] if rest > 0 else [])]
