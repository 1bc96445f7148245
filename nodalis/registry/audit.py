"""All comparisons of an audit, and what became of every report and every tumour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .matching import Found, Index
from .reabstraction import Agreement, Comparison, Difference, Kind, agreements, total


@dataclass(slots=True)
class Audit:
    """What is found while reports come in. ``settle`` ends it; every report is counted once."""

    index: Index
    comparisons: tuple[Comparison, ...] = ()
    unmatched_reports: int = 0
    several_tumors: int = 0  # reports whose number leads to more than one tumour
    shared_number: int = 0  # reports that share a number which a tumour holds: whose it is, is not known
    other_patient: int = 0  # reports whose tumour is of a patient with another date of birth
    _taken: list[tuple[Found, Comparison]] = field(default_factory=list)
    _uses: Counter[str] = field(default_factory=Counter)

    def take(self, found: Found, comparison: Comparison) -> None:
        """Keep the comparison of a report with its one tumour."""
        self._uses.update(found.numbers)
        self._taken.append((found, comparison))

    def pass_over(self, found: Found) -> None:
        """Count a report that leads to no tumour, or to several."""
        self._uses.update(found.numbers)
        if found.tumors:
            self.several_tumors += 1
        else:
            self.unmatched_reports += 1

    def refuse(self, found: Found) -> None:
        """Count a report whose tumour is of another patient."""
        self._uses.update(found.numbers)
        self.other_patient += 1

    def settle(self) -> None:
        """Drop the comparisons of reports that share a number."""
        alone = [comparison for found, comparison in self._taken if all(self._uses[number] == 1 for number in found.numbers)]
        self.shared_number = len(self._taken) - len(alone)
        self.comparisons = tuple(alone)

    @property
    def items(self) -> Mapping[str, Agreement]:
        """The agreement of each item."""
        return agreements(self.comparisons)

    @property
    def all_items(self) -> Agreement:
        """The agreement of all items together."""
        return total(self.items)

    @property
    def matched(self) -> Mapping[str, int]:
        """What became of reports and tumours, by what it is."""
        reports = len(self.comparisons)
        return {
            "reports compared": reports,
            "reports under review among them": sum(comparison.needs_review for comparison in self.comparisons),
            "reports without a tumour": self.unmatched_reports,
            "reports whose number leads to several tumours": self.several_tumors,
            "reports that share a number": self.shared_number,
            "reports whose tumour is of another date of birth": self.other_patient,
            "tumours in the file": self.index.tumors,
            "tumours without a report": self.index.unmatched,
            "tumours without a number": self.index.without_number,
        }

    def of_kind(self, kind: Kind) -> Iterator[tuple[Comparison, Difference]]:
        """The items of a kind, item by item, in the order of the reports."""
        for item in self.items:
            for comparison in self.comparisons:
                yield from ((comparison, found) for found in comparison.items if found.item == item and found.kind is kind)
