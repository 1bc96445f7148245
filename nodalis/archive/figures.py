"""What a run says in numbers: counted while the facts of its shards become one file."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow


@dataclass(slots=True)
class Figures:
    """Counts over all reports of a run. They hold no report's id or text."""

    decisions: Counter[str] = field(default_factory=Counter)
    categories: Counter[str | None] = field(default_factory=Counter)  # of the edition that is exported; None: no category
    reasons: Counter[str] = field(default_factory=Counter)  # a report may have several
    examined: dict[int | None, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))  # year -> nodes examined -> reports

    def add(self, table: pyarrow.Table, category: str) -> None:
        """Count the rows of a table of facts; ``category`` is the column of the edition."""
        self.decisions.update(table["decision"].to_pylist())
        self.categories.update(table[category].to_pylist())
        self.reasons.update(reason for reasons in table["reasons"].to_pylist() for reason in reasons)
        for year, examined in zip(table["year"].to_pylist(), table["examined"].to_pylist(), strict=True):
            if examined is not None:
                self.examined[year][examined] += 1
