from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fhir_export import Context, to_resources
from fhir_export.categories import category_value
from fhir_export.codes import CONCEPTS, concept
from parser.model import Category, Nodes, Report, Tumor
from tests.fhir_export import reports
from tests.fhir_export.reports import decided, report, said

CONTEXT = Context(report_id="S26-00417", issuer="urn:oid:1.2.3", subject="Patient/7", effective="2026-03-02")
STATED = concept("method.stated")


def categories(found: Report, context: Context = CONTEXT) -> list[dict[str, Any]]:
    """The Observations of N categories."""
    resources = to_resources(found, context)
    return [item for item in resources if item["resourceType"] == "Observation" and "N category" in item["code"]["text"]]


@pytest.mark.parametrize(
    ("category", "code"),
    [
        (Category("pNX"), "1229945006"),
        (Category("pN0"), "1229947003"),
        (Category("pN0", suffixes=("sn",)), "1229947003"),
        (Category("pN0(i-)"), "1229947003"),
        (Category("pN0(mol-)"), "1229947003"),
        (Category("pN0(i+)"), "1229949000"),
        (Category("pN0(i+)", suffixes=("sn",)), "1229949000"),
        (Category("pN0(mol+)"), "1229950000"),
        (Category("pN1mi"), "1229952008"),
        (Category("pN1a", suffixes=("sn",)), "1229953003"),
        (Category("pN1a"), "1229954009"),
        (Category("pN1a", suffixes=("f",)), "1229954009"),
        (Category("pN1a", suffixes=("sn", "f")), "1229954009"),
        (Category("pN2a", suffixes=("sn",)), "1229959004"),
        (Category("pN3c"), "1229965004"),
        (Category("cN1"), "1229973008"),
    ],
    ids=str,
)
def test_a_category_has_its_code_and_its_own_words(category: Category, code: str) -> None:
    value = category_value(category)
    assert [coding["code"] for coding in value["coding"]] == [code]
    assert value["text"] == str(category)


@pytest.mark.parametrize("prefix", ["y", "r", "yr"])
def test_a_category_with_a_prefix_is_words_only(prefix: str) -> None:
    assert category_value(Category("pN1a", prefix, ("sn",))) == {"text": f"{prefix}pN1a(sn)"}


def test_every_category_of_the_staging_tables_has_an_entry() -> None:
    bases = [f"pN{rest}" for rest in ("X", "0", "0(i-)", "0(i+)", "0(mol-)", "0(mol+)", "1", "1mi", "1a", "1b", "1c", "2", "2a", "2b")]
    assert all(f"n.{base}" in CONCEPTS for base in [*bases, "pN3", "pN3a", "pN3b", "pN3c"])


def test_a_derived_category_names_its_edition_its_row_and_its_facts() -> None:
    derived = categories(reports.WALKTHROUGH)[0]
    assert derived["code"]["coding"][0]["code"] == "371494008"
    assert derived["method"]["coding"][0]["code"] == "897275008"
    assert derived["category"][1]["coding"][0]["code"] == "385356007"
    assert [note["text"] for note in derived["note"]] == [
        "Derived from the node facts by row breast.ajcc8.n1mi: macro 0, micro 1, unsized 0, itc 1.",
        "The report states pN1mi(sn).",
    ]
    assert len(derived["derivedFrom"]) == 9
    offsets = [item["extension"][1]["valueInteger"] for item in derived["extension"]]
    assert offsets == sorted(set(offsets))


def test_a_derived_category_is_about_the_primary_cancer() -> None:
    primary = to_resources(reports.WALKTHROUGH, CONTEXT)[1]
    assert categories(reports.WALKTHROUGH)[0]["focus"] == [{"reference": f"Condition/{primary['id']}"}]


@pytest.mark.parametrize(("edition", "code"), [("AJCC 6", "444256004"), ("AJCC 7", "443830009"), ("AJCC 8", "897275008")])
def test_the_edition_of_the_context_is_exported(edition: str, code: str) -> None:
    derived = categories(reports.WALKTHROUGH, replace(CONTEXT, edition=edition))[0]
    assert derived["method"]["coding"][0]["code"] == code


def test_an_edition_without_a_verified_code_is_text() -> None:
    found = replace(reports.WALKTHROUGH, staging={"UICC 8": reports.WALKTHROUGH.staging["AJCC 8"]})
    assert categories(found, replace(CONTEXT, edition="UICC 8"))[0]["method"] == {"text": "UICC 8"}


def test_ids_of_the_categories_of_two_editions_differ() -> None:
    ids = {categories(reports.WALKTHROUGH, replace(CONTEXT, edition=edition))[0]["id"] for edition in ("AJCC 7", "AJCC 8")}
    assert len(ids) == 2


