"""Cohorts: who is in, who is not, and of whom it is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodalis.registry.cohorts import COHORTS, FACT_NAMES, Answer, answer, members
from parser import parse
from parser.model import DecisionStatus, Issue, IssueKind, Report, Section, Value, Version

DISSECTION = "B. LEFT AXILLARY CONTENTS: ELEVEN LYMPH NODES, NEGATIVE FOR CARCINOMA (0/11).\n"
FEW_OF_A_DISSECTION = "B. LEFT AXILLARY CONTENTS: THREE LYMPH NODES, NEGATIVE FOR CARCINOMA (0/3).\n"
FEW_MORE = "B. LEFT AXILLARY LYMPH NODES: THREE LYMPH NODES, NEGATIVE FOR CARCINOMA (0/3).\n"


def report_of(nodes: str, more: str = "") -> Report:
    """A report of sentinel nodes and a breast."""
    return parse(
        f"FINAL DIAGNOSIS\nA. SENTINEL LYMPH NODES, LEFT AXILLA, EXCISION: {nodes}\n{more}"
        "C. LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.\n"
    )


MICRO = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 0.8 MM.")
MACRO = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 3 MM.")
ITC = report_of("ISOLATED TUMOR CELLS IN ONE OF TWO LYMPH NODES, A CLUSTER OF 0.2 MM.")
NEGATIVE = report_of("TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2).")
STAINED = report_of("TWO LYMPH NODES, NEGATIVE FOR CARCINOMA ON H&E AND CYTOKERATIN STAINS (0/2).")
MOLECULAR = report_of("TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2). RT-PCR FOR MAMMAGLOBIN ON THE NODES IS POSITIVE.")
THREE = report_of("METASTATIC CARCINOMA IN THREE OF FOUR LYMPH NODES (3/4), THE LARGEST DEPOSIT 3 MM.")
WITH_DISSECTION = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 3 MM.", DISSECTION)
WITH_FEW_MORE = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 3 MM.", FEW_MORE)
WITH_FEW_OF_A_DISSECTION = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 3 MM.", FEW_OF_A_DISSECTION)
BELOW_TWO = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF LESS THAN 2 MM.")
AT_LEAST_ONE = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF AT LEAST 1 MM.")
NO_NODES_TOLD = parse("FINAL DIAGNOSIS\nLEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.\n")
OTHER_ORGAN = parse("COLON, SIGMOID, RESECTION: ADENOCARCINOMA, TWO OF FOURTEEN LYMPH NODES POSITIVE (2/14).")

YES, NO, NOT_KNOWN = Answer
SENTINEL, CHANGED = "sentinel-1-2-no-dissection", "edition-changes-category"


def under_review(report: Report, kind: IssueKind) -> Report:
    return replace(report, status=DecisionStatus.NEEDS_REVIEW, issues=(Issue(kind, "a doubt"),))


@pytest.mark.parametrize(
    ("name", "report", "expected"),
    [
        ("micrometastasis-only", MICRO, YES),
        ("micrometastasis-only", MACRO, NO),
        ("micrometastasis-only", ITC, NO),
        ("micrometastasis-only", BELOW_TWO, NOT_KNOWN),
        ("itc-only", ITC, YES),
        ("itc-only", MICRO, NO),
        ("itc-only", NEGATIVE, NO),
        ("itc-only", BELOW_TWO, NOT_KNOWN),
        (SENTINEL, MACRO, YES),
        (SENTINEL, MICRO, YES),
        (SENTINEL, ITC, NO),
        (SENTINEL, NEGATIVE, NO),
        (SENTINEL, THREE, NO),
        (SENTINEL, WITH_DISSECTION, NO),
        (SENTINEL, WITH_FEW_MORE, NOT_KNOWN),
        (SENTINEL, WITH_FEW_OF_A_DISSECTION, NO),
        (SENTINEL, BELOW_TWO, NOT_KNOWN),
        ("molecular-only", MOLECULAR, YES),
        ("molecular-only", NEGATIVE, NO),
        (CHANGED, STAINED, YES),
        (CHANGED, NEGATIVE, NO),
        (CHANGED, MICRO, NO),
    ],
)
def test_a_report_is_in_the_cohort_that_its_facts_name(name: str, report: Report, expected: Answer) -> None:
    assert answer(COHORTS[name], report) is expected


@pytest.mark.parametrize("name", COHORTS)
def test_silence_makes_no_member_and_no_stranger(name: str) -> None:
    assert answer(COHORTS[name], NO_NODES_TOLD) is NOT_KNOWN


@pytest.mark.parametrize("name", COHORTS)
def test_a_report_of_another_organ_is_in_none(name: str) -> None:
    assert answer(COHORTS[name], OTHER_ORGAN) is NO


@pytest.mark.parametrize("kind", [kind for kind in IssueKind if kind is not IssueKind.NOT_BREAST])
def test_a_doubt_leaves_a_category_undecided(kind: IssueKind) -> None:
    assert answer(COHORTS["micrometastasis-only"], under_review(MICRO, kind)) is NOT_KNOWN


def test_a_doubt_about_the_category_leaves_counts_certain_and_the_member_says_that_it_is_not_accepted() -> None:
    assert AT_LEAST_ONE.reasons == (IssueKind.SIZE_SPANS_CLASSES,)
    (member,) = members(AT_LEAST_ONE)
    assert (member.cohort.name, member.accepted) == (SENTINEL, False)


def test_a_sentinel_node_that_a_molecular_test_found_is_not_known_to_be_positive() -> None:
    found = replace(MACRO, nodes=replace(MACRO.nodes, molecular=Value("positive", ())))
    assert answer(COHORTS[SENTINEL], found) is NOT_KNOWN


def test_a_sentinel_node_with_isolated_tumour_cells_is_not_counted_among_the_positive() -> None:
    """The report counts three sentinel nodes as positive, one of them with isolated tumour cells only."""
    found = replace(THREE, nodes=replace(THREE.nodes, positive=Value(2, ()), itc=Value(1, ())))
    assert answer(COHORTS[SENTINEL], THREE) is NO
    (member,) = members(found)
    assert member.cohort.name == SENTINEL
    assert {fact.name: fact.value for fact in member.facts}["sentinel_positive"] == "2"


def test_more_sentinel_nodes_than_nodes_decide_nothing() -> None:
    found = replace(MACRO, nodes=replace(MACRO.nodes, examined=Value(1, ())))
    assert answer(COHORTS[SENTINEL], found) is NOT_KNOWN


def test_a_printed_category_is_of_no_known_edition() -> None:
    stated = {edition: replace(decision, basis="stated") for edition, decision in STAINED.staging.items()}
    assert answer(COHORTS[CHANGED], replace(STAINED, staging=stated)) is NOT_KNOWN


def test_an_edition_that_leaves_two_categories_open_may_or_may_not_have_changed() -> None:
    older = replace(MICRO.staging["AJCC 6"], possible=("pN0(i+)", "pN1mi"))
    assert answer(COHORTS[CHANGED], replace(MICRO, staging={**MICRO.staging, "AJCC 6": older})) is NOT_KNOWN


STAIN_ONLY = "ISOLATED TUMOR CELLS IN ONE OF TWO LYMPH NODES, A CLUSTER OF 0.1 MM, {}."
BY_STAIN = report_of(STAIN_ONLY.format("SEEN ON CYTOKERATIN STAIN ONLY"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("SEEN ON CYTOKERATIN STAIN ONLY", YES),
        ("SEEN ONLY ON A STAIN FOR CYTOKERATIN", YES),
        ("DETECTED BY CYTOKERATIN STAIN ALONE", YES),
        ("HIGHLIGHTED BY CYTOKERATIN", NOT_KNOWN),
        ("SEEN ON H&E AND ON CYTOKERATIN STAIN", NOT_KNOWN),
        ("WHICH ARE USUALLY DETECTED ONLY BY CYTOKERATIN STAIN", NOT_KNOWN),
    ],
)
def test_only_words_that_say_so_make_a_deposit_one_of_ihc_only(words: str, expected: Answer) -> None:
    assert answer(COHORTS["ihc-only"], report_of(STAIN_ONLY.format(words))) is expected


def test_a_macrometastasis_is_not_of_ihc_only() -> None:
    found = report_of("METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 3 MM, SEEN ON CYTOKERATIN STAIN ONLY.")
    assert answer(COHORTS["ihc-only"], found) is NO


def test_of_two_nodes_with_tumour_it_is_not_known_which_the_stain_alone_shows() -> None:
    two = replace(BY_STAIN, nodes=replace(BY_STAIN.nodes, itc=Value(2, ())))
    assert answer(COHORTS["ihc-only"], two) is NOT_KNOWN


@pytest.mark.parametrize("place", [{"section": Section.HISTORY}, {"section": Section.BOILERPLATE}, {"version": Version.SUPERSEDED}])
def test_a_history_a_definition_and_what_was_amended_tell_nothing_of_this_stain(place: dict[str, Any]) -> None:
    moved = tuple(finding._replace(**place) if finding.kind == "node_ihc_only" else finding for finding in BY_STAIN.findings)
    assert answer(COHORTS["ihc-only"], replace(BY_STAIN, findings=moved)) is NOT_KNOWN


def test_a_member_of_ihc_only_shows_the_words() -> None:
    member = next(member for member in members(BY_STAIN) if member.cohort.name == "ihc-only")
    (fact,) = [fact for fact in member.facts if fact.name == "ihc_only"]
    assert [item.quote for item in fact.evidence] == ["ON CYTOKERATIN STAIN ONLY"]


def test_a_member_carries_the_facts_that_decide_with_their_words() -> None:
    member = next(member for member in members(MICRO) if member.cohort.name == "micrometastasis-only")
    facts = {fact.name: fact for fact in member.facts}
    assert (facts["micromet_nodes"].value, facts["macromet_nodes"].value, facts["largest_deposit_mm"].value) == ("1", "0", "0.8")
    assert facts["pn_ajcc_8"].value == "pN1mi(sn)"
    assert facts["row"].value == "breast.ajcc8.n1mi"
    assert "0.8 MM" in facts["largest_deposit_mm"].evidence[0].quote


def test_a_member_of_changed_categories_shows_every_edition() -> None:
    (member,) = [member for member in members(STAINED) if member.cohort.name == CHANGED]
    found = {fact.name: fact.value for fact in member.facts}
    assert [found[f"pn_ajcc_{edition}"] for edition in (6, 7, 8)] == ["pN0(i-)(sn)", "pN0(i-)(sn)", "pN0(sn)"]


def test_every_fact_that_a_cohort_shows_can_be_read() -> None:
    seen = {fact.name for report in (STAINED, MICRO, MOLECULAR, BY_STAIN) for member in members(report) for fact in member.facts}
    assert seen <= set(FACT_NAMES)
    assert set(FACT_NAMES) - seen <= {"pn_stated"}  # these reports print no category


@pytest.mark.slow
def test_members_among_real_reports_have_the_readers_category(shared: Path) -> None:
    """Of the accepted members whose report a reader annotated, every category is the reader's."""
    corpus = shared / "corpus"
    gold = {row["id"]: row for row in map(json.loads, (corpus / "annotations.jsonl").read_text(encoding="utf-8").splitlines())}
    expected = {"micrometastasis-only": "pN1mi", "itc-only": "pN0(i+)", "molecular-only": "pN0(mol+)"}
    wrong, checked = [], 0
    for line in (corpus / "reports.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["id"] not in gold:
            continue
        for member in members(parse(row["text"])):
            if member.cohort.name in expected:
                checked += 1
                if gold[row["id"]]["pn_ajcc8"] not in (expected[member.cohort.name], None):
                    wrong.append(member.cohort.name)
    assert checked >= 5
    assert not wrong
