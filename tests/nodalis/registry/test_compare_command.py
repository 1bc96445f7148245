"""``nodalis registry compare``: what is matched, what is written, and what no file or message holds."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nodalis.cli import app
from tests.nodalis.registry.naaccr_files import ROOT, file_of, patient

Markup = Callable[[str], tuple[set[str], set[str]]]
Rows = Callable[..., Path]

TEXT = """FINAL DIAGNOSIS   Patient: DOE^JANE
A. SENTINEL LYMPH NODES, LEFT AXILLA, EXCISION: METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), A DEPOSIT OF 0.8 MM.
B. LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.
"""
PENDING = TEXT.replace("0.8 MM.", "0.8 MM. KERATIN IMMUNOHISTOCHEMISTRY OF THE NODES PENDING.")
HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"
CODES = {"regionalNodesPositive": "01", "regionalNodesExamined": "03", "ajccTnmPathN": "pN1mi", "tnmEditionNumber": "08"}


def tumor(number: str = "S26-0815", **codes: str) -> dict[str, str]:
    return {**CODES, "pathReportNumber1": number, **codes}


@pytest.fixture
def compare(tmp_path: Path, write_rows: Rows) -> Callable[..., Result]:
    """Compare an XML file with rows of reports."""

    def run(xml: bytes, *rows: dict[str, object], options: tuple[str, ...] = ()) -> Result:
        (tmp_path / "abstracts.xml").write_bytes(xml)
        reports = write_rows(*rows)
        command = ["registry", "compare", str(tmp_path / "abstracts.xml"), str(reports), "-o", str(tmp_path / "audit"), *options]
        return CliRunner().invoke(app, command, catch_exceptions=False)

    return run


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def row(id_: str = "S26-0815", text: str = TEXT, **context: str) -> dict[str, object]:
    return {"id": id_, "text": text, "context": context}


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def matched(folder: Path) -> dict[str, int]:
    return {name: count for name, count in summary(folder)["matched"].items() if count}


def test_a_report_is_compared_with_the_tumour_of_its_number(compare: Callable[..., Result], audit: Path) -> None:
    assert compare(file_of(patient(tumor())), row()).exit_code == 0
    kinds = {(item["item"], item["kind"]) for item in map(json.loads, (audit / "differences.jsonl").read_text().splitlines())}
    assert {("regionalNodesPositive", "same"), ("regionalNodesExamined", "differs"), ("ajccTnmPathN", "same")} <= kinds
    assert ("gradePathological", "only ours") in kinds
    assert matched(audit) == {"reports compared": 1, "tumours in the file": 1}
    items = summary(audit)["items"]
    assert (items["regionalNodesExamined"]["differs"], items["ajccTnmPathN"]["agreement"]) == (1, 1.0)


def test_the_four_files_hold_the_same_differences(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor())), row())
    with (audit / "differences.csv").open(encoding="utf-8", newline="") as stream:
        listed = list(csv.DictReader(stream))
    lines = (audit / "differences.jsonl").read_text().splitlines()
    assert [line["kind"] for line in listed] == [json.loads(line)["kind"] for line in lines]
    (found,) = [line for line in listed if line["kind"] == "differs"]
    assert (found["theirs"], found["theirs_means"], found["ours"], found["ours_means"]) == ("03", "3 examined", "02", "2 examined")
    page = (audit / "summary.html").read_text()
    assert "03 (3 examined)" in page
    assert "02 (2 examined)" in page
    assert sorted(path.name for path in audit.iterdir()) == ["differences.csv", "differences.jsonl", "summary.html", "summary.json"]


def test_both_sides_without_a_partner_are_counted(compare: Callable[..., Result], audit: Path) -> None:
    xml = file_of(patient(tumor(), tumor("S26-0816"), CODES))
    compare(xml, row(), row("S26-0999"), row("S26-0998"))
    assert matched(audit) == {
        "reports compared": 1,
        "reports without a tumour": 2,
        "tumours in the file": 3,
        "tumours without a report": 1,
        "tumours without a number": 1,
    }


def test_a_number_that_two_tumours_hold_is_compared_with_neither(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor()), patient(tumor())), row())
    assert matched(audit) == {"reports whose number leads to several tumours": 1, "tumours in the file": 2}
    assert (audit / "differences.jsonl").read_text() == ""


def test_two_reports_of_one_number_are_compared_with_nothing(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor())), row("a", report_id="S26-0815"), row("b", report_id="S26-0815", issuer="urn:oid:1.2.3"))
    assert matched(audit) == {"reports that share a number": 2, "tumours in the file": 1}
    assert (audit / "differences.jsonl").read_text() == ""


def test_two_reports_of_one_tumour_by_two_numbers_are_both_compared(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor(pathReportNumber2="S26-0816"))), row(), row("S26-0816"))
    assert matched(audit)["reports compared"] == 2


def test_another_date_of_birth_is_another_patient(compare: Callable[..., Result], audit: Path) -> None:
    xml = file_of(patient(tumor(), dateOfBirth="19610302"))
    compare(xml, row(birth_date="1961-03-03"))
    assert matched(audit) == {"reports whose tumour is of another date of birth": 1, "tumours in the file": 1}
    compare(xml, row(birth_date="1961-03-02"))
    assert matched(audit)["reports compared"] == 1


def test_the_number_of_a_report_may_be_that_of_its_context(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor())), row("first", report_id="S26-0815"))
    assert matched(audit)["reports compared"] == 1


def test_the_number_of_a_report_may_stand_in_a_table_beside_it(compare: Callable[..., Result], audit: Path, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,report_id,birth_date\nfirst,S26-0815,1961-03-03\n")
    compare(file_of(patient(tumor())), row("first"), options=("--context", str(tmp_path / "c.csv")))
    assert matched(audit)["reports compared"] == 1
    compare(file_of(patient(tumor(), dateOfBirth="1962")), row("first"), options=("--context", str(tmp_path / "c.csv")))
    assert "reports compared" not in matched(audit)


def test_the_item_of_the_number_may_be_named(compare: Callable[..., Result], audit: Path) -> None:
    xml = file_of(patient(CODES, medicalRecordNumber="S26-0815"))
    assert compare(xml, row(), options=("--by", "medicalRecordNumber")).exit_code == 0
    assert matched(audit)["reports compared"] == 1
    refused = compare(xml, row())
    assert refused.exit_code == 2
    assert "--by" in refused.stderr


def test_the_edition_is_that_of_the_registry(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor(tnmEditionNumber="07"))), row())
    assert {json.loads(line)["edition"] for line in (audit / "differences.jsonl").read_text().splitlines()} == {"AJCC 7"}
    compare(file_of(patient(tumor(tnmEditionNumber="88"))), row())
    assert {json.loads(line)["edition"] for line in (audit / "differences.jsonl").read_text().splitlines()} == {"AJCC 8"}


def test_a_report_under_review_gives_no_category_to_compare(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor())), row(text=PENDING))
    lines = [json.loads(line) for line in (audit / "differences.jsonl").read_text().splitlines()]
    assert {line["decision"] for line in lines} == {"needs_review"}
    assert {line["kind"] for line in lines} == {"not comparable"}
    assert summary(audit)["all items"]["agreement"] is None
    assert matched(audit)["reports under review among them"] == 1


@pytest.mark.parametrize("quotes", [False, True])
def test_report_text_is_written_only_where_it_is_asked_for(quotes: bool, compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor())), row(), options=("--quotes",) if quotes else ())
    for name in ("summary.html", "differences.csv", "differences.jsonl"):
        assert ("TWO LYMPH NODES" in (audit / name).read_text()) is quotes, name
    assert "TWO LYMPH NODES" not in (audit / "summary.json").read_text()


def test_nothing_of_the_patient_is_written(compare: Callable[..., Result], audit: Path) -> None:
    own = {"nameLast": "DOE-NAME", "dateOfBirth": "19610302", "medicalRecordNumber": "MRN-4711", "socialSecurityNumber": "000112222"}
    result = compare(file_of(patient(tumor(textStaging="free text of DOE-NAME"), **own)), row(birth_date="1961-03-02"))
    written = "".join(path.read_text() for path in audit.iterdir()) + result.output
    for value in (*own.values(), "free text"):
        assert value not in written


def test_a_code_that_is_a_formula_stays_text(compare: Callable[..., Result], audit: Path) -> None:
    compare(file_of(patient(tumor("=S26", ajccTnmPathN='=HYPERLINK("x")', regionalNodesPositive="@SUM(1)", ki67="+1"))), row("=S26"))
    with (audit / "differences.csv").open(encoding="utf-8", newline="") as stream:
        found = list(csv.reader(stream))
    assert any("'=HYPERLINK" in cell for line in found for cell in line)
    assert not [cell for line in found for cell in line if cell.startswith(("=", "+", "-", "@"))]


def test_what_registry_and_report_hold_is_escaped_on_the_page(compare: Callable[..., Result], audit: Path, markup: Markup) -> None:
    hostile = HOSTILE.replace("alert", "x")
    compare(file_of(patient(tumor(hostile, ajccTnmPathN=HOSTILE, ki67=HOSTILE))), row(hostile), options=("--quotes",))
    page = (audit / "summary.html").read_text()
    tags, attributes = markup(page)
    assert not tags & {"script", "img", "iframe", "link", "object", "form"}
    assert not {name for name in attributes if name.startswith("on")}
    assert "&lt;script&gt;" in page


def test_the_page_loads_nothing(compare: Callable[..., Result], audit: Path, markup: Markup) -> None:
    compare(file_of(patient(tumor())), row())
    page = (audit / "summary.html").read_text()
    markup(page)
    assert not re.search(r"\b(?:src|href)=|url\(|@import|https?://", page)
    assert "default-src 'none'" in page


def test_a_broken_file_is_one_line_and_loses_nothing_else(compare: Callable[..., Result], audit: Path) -> None:
    whole = file_of(patient(tumor()))
    result = compare(whole.replace(b"</NaaccrData>", b"<Patient><Item naaccrId='nameLast'>DOE-NAME"), row())
    assert result.exit_code == 4
    (error,) = [line for line in result.stderr.splitlines() if "error" in line]
    assert "what stands before it was read: 1 tumour" in error
    assert "DOE-NAME" not in result.output
    assert matched(audit)["reports compared"] == 1


@pytest.mark.parametrize(
    "xml",
    [b"", b"DOE-NAME", f"{ROOT.format(version='26')}</NaaccrData>".encode(), b"<!DOCTYPE a [<!ENTITY e 'DOE-NAME'>]><a>&e;</a>"],
    ids=["empty", "text", "no-tumour", "entity"],
)
def test_a_file_without_a_tumour_writes_nothing(xml: bytes, compare: Callable[..., Result], audit: Path) -> None:
    result = compare(xml, row())
    assert result.exit_code == 4
    assert len(result.stderr.splitlines()) == 1
    assert "DOE-NAME" not in result.output
    assert not audit.exists()


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, audit: Path) -> None:
    result = CliRunner().invoke(app, ["registry", "compare", str(tmp_path / "none.xml"), str(tmp_path), "-o", str(audit)])
    assert result.exit_code == 10
    assert result.stderr.endswith("none.xml: no such file or directory\n")


def test_a_report_with_a_wrong_context_fails_alone(compare: Callable[..., Result], audit: Path) -> None:
    result = compare(file_of(patient(tumor(), tumor("S26-0816"))), row(), row("S26-0816", birth_date="DOE-NAME"))
    assert result.exit_code == 4
    assert "DOE-NAME" not in result.output
    assert matched(audit)["reports compared"] == 1


def test_what_we_export_agrees_with_the_reports_it_came_from(root: Path, tmp_path: Path, audit: Path) -> None:
    """Numbers of at most 20 characters fit the item, so the samples with longer names have no tumour."""
    samples = [str(path) for path in sorted((root / "samples").glob("*.txt")) if len(path.stem) <= 20]
    xml = str(tmp_path / "abstracts.xml")
    CliRunner().invoke(app, ["registry", "export", *samples, "-o", xml, "--unreviewed"], catch_exceptions=False)
    CliRunner().invoke(app, ["registry", "compare", xml, *samples, "-o", str(audit)], catch_exceptions=False)
    found = summary(audit)
    assert found["matched"]["reports compared"] == len(samples)
    assert found["all items"]["same"] > 100
    assert [found["all items"][kind] for kind in ("differs", "only ours", "only theirs")] == [0, 0, 0]


def test_the_terminal_shows_agreement_and_what_was_matched(compare: Callable[..., Result]) -> None:
    result = compare(file_of(patient(tumor())), row())
    assert "1 reports compared" in result.stdout
    assert re.search(r"Regional Nodes Examined\s+830\s+0\s+1\s+0", result.stdout)
    assert "TWO LYMPH NODES" not in result.stdout


def test_a_page_lists_so_many_differences_and_says_where_the_others_stand(
    compare: Callable[..., Result], audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodalis.registry.audit_page._LISTED", 2)
    ids = [f"S26-{number}" for number in range(5)]
    compare(file_of(patient(*(tumor(id_) for id_ in ids))), *(row(id_, TEXT + id_) for id_ in ids))
    page = (audit / "summary.html").read_text()
    assert "3 more stand in differences.csv." in page
    assert page.count("03 (3 examined)") == 2
