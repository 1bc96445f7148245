from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fhir_export import Context, dumps, to_resources
from fhir_export.elements import size
from parser.model import Deposit, DepositClass, Measure, Method, Nodes, Region, Report, Side, Tumor
from tests.fhir_export import reports
from tests.fhir_export.reports import group, report, said

CONTEXT = Context(report_id="S26-00417", issuer="urn:oid:1.2.3", subject="Patient/7", effective="2026-03-02", specimen="Specimen/4")
AXILLARY = "68171009"


def observations(found: Report) -> dict[str, dict[str, Any]]:
    """The Observations by the text of their code; the first of each."""
    shown: dict[str, dict[str, Any]] = {}
    for resource in to_resources(found, CONTEXT):
        if resource["resourceType"] == "Observation":
            shown.setdefault(resource["code"]["text"], resource)
    return shown


def codes(concept: dict[str, Any]) -> list[str]:
    return [coding["code"] for coding in concept["coding"]]


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("Lymph nodes examined", 3, ["21894-1", "444025001"]),
        ("Lymph nodes positive", 1, ["21893-3", "443527007"]),
        ("Sentinel lymph nodes examined", 3, ["85347-3", "444411008"]),
        ("Sentinel lymph nodes positive", 1, ["92832-5", "1264491009"]),
        ("Lymph nodes with macrometastases", 0, ["85343-2"]),
        ("Lymph nodes with micrometastases", 1, ["85344-0"]),
        ("Lymph nodes with isolated tumor cells", 1, ["85352-3"]),
    ],
)
def test_counts_of_the_walkthrough(text: str, count: int, expected: list[str]) -> None:
    observation = observations(reports.WALKTHROUGH)[text]
    assert codes(observation["code"]) == expected
    assert observation["valueQuantity"] == {"value": count, "unit": "#", "system": "http://unitsofmeasure.org", "code": "1"}


def test_the_sentinel_count_has_no_display_that_nobody_has_seen() -> None:
    coding = observations(reports.WALKTHROUGH)["Sentinel lymph nodes examined"]["code"]["coding"][1]
    assert coding == {"system": "http://snomed.info/sct", "code": "444411008"}


def test_what_the_report_does_not_say_gives_no_observation() -> None:
    assert "Extranodal extension" not in observations(reports.WALKTHROUGH)
    assert "Estrogen receptor" not in observations(reports.WALKTHROUGH)
    found = observations(report(Nodes(examined=said(0, 0, "no nodes"))))
    assert list(found) == ["Lymph nodes examined"]
    assert found["Lymph nodes examined"]["valueQuantity"]["value"] == 0


def test_decimals_keep_their_digits() -> None:
    deposit = observations(reports.ISOLATED_CELLS)["Largest lymph node metastatic deposit"]
    assert b'"value":0.20,' in dumps(deposit)
    ki67 = observations(reports.SENTINEL_MACRO)["Ki-67"]
    assert b'"value":17.50,' in dumps(ki67)


def test_a_bound_keeps_its_comparator() -> None:
    value = observations(reports.SENTINEL_MACRO)["Largest lymph node metastatic deposit"]["valueQuantity"]
    assert (value["comparator"], value["value"]) == (">", Decimal("2"))


def test_a_printed_range_is_a_range() -> None:
    value = observations(reports.AFTER_TREATMENT)["Largest lymph node metastatic deposit"]["valueRange"]
    assert (value["low"]["value"], value["high"]["value"]) == (Decimal("3"), Decimal("6"))


@pytest.mark.parametrize("comparator", ["<", "<=", ">", ">="])
def test_every_comparator_of_r4_is_kept(comparator: str) -> None:
    assert size(Measure.of(Decimal("0.2"), comparator))["valueQuantity"]["comparator"] == comparator


def test_an_approximate_size_says_so_in_words() -> None:
    observation = observations(reports.SENTINEL_MACRO)["Tumor size"]
    assert "comparator" not in observation["component"][0]["valueQuantity"]
    assert observation["note"] == [{"text": "The report gives this size as approximate."}]


def test_the_tumor_size_has_the_structure_of_mcode() -> None:
    observation = observations(reports.WALKTHROUGH)["Tumor size"]
    assert codes(observation["code"]) == ["21889-1"]
    assert codes(observation["component"][0]["code"]) == ["33728-7"]
    assert not [key for key in observation if key.startswith("value")]
    assert "focus" not in observation
    assert observation["specimen"] == {"reference": "Specimen/4"}


def test_nodes_printed_as_positive_for_isolated_cells_are_explained() -> None:
    observation = observations(reports.ISOLATED_CELLS)["Lymph nodes positive"]
    assert observation["valueQuantity"]["value"] == 0
    assert observation["note"] == [{"text": "The report prints 1, with nodes that hold isolated tumor cells only."}]
    (printed,) = observation["component"]
    assert (codes(printed["code"]), printed["valueQuantity"]["value"]) == (["nodes-positive-as-printed"], 1)
    assert "component" not in observations(reports.WALKTHROUGH)["Lymph nodes positive"]


@pytest.mark.parametrize(("found", "code"), [(reports.ISOLATED_CELLS, "2667000"), (reports.SENTINEL_MACRO, "52101004")])
def test_extranodal_extension_is_present_or_absent(found: Report, code: str) -> None:
    assert codes(observations(found)["Extranodal extension"]["valueCodeableConcept"]) == [code]


