"""Codes of the N category: its string, its suffix in an item of its own, y in other items, EOD as SEER's tables have it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nodalis.registry.category_codes import STRINGS, eod_regional_nodes
from parser import parse
from parser.model import Category, Decision, DecisionStatus, Nodes, Report, Value
from tests.nodalis.registry.abstracts import BREAST, abstracted, coded

IDS = ("ajccTnmPathN", "ajccTnmPathNSuffix", "ajccTnmPostTherapyN", "ajccTnmPostTherapyNSuffix", "tnmEditionNumber")
SENTINEL = BREAST + "SENTINEL LYMPH NODES: "


def category(source: str | Report, edition: str = "AJCC 8") -> list[str | None]:
    codes = coded(source, edition)
    return [codes.get(id_) for id_ in IDS]


def staged(base: str, prefix: str = "", suffixes: tuple[str, ...] = (), edition: str = "AJCC 8") -> Report:
    """A report of nodes that are not counted, with a category."""
    report = replace(parse(BREAST + "AXILLA: 0 OF 9 LYMPH NODES POSITIVE."), nodes=Nodes(), ledger=())
    found = Category(base, prefix, suffixes)
    decision = Decision(edition, found, None, None, {}, (base,), "stated")
    return replace(report, staging={edition: decision}, pn_stated=Value(found, ()))


@pytest.mark.parametrize("base", sorted(STRINGS))
def test_every_category_stands_in_the_item_of_its_time(base: str) -> None:
    assert category(staged(base)) == [base, None, None, None, "08"]
    assert category(staged(base, "y")) == [None, None, f"y{base}", None, "08"]


@pytest.mark.parametrize(("suffixes", "code"), [(("sn",), "(sn)"), (("f",), "(f)"), (("sn", "f"), "(sn)"), ((), None)])
def test_the_suffix_stands_in_its_own_item(suffixes: tuple[str, ...], code: str | None) -> None:
    assert category(staged("pN1a", "", suffixes)) == ["pN1a", code, None, None, "08"]
    assert category(staged("pN1a", "y", suffixes)) == [None, None, "ypN1a", code, "08"]


@pytest.mark.parametrize("base", ["pN0(i-)", "pN0(mol-)"])
@pytest.mark.parametrize(("edition", "number"), [("AJCC 6", "06"), ("AJCC 7", "07"), ("AJCC 8", "08")])
def test_negative_special_results_are_pn0_for_registries(base: str, edition: str, number: str) -> None:
    assert category(staged(base, edition=edition), edition) == ["pN0", None, None, None, number]


@pytest.mark.parametrize("prefix", ["r", "yr"])
def test_a_recurrence_has_no_item(prefix: str) -> None:
    assert category(staged("pN1a", prefix)) == [None] * 5


@pytest.mark.parametrize("base", ["cN1", "pN4", "pN0(i+)(mol+)"])
def test_a_category_that_registries_do_not_know_is_left_out(base: str) -> None:
    assert category(staged(base)) == [None] * 5


@pytest.mark.parametrize(("words", "expected"), [
    ("TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2).", ["pN0", "(sn)", None, None, "08"]),
    ("ONE OF TWO LYMPH NODES WITH ISOLATED TUMOR CELLS, 0.1 MM.", ["pN0(i+)", "(sn)", None, None, "08"]),
    ("MICROMETASTASIS IN 1 OF 2 LYMPH NODES, 1.1 MM.", ["pN1mi", "(sn)", None, None, "08"]),
    ("METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 5 MM.", ["pN1a", "(sn)", None, None, "08"]),
])  # fmt: skip
def test_the_category_of_a_text_with_its_suffix(words: str, expected: list[str | None]) -> None:
    assert category(SENTINEL + words) == expected


def test_treatment_told_of_without_a_printed_category_makes_it_yp() -> None:
    text = "LEFT BREAST: INVASIVE DUCTAL CARCINOMA, STATUS POST NEOADJUVANT CHEMOTHERAPY. AXILLA: 2 OF 9 LYMPH NODES POSITIVE."
    assert category(text) == [None, None, "ypN1a", None, "08"]


def test_treatment_told_of_and_a_category_printed_without_y_leaves_the_items_out() -> None:
    text = "LEFT BREAST: INVASIVE DUCTAL CARCINOMA, STATUS POST NEOADJUVANT CHEMOTHERAPY. AXILLA: 2 OF 9 LYMPH NODES POSITIVE. pT1c pN1a"
    assert category(text) == [None] * 5


def test_a_report_without_category_has_no_item_of_it() -> None:
    assert category(BREAST) == [None] * 5


def test_eod_is_told_only_of_a_resected_tumour_before_treatment() -> None:
    nodes = "AXILLA: 2 OF 9 LYMPH NODES POSITIVE. "
    assert coded(BREAST + nodes + "pT1c pN1a")["eodRegionalNodes"] == "200"
    for printed in ("", "pTX pN1a", "ypT1c ypN1a"):
        assert "eodRegionalNodes" not in coded(BREAST + nodes + printed)


def test_eod_has_the_size_classes_of_ajcc_8_whatever_the_edition() -> None:
    text = BREAST + "SENTINEL LYMPH NODES: METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 0.1 MM, 300 TUMOR CELLS IN ONE SECTION. pT1c"
    report = replace(parse(text), status=DecisionStatus.ACCEPTED, issues=())
    assert [coded(report, edition)["eodRegionalNodes"] for edition in ("AJCC 6", "AJCC 8")] == ["100", "100"]
    assert [category(report, edition)[0] for edition in ("AJCC 6", "AJCC 8")] == ["pN0(i+)", "pN1mi"]


def test_the_strings_are_those_that_seer_allows(shared: Path) -> None:
    rows = json.loads((shared / "oracle" / "staging" / "allowed_n_strings.json").read_text(encoding="utf-8"))["rows"]
    allowed = {row[0] for row in rows}
    assert allowed >= STRINGS
    assert {f"y{base}" for base in STRINGS} <= allowed
    assert not {"pN0(i-)", "pN0(mol-)"} & allowed


def test_eod_agrees_with_the_tables_of_seer(shared: Path) -> None:
    with (shared / "oracle" / "staging" / "breast_facts_expected.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if not row["flag"]]
    assert len(rows) == 12_915
    counts = ("macro", "micro", "unsized", "itc", "infraclav", "supraclav")
    wrong = []
    for row in rows:
        inputs: dict[str, int | str] = {name: int(row[name]) for name in counts}
        found = eod_regional_nodes({**inputs, "im": row["im"], "mol": row["mol"], "examined": 20})
        if found != row["eod_nodes"]:
            wrong.append((row, found))
    assert wrong == []


@pytest.mark.parametrize("inputs", [
    {"im": "clinical", "macro": 1}, {"im": "clinical"}, {"im": "occult_sln", "micro": 1}, {"im": "occult_sln", "infraclav": 1},
])  # fmt: skip
def test_eod_is_left_out_where_the_tables_of_seer_are_ambiguous(inputs: dict[str, int | str]) -> None:
    assert eod_regional_nodes({**inputs, "examined": 9}) is None


def test_eod_says_nothing_of_nodes_that_were_not_examined() -> None:
    assert eod_regional_nodes({"examined": 0}) is None


@pytest.mark.parametrize(("prefix", "expected"), [
    ("", ["pN2a", None, None, None, "08"]), ("y", [None, None, "ypN2a", None, "08"]),
])  # fmt: skip
def test_the_category_of_a_person_holds_as_it_was_given(prefix: str, expected: list[str | None]) -> None:
    text = "LEFT BREAST: INVASIVE DUCTAL CARCINOMA, STATUS POST NEOADJUVANT CHEMOTHERAPY. AXILLA: 2 OF 9 LYMPH NODES POSITIVE. pT1c pN1a"
    given = Decision("AJCC 8", Category("pN2a", prefix), possible=("pN2a",), basis="reviewed")
    report = replace(parse(text), staging={"AJCC 8": given})
    assert category(report) == expected
    basis = abstracted(report).items["ajccTnmPathN" if not prefix else "ajccTnmPostTherapyN"].basis
    assert basis == "AJCC 8, as a person gave it"


def test_the_category_of_a_person_holds_for_a_needle_sample() -> None:
    report = parse("LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA.")
    given = Decision("AJCC 8", Category("pN1", suffixes=("f",)), possible=("pN1",), basis="reviewed")
    assert category(replace(report, staging={"AJCC 8": given})) == ["pN1", "(f)", None, None, "08"]


@pytest.mark.parametrize(("printed", "category", "expected"), [
    ("pT2(m)", "pN1a", ("pT2", None)), ("ypT2", "ypN1a", (None, "ypT2")), ("pT2", "ypN1a", (None, None)), ("ypT2", "pN1a", (None, None)),
    ("pT2", "", (None, None)), ("rpT2", "pN1a", (None, None)),
])  # fmt: skip
def test_the_printed_t_stands_beside_an_n_of_its_time(printed: str, category: str, expected: tuple[str | None, str | None]) -> None:
    report = staged(category.removeprefix("y") or "cN1", "y" if category.startswith("y") else "")
    codes = coded(replace(report, tumor=replace(report.tumor, pt_stated=Value(printed, ()))))
    assert (codes.get("ajccTnmPathT"), codes.get("ajccTnmPostTherapyT")) == expected


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("RIGHT BREAST, REDUCTION: BENIGN BREAST TISSUE. ONE BENIGN INTRAMAMMARY LYMPH NODE (0/1).", None),
        ("LEFT BREAST, EXCISION: FIBROADENOMA. TWO LYMPH NODES, BENIGN (0/2).", None),
        ("LEFT BREAST: INVASIVE DUCTAL CARCINOMA. TWO LYMPH NODES, BENIGN (0/2).", "pN0"),
        ("LEFT BREAST, BENIGN. TWO SENTINEL LYMPH NODES, BENIGN (0/2).", "pN0"),
        ("LEFT BREAST, BENIGN. LEFT AXILLARY LYMPH NODES, DISSECTION: 12 LYMPH NODES, NEGATIVE (0/12).", "pN0"),
        ("LEFT BREAST, BENIGN. AXILLARY LYMPH NODE: METASTATIC CARCINOMA, 5 MM (1/1).", "pN1a"),
        ("LEFT BREAST, BENIGN. TWO LYMPH NODES, BENIGN (0/2). pN0", "pN0"),
    ],
)
def test_benign_nodes_of_a_benign_breast_have_no_category(text: str, category: str | None) -> None:
    items = abstracted(text).items
    assert (items["ajccTnmPathN"].value if "ajccTnmPathN" in items else None) == category
    assert items["regionalNodesExamined"].value < "90"
