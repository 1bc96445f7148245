"""Codes of nodes: counts, and every code that stands for something else than a count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from parser import parse
from parser.model import (
    Decision,
    DecisionStatus,
    Deposit,
    DepositClass,
    Issue,
    IssueKind,
    Measure,
    Region,
    Value,
)  # fmt: skip
from tests.nodalis.registry.abstracts import BREAST, PROOF, abstracted, coded, facts, group, nodes


def test_counts_stand_as_two_digits() -> None:
    text = BREAST + "LEFT AXILLA: METASTATIC CARCINOMA IN 3 OF 14 LYMPH NODES."
    assert nodes(text) == ["03", "14", "99", "99", "03"]


def test_negative_nodes_are_00() -> None:
    text = BREAST + "SENTINEL LYMPH NODES, LEFT AXILLA: TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2)."
    assert nodes(text) == ["00", "02", "00", "02", "00"]


def test_isolated_tumour_cells_are_examined_and_not_positive() -> None:
    text = BREAST + "SENTINEL LYMPH NODES: ONE OF TWO LYMPH NODES WITH ISOLATED TUMOR CELLS, 0.1 MM."
    assert nodes(text) == ["00", "02", "00", "02", "00"]


def test_micrometastases_are_positive() -> None:
    text = BREAST + "SENTINEL LYMPH NODES: MICROMETASTASIS IN 1 OF 2 LYMPH NODES, 1.1 MM. pN1mi(sn)"
    assert nodes(text) == ["01", "02", "01", "02", "01"]


def test_nodes_beside_one_with_isolated_cells_are_counted_without_it() -> None:
    text = BREAST + (
        "LEFT AXILLA, LYMPH NODES: 2 OF 9 LYMPH NODES POSITIVE. NODES WITH MACROMETASTASES: 1. NODES WITH MICROMETASTASES: 0. "
        "NODES WITH ISOLATED TUMOR CELLS: 1. pN1a"
    )
    report = parse(text)
    assert report.nodes.positive is not None
    assert nodes(replace(report, status=DecisionStatus.ACCEPTED, issues=()))[0] == f"{report.nodes.positive.value:02}" == "01"


@pytest.mark.parametrize(("count", "code"), [(89, "89"), (90, "90"), (91, "90"), (120, "90")])
def test_90_stands_for_90_and_more(count: int, code: str) -> None:
    report = facts(base="pN3a", examined=count, positive=count, sentinel_examined=count, sentinel_positive=count)
    assert nodes(report)[:4] == [code] * 4


@pytest.mark.parametrize(("count", "code"), [(90, "90"), (99, "99"), (100, "X1"), (140, "X1")])
def test_axillary_nodes_are_counted_to_99_and_then_X1(count: int, code: str) -> None:
    assert nodes(facts(base="pN3a", examined=140, positive=count))[4] == code


def test_a_needle_sample_with_tumour_is_95_and_X6() -> None:
    text = "LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA."
    assert parse(text).reasons == (IssueKind.NEEDLE_SAMPLE_ONLY,)
    assert nodes(text) == ["95", "95", "99", "99", "X6"]


def test_a_needle_sample_without_tumour_is_00_of_95() -> None:
    text = "LYMPH NODE, LEFT AXILLA, CORE BIOPSY: ONE LYMPH NODE, NEGATIVE FOR CARCINOMA (0/1)."
    assert nodes(text) == ["00", "95", "99", "99", "00"]


def test_a_needle_sample_gives_no_path_category() -> None:
    text = "LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA."
    assert not {"ajccTnmPathN", "eodRegionalNodes", "tnmEditionNumber"} & coded(text).keys()


def test_a_needle_sample_of_sentinel_nodes_is_95_there_too() -> None:
    needle = Issue(IssueKind.NEEDLE_SAMPLE_ONLY, "by needle")
    report = facts(ledger=(group(Region.SENTINEL, 1, 1),), base="pN1a", examined=1, positive=1, issues=(needle,))
    assert nodes(report) == ["95", "95", "95", "95", "X6"]


def test_a_needle_sample_beside_the_axilla_is_X9() -> None:
    needle = Issue(IssueKind.NEEDLE_SAMPLE_ONLY, "by needle")
    report = facts(ledger=(group(Region.SUPRACLAVICULAR, 1, 1),), base="pN3c", examined=1, positive=1, issues=(needle,))
    assert nodes(report) == ["95", "95", "99", "99", "X9"]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("pN1", ["95", "95", "99", "99", "X6"]), ("pN0", ["00", "95", "99", "99", "00"]), ("pNX", ["99", "95", "99", "99", "X9"])],
)
def test_a_printed_f_is_a_needle_sample(stated: str, expected: list[str]) -> None:
    assert nodes(facts(base="pNX", stated=stated, suffixes=("f",), examined=0)) == expected


def test_a_needle_sample_beside_other_doubts_is_unknown() -> None:
    issues = (Issue(IssueKind.NEEDLE_SAMPLE_ONLY, "by needle"), Issue(IssueKind.COUNTS_DIFFER, "differ"))
    report = facts(base="pN1a", examined=1, positive=1, issues=issues, status=DecisionStatus.NEEDS_REVIEW)
    assert nodes(report) == ["99", "99", "99", "99", "X9"]


def test_no_nodes_removed_is_98_and_00(root: Path) -> None:
    text = (root / "samples" / "cap_pnx_none_submitted.txt").read_text(encoding="utf-8")
    assert nodes(text) == ["98", "00", "98", "00", "X9"]
    assert coded(text)["ajccTnmPathN"] == "pNX"


@pytest.mark.parametrize(("base", "positive", "axillary"), [
    ("pN1", "97", "X9"), ("pN1mi", "97", "X5"), ("pN1a", "97", "X5"), ("pN1b", "97", "X9"), ("pN1c", "97", "X5"), ("pN2", "97", "X9"),
    ("pN2a", "97", "X5"), ("pN2b", "97", "X9"), ("pN3a", "97", "X9"), ("pN0", "99", "X9"), ("pN0(i+)", "99", "X9"), ("pNX", "99", "X9"),
])  # fmt: skip
def test_a_category_without_counts_is_97_where_it_says_positive(base: str, positive: str, axillary: str) -> None:
    assert nodes(facts(base=base)) == [positive, "99", "99", "99", axillary]


def test_a_report_that_tells_nothing_of_nodes_is_99() -> None:
    assert nodes(BREAST) == ["99", "99", "99", "99", "X9"]


def test_positive_nodes_of_unknown_number_examined_are_99() -> None:
    assert nodes(facts(base="pN1a", positive=2))[:2] == ["02", "99"]


def test_a_size_that_may_be_isolated_cells_leaves_the_number_open() -> None:
    small = Deposit(1, size=Measure.of(Decimal("0.3"), "<"))
    report = facts(
        ledger=(group(Region.SENTINEL, 4, 3, small),), base="pN1a", examined=4, positive=3, sentinel_examined=4, sentinel_positive=3
    )
    assert nodes(report) == ["97", "04", "99", "04", "X9"]
    assert nodes(replace(report, staging={"AJCC 8": Decision("AJCC 8", None)}))[0] == "99"


def test_835_is_97_where_a_dissection_is_in_the_same_report() -> None:
    report = facts(base="pN1a", examined=14, positive=3, sentinel_examined=4, sentinel_positive=2)
    assert nodes(report)[2:4] == ["97", "04"]


def test_835_is_the_count_where_fewer_than_six_other_nodes_were_examined() -> None:
    report = facts(base="pN1a", examined=9, positive=3, sentinel_examined=4, sentinel_positive=2)
    assert nodes(report)[2:4] == ["02", "04"]
    assert "fewer than 6" in abstracted(report).items["sentinelLymphNodesPositive"].basis


def test_835_is_00_beside_a_dissection_where_no_sentinel_node_is_positive() -> None:
    assert nodes(facts(base="pN0", examined=14, positive=0, sentinel_examined=4, sentinel_positive=0))[2:4] == ["00", "04"]
    assert nodes(facts(base="pN0", examined=14, positive=0, sentinel_examined=4))[2:4] == ["00", "04"]


def test_intramammary_nodes_are_no_dissection() -> None:
    ledger = (group(Region.SENTINEL, 4, 2), group(Region.INTRAMAMMARY, 6, 0))
    report = facts(ledger=ledger, base="pN1a", examined=10, positive=2, sentinel_examined=4, sentinel_positive=2)
    assert nodes(report)[2] == "02"


def test_sentinel_nodes_of_unknown_result_are_99() -> None:
    assert nodes(facts(base="pN1a", examined=5, positive=1, sentinel_examined=2))[2:4] == ["99", "02"]


def test_positive_internal_mammary_nodes_leave_the_sentinel_count_open() -> None:
    ledger = (group(Region.SENTINEL, 2, 0), group(Region.INTERNAL_MAMMARY, 1, 1))
    report = facts(
        ledger=ledger, base="pN1b", inputs={"im": "occult_sln"}, examined=3, positive=1, sentinel_examined=3, sentinel_positive=0
    )
    assert nodes(report) == ["01", "03", "99", "03", "00"]


def test_a_sentinel_node_with_isolated_cells_only_is_not_counted_where_all_nodes_are_sentinel_nodes() -> None:
    report = facts(base="pN1mi", examined=2, positive=1, itc=1, sentinel_examined=2, sentinel_positive=2)
    assert nodes(report)[:4] == ["01", "02", "01", "02"]


def test_isolated_cells_that_may_be_in_a_sentinel_node_leave_its_count_open() -> None:
    report = facts(base="pN1a", examined=14, positive=3, itc=1, sentinel_examined=2, sentinel_positive=1)
    assert nodes(report)[2] == "99"
    cells = Deposit(1, words=DepositClass.ITC)
    placed = facts(
        ledger=(group(Region.AXILLARY, 12, 3, cells),),
        base="pN1a",
        examined=14,
        positive=3,
        itc=1,
        sentinel_examined=2,
        sentinel_positive=1,
    )
    assert nodes(placed)[2] == "97"


def test_nodes_of_other_regions_are_positive_but_not_axillary() -> None:
    ledger = (group(Region.AXILLARY, 15, 3), group(Region.SUPRACLAVICULAR, 1, 1))
    report = facts(ledger=ledger, base="pN3c", inputs={"macro": 1, "unsized": 2, "supraclav": 1}, examined=16, positive=4)
    assert [nodes(report)[0], nodes(report)[4]] == ["04", "03"]


def test_axillary_nodes_are_X9_where_the_regions_do_not_add_up() -> None:
    ledger = (group(Region.AXILLARY, 15, None), group(Region.SUPRACLAVICULAR, 1, 1))
    report = facts(ledger=ledger, base="pN3c", inputs={"unsized": 2}, examined=16, positive=4)
    assert nodes(report)[4] == "X9"


def test_axillary_nodes_are_X9_where_only_others_are_told_of() -> None:
    report = facts(ledger=(group(Region.INTERNAL_MAMMARY, 2, 0),), base="pN0", examined=2, positive=0)
    assert nodes(report)[4] == "X9"


def test_after_treatment_the_axillary_item_is_left_out() -> None:
    text = "LEFT BREAST, AFTER NEOADJUVANT CHEMOTHERAPY: INVASIVE DUCTAL CARCINOMA. AXILLA: 2 OF 9 LYMPH NODES POSITIVE. ypT1c ypN1a"
    assert nodes(text) == ["02", "09", "99", "99", None]


def test_a_report_under_review_is_unknown_throughout_until_a_person_has_read_it() -> None:
    text = BREAST + "AXILLA: METASTATIC CARCINOMA IN 6 OF 5 LYMPH NODES."
    assert parse(text).status is DecisionStatus.NEEDS_REVIEW
    assert nodes(text) == ["99", "99", "99", "99", "X9"]
    unread = abstracted(text)
    assert set(unread.items) - {"textDxProcPath", "textStaging", "pathReportNumber1"} == {
        "regionalNodesPositive", "regionalNodesExamined", "sentinelLymphNodesPositive", "sentinelLymphNodesExamined",
        "lnPositiveAxillaryLevel1To2",
    }  # fmt: skip
    assert unread.doubts == (IssueKind.POSITIVE_EXCEEDS_EXAMINED,)
    read = abstracted(text, reviewer="Practitioner/7")
    assert (read.items["regionalNodesExamined"].value, read.doubts) == ("05", ())
    assert read.items["regionalNodesPositive"].value == "99"  # 6 of 5, which no reading makes true


def test_every_item_says_why_and_proves_what_it_can() -> None:
    found = abstracted(BREAST + "SENTINEL LYMPH NODES: METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES. ER POSITIVE. pT1c pN1a(sn)").items
    assert all(item.basis and "\n" not in item.basis for item in found.values())
    proven = {"regionalNodesPositive", "regionalNodesExamined", "ajccTnmPathN", "tumorSizePathologic", "estrogenReceptorSummary"}
    assert all(found[id_].evidence for id_ in proven)
    assert not any("CARCINOMA" in item.basis.upper() for item in found.values())


def test_nodes_that_a_person_counted_are_no_needle_sample() -> None:
    report = parse("LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA.")
    counted = replace(report.nodes, examined=Value(5, ()), positive=Value(2, ()))
    corrected = replace(report, nodes=counted, ledger=(), status=DecisionStatus.ACCEPTED)
    assert nodes(corrected) == ["02", "05", "99", "99", "02"]
    staging = abstracted(corrected).items["textStaging"].value
    assert "given by a person: examined 5, positive 2;" in staging


def test_counts_of_a_person_are_of_levels_i_and_ii_only_where_the_category_says_so() -> None:
    report = facts(base="pN1b", inputs={"im": "occult_sln"}, examined=3, positive=1)
    assert nodes(report)[4] == "X9"
    assert nodes(replace(report, staging={"AJCC 8": Decision("AJCC 8", None)}))[4] == "X9"


def test_a_report_under_review_after_treatment_has_no_axillary_item_either() -> None:
    text = (
        "LEFT BREAST, AFTER NEOADJUVANT CHEMOTHERAPY: INVASIVE DUCTAL CARCINOMA. AXILLA: METASTATIC CARCINOMA IN 6 OF 5 LYMPH NODES. ypT1c"
    )
    assert parse(text).status is DecisionStatus.NEEDS_REVIEW
    assert nodes(text) == ["99", "99", "99", "99", None]


@pytest.mark.parametrize(("words", "code"), [
    ("LEFT AXILLARY CONTENTS: 4 LYMPH NODES, NEGATIVE (0/4).", "97"),
    ("LEFT AXILLA, LEVEL I LYMPH NODES, DISSECTION: 4 NODES, NEGATIVE (0/4).", "97"),
    ("LEFT AXILLA, NON-SENTINEL NODES: 2 LYMPH NODES, NEGATIVE (0/2).", "01"),
    ("LEFT AXILLA, NON-SENTINEL NODES: 2 LYMPH NODES, NEGATIVE (0/2). NO AXILLARY DISSECTION.", "01"),
])  # fmt: skip
def test_835_is_97_beside_other_nodes_of_a_named_dissection_however_few(words: str, code: str) -> None:
    text = BREAST + f"SENTINEL LYMPH NODES, LEFT AXILLA: METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 5 MM. {words} pT1c pN1a"
    assert nodes(text)[2:4] == [code, "02"]


def test_834_is_98_where_sentinel_nodes_are_told_of_without_number() -> None:
    told: dict[str, Any] = {"stated": "pN0", "suffixes": ("sn",), "base": "pN0"}
    assert nodes(facts(examined=2, positive=0, **told)) == ["00", "02", "00", "98", "00"]
    assert nodes(facts(**told)) == ["99", "99", "99", "98", "X9"]
    assert nodes(facts(base="pN1a", ledger=(replace(group(Region.SENTINEL, None, None), evidence=PROOF),)))[2:4] == ["97", "98"]


def test_830_is_97_where_nodes_of_a_dissection_are_not_counted() -> None:
    text = "LEFT AXILLARY DISSECTION: THREE POSITIVE LYMPH NODES. LEFT BREAST: INVASIVE DUCTAL CARCINOMA, 3.1 CM. pT2 pN1a"
    assert nodes(text) == ["03", "97", "99", "99", "03"]
    assert nodes(text.replace("AXILLARY DISSECTION", "AXILLA"))[1] == "99"
