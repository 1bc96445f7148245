"""What the deposits of a report's ledger are, as the newest staging table classes them."""

from __future__ import annotations

from collections.abc import Iterator

from parser.model import Deposit, DepositClass, NodeGroup, Report
from parser.staging import deposit_classes, editions, load_table

from .sites import counted_groups

__all__ = ["classes_of", "counted_deposits", "is_metastatic"]


def classes_of(deposit: Deposit) -> frozenset[DepositClass]:
    """The size classes that size, cells and words leave open."""
    return deposit_classes(load_table(editions()[-1]), deposit.words, deposit.size, deposit.cells)


def counted_deposits(report: Report) -> Iterator[Deposit]:
    """The deposits of the groups that hold."""
    return (deposit for group in counted_groups(report) for deposit in group.deposits)


def is_metastatic(group: NodeGroup) -> bool:
    """Whether the group holds a node with more than isolated tumour cells."""
    isolated = sum(deposit.nodes for deposit in group.deposits if classes_of(deposit) == {DepositClass.ITC})
    positive = group.positive if group.positive is not None else sum(deposit.nodes for deposit in group.deposits)
    return positive > isolated
