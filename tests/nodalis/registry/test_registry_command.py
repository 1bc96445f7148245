"""The commands: what is written, what is left out and counted, how they end."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from nodalis.cli import app
from nodalis.registry.checks import problems
from tests.nodalis.registry.abstracts import BREAST

ACCEPTED = BREAST + "SENTINEL LYMPH NODES: METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 5 MM."
DOUBTFUL = BREAST + "AXILLA: METASTATIC CARCINOMA IN 6 OF 5 LYMPH NODES."


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["registry", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    path = tmp_path / "reports.jsonl"
    rows = [{"id": "S-1", "text": ACCEPTED}, {"id": "S-2", "text": DOUBTFUL}]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def test_reports_to_review_are_left_out_and_counted(reports: Path, tmp_path: Path) -> None:
    result = run("export", reports, "-o", tmp_path / "out.xml")
    assert result.exit_code == 3
    assert "1 accepted, 1 need review, 0 failed" in result.stderr
    assert "without the 1 to review" in result.stderr
    data = (tmp_path / "out.xml").read_bytes()
    assert (data.count(b"<Patient>"), b">S-1<" in data, b">S-2<" in data) == (1, True, False)
    assert problems(data) == []


def test_they_are_written_on_request_as_unknown(reports: Path, tmp_path: Path) -> None:
    result = run("export", reports, "-o", tmp_path / "out.xml", "--unreviewed")
    assert result.exit_code == 3
    assert "without" not in result.stderr
    data = (tmp_path / "out.xml").read_bytes()
    assert data.count(b"<Patient>") == 2
    assert data.partition(b">S-2<")[2].count(b'naaccrId="regionalNodesPositive" naaccrNum="820">99<') == 1


def test_a_report_that_a_reviewer_has_read_is_written(tmp_path: Path) -> None:
    row = {"id": "S-2", "text": DOUBTFUL, "context": {"reviewer": "Practitioner/7"}}
    (tmp_path / "reports.jsonl").write_bytes(orjson.dumps(row))
    assert run("export", tmp_path / "reports.jsonl", "-o", tmp_path / "out.xml").exit_code == 0
    data = (tmp_path / "out.xml").read_bytes()
    assert b'naaccrNum="820">99<' in data  # 6 of 5, which no reading makes true
    assert b'naaccrNum="830">05<' in data


def test_a_report_that_tells_of_no_tumor_and_no_node_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl"
    rows = [{"id": "S-1", "text": ACCEPTED}, {"id": "S-3", "text": "LEFT BREAST, CORE BIOPSY: FIBROADENOMA. NEGATIVE FOR MALIGNANCY."}]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    result = run("export", path, "-o", tmp_path / "out.xml")
    assert (result.exit_code, "1 report without an item for a registry left out" in result.stderr) == (0, True)
    data = (tmp_path / "out.xml").read_bytes()
    assert (data.count(b"<Patient>"), b">S-1<" in data) == (1, True)


def test_the_context_comes_from_a_csv(reports: Path, tmp_path: Path) -> None:
    (tmp_path / "context.csv").write_text("id,family,subject\nS-1,DOE,urn:oid:1.2|0815\nS-2,ROE,urn:oid:1.2|0816\n", encoding="utf-8")
    run("export", reports, "-o", tmp_path / "out.xml", "--context", tmp_path / "context.csv")
    data = (tmp_path / "out.xml").read_bytes()
    assert (b">DOE<" in data, b">0815<" in data, b">ROE<" in data) == (True, True, False)


def test_a_name_that_does_not_fit_is_left_out_and_said_without_its_value(reports: Path, tmp_path: Path) -> None:
    name = "QUILLFEATHER" * 5
    (tmp_path / "context.csv").write_text(f"id,family\nS-1,{name}\nS-2,DOE\n", encoding="utf-8")
    result = run("export", reports, "-o", tmp_path / "out.xml", "--context", tmp_path / "context.csv", "--unreviewed")
    assert result.exit_code == 3
    assert "nameLast: longer than 40 characters: left out of 1 abstract" in result.stderr
    assert "QUILLFEATHER" not in result.stderr
    data = (tmp_path / "out.xml").read_bytes()
    assert (data.count(b"<Patient>"), data.count(b"nameLast"), b"QUILL" in data) == (2, 2, False)


@pytest.mark.parametrize("version", ["25", "26"])
@pytest.mark.parametrize("record", ["A", "M", "C", "I"])
def test_release_and_type_of_record(reports: Path, tmp_path: Path, version: str, record: str) -> None:
    assert run("export", reports, "-o", tmp_path / "out.xml", "--version", version, "--record", record, "--unreviewed").exit_code == 3
    data = (tmp_path / "out.xml").read_bytes()
    assert f'dictionary-{version}0.xml" recordType="{record}"'.encode() in data
    assert problems(data) == []
    assert run("check", tmp_path / "out.xml").exit_code == 0


def test_another_edition(reports: Path, tmp_path: Path) -> None:
    run("export", reports, "-o", tmp_path / "out.xml", "--edition", "7")
    assert b'naaccrNum="1060">07<' in (tmp_path / "out.xml").read_bytes()


def test_csv_has_a_row_a_report_and_no_formula(tmp_path: Path) -> None:
    row = {"id": "=1+1", "text": ACCEPTED, "context": {"family": "=cmd", "given": "@x"}}
    (tmp_path / "reports.jsonl").write_bytes(orjson.dumps(row))
    assert run("export", tmp_path / "reports.jsonl", "-o", tmp_path / "out.csv", "--format", "csv").exit_code == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        (found,) = csv.DictReader(stream)
    assert (found["report"], found["nameLast"], found["nameFirst"]) == ("'=1+1", "'=cmd", "'@x")
    assert (found["ajccTnmPathN"], found["regionalNodesPositive"], found["ki67"]) == ("pN1a", "01", "")
    assert not any(value.startswith(("=", "+", "-", "@")) for value in found.values())


def test_text_gives_each_code_with_its_reason(reports: Path, tmp_path: Path) -> None:
    run("export", reports, "-o", tmp_path / "out.txt", "--format", "text", "--unreviewed")
    text = (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert "   820  Regional Nodes Positive: 01  (nodes with more than isolated tumour cells" in text
    assert "  needs review: positive_exceeds_examined" in text


def test_a_file_with_problems_ends_with_1_and_names_their_lines(tmp_path: Path, reports: Path) -> None:
    run("export", reports, "-o", tmp_path / "out.xml")
    bad = tmp_path / "bad.xml"
    bad.write_bytes((tmp_path / "out.xml").read_bytes().replace(b'naaccrNum="820">01<', b'naaccrNum="820">1x<'))
    result = run("check", bad)
    assert result.exit_code == 1
    assert result.stdout.endswith(": regionalNodesPositive: expected digits\n")
    assert "bad.xml:" in result.stdout


def test_what_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    assert run("check", tmp_path / "none.xml").exit_code == 10
    assert run("export", tmp_path / "none.jsonl", "-o", tmp_path / "out.xml").exit_code == 4
