"""The specimens of a report: one for all that was sent in, and one for each labelled part that a value comes from."""

from __future__ import annotations

from collections.abc import Sequence

from parser.model import Evidence, NodeGroup, Report, Role, Version

from .elements import JsonObject
from .sites import SITES, breast_site, counted_groups, node_side, site

__all__ = ["Specimens"]

_TOLD = (Role.LEDGER, Role.CHECK, Role.REPEAT, Role.VALUE)


class Specimens:
    """The labelled parts of a report: "A", "2", "IV"."""

    __slots__ = ("_label_at", "_report", "labels")

    def __init__(self, report: Report) -> None:
        self._report = report
        told = [
            finding
            for finding in report.findings
            if finding.specimen and finding.role in _TOLD and finding.version is not Version.SUPERSEDED
        ]
        self._label_at = {finding.span: finding.specimen for finding in told}
        counted = [group.specimen for group in counted_groups(report) if group.specimen]
        #: The labels in the order of the report, each once
        self.labels: tuple[str, ...] = tuple(dict.fromkeys([*filter(None, self._label_at.values()), *counted]))

    def label(self, evidence: Sequence[Evidence]) -> str | None:
        """The one part that all these words are about; None for words about several parts or about none."""
        found = {self._label_at.get(item.span) for item in evidence}
        return found.pop() if len(found) == 1 else None

    def holds_only_the_tumor(self, label: str) -> bool:
        """Whether the tumour was in this part, and no counted node."""
        return self._told_of_tumor(label) and not self._groups(label)

    def _groups(self, label: str) -> list[NodeGroup]:
        return [group for group in counted_groups(self._report) if group.specimen == label]

    def _told_of_tumor(self, label: str) -> bool:
        tumor = self._report.tumor
        return any(value and self.label(value.evidence) == label for value in (tumor.histology, tumor.size))

    def site(self, label: str) -> JsonObject | None:
        """The body site of a part: the one region of its nodes, or the breast; None where it holds both, or nothing says it."""
        groups = self._groups(label)
        names = {SITES.get(group.region) for group in groups}
        if self._told_of_tumor(label):
            return None if groups else breast_site(self._report)
        if len(names) == 1 and (name := names.pop()):
            return site(name, node_side(groups, self._report))
        return None
