"""``nodalis evaluate`` and ``nodalis explain``: for people."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nodalis.cli import app

Rows = Callable[..., Path]
GOLD = {
    "id": "a",
    "examined": 2,
    "positive": 1,
    "largest_deposit_mm": "0.8",
    "pn_stated": "pN1mi(sn)",
    "pn_ajcc7": "pN1mi",
    "pn_ajcc8": "pN1mi",
}


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture
def reports(write_rows: Rows, text: str) -> Path:
    return write_rows({"id": "a", "text": text}, {"id": "b", "text": text}, {"id": "not annotated", "text": text})


@pytest.fixture
def annotated(write_rows: Rows, canary: str) -> Path:
    wrong = GOLD | {"id": "b", "examined": 9, "pn_ajcc8": "pN2a", "evidence": {"examined": f"words of {canary}"}}
    return write_rows(GOLD, wrong, name="annotations.jsonl")


def test_figures_matrix_and_errors_are_printed(reports: Path, annotated: Path, canary: str) -> None:
    result = run("evaluate", reports, annotated)
    assert result.exit_code == 0
    for words in ("2 annotated reports", "both counts right 50.0%", "AJCC 8: reader (rows)", "pN2a", "Accepted and wrong"):
        assert words in result.stdout
    assert canary not in result.output


def test_figures_as_json(reports: Path, annotated: Path) -> None:
    figures = json.loads(run("evaluate", reports, annotated, "--json").stdout)
    assert figures["reports"] == 2
    assert figures["AJCC 8"]["wrong ids"] == ["b"]


@pytest.mark.parametrize("quotes", [False, True])
def test_the_page_shows_report_text_only_where_it_is_asked_for(
    reports: Path, annotated: Path, tmp_path: Path, canary: str, quotes: bool
) -> None:
    result = run("evaluate", reports, annotated, "-o", tmp_path / "page.html", *(["--quotes"] if quotes else []))
    assert result.exit_code == 0
    assert (canary in (tmp_path / "page.html").read_text(encoding="utf-8")) is quotes


@pytest.mark.parametrize(
    ("rows", "message"),
    [([b"{broken\n"], "line 1: not an object"), ([GOLD, GOLD], "line 2: this id has a row already"), ([], "no annotation")],
    ids=["broken", "twice", "none"],
)
def test_wrong_annotations_are_named_by_their_line(reports: Path, write_rows: Rows, rows: list[object], message: str) -> None:
    result = run("evaluate", reports, write_rows(*rows, name="annotations.jsonl"))
    assert result.exit_code == 10
    assert message in result.stderr


def test_annotations_of_other_reports_are_a_usage_error(reports: Path, write_rows: Rows) -> None:
    assert run("evaluate", reports, write_rows(GOLD | {"id": "z"}, name="annotations.jsonl")).exit_code == 2


def test_an_annotated_report_that_is_missing_counts_as_wrong(reports: Path, write_rows: Rows) -> None:
    result = run("evaluate", reports, write_rows(GOLD, GOLD | {"id": "z"}, name="annotations.jsonl"))
    assert "1 annotated report" in result.stderr
    assert "both counts right 50.0%" in result.stdout


def test_explain_shows_text_ledger_facts_category_and_issues(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    result = run("explain", tmp_path / "a.txt")
    assert result.exit_code == 0
    for words in ("accepted", "⟦", "Ledger", "Facts", "Category", "breast.ajcc8.", "nodes.", "sentinel", "Issues"):
        assert words in result.stdout


def test_explain_limits_the_editions(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    shown = run("explain", tmp_path / "a.txt", "--edition", "8").stdout
    assert "breast.ajcc8." in shown
    assert "breast.ajcc7." not in shown


def test_explain_chooses_one_of_several_reports(reports: Path) -> None:
    assert run("explain", reports).exit_code == 2
    assert run("explain", reports, "--id", "b").stdout.startswith("b ")


def test_explain_obeys_nothing_in_a_report(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text + "\x1b[2J\x1b]0;owned\x07 [red]x[/red] \u202e", newline="")
    shown = run("explain", tmp_path / "a.txt").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]x[/red]" in shown
