"""The N category that a report prints: its forms, its modifiers, and what is no category of its own."""

from __future__ import annotations

import pytest

from parser import parse, stage
from parser.model import IssueKind
from parser.stated import compatible

BREAST = "Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.8 cm.\n"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param(text, printed, id=text)
        for text, printed in [
            ("pT1c pN1a", "pN1a"),
            ("pT1c pNO", "pN0"),
            ("pT1c NO", "pN0"),
            ("pT1c pNla", "pN1a"),
            ("pT1c pNIa", "pN1a"),
            ("pT1c pN la", "pN1a"),
            ("pT1c pN1rni", "pN1mi"),
            ("pT1c pN1ml", "pN1mi"),
            ("pT1c pN1(mi)", "pN1mi"),
            ("pT1c pN1mic", "pN1mi"),
            ("pT1c pNo(sn)(i-)", "pN0(i-)(sn)"),
            ("pT1c pNOi+", "pN0(i+)"),
            ("pT1c PNO (I+)", "pN0(i+)"),
            ("pT1c pN0(i+)(sn)", "pN0(i+)(sn)"),
            ("pT2 pNX", "pNX"),
            ("T2NIMX", "pN1"),
            ("pT2(mult)NO(sn)LOVORO", "pN0(sn)"),
            ("pT1c pSN0", "pN0(sn)"),
            ("pT1c snpNO", "pN0(sn)"),
            ("pT1c pN(sn)0", "pN0(sn)"),
            ("pT1c (snpN1a)", "pN1a(sn)"),
            ("pT2(m)pN2a(5/15)", "pN2a"),
            ("AJCC pN2", "pN2"),
            ("pT2 pN3b", "pN3b"),
            ("pT2, pN1b", "pN1b"),
            ("N Stage: 1", "pN1"),
            ("ypT1c ypN0", "ypN0"),
            ("pT1c pN0(mol+)", "pN0(mol+)"),
        ]
    ],
)
def test_a_printed_category_is_read_and_repaired(text: str, printed: str) -> None:
    assert str(parse(f"{BREAST}Pathologic stage: {text}").pn_stated.value) == printed


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pT3LOVORX", id="no N at all"),
        pytest.param("Clinical stage: cT2 cN1", id="clinical"),
        pytest.param("pN1mi: over 0.2 mm\npN1a: 1-3 nodes\npN2a: 4-9 nodes\npN3a: 10 or more nodes", id="legend"),
        pytest.param("The HER2 study enrolled stage II, node-positive breast cancer patients.", id="boilerplate"),
        pytest.param("pN:", id="empty"),
        pytest.param("No lymph nodes.", id="No is no N0"),
    ],
)
def test_what_is_no_printed_category(text: str) -> None:
    assert parse(BREAST + text).pn_stated is None


@pytest.mark.parametrize(
    "heading",
    ["CLINICAL HISTORY:", "PREVIOUS DIAGNOSIS:", "GROSS DESCRIPTION:", "DISCLAIMER:", "SPECIMENS SUBMITTED:"],
    ids=["history", "superseded", "gross", "boilerplate", "specimens"],
)
def test_a_category_of_another_place_is_not_the_reports(heading: str) -> None:
    text = f"FINAL DIAGNOSIS:\n{BREAST}Lymph nodes: 0/3 positive.\n\n{heading}\npT2 pN1a.\n"
    assert parse(text).pn_stated is None


def test_the_closer_of_two_categories_is_kept() -> None:
    report = parse(BREAST + "Stage: pT1c pN1.\nTumor in 2 of 9 lymph nodes.\nPathologic stage: pN1a.")
    assert str(report.pn_stated.value) == "pN1a"
    assert len(report.pn_stated.evidence) == 2
    assert IssueKind.STATED_CATEGORIES_DIFFER not in report.reasons


def test_categories_that_contradict_are_an_issue() -> None:
    report = parse(BREAST + "Tumor in 2 of 9 lymph nodes. pT1c pN1a.\nSYNOPTIC REPORT:\npT1c pN2a\n")
    assert IssueKind.STATED_CATEGORIES_DIFFER in report.reasons


@pytest.mark.parametrize("heading", ["AMENDED DIAGNOSIS:", "ADDENDUM:"])
def test_a_later_version_prints_the_category_that_counts(heading: str) -> None:
    text = f"FINAL DIAGNOSIS:\n{BREAST}pT1c pN0.\n\n{heading}\nStage: pT1c pN1mi.\n"
    report = parse(text)
    assert str(report.pn_stated.value) == "pN1mi"
    assert IssueKind.STATED_CATEGORIES_DIFFER not in report.reasons


def test_a_category_without_facts_is_stated_and_an_issue() -> None:
    decision = stage(parse(BREAST + "pT1c pN1a."))
    assert (str(decision.category), decision.basis) == ("pN1a", "stated")


@pytest.mark.parametrize("pn", ["pN1", "pN2", "pN3"])
def test_a_bare_category_without_facts_needs_review(pn: str) -> None:
    assert IssueKind.CATEGORY_NOT_DERIVED in parse(f"{BREAST}pT1c {pn}.").reasons


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("pN1", "pN1a", True, id="pN1 and pN1a"),
        pytest.param("pN1a", "pN1", True, id="pN1a and pN1"),
        pytest.param("pN0", "pN0(i-)", True, id="pN0 and pN0(i-)"),
        pytest.param("pN0", "pN0(mol-)", True, id="pN0 and pN0(mol-)"),
        pytest.param("pN0(i-)", "pN0(mol-)", True, id="pN0(i-) and pN0(mol-)"),
        pytest.param("pN1a", "pN1mi", False, id="pN1a and pN1mi"),
        pytest.param("pN1a", "pN2a", False, id="pN1a and pN2a"),
        pytest.param("pN0(i+)", "pN0(i-)", False, id="pN0(i+) and pN0(i-)"),
        pytest.param("pNX", "pN0", False, id="pNX and pN0"),
        pytest.param("pN0", "pN1", False, id="pN0 and pN1"),
    ],
)
def test_compatible_categories_can_be_the_same_finding(one: str, other: str, same: bool) -> None:
    assert compatible(one, other) is same
