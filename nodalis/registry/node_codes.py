"""Codes of regional nodes: examined, positive, sentinel nodes, axillary levels I and II.

Sources: NAACCR items 820, 830, 834, 835 and 3882 with the codes that SEER EOD 3.2 and 3.3 print for breast. Nodes with isolated
tumour cells only are not positive; nodes with micrometastases, or with metastases of no stated size, are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from parser.model import Category, Decision, DepositClass, Evidence, Finding, IssueKind, Region, Report, Section, Version
from parser.staging import deposit_classes, load_table

from .coded import Coded, after_treatment, by_needle, evidence_of, recurrent

POSITIVE: Final = "regionalNodesPositive"
EXAMINED: Final = "regionalNodesExamined"
SENTINEL_POSITIVE: Final = "sentinelLymphNodesPositive"
SENTINEL_EXAMINED: Final = "sentinelLymphNodesExamined"
AXILLARY: Final = "lnPositiveAxillaryLevel1To2"
UNKNOWN: Final = {POSITIVE: "99", EXAMINED: "99", SENTINEL_POSITIVE: "99", SENTINEL_EXAMINED: "99", AXILLARY: "X9"}

_BESIDE: Final = frozenset({Region.INTERNAL_MAMMARY, Region.INFRACLAVICULAR, Region.SUPRACLAVICULAR})  # never counted with levels I and II
_AXILLARY_POSITIVE: Final = ("pN1mi", "pN1a", "pN1c", "pN2a")  # by their definitions some node of levels I and II is positive
_OF_OPERATION: Final = frozenset({Section.DIAGNOSIS, Section.SYNOPTIC, Section.SPECIMENS, Section.GROSS, Section.UNKNOWN})
_DISSECTION: Final = 6  # nodes besides the sentinel nodes; a resection of level I ordinarily yields as many (AJCC, by SEER TNM 7, note 1)


def codes(report: Report, edition: str, doubts: tuple[IssueKind, ...]) -> Iterator[Coded]:
    """The items of nodes, each with a code."""
    if doubts or recurrent(report):
        why = f"the report needs review: {', '.join(doubts)}" if doubts else "of a recurrence: the items are of the first course"
        yield from (Coded(id_, code, why) for id_, code in UNKNOWN.items() if id_ != AXILLARY or not after_treatment(report))
    elif by_needle(report):
        yield from _needled(report)
    elif report.nodes.examined is not None and report.nodes.examined.value == 0:
        yield from _none(report)
    else:
        yield from (_positive(report, edition), _examined(report, edition), *_sentinel(report, edition))
        if not after_treatment(report):  # the clinical category before the treatment may be higher, and then decides
            yield _axillary(report, edition)


def number(count: int) -> str:
    """A count as two digits: 90 stands for 90 and more.

    >>> number(2), number(90), number(120)
    ('02', '90', '90')
    """
    return f"{min(count, 90):02}"


def _needled(report: Report) -> Iterator[Coded]:
    evidence, positive = _of_needle(report)
    told = {True: "tumour in nodes sampled by needle only", False: "nodes sampled by needle only, no tumour", None: "result not told"}[
        positive
    ]
    code = {True: "95", False: "00", None: "99"}[positive]
    yield Coded(POSITIVE, code, told, evidence)
    yield Coded(EXAMINED, "95", "no node removed, nodes sampled by needle", evidence)
    if report.ledger and all(group.region is Region.SENTINEL for group in report.ledger):
        yield Coded(SENTINEL_POSITIVE, code, told, evidence)
        yield Coded(SENTINEL_EXAMINED, "95", "no sentinel node removed, sampled by needle", evidence)
    else:
        yield from _no_sentinel_told()
    if after_treatment(report):
        return
    if any(group.region in _BESIDE for group in report.ledger):
        yield Coded(AXILLARY, "X9", "not all nodes sampled are of levels I and II")
    else:
        yield Coded(AXILLARY, {True: "X6", False: "00", None: "X9"}[positive], told, evidence)


def _of_needle(report: Report) -> tuple[tuple[Evidence, ...], bool | None]:
    """Whether the sample holds tumour, by the count or else by the printed category, with its words."""
    if report.nodes.positive is not None:
        return report.nodes.positive.evidence, report.nodes.positive.value > 0
    if report.pn_stated is not None and report.pn_stated.value.base != "pNX":
        return report.pn_stated.evidence, _is_positive(report.pn_stated.value)
    return (), None


def _none(report: Report) -> Iterator[Coded]:
    evidence = report.nodes.examined.evidence if report.nodes.examined else ()
    none = "the report says that no node was removed or found"
    yield Coded(POSITIVE, "98", none, evidence)
    yield Coded(EXAMINED, "00", none, evidence)
    yield Coded(SENTINEL_POSITIVE, "98", none, evidence)
    yield Coded(SENTINEL_EXAMINED, "00", none, evidence)
    if not after_treatment(report):
        yield Coded(AXILLARY, "X9", none, evidence)


def _positive(report: Report, edition: str) -> Coded:
    positive = report.nodes.positive
    if positive is None:
        if _is_positive(report.staging[edition].category):
            evidence = report.pn_stated.evidence if report.pn_stated else ()
            return Coded(POSITIVE, "97", "the category says positive, no number is told", evidence)
        return Coded(POSITIVE, "99", "whether nodes are positive is not told by a count")
    if _may_be_isolated_cells(report):
        if _is_positive(report.staging[edition].category):
            return Coded(POSITIVE, "97", "positive, but a size leaves open how many are more than isolated tumour cells", positive.evidence)
        return Coded(POSITIVE, "99", "a size leaves open whether it is more than isolated tumour cells", positive.evidence)
    told = "nodes with more than isolated tumour cells; micrometastases and unsized metastases count"
    return Coded(POSITIVE, number(positive.value), told if positive.value < 90 else "90 or more nodes are positive", positive.evidence)


def _examined(report: Report, edition: str) -> Coded:
    examined = report.nodes.examined
    if examined is None:
        told = report.nodes.positive is not None or _is_positive(report.staging[edition].category)
        if told and (dissection := dissection_of(report)) is not None:
            return Coded(EXAMINED, "97", "a dissection, no number told", (evidence_of(dissection),))
        return Coded(EXAMINED, "99", "no number is told; whether by sampling or dissection (96, 97, 98) is not known")
    return Coded(
        EXAMINED, number(examined.value), "nodes counted" if examined.value < 90 else "90 or more nodes counted", examined.evidence
    )


def _sentinel(report: Report, edition: str) -> Iterator[Coded]:
    examined = report.nodes.sentinel_examined
    if examined is None and (evidence := _sentinel_procedure(report)):
        yield _sentinel_positive_of_unknown_number(report, edition)
        yield Coded(SENTINEL_EXAMINED, "98", "sentinel nodes were removed, no number told", evidence)
        return
    if examined is None or examined.value == 0:
        yield from _no_sentinel_told()
        return
    yield _sentinel_positive(report)
    yield Coded(SENTINEL_EXAMINED, number(examined.value), "sentinel nodes counted", examined.evidence)


def _sentinel_procedure(report: Report) -> tuple[Evidence, ...]:
    """The words that tell of sentinel nodes: those of a group, or the printed (sn)."""
    if report.pn_stated is not None and "sn" in report.pn_stated.value.suffixes:
        return report.pn_stated.evidence
    return tuple(evidence for group in report.ledger if group.region is Region.SENTINEL for evidence in group.evidence)


def _sentinel_positive_of_unknown_number(report: Report, edition: str) -> Coded:
    positive = report.nodes.positive
    if positive is not None and positive.value == 0 and not _may_be_isolated_cells(report):
        return Coded(SENTINEL_POSITIVE, "00", "no node is positive", positive.evidence)
    only = bool(report.ledger) and all(group.region is Region.SENTINEL for group in report.ledger)
    if only and report.nodes.sentinel_positive is None and _is_positive(report.staging[edition].category):
        return Coded(SENTINEL_POSITIVE, "97", "positive, and all nodes are sentinel nodes; no number told", report.ledger[0].evidence)
    return Coded(SENTINEL_POSITIVE, "99", "how many sentinel nodes are positive is not told")


def _sentinel_positive(report: Report) -> Coded:
    nodes = report.nodes
    value = nodes.sentinel_positive or nodes.positive
    evidence = value.evidence if value else ()
    if _may_be_isolated_cells(report):
        return Coded(SENTINEL_POSITIVE, "99", "a size leaves open whether it is more than isolated tumour cells", evidence)
    if nodes.positive is not None and nodes.positive.value == 0:
        return Coded(SENTINEL_POSITIVE, "00", "no node is positive", evidence)
    if nodes.sentinel_positive is None:
        return Coded(SENTINEL_POSITIVE, "99", "how many sentinel nodes are positive is not told")
    positive, others = nodes.sentinel_positive.value, _beside_sentinel(report)
    if any(group.region is Region.INTERNAL_MAMMARY and group.positive for group in report.ledger) and others < _DISSECTION:
        told = "internal mammary nodes are positive: whether they are counted with the sentinel nodes is not known"
        return Coded(SENTINEL_POSITIVE, "99", told)
    if others == 0 and nodes.positive is not None and nodes.positive.value <= positive:
        positive = (
            nodes.positive.value
        )  # all nodes are sentinel nodes: what is no more than isolated cells is left out of the total already
    elif positive and _unplaced_cells(report):
        return Coded(SENTINEL_POSITIVE, "99", "whether a sentinel node holds isolated tumour cells only is not told", evidence)
    dissection = dissection_of(report)
    if positive and (others >= _DISSECTION or (others and dissection is not None)):
        told = f"positive, and {others} other nodes of the same report: sentinel biopsy and dissection in one procedure (breast)"
        words = (evidence_of(dissection),) if dissection is not None else ()
        return Coded(SENTINEL_POSITIVE, "97", told, (*evidence, *words))
    few = f"; fewer than {_DISSECTION} other nodes, so no dissection" if positive else ""
    return Coded(SENTINEL_POSITIVE, number(positive), f"sentinel nodes with more than isolated tumour cells{few}", evidence)


def _no_sentinel_told() -> Iterator[Coded]:
    told = "the report tells of no sentinel node; another may"
    yield Coded(SENTINEL_POSITIVE, "99", told)
    yield Coded(SENTINEL_EXAMINED, "99", told)


def dissection_of(report: Report) -> Finding | None:
    """Where the report names a dissection of the axilla as what was done."""
    named = (finding for finding in report.findings if finding.kind == "dissection" and finding.version is not Version.SUPERSEDED)
    return next((finding for finding in named if finding.section in _OF_OPERATION), None)


def _beside_sentinel(report: Report) -> int:
    """How many axillary nodes were examined that are no sentinel nodes."""
    examined, sentinel = report.nodes.examined, report.nodes.sentinel_examined
    if examined is None or sentinel is None:
        return 0
    elsewhere = sum(group.examined or 0 for group in report.ledger if group.region in _BESIDE or group.region is Region.INTRAMAMMARY)
    return examined.value - sentinel.value - elsewhere


def _axillary(report: Report, edition: str) -> Coded:
    positive, decision = report.nodes.positive, report.staging[edition]
    if positive is None:
        if decision.category is not None and decision.category.base in _AXILLARY_POSITIVE:
            return Coded(AXILLARY, "X5", "the category says positive nodes of levels I and II, no number is told")
        return Coded(AXILLARY, "X9", "nodes of levels I and II are not counted")
    if report.ledger and all(group.region in _BESIDE for group in report.ledger):
        return Coded(AXILLARY, "X9", "no node of levels I and II is told of")
    if _may_be_isolated_cells(report):
        return Coded(AXILLARY, "X9", "a size leaves open whether it is more than isolated tumour cells")
    if not report.ledger and not _axillary_only(decision):
        return Coded(AXILLARY, "X9", "whether the positive nodes are of levels I and II is not told")
    count = positive.value
    beside = [group for group in report.ledger if group.region in _BESIDE and group.positive]
    if beside:
        staged = [decision.inputs.get(name) for name in ("macro", "micro", "unsized")]
        count = sum(value for value in staged if isinstance(value, int))
        if decision.basis != "derived" or count + sum(group.positive or 0 for group in beside) != positive.value:
            return Coded(AXILLARY, "X9", "how many of the positive nodes are of levels I and II is not told")
    if count > 99:
        return Coded(AXILLARY, "X1", "100 or more positive nodes", positive.evidence)
    told = "positive nodes of levels I and II, with intramammary nodes and those of no stated level"
    return Coded(AXILLARY, f"{count:02}", told, positive.evidence)


def _axillary_only(decision: Decision) -> bool:
    """Whether the category was derived from nodes of levels I and II only."""
    axes = (decision.inputs.get("im", "none"), decision.inputs.get("infraclav", 0), decision.inputs.get("supraclav", 0))
    return decision.basis == "derived" and decision.category is not None and axes == ("none", 0, 0)


def _is_positive(category: Category | None) -> bool:
    """Whether the category says that some node holds more than isolated tumour cells."""
    return category is not None and category.base.startswith(("pN1", "pN2", "pN3"))


def _may_be_isolated_cells(report: Report) -> bool:
    """Whether some deposit may be isolated tumour cells, or more: then the count of positive nodes is open."""
    return any(DepositClass.ITC in classes and len(classes) > 1 for _, classes in _deposits(report))


def _unplaced_cells(report: Report) -> bool:
    """Whether nodes with isolated tumour cells only are counted that no group of the ledger is known to hold."""
    placed = sum(nodes for nodes, classes in _deposits(report) if classes == {DepositClass.ITC})
    return report.nodes.itc is not None and report.nodes.itc.value > placed


def _deposits(report: Report) -> Iterator[tuple[int, frozenset[DepositClass]]]:
    """The deposits of the ledger: in how many nodes, and the classes each may be of."""
    table = load_table("AJCC 8")
    for group in report.ledger:
        for deposit in group.deposits:
            yield deposit.nodes, deposit_classes(table, deposit.words, deposit.size, deposit.cells)
