"""One report, all the way: text in, facts with their words, decision and variants out; the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parser import parse, stage
from parser.grammar import load_grammar
from parser.model import DecisionStatus, DepositClass, IssueKind, Method, Region, Report, Role, Section, Side, Version

DIAGNOSIS = """\
PATHOLOGY REPORT                                            Case no.: S26-00999
FINAL DIAGNOSIS
A. LEFT AXILLA, SENTINEL LYMPH NODE #1:
   - METASTATIC TUMOR IN ONE OF THE TWO LYMPH NODES (1/2). LARGEST DEPOSIT O.8 MM.
B. LEFT AXILLA, SENTINEL LYMPH NODE #2:
   - A SINGLE LYMPH NODE, FREE OF TUMOR (0/1) ON H&E.
C. LEFT BREAST, PARTIAL MASTECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.
SYNOPTIC:  Lymph nodes examined: 3   Lymph nodes positive: 1   Stage: pTlc pNlmi(sn)
"""
ADDENDUM = "ADDENDUM 1: Keratin AE1/AE3 of block B1 shows a cluster of tumor cells, 0.1 mm, in sentinel node #2.\n"
TEXT = DIAGNOSIS + ADDENDUM


def summary(report: Report) -> dict[str, object]:
    """The values of a report's nodes by name, those that were told."""
    nodes = report.nodes
    values = {
        "examined": nodes.examined,
        "positive": nodes.positive,
        "macromet": nodes.macromet,
        "micromet": nodes.micromet,
        "sentinel_examined": nodes.sentinel_examined,
        "sentinel_positive": nodes.sentinel_positive,
        "largest_deposit": nodes.largest_deposit,
        "extranodal_extension": nodes.extranodal_extension,
        "ihc": nodes.ihc,
        "molecular": nodes.molecular,
    }
    return {name: str(value.value) for name, value in values.items() if value is not None}


def test_the_facts_of_the_nodes() -> None:
    assert summary(parse(TEXT)) == {
        "examined": "3",
        "positive": "1",
        "macromet": "0",
        "micromet": "1",
        "sentinel_examined": "3",
        "sentinel_positive": "1",
        "largest_deposit": "0.8",
        "ihc": "positive",
    }


def test_the_cells_of_the_addendum_are_a_node_with_isolated_tumour_cells() -> None:
    report = parse(TEXT)
    assert report.nodes.itc.value == 1
    (deposit,) = report.ledger[1].deposits
    assert (deposit.nodes, deposit.method, str(deposit.size)) == (1, Method.IHC, "0.1")
    assert stage(report).inputs["itc"] == 1


def test_the_facts_of_the_tumour() -> None:
    tumor = parse(TEXT).tumor
    assert (tumor.laterality.value, str(tumor.size.value), tumor.histology.value, tumor.grade.value, tumor.pt_stated.value) == (
        Side.LEFT,
        "14",
        "ductal",
        2,
        "pT1c",
    )
    assert (tumor.er, tumor.pr, tumor.her2) == (None, None, None)


def test_the_decision_is_accepted_and_all_editions_agree() -> None:
    report = parse(TEXT)
    assert (report.status, report.issues) == (DecisionStatus.ACCEPTED, ())
    assert str(report.pn_stated.value) == "pN1mi(sn)"
    assert {edition: str(decision.category) for edition, decision in report.staging.items()} == {
        "AJCC 6": "pN1mi(sn)",
        "AJCC 7": "pN1mi(sn)",
        "AJCC 8": "pN1mi(sn)",
    }


def test_the_row_that_decided_and_its_inputs_are_told() -> None:
    decision = stage(parse(TEXT))
    assert (decision.edition, decision.row, decision.basis, decision.possible) == ("AJCC 8", "breast.ajcc8.n1mi", "derived", ("pN1mi",))
    assert decision.inputs.items() >= {"macro": 0, "micro": 1, "unsized": 0}.items()
    assert decision.source


def test_the_ledger_has_one_line_a_part_and_none_for_the_synoptic() -> None:
    lines = [(one.specimen, one.region, one.side, one.examined, one.positive) for one in parse(TEXT).ledger]
    assert lines == [("A", Region.SENTINEL, Side.LEFT, 2, 1), ("B", Region.SENTINEL, Side.LEFT, 1, 0)]


def test_the_deposit_of_a_line_has_its_size() -> None:
    (deposit,) = parse(TEXT).ledger[0].deposits
    assert (deposit.nodes, deposit.words, str(deposit.size)) == (1, None, "0.8")


@pytest.mark.parametrize(
    ("words", "role", "section", "version"),
    [
        pytest.param("OF THE TWO LYMPH NODES", Role.LEDGER, Section.DIAGNOSIS, Version.ORIGINAL, id="part A"),
        pytest.param("(0/1)", Role.LEDGER, Section.DIAGNOSIS, Version.ORIGINAL, id="part B"),
        pytest.param("Lymph nodes examined: 3", Role.CHECK, Section.SYNOPTIC, Version.ORIGINAL, id="examined in the synoptic"),
        pytest.param("Lymph nodes positive: 1", Role.CHECK, Section.SYNOPTIC, Version.ORIGINAL, id="positive in the synoptic"),
        pytest.param("pNlmi(sn)", Role.VALUE, Section.SYNOPTIC, Version.ORIGINAL, id="printed category"),
        pytest.param("O.8 MM", Role.VALUE, Section.DIAGNOSIS, Version.ORIGINAL, id="size with the letter O"),
        pytest.param("Keratin", Role.VALUE, None, Version.ADDENDUM, id="stain in the addendum"),
    ],
)
def test_each_finding_has_its_role_and_place(words: str, role: Role, section: Section | None, version: Version) -> None:
    found = [finding for finding in parse(TEXT).findings if words in finding.quote and finding.role is role]
    assert found
    for finding in found:
        assert TEXT[finding.span.start : finding.span.end] == finding.quote
        assert finding.version is version
        assert section in (None, finding.section)


