from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fhir_export import Context, to_resources
from fhir_export.context import Sex
from parser.model import Category, Deposit, DepositClass, Measure, Nodes, Region, Report, Side, Tumor
from tests.fhir_export import reports
from tests.fhir_export.reports import decided, group, report, said

CONTEXT = Context(report_id="S26-00417", issuer="urn:oid:1.2.3", subject="Patient/7", effective="2026-03-02")


def conditions(found: Report, context: Context = CONTEXT) -> list[dict[str, Any]]:
    return [item for item in to_resources(found, context) if item["resourceType"] == "Condition"]


def codes(concept: dict[str, Any]) -> list[str]:
    return [coding["code"] for coding in concept["coding"]]


def secondary(found: Report, context: Context = CONTEXT) -> list[list[str]]:
    """The codes of each secondary cancer."""
    return [codes(item["code"]) for item in conditions(found, context) if codes(item["category"][1]) == ["128462008"]]


@pytest.mark.parametrize(
    ("sex", "side", "expected"),
    [
        ("female", Side.LEFT, ["353431000119107", "372137005", "C50.912"]),
        ("female", Side.RIGHT, ["353511000119101", "372137005", "C50.911"]),
        ("female", Side.BILATERAL, ["15635801000119106", "372137005"]),
        ("female", None, ["93796005", "372137005", "C50.919"]),
        ("male", Side.LEFT, ["354491000119109", "372137005", "C50.922"]),
        ("male", Side.RIGHT, ["354591000119108", "372137005", "C50.921"]),
        ("male", Side.BILATERAL, ["93884005", "372137005"]),
        ("male", None, ["93884005", "372137005"]),
        (None, Side.LEFT, ["372137005"]),
        (None, Side.RIGHT, ["372137005"]),
        (None, Side.BILATERAL, ["372137005"]),
        (None, None, ["372137005"]),
    ],
)
def test_the_primary_cancer_by_sex_and_side(sex: Sex | None, side: Side | None, expected: list[str]) -> None:
    found = report(Nodes(examined=said(1, 0, "1")), Tumor(laterality=said(side, 4, "side") if side else None))
    (primary,) = conditions(found, replace(CONTEXT, sex=sex))
    assert codes(primary["code"]) == expected


@pytest.mark.parametrize("sex", ["female", "male", None])
def test_an_international_receiver_gets_no_code_of_a_us_edition(sex: Sex | None) -> None:
    for side in Side:
        found = replace(reports.SENTINEL_MACRO, tumor=replace(reports.SENTINEL_MACRO.tumor, laterality=said(side, 0, "side")), ledger=())
        for condition in conditions(found, replace(CONTEXT, sex=sex, international=True)):
            for coding in condition["code"]["coding"]:
                assert coding["system"] == "http://snomed.info/sct"
                assert coding["code"][-3] == "0", "an extension of SNOMED CT"


@pytest.mark.parametrize(
    ("side", "site", "qualifier"),
    [
        (Side.LEFT, "80248007", "7771000"),
        (Side.RIGHT, "73056007", "24028007"),
        (Side.BILATERAL, "76752008", "51440002"),
        (None, "76752008", None),
    ],
)
def test_the_primary_cancer_has_its_site_and_side(side: Side | None, site: str, qualifier: str | None) -> None:
    found = report(Nodes(examined=said(1, 0, "1")), Tumor(laterality=said(side, 4, "side") if side else None))
    (body_site,) = conditions(found)[0]["bodySite"]
    assert codes(body_site) == [site]
    assert [codes(item["valueCodeableConcept"]) for item in body_site.get("extension", ())] == ([[qualifier]] if qualifier else [])


def test_the_primary_cancer_of_the_walkthrough() -> None:
    primary = conditions(reports.WALKTHROUGH)[0]
    assert [codes(item) for item in primary["category"]] == [["problem-list-item"], ["372087000"]]
    assert codes(primary["clinicalStatus"]) == ["active"]
    assert codes(primary["verificationStatus"]) == ["confirmed"]
    assert codes(primary["extension"][0]["valueCodeableConcept"]) == ["82711006"]
    assert codes(primary["stage"][0]["type"]) == ["897275008"]


def test_a_histology_without_a_verified_code_is_text() -> None:
    primary = conditions(reports.ISOLATED_CELLS)[0]
    assert primary["extension"][0]["valueCodeableConcept"] == {"text": "lobular"}


def test_carcinoma_in_situ_alone_is_no_primary_cancer() -> None:
    found = report(Nodes(examined=said(2, 0, "2")), Tumor(pt_stated=said("pTis(DCIS)", 9, "pTis(DCIS)")), staging=decided(Category("pN0")))
    assert conditions(found) == []
    assert all("focus" not in item for item in to_resources(found, CONTEXT))


