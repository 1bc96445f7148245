"""What each query of queries.toml must find, computed from what was read in the reports; no server and no resource is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from parser.model import Category, Deposit, DepositClass, NodeGroup, Region, Report
from tests.receivers.deliveries import Delivery

ITC_MM, MICROMETASTASIS_MM = Decimal("0.2"), Decimal(2)
EDITION = "AJCC 8"


def _derived(report: Report) -> Category | None:
    """The category that follows from the facts; None also where it was taken over as printed."""
    decision = report.staging.get(EDITION)
    return decision.category if decision and decision.basis == "derived" else None


def _decided(report: Report) -> Category | None:
    decision = report.staging.get(EDITION)
    return decision.category if decision else None


def _is(category: Category | None, base: str) -> bool:
    """Whether the category has this code: with ``y`` or ``r`` it has none."""
    return category is not None and category.base == base and not category.prefix


def _somewhere(report: Report, base: str) -> bool:
    """Whether the category is this one, decided or printed."""
    return _is(_decided(report), base) or _is(report.pn_stated.value if report.pn_stated else None, base)


def _both(report: Report) -> list[Category]:
    """The category that is decided and the one that is printed, as far as there are any."""
    return [category for category in (_decided(report), report.pn_stated.value if report.pn_stated else None) if category]


def _differs(report: Report) -> bool:
    """Whether the two say another thing of the nodes: suffixes and a negative search for small deposits do not count."""
    return len({(category.prefix, category.base.split("(i-)")[0].split("(mol-)")[0]) for category in _both(report)}) > 1


def _deposit(report: Report, above: Decimal, up_to: Decimal | None = None) -> bool:
    """Whether the largest deposit is a single size within these ends."""
    found = report.nodes.largest_deposit
    if found is None or found.value.low is None or found.value.low != found.value.high:
        return False
    return found.value.low > above and (up_to is None or found.value.low <= up_to)


def _ihc(report: Report, *results: str) -> bool:
    return report.nodes.ihc is not None and report.nodes.ihc.value in results


def _has_extension(report: Report) -> bool:
    return report.nodes.extranodal_extension is not None and report.nodes.extranodal_extension.value


def _in_axilla(report: Report) -> bool:
    """Whether axillary nodes hold more than isolated tumour cells: a group says so, or the category where no group does."""
    category = _decided(report)
    if category is None or category.base[1:3] not in ("N1", "N2", "N3"):
        return False
    regions = [group.region for group in _metastatic(report)]
    if not regions:
        return category.base[1:] in ("N1mi", "N1", "N1a", "N1c", "N2a")
    return any(region in (Region.SENTINEL, Region.AXILLARY, Region.UNSPECIFIED) for region in regions)


def _metastatic(report: Report) -> Iterator[NodeGroup]:
    for group in report.ledger:
        with_deposits = sum(deposit.nodes for deposit in group.deposits)
        with_cells_only = sum(deposit.nodes for deposit in group.deposits if _is_cells_only(deposit))
        if (with_deposits if group.positive is None else group.positive) > with_cells_only:
            yield group


def _is_cells_only(deposit: Deposit) -> bool:
    if deposit.words in (DepositClass.MICROMETASTASIS, DepositClass.MACROMETASTASIS):
        return False
    small = deposit.size is not None and deposit.size.high is not None and deposit.size.high <= ITC_MM
    return small or (deposit.words is DepositClass.ITC and deposit.size is None)


# Name of the query -> whether a report belongs to the answer.
ANSWERS: Mapping[str, Callable[[Report], bool]] = {
    "micrometastasis_2025": lambda report: _somewhere(report, "pN1mi"),
    "micrometastasis_derived": lambda report: _is(_derived(report), "pN1mi"),
    "micrometastasis_by_edition": lambda report: _is(_decided(report), "pN1mi"),
    "micrometastasis_patients": lambda report: _somewhere(report, "pN1mi"),
    "micrometastasis_with_immunohistochemistry_2024": lambda report: (
        _is(_derived(report), "pN1mi") and _ihc(report, "positive", "negative", "performed")
    ),
    "isolated_tumor_cells_by_immunohistochemistry": lambda report: _is(_derived(report), "pN0(i+)") and _ihc(report, "positive"),
    "isolated_tumor_cells": lambda report: _somewhere(report, "pN0(i+)"),
    "sentinel_nodes_only": lambda report: any("sn" in category.suffixes for category in _both(report)),
    "after_neoadjuvant_treatment": lambda report: any("y" in category.prefix for category in _both(report)),
    "stated_differs": _differs,
    "molecular_only": lambda report: _somewhere(report, "pN0(mol+)"),
    "deposit_above_2_mm": lambda report: _deposit(report, MICROMETASTASIS_MM),
    "deposit_above_0_2_up_to_2_mm": lambda report: _deposit(report, ITC_MM, MICROMETASTASIS_MM),
    "four_or_more_positive_nodes": lambda report: report.nodes.positive is not None and report.nodes.positive.value >= 4,
    "extranodal_extension": _has_extension,
    "secondary_cancer_of_axillary_nodes": _in_axilla,
    "secondary_cancer_with_extranodal_extension": lambda report: _in_axilla(report) and _has_extension(report),
    "needs_review": lambda report: bool(report.reasons),
    "needs_review_as_reports": lambda report: bool(report.reasons),
}
# Name of the query -> the year it asks for.
YEARS = {"micrometastasis_2025": 2025, "micrometastasis_with_immunohistochemistry_2024": 2024}
# Name of the query -> the report whose resources are wanted, and the types of them.
RESOURCES = {"one_report": ("numbered_pn1a_ene", ("DiagnosticReport", "Observation"))}


def reports(name: str, deliveries: tuple[Delivery, ...], year: int | None = None) -> set[str]:
    """The patients whose report belongs to the answer."""
    belongs = ANSWERS[name]
    return {delivery.patient for delivery in deliveries if belongs(delivery.report) and (year is None or delivery.effective.year == year)}


def resources(name: str, deliveries: tuple[Delivery, ...]) -> set[str]:
    """The resources that belong to the answer, as "Observation/<id>"."""
    report, kinds = RESOURCES[name]
    (delivery,) = [delivery for delivery in deliveries if delivery.name == report]
    return {resource for resource in delivery.resources if resource.startswith(kinds)}