def test_every_value_is_proved_by_its_words() -> None:
    nodes = parse(TEXT).nodes
    assert any("OF THE TWO LYMPH NODES" in evidence.quote for evidence in nodes.positive.evidence)
    assert any(evidence.quote.strip() == "Lymph nodes examined: 3" for evidence in nodes.examined.evidence)
    assert [evidence.quote[-6:] for evidence in nodes.largest_deposit.evidence] == ["O.8 MM"]


# ---------------------------------------------------------------- variants


def test_a_total_that_differs_needs_review_and_shows_both_places() -> None:
    text = TEXT.replace("positive: 1", "positive: 2")
    report = parse(text)
    assert report.reasons == (IssueKind.TOTAL_DIFFERS_FROM_PARTS,)
    (issue,) = report.issues
    shown = [text[span.start : span.end] for span in issue.spans]
    assert any("OF THE TWO LYMPH NODES" in words for words in shown)
    assert any("positive: 2" in words for words in shown)


def test_without_the_addendum_no_stain_and_no_cells_are_told() -> None:
    report = parse(DIAGNOSIS)
    assert report.nodes.ihc is None
    assert report.nodes.itc.value == 0
    assert (report.status, str(stage(report).category)) == (DecisionStatus.ACCEPTED, "pN1mi(sn)")


def test_a_larger_deposit_contradicts_the_printed_category() -> None:
    report = parse(TEXT.replace("O.8", "2.8"))
    assert str(stage(report).category) == "pN1a(sn)"
    assert str(report.pn_stated.value) == "pN1mi(sn)"
    assert report.reasons == (IssueKind.STATED_DIFFERS_FROM_DERIVED,)
    assert report.nodes.macromet.value == 1


def test_without_the_printed_category_the_facts_give_the_same() -> None:
    report = parse(TEXT.replace("Stage: pTlc pNlmi(sn)", ""))
    assert report.pn_stated is None
    assert (report.status, str(stage(report).category)) == (DecisionStatus.ACCEPTED, "pN1mi(sn)")


def test_a_word_that_agrees_with_the_size_changes_nothing() -> None:
    report = parse(TEXT.replace("LARGEST DEPOSIT", "MICROMETASTASIS, LARGEST DEPOSIT"))
    assert (report.status, str(stage(report).category)) == (DecisionStatus.ACCEPTED, "pN1mi(sn)")
    assert report.ledger[0].deposits[0].words is DepositClass.MICROMETASTASIS


# ---------------------------------------------------------------- the same bytes


def test_the_same_text_gives_the_same_report() -> None:
    assert repr(parse(TEXT)) == repr(parse(TEXT))
    assert parse(TEXT) == parse(TEXT)


def test_a_report_leaves_nothing_behind_for_the_next() -> None:
    alone = repr(parse(DIAGNOSIS))
    parse(TEXT)
    parse("")
    assert repr(parse(DIAGNOSIS)) == alone


def test_the_hash_seed_changes_nothing(root: Path) -> None:
    script = "import sys; from parser import parse; sys.stdout.write(repr(parse(sys.stdin.read())))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=TEXT,
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
        ).stdout
        for seed in ("0", "1")
    }
    assert outputs == {repr(parse(TEXT))}


# ---------------------------------------------------------------- a user's own grammar

OWN = """\
[anchors]
own_node = ["glandula", "glandulae"]

[[rule]]
id = "own.ratio"
source = "written for this test"
finding = "node_count"
pattern = '''(?P<positive>(?&_count)) \\s* / \\s* (?P<examined>(?&_count)) \\s+ @own_node'''
values = { positive = "count", examined = "count" }
examples = [{ text = "3/14 glandulae", positive = 3, examined = 14 }, { text = "0/1 glandula", positive = 0, examined = 1 }]
rejects = ["3/14 blocks"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file with one more rule."""
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_a_users_own_grammar_changes_the_result_and_the_version(own: Path) -> None:
    text = "Left breast, mastectomy: invasive ductal carcinoma. Tumor: 5/14 glandulae."
    without, with_own = parse(text), parse(text, load_grammar(own))
    assert without.nodes.examined is None
    assert (with_own.nodes.examined.value, with_own.nodes.positive.value, str(stage(with_own).category)) == (14, 5, "pN2a")
    assert [evidence.rule for evidence in with_own.nodes.examined.evidence] == ["own.ratio"]
    assert with_own.grammar != without.grammar


def test_a_users_own_grammar_keeps_the_packaged_rules(own: Path) -> None:
    assert summary(parse(TEXT, load_grammar(own))) == summary(parse(TEXT))