def test_immunohistochemistry_is_a_method_and_a_code_of_ours() -> None:
    observation = observations(reports.WALKTHROUGH)["Immunohistochemistry of lymph nodes"]
    assert codes(observation["code"]) == ["nodes-ihc"]
    assert codes(observation["method"]) == ["117617002"]
    assert codes(observation["valueCodeableConcept"]) == ["LA6576-8"]


def test_a_method_without_a_verified_code_has_one_of_ours() -> None:
    observation = observations(reports.MOLECULAR)["Molecular examination of lymph nodes"]
    assert observation["method"]["text"] == "OSNA"
    assert [coding["system"] for coding in observation["method"]["coding"]] == ["urn:nodalis:codesystem:method"]


def test_a_method_that_was_not_used_has_a_reason_and_no_value() -> None:
    observation = observations(reports.MOLECULAR)["Immunohistochemistry of lymph nodes"]
    assert codes(observation["dataAbsentReason"]) == ["not-performed"]
    assert "valueCodeableConcept" not in observation


def test_isolated_cells_that_a_stain_found_say_so() -> None:
    found = observations(reports.WALKTHROUGH)
    assert codes(found["Lymph nodes with isolated tumor cells"]["method"]) == ["117617002"]
    assert "method" not in found["Lymph nodes with micrometastases"]
    assert "method" not in found["Largest lymph node metastatic deposit"]


def test_deposits_found_in_several_ways_name_none() -> None:
    ledger = (
        group(Region.SENTINEL, Side.LEFT, 1, 0, Deposit(1, DepositClass.ITC, method=Method.IHC)),
        group(Region.SENTINEL, Side.LEFT, 1, 0, Deposit(1, DepositClass.ITC, method=Method.HE)),
    )
    found = observations(report(Nodes(itc=said(2, 0, "2")), ledger=ledger))
    assert "method" not in found["Lymph nodes with isolated tumor cells"]


def test_a_tumor_marker_names_its_cancer_where_mcode_looks_for_it() -> None:
    resources = to_resources(reports.SENTINEL_MACRO, CONTEXT)
    primary = next(item for item in resources if item["resourceType"] == "Condition")
    marker = observations(reports.SENTINEL_MACRO)["Estrogen receptor"]
    related = {item["url"].rsplit("/", 1)[-1]: item.get("valueReference") for item in marker["extension"]}
    assert related["mcode-related-condition"] == {"reference": f"Condition/{primary['id']}"} == marker["focus"][0]


def test_biomarkers_of_the_tumor() -> None:
    found = observations(reports.SENTINEL_MACRO)
    assert codes(found["Estrogen receptor"]["valueCodeableConcept"]) == ["LA6576-8"]
    assert codes(found["Progesterone receptor"]["valueCodeableConcept"]) == ["LA6577-6"]
    assert found["HER2"]["valueCodeableConcept"] == {"text": "equivocal"}
    assert found["Oncotype DX Breast Recurrence Score"]["valueQuantity"]["value"] == 21
    assert codes(found["HER2"]["category"][1]) == ["250724005"]


@pytest.mark.parametrize(("grade", "expected"), [(1, ["1155708003"]), (2, ["LA27824-4", "1286893008"]), (3, ["1155707008"])])
def test_a_grade_has_the_codes_that_are_verified(grade: int, expected: list[str]) -> None:
    value = observations(report(tumor=Tumor(grade=said(grade, 0, "grade"))))["Nottingham grade"]["valueCodeableConcept"]
    assert value["text"] == f"Nottingham grade {grade}"
    assert [coding["code"] for coding in value.get("coding", ())] == expected


def test_the_nodes_of_one_site_name_it_with_its_side() -> None:
    body_site = observations(reports.WALKTHROUGH)["Lymph nodes examined"]["bodySite"]
    assert codes(body_site) == [AXILLARY]
    assert codes(body_site["extension"][0]["valueCodeableConcept"]) == ["7771000"]


@pytest.mark.parametrize(
    ("regions", "code"),
    [
        ([Region.SENTINEL, Region.AXILLARY], AXILLARY),
        ([Region.INTERNAL_MAMMARY], "245282001"),
        ([Region.AXILLARY, Region.INTERNAL_MAMMARY], None),
        ([Region.AXILLARY, Region.UNSPECIFIED], None),
        ([Region.UNSPECIFIED], None),
        ([], None),
    ],
)
def test_nodes_of_several_or_unknown_sites_name_none(regions: list[Region], code: str | None) -> None:
    ledger = tuple(group(region, None, 1, 0) for region in regions)
    found = observations(report(Nodes(examined=said(1, 0, "1")), ledger=ledger))["Lymph nodes examined"]
    assert ("bodySite" in found) == (code is not None)
    if code:
        assert codes(found["bodySite"]) == [code]
        assert "extension" not in found["bodySite"]  # no side is known


def test_groups_of_both_sides_give_both_sides() -> None:
    body_site = observations(reports.BILATERAL)["Lymph nodes examined"]["bodySite"]
    assert codes(body_site["extension"][0]["valueCodeableConcept"]) == ["51440002"]


def test_the_side_of_the_tumor_serves_where_the_groups_have_none() -> None:
    ledger = (group(Region.AXILLARY, None, 1, 0),)
    found = report(Nodes(examined=said(1, 0, "1")), Tumor(laterality=said(Side.RIGHT, 5, "right")), ledger=ledger)
    body_site = observations(found)["Lymph nodes examined"]["bodySite"]
    assert codes(body_site["extension"][0]["valueCodeableConcept"]) == ["24028007"]
