"""The ledger of node groups of one side, before deposits are weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .document import Mention
from .groups import Group
from .model import Issue, IssueKind, Role, Span
from .totals import Totals


@dataclass(slots=True)
class Ledger:
    """Counts of regional nodes on the index side, before deposits are weighed. Positive is as printed."""

    groups: list[Group] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    examined: int | None = None
    positive: int | None = None
    sentinel_examined: int | None = None
    sentinel_positive: int | None = None
    issues: list[Issue] = field(default_factory=list)
    roles: dict[int, Role] = field(default_factory=dict)  # id(mention) -> role
    divisions: list[Span] = field(default_factory=list)  # ratios of stations whose sum is counted
    none_found: list[Mention] = field(default_factory=list)
    nodules: list[Mention] = field(default_factory=list)  # tumour among the nodes without node tissue
    fewer_printed: int = 0  # by how many positive nodes a printed total is less than the sum of the parts
    unread_specimens: bool = False  # a specimen of nodes is diagnosed of which nothing was read

    def settle(self, itc: int) -> None:
        """Flags a printed number of positive nodes that leaves out more or fewer nodes than those with isolated tumour cells only."""
        if self.fewer_printed not in (0, itc, self.totals.get("itc")):
            mentions = [group.mention for group in self.groups] + self.totals.mentions("positive", "macro", "micro")
            self.flag(IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the printed total differs from the sum of the parts", mentions)

    def flag(self, kind: IssueKind, message: str, mentions: Sequence[Mention], blocking: bool = True) -> None:
        """Adds an issue about these words."""
        self.issues.append(Issue(kind, message, tuple(sorted({mention.span for mention in mentions})), blocking))
