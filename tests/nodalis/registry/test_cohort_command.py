"""``nodalis registry cohort``: tables, CSV and JSON lines of members."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nodalis.cli import app
from nodalis.registry.cohorts import COHORTS

Rows = Callable[..., Path]

TEXT = """FINAL DIAGNOSIS   Patient: DOE^JANE
A. SENTINEL LYMPH NODES, LEFT AXILLA, EXCISION: METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 0.8 MM.
B. LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.
"""
AT_LEAST = TEXT.replace("OF 0.8 MM", "OF AT LEAST 1 MM")
SILENT = "FINAL DIAGNOSIS\nLEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.\n"
SENTINEL = "sentinel-1-2-no-dissection"


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["registry", "cohort", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def reports(write_rows: Rows) -> Path:
    return write_rows({"id": "a", "text": TEXT}, {"id": "b", "text": AT_LEAST}, {"id": "c", "text": SILENT})


def test_without_a_name_every_cohort_is_counted(reports: Path) -> None:
    lines = {line.split()[0]: line.split() for line in run(reports).stdout.splitlines() if line.strip()}
    assert COHORTS.keys() <= lines.keys()
    assert lines["micrometastasis-only"][-4:] == ["1", "1", "2", "3"]
    assert lines[SENTINEL][-4:] == ["2", "1", "1", "3"]


def test_with_a_name_its_members_are_listed_with_their_facts(reports: Path) -> None:
    result = run("micrometastasis-only", reports)
    assert result.exit_code == 0
    assert COHORTS["micrometastasis-only"].asks in " ".join(result.stdout.split())
    (line,) = [line for line in result.stdout.splitlines() if line.strip().startswith("a ")]
    assert "pN1mi(sn)" in line
    assert "itc-only" not in result.stdout


def test_a_cohort_without_a_member_says_so(reports: Path) -> None:
    assert "No member." in run("molecular-only", reports).stdout


def test_csv_keeps_whether_a_report_is_accepted(reports: Path) -> None:
    result = run(SENTINEL, reports, "--format", "csv")
    found = {row["report"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert {id_: row["decision"] for id_, row in found.items()} == {"a": "accepted", "b": "needs_review"}
    assert (found["a"]["sentinel_positive"], found["a"]["examined"], found["a"]["itc_nodes"]) == ("1", "2", "")
    assert f"{SENTINEL}: 2 of 3 reports, 1 not known" in result.stderr


def test_json_lines_have_each_fact_with_its_place(reports: Path) -> None:
    rows = [json.loads(line) for line in run("micrometastasis-only", reports, "--format", "jsonl").stdout.splitlines()]
    assert [(row["report"], row["cohort"], row["decision"]) for row in rows] == [("a", "micrometastasis-only", "accepted")]
    (size,) = [fact for fact in rows[0]["facts"] if fact["name"] == "largest_deposit_mm"]
    (place,) = size["evidence"]
    assert "0.8 MM" in TEXT[place["start"] : place["end"]]
    assert "quote" not in place


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_report_text_is_written_only_where_it_is_asked_for(format: str, reports: Path, tmp_path: Path) -> None:
    path = tmp_path / "out"
    run(reports, "--format", format, "-o", path)
    assert "0.8 MM" not in path.read_text()
    run(reports, "--format", format, "-o", path, "--quotes")
    assert "0.8 MM" in path.read_text()


def test_an_id_that_is_a_formula_stays_text(write_rows: Rows) -> None:
    result = run(write_rows({"id": "=HYPERLINK(1)", "text": TEXT}), "--format", "csv")
    assert "'=HYPERLINK(1)" in result.stdout
    assert not [line for line in result.stdout.splitlines() if line.startswith("=")]


def test_a_file_may_have_the_name_of_a_cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("itc-only").write_text(TEXT)
    assert run("itc-only").exit_code == 0


def test_an_unknown_name_is_said_with_the_names_there_are(tmp_path: Path) -> None:
    result = run("micro")
    assert result.exit_code == 2
    assert all(name in result.stderr for name in COHORTS)


def test_an_input_that_cannot_be_read_does_not_stop_the_others(reports: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 DOE^JANE")
    result = run(reports, tmp_path / "broken.pdf")
    assert result.exit_code == 4
    assert "DOE^JANE" not in result.output
    assert "micrometastasis-only" in result.stdout
