"""Codes of regional nodes: examined, positive, sentinel nodes, axillary levels I and II.

Sources: NAACCR items 820, 830, 834, 835 and 3882 with the codes of SEER EOD 3.2 and 3.3 (nodes_pos_fab and the inputs of breast).
Nodes with isolated tumour cells only are not positive; those with micrometastases, or with metastases of no stated size, are.
"""

from __future__ import annotations

from collections.abc import Iterator

from parser.model import IssueKind, Report

from .abstract import Coded


def codes(report: Report, doubts: tuple[IssueKind, ...]) -> Iterator[Coded]:
    """The items of nodes, each with a code: unknown where the report leaves it in doubt."""
    positive = report.nodes.positive
    if doubts or positive is None:
        yield Coded("regionalNodesPositive", "99", "the report needs review" if doubts else "not told")
    else:
        yield Coded("regionalNodesPositive", number(positive.value), "nodes with more than isolated tumour cells", positive.evidence)


def number(count: int) -> str:
    """A count as two digits: 90 stands for 90 and more.

    >>> number(2), number(90), number(120)
    ('02', '90', '90')
    """
    return f"{min(count, 90):02}"
