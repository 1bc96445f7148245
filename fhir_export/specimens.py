"""The specimens of a report: one for all that was sent in, and one for each labelled part that a value comes from."""

from __future__ import annotations

from collections.abc import Sequence

from parser.model import Evidence, NodeGroup, Report, Role, Version

from .elements import JsonObject
from .sites import breast_site, common_site, counted_groups

__all__ = ["Specimens"]

_SUPERSEDED = Version.SUPERSEDED
_TOLD = (Role.LEDGER, Role.CHECK, Role.REPEAT, Role.VALUE)


class Specimens:
    """The labelled parts of a report: "A", "2", "IV"."""

    __slots__ = ("_groups", "_label_at", "_of_tumor", "_report", "labels")

    def __init__(self, report: Report) -> None:
        self._report = report
        self._label_at = {
            finding.span: finding.specimen
            for finding in report.findings
            if finding.specimen and finding.role in _TOLD and finding.version is not _SUPERSEDED
        }
        self._groups: dict[str, list[NodeGroup]] = {}
        for group in counted_groups(report):
            if group.specimen:
                self._groups.setdefault(group.specimen, []).append(group)
        #: The labels in the order of the report, each once
        self.labels: tuple[str, ...] = tuple(dict.fromkeys([*filter(None, self._label_at.values()), *self._groups]))
        said = (report.tumor.histology, report.tumor.size)
        self._of_tumor = {self.label(value.evidence) for value in said if value}

    def label(self, evidence: Sequence[Evidence]) -> str | None:
        """The one part that all these words are about; None for words about several parts or about none."""
        found = {self._label_at.get(item.span) for item in evidence}
        return found.pop() if len(found) == 1 else None

    def holds_only_the_tumor(self, label: str) -> bool:
        """Whether the tumour was in this part, and no counted node."""
        return label in self._of_tumor and label not in self._groups

    def site(self, label: str) -> JsonObject | None:
        """The body site of a part: the one region of its nodes, or the breast; None where it holds both, or nothing says it."""
        if self.holds_only_the_tumor(label):
            return breast_site(self._report)
        return None if label in self._of_tumor else common_site(self._groups.get(label, ()), self._report)
