"""What numbers of lymph nodes can be, whoever gives them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from parser.model import DepositClass, Nodes
from parser.staging import deposit_classes, editions, load_table

from .fields import CorrectionError

_TOGETHER: Final = frozenset(
    f"nodes.{name}" for name in ("positive", "macromet", "micromet", "itc", "largest_deposit", "sentinel_positive")
)  # values that must agree once a person gave one of them


def ensure_possible(nodes: Nodes, given: Collection[str]) -> None:
    """That the numbers are possible, and where a person gave one of those that go together, that they agree.

    Raises:
        CorrectionError: they do.
    """
    problem = next(_impossible(nodes), None)
    if problem is None and not _TOGETHER.isdisjoint(given):
        problem = next(_unclear(nodes), None)
    if problem:
        raise CorrectionError(problem)


def _impossible(nodes: Nodes) -> Iterator[str]:
    examined, positive, itc = (value.value if value else None for value in (nodes.examined, nodes.positive, nodes.itc))
    macro, micro = (value.value if value else 0 for value in (nodes.macromet, nodes.micromet))
    sentinel, positive_sentinel = (value.value if value else None for value in (nodes.sentinel_examined, nodes.sentinel_positive))
    if positive is not None and macro + micro > positive:
        yield f"{macro + micro} nodes with metastases, and {positive} positive nodes"
    if examined is not None:
        if (positive or 0) > examined:
            yield f"{positive} positive nodes of {examined} examined"
        if max(positive or 0, macro + micro) + (itc or 0) > examined:
            yield f"{max(positive or 0, macro + micro)} positive nodes and {itc} with isolated tumour cells, of {examined} examined"
        if (sentinel or 0) > examined:
            yield f"{sentinel} sentinel nodes of {examined} nodes examined"
    if positive_sentinel is not None and sentinel is not None and positive_sentinel > sentinel:
        yield f"{positive_sentinel} positive sentinel nodes of {sentinel} examined"


def _unclear(nodes: Nodes) -> Iterator[str]:
    """What is not impossible, but leaves open which category it gives."""
    positive = nodes.positive.value if nodes.positive else None
    macro, micro, itc = (value.value if value else None for value in (nodes.macromet, nodes.micromet, nodes.itc))
    if positive is None and (macro or micro):
        yield "nodes with metastases: say how many nodes are positive as well"
    if positive is not None and macro is not None and micro is not None and macro + micro != positive:
        yield f"{positive} positive nodes, of which {macro} with macrometastases and {micro} with micrometastases: expected all of them"
    if positive is not None and nodes.sentinel_positive and nodes.sentinel_positive.value > positive:
        yield f"{nodes.sentinel_positive.value} positive sentinel nodes of {positive} positive nodes"
    if nodes.largest_deposit is None:
        return
    table = load_table(editions()[-1])
    classes = deposit_classes(table, None, nodes.largest_deposit.value, None)
    if macro is None and positive and DepositClass.MACROMETASTASIS not in classes:
        yield "the largest deposit is no macrometastasis: say how many nodes hold micrometastases, and that none holds more"
    if macro and DepositClass.MACROMETASTASIS not in classes:
        yield "a macrometastasis, and the largest deposit is none"
    if macro == 0 and classes == {DepositClass.MACROMETASTASIS}:
        yield "the largest deposit is a macrometastasis, and there is none"
    if macro == micro == 0 and DepositClass.ITC not in classes:
        yield "the largest deposit is more than isolated tumour cells, and there is no metastasis"
    if positive == 0 and not itc:
        yield "a deposit, and no node with tumour cells"
