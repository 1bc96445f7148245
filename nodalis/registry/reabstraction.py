"""A re-abstraction audit: item by item, the registry's code beside ours, and how often they agree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from statistics import NormalDist
from typing import Final

from parser.model import Evidence

from .abstract import Abstract
from .code_words import compared
from .reading import Existing

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_Z: Final = NormalDist().inv_cdf(0.975)  # of an interval of 95 %


class Kind(StrEnum):
    """What became of the comparison of one item."""

    SAME = "same"
    DIFFERS = "differs"
    ONLY_OURS = "only ours"  # the registry holds nothing, or that it is not known
    ONLY_THEIRS = "only theirs"  # the report does not tell it
    NOT_COMPARABLE = "not comparable"  # the report leaves ours unknown or in doubt, or the registry holds two values


@dataclass(frozen=True, slots=True)
class Difference:
    """One item of one tumour: both codes, in words where a source explains them, and the proof of ours."""

    item: str
    kind: Kind
    theirs: str | None
    ours: str | None
    basis: str  # why ours is what it is; no report text
    evidence: tuple[Evidence, ...] = ()

    @property
    def theirs_means(self) -> str:
        """The registry's code in words."""
        return compared()[self.item].meaning(self.theirs or "")

    @property
    def ours_means(self) -> str:
        """Our code in words."""
        return compared()[self.item].meaning(self.ours or "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A report beside its tumour."""

    report_id: str
    tumor: int  # its place in the registry's file
    edition: str  # of both categories
    needs_review: bool
    items: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often an item agreed, of the times that both sides have a code."""

    counts: Mapping[Kind, int]

    @property
    def both(self) -> int:
        """How often both sides have a code."""
        return self.counts.get(Kind.SAME, 0) + self.counts.get(Kind.DIFFERS, 0)

    @property
    def share(self) -> float | None:
        """The share that is the same; None where nothing was compared."""
        return self.counts.get(Kind.SAME, 0) / self.both if self.both else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share (Wilson 1927)."""
        return wilson(self.counts.get(Kind.SAME, 0), self.both) if self.both else None


def compare(existing: Existing, ours: Abstract, edition: str) -> Comparison:
    """All items that either side holds, in the order of the table of codes."""
    items = tuple(found for item in compared() if (found := _compared(item, existing, ours)) is not None)
    return Comparison(ours.report_id, existing.number, edition, bool(ours.doubts), items)


def agreements(comparisons: Iterable[Comparison]) -> dict[str, Agreement]:
    """The agreement of each item that was compared, in the order of the table of codes."""
    counts: dict[str, Counter[Kind]] = {item: Counter() for item in compared()}
    for comparison in comparisons:
        for difference in comparison.items:
            counts[difference.item][difference.kind] += 1
    return {item: Agreement(counted) for item, counted in counts.items() if counted}


def total(items: Mapping[str, Agreement]) -> Agreement:
    """The agreement of all items together."""
    counts: Counter[Kind] = Counter()
    for agreement in items.values():
        counts.update(agreement.counts)
    return Agreement(counts)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score: it stays within 0 and 1 where all or none succeed.

    >>> [round(end, 3) for end in wilson(10, 10)], [round(end, 3) for end in wilson(1, 2)]
    ([0.722, 1.0], [0.095, 0.905])
    """
    share, spread = successes / trials, _Z * _Z / trials
    middle = share + spread / 2
    half = sqrt(spread * (share * (1 - share) + spread / 4))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def _compared(item: str, existing: Existing, abstract: Abstract) -> Difference | None:
    theirs, mine = existing.value(item), abstract.items.get(item)
    if theirs is None and mine is None:
        return None
    ours, unknown = mine.value if mine is not None else None, compared()[item].unknown
    why, proof = (mine.basis, mine.evidence) if mine is not None else ("the report does not tell it", ())
    if item in existing.repeated:
        kind, why = Kind.NOT_COMPARABLE, "the registry gives this item twice, with different values"
    elif mine is None and abstract.doubts:
        kind, why = Kind.NOT_COMPARABLE, f"the report needs review: {', '.join(abstract.doubts)}"
    elif ours in unknown or (mine is None and theirs in unknown):
        kind = Kind.NOT_COMPARABLE
    elif mine is None:
        kind = Kind.ONLY_THEIRS
    elif theirs is None or theirs in unknown:
        kind = Kind.ONLY_OURS
    else:
        kind = Kind.SAME if _equal(theirs, mine.value) else Kind.DIFFERS
    return Difference(item, kind, theirs, ours, why, proof)


def _equal(theirs: str, ours: str) -> bool:
    """Whether two codes are one; a number keeps its value with or without zeros around it.

    >>> _equal("2", "02"), _equal("20", "20.0"), _equal("pN1", "pN1a"), _equal("N1a", "pN1a")
    (True, True, False, False)
    """
    if _NUMBER.fullmatch(theirs) and _NUMBER.fullmatch(ours):
        return Decimal(theirs) == Decimal(ours)
    return theirs == ours
