"""What a run says in numbers: counted while the facts of its shards become one file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow


class Year(NamedTuple):
    """How many nodes the reports of one year tell of."""

    year: int | None  # None: the report's context has no date
    reports: int
    counted: int  # reports that state a number of nodes; the quartiles are theirs
    quartiles: tuple[float, float, float] | None  # None where no report states a number


@dataclass(slots=True)
class Figures:
    """Counts over all reports of a run. They hold no report's id or text."""

    # Of the edition that is exported, with the decision; None: no category.
    categories: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # a report may have several
    # Year -> nodes examined -> reports; None: not stated.
    examined: dict[int | None, Counter[int | None]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, table: pyarrow.Table, category: str) -> None:
        """Count the rows of a table of facts; ``category`` is the column of the edition."""
        import pyarrow
        from pyarrow import compute

        for name, decision, reports in _counted(table, category, "decision"):
            self.categories[name, decision] += reports
        reasons = pyarrow.table({"reason": compute.list_flatten(table["reasons"])})
        for reason, reports in _counted(reasons, "reason"):
            self.reasons[reason] += reports
        for year, examined, reports in _counted(table, "year", "examined"):
            self.examined[year][examined] += reports

    def years(self) -> list[Year]:
        """The years in their order; last, where there are any, the reports without a date."""
        known = sorted(year for year in self.examined if year is not None)
        return [_year(year, self.examined[year]) for year in (*known, *({None} & self.examined.keys()))]


def quartiles(counts: Mapping[int, int]) -> tuple[float, float, float]:
    """First quartile, median and third quartile of values by their frequencies, between two values as pandas and DuckDB do.

    >>> quartiles({1: 2, 2: 1, 10: 1})
    (1.0, 1.5, 4.0)
    """
    values = sorted(counts)
    ends = list(accumulate(counts[value] for value in values))

    def at(place: int) -> int:
        return next(value for value, end in zip(values, ends, strict=True) if place < end)

    def quantile(quarters: int) -> float:
        below, rest = divmod(quarters * (ends[-1] - 1), 4)
        return at(below) + (at(below + 1) - at(below)) * rest / 4 if rest else float(at(below))

    return quantile(1), quantile(2), quantile(3)


def _year(year: int | None, examined: Mapping[int | None, int]) -> Year:
    stated = {nodes: reports for nodes, reports in examined.items() if nodes is not None}
    return Year(year, sum(examined.values()), sum(stated.values()), quartiles(stated) if stated else None)


def _counted(table: pyarrow.Table, *names: str) -> Iterator[Sequence[Any]]:
    """The combinations of values in these columns, each with the number of its rows."""
    found = table.group_by(list(names), use_threads=False).aggregate([([], "count_all")])
    yield from zip(*(found[name].to_pylist() for name in (*names, "count_all")), strict=True)