def test_the_stated_category_stands_beside_the_derived_one() -> None:
    derived, stated = categories(reports.WALKTHROUGH)
    assert derived["id"] != stated["id"]
    assert stated["method"] == STATED
    assert stated["valueCodeableConcept"]["text"] == "pN1mi(sn)"
    assert "derivedFrom" not in stated


def test_each_of_the_two_categories_names_the_other() -> None:
    for observation in categories(reports.WALKTHROUGH):
        assert "pN1mi(sn)" in observation["note"][-1]["text"]
        assert "tag" not in observation.get("meta", {})


@pytest.mark.parametrize(
    ("stated", "differs"),
    [
        (Category("pN1a"), True),
        (Category("pN1mi"), False),
        (Category("pN1mi", suffixes=("f",)), False),
        (Category("pN1mi", "y"), True),
    ],
    ids=str,
)
def test_a_difference_of_the_two_can_be_searched_for(stated: Category, differs: bool) -> None:
    found = categories(replace(reports.WALKTHROUGH, pn_stated=said(stated, 451, str(stated))))
    for observation in found:
        codes = [tag["code"] for tag in observation.get("meta", {}).get("tag", ())]
        assert ("stated-differs" in codes) == differs
        assert ("which differs" in observation["note"][-1]["text"]) == differs


def test_a_negative_search_that_ajcc_8_does_not_name_is_no_difference() -> None:
    found = replace(reports.WALKTHROUGH, pn_stated=said(Category("pN0(i-)"), 451, "pN0(i-)"), staging=decided(Category("pN0")))
    assert all("tag" not in item.get("meta", {}) for item in categories(found))


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (Category("pN1a"), []),
        (Category("pN1a", suffixes=("sn",)), ["sn"]),
        (Category("pN0(i-)", suffixes=("sn", "f")), ["i-", "sn", "f"]),
        (Category("pN0(mol-)"), ["mol-"]),
        (Category("pN0(i+)"), []),
        (Category("pN1a", "yr", ("sn",)), ["y", "r", "sn"]),
    ],
    ids=str,
)
def test_what_the_code_does_not_say_is_a_component(category: Category, expected: list[str]) -> None:
    (only,) = categories(report(stated=said(category, 0, str(category))))
    found = [part["valueCodeableConcept"]["coding"][0] for part in only.get("component", ())]
    assert [coding["code"] for coding in found] == expected
    assert {coding["system"] for coding in found} <= {"urn:nodalis:codesystem:tnm-descriptor"}


def test_an_adopted_category_stands_once_and_says_so() -> None:
    (only,) = categories(reports.STATED_ONLY)
    assert only["method"]["coding"][0]["code"] == "897275008"
    assert only["note"] == [{"text": "As stated in the report; not derived from the node facts."}]
    assert only["valueCodeableConcept"]["text"] == "pN1a(f)"
    assert only["extension"][0]["extension"][1]["valueInteger"] == 40


def test_a_stated_category_is_exported_where_none_was_derived() -> None:
    found = report(stated=said(Category("pN1a"), 0, "pN1a"), staging=decided(None))
    (only,) = categories(found)
    assert only["method"] == STATED


def test_no_category_gives_no_observation() -> None:
    assert categories(report(Nodes(examined=said(3, 0, "3")))) == []


@pytest.mark.parametrize(
    ("category", "code"),
    [
        (Category("pN1a"), "371494008"),
        (Category("pN1a", "y"), "371494008"),
        (Category("cN1"), "399534004"),
        (Category("pN1a", "r"), "277206009"),
        (Category("pN1a", "yr"), "277206009"),
    ],
    ids=str,
)
def test_the_code_follows_the_prefix(category: Category, code: str) -> None:
    (only,) = categories(report(stated=said(category, 0, str(category))))
    assert only["code"]["coding"][0]["code"] == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pT1c", "1229846008"),
        ("pT2(m)", "1229852009"),
        ("pT2 (3)", "1229852009"),
        ("pTis(DCIS)", "1228954004"),
        ("pT2(something)", None),
        ("ypT1b", None),
        ("T2", None),
    ],
)
def test_a_stated_t_has_its_code_and_its_own_words(text: str, code: str | None) -> None:
    found = to_resources(report(tumor=Tumor(pt_stated=said(text, 0, text))), CONTEXT)
    observation = next(item for item in found if item["resourceType"] == "Observation")
    assert observation["method"] == STATED
    value = observation["valueCodeableConcept"]
    assert value["text"] == text
    assert [coding["code"] for coding in value.get("coding", ())] == ([code] if code else [])
    assert observation["code"]["coding"][0]["code"] == ("78873005" if text == "T2" else "384625004")