@pytest.mark.parametrize("text", ["ypTis", "ypT0", "pT0"])
def test_a_cancer_that_is_gone_or_hidden_still_is_one(text: str) -> None:
    assert len(conditions(report(tumor=Tumor(pt_stated=said(text, 0, text))))) == 1


@pytest.mark.parametrize(
    "found",
    [
        reports.ISOLATED_CELLS,
        reports.MOLECULAR,
        replace(reports.ISOLATED_CELLS, staging=decided(Category("pNX"))),
        replace(reports.WALKTHROUGH, staging=decided(None)),
        replace(reports.WALKTHROUGH, staging={}),
        replace(reports.AFTER_TREATMENT, staging=decided(Category("pN0(i+)", "y"))),
    ],
    ids=["pN0(i+)", "pN0(mol+)", "pNX", "undecided", "unstaged", "ypN0(i+)"],
)
def test_no_secondary_cancer_below_a_micrometastasis(found: Report) -> None:
    assert secondary(found) == []


@pytest.mark.parametrize("base", ["pN1mi", "pN1", "pN1a", "pN1c", "pN2a"])
def test_a_positive_axilla_is_a_secondary_cancer(base: str) -> None:
    assert secondary(replace(reports.SENTINEL_MACRO, staging=decided(Category(base)))) == [["94181007", "C77.3"]]


def test_the_secondary_cancer_of_the_walkthrough() -> None:
    primary, axilla = conditions(reports.WALKTHROUGH)
    assert axilla["extension"][0] == {
        "url": "http://hl7.org/fhir/StructureDefinition/condition-related",
        "valueReference": {"reference": f"Condition/{primary['id']}"},
    }
    assert codes(axilla["bodySite"][0]) == ["68171009"]
    assert codes(axilla["bodySite"][0]["extension"][0]["valueCodeableConcept"]) == ["7771000"]
    assert "stage" not in axilla
    assert [item["extension"][1]["valueInteger"] for item in axilla["code"]["extension"]] == [171]  # not the group of the ITC


def test_each_region_with_metastasis_is_a_secondary_cancer_of_its_own() -> None:
    """Not the region of isolated cells, not a superseded group, not one of the other side."""
    assert secondary(reports.INTERNAL_MAMMARY) == [["94181007", "C77.3"], ["94392001"]]
    sites = [codes(item["bodySite"][0]) for item in conditions(reports.INTERNAL_MAMMARY)[1:]]
    assert sites == [["68171009"], ["245282001"]]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (Region.UNSPECIFIED, ["94181007", "C77.3"]),
        (Region.INTRAMAMMARY, ["94392001"]),
        (Region.INFRACLAVICULAR, ["94338000"]),
        (Region.SUPRACLAVICULAR, ["94614009"]),
    ],
)
def test_the_region_chooses_the_code(region: Region, expected: list[str]) -> None:
    found = report(staging=decided(Category("pN1a")), ledger=(group(region, None, 3, 1),))
    assert secondary(found) == [expected]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("pN1a", ["94181007", "C77.3"]),
        ("pN1b", ["94392001"]),
        ("pN2b", ["94392001"]),
        ("pN3c", ["94614009"]),
        ("pN3a", ["94392001", "C77.9"]),
        ("pN2", ["94392001", "C77.9"]),
    ],
)
def test_without_a_ledger_the_category_says_what_it_can(base: str, expected: list[str]) -> None:
    assert secondary(report(staging=decided(Category(base), basis="stated"))) == [expected]


@pytest.mark.parametrize(
    ("deposit", "counts"),
    [
        (Deposit(1, DepositClass.ITC), False),
        (Deposit(1, None, Measure.of(Decimal("0.2"))), False),
        (Deposit(1, DepositClass.ITC, Measure.of(Decimal("0.3"))), True),
        (Deposit(1, None, Measure.of(Decimal("0.21"))), True),
        (Deposit(1, DepositClass.MICROMETASTASIS, Measure.of(Decimal("0.1"))), False),  # the size decides
        (Deposit(1), True),
    ],
)
def test_a_group_of_isolated_cells_is_no_site_of_metastasis(deposit: Deposit, counts: bool) -> None:
    ledger = (group(Region.AXILLARY, None, 9, 2), group(Region.SUPRACLAVICULAR, None, 1, 1, deposit))
    found = report(staging=decided(Category("pN1a")), ledger=ledger)
    assert (["94614009"] in secondary(found)) == counts


def test_a_group_without_a_count_is_counted_by_its_deposits() -> None:
    ledger = (replace(group(Region.SUPRACLAVICULAR, None, 1, 1, Deposit(1)), positive=None),)
    assert secondary(report(staging=decided(Category("pN3c")), ledger=ledger)) == [["94614009"]]
