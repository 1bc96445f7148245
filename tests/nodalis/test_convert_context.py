"""What ``nodalis convert`` is told of a report besides its text: options, a CSV, the report's own row; the stronger of them wins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

import fhir_export
from fhir_export import Context, Identifier
from fhir_export import context as context_module
from nodalis import convert_options
from nodalis.archive.compression import Compression
from nodalis.cli import app
from nodalis.conversion import Format, Validation
from nodalis.surroundings import NAMES

Rows = Callable[..., Path]

# One value for each name, and what it becomes.
GOOD: dict[str, tuple[str, str | Identifier]] = {
    "report_id": ("NUMBER-1", "NUMBER-1"),
    "issuer": ("urn:oid:1.2.3", "urn:oid:1.2.3"),
    "status": ("amended", "amended"),
    "effective": ("2026-03-02", "2026-03-02"),
    "issued": ("2026-03-04T10:00:00Z", "2026-03-04T10:00:00Z"),
    "collected": ("2026-03-01T09:30:00+01:00", "2026-03-01T09:30:00+01:00"),
    "recorded": ("2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z"),
    "subject": ("urn:oid:1.2.4|0815", Identifier("urn:oid:1.2.4", "0815")),
    "sex": ("female", "female"),
    "family": ("FAMILY-1", "FAMILY-1"),
    "given": ("GIVEN-1", "GIVEN-1"),
    "birth_date": ("1961-03-02", "1961-03-02"),
    "encounter": ("Encounter/7", "Encounter/7"),
    "condition": ("Condition/7", "Condition/7"),
    "specimen": ("https://fhir.example.org/Specimen/7", "https://fhir.example.org/Specimen/7"),
    "accession": ("urn:oid:1.2.5|A|26", Identifier("urn:oid:1.2.5", "A|26")),
    "performer": ("Organization/7", "Organization/7"),
    "reviewer": ("urn:oid:1.2.6|77", Identifier("urn:oid:1.2.6", "77")),
    "source": ("DocumentReference/7", "DocumentReference/7"),
}
every_name = pytest.mark.parametrize("name", NAMES)
every_option = pytest.mark.parametrize("name", convert_options.FLAGS)


def convert(*args: object) -> Result:
    """Convert to a Bundle a report, unless another format is asked for."""
    format = () if "--format" in args else ("--format", "collection")
    return CliRunner().invoke(app, ["convert", *map(str, args), *format], catch_exceptions=False)


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Context]:
    """By report number the contexts that bundles are really made with."""
    seen: dict[str, Context] = {}
    to_bundle = fhir_export.to_bundle

    def watched(report: Any, context: Context, *, form: Any) -> Any:
        seen[context.report_id] = context
        return to_bundle(report, context, form=form)

    monkeypatch.setattr(fhir_export, "to_bundle", watched)
    return seen


@pytest.fixture
def reports(write_rows: Rows, text: str) -> Path:
    """Two reports without a context of their own."""
    return write_rows({"id": "a", "text": text}, {"id": "b", "text": text})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def exported(out: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(out.iterdir()))


def test_every_name_is_a_field_of_the_context() -> None:
    assert set(NAMES) <= {field.name for field in fields(Context)}
    assert set(NAMES) == set(GOOD)


def test_the_choices_are_those_of_the_export() -> None:
    for ours, theirs in (
        (convert_options.FhirFormat, Format),
        (convert_options.Validation, Validation),
        (convert_options.Compressed, Compression),
        (convert_options.FhirVersion, context_module.FhirVersion),
        (convert_options.Profile, context_module.Profile),
    ):
        assert tuple(ours) == get_args(theirs)
    for choice in get_args(context_module.ReportStatus):
        assert choice in convert("--help").stdout


@every_name
def test_every_name_is_an_option_but_for_those_that_name_a_patient_or_one_report(name: str, reports: Path, out: Path) -> None:
    result = convert(reports, "-o", out, flag(name), GOOD[name][0])
    refused = name in {"family", "given", "birth_date", "report_id"}
    assert ("No such option" in result.stderr) == refused
    assert result.exit_code == (2 if refused else 0)


@every_option
def test_an_option_holds_for_all_reports(name: str, reports: Path, out: Path, contexts: dict[str, Context]) -> None:
    given, expected = GOOD[name]
    assert convert(reports, "-o", out, flag(name), given, "--validate", "all").exit_code == 0
    assert [getattr(context, name) for context in contexts.values()] == [expected, expected]


@every_name
def test_a_cell_holds_for_the_report_of_its_row(name: str, reports: Path, out: Path, tmp_path: Path, contexts: dict[str, Context]) -> None:
    given, expected = GOOD[name]
    sheet = write(tmp_path / "c.csv", f"{name},id", f"{given},a", ",b")
    result = convert(reports, "-o", out, "--context", sheet, "--validate", "all")
    assert result.exit_code == 0, result.stderr
    first, second = contexts.values()
    assert getattr(first, name) == expected
    assert second == Context(report_id="b", issuer="urn:nodalis:reports", software=first.software)


@every_name
def test_a_member_of_the_row_holds_for_its_report(name: str, write_rows: Rows, text: str, out: Path, contexts: dict[str, Context]) -> None:
    given, expected = GOOD[name]
    path = write_rows({"id": "a", "text": text, "context": {name: given}}, {"id": "b", "text": text, "context": {name: ""}})
    result = convert(path, "-o", out, "--validate", "all")
    assert result.exit_code == 0, result.stderr
    first, second = contexts.values()
    assert getattr(first, name) == expected
    assert second == Context(report_id="b", issuer="urn:nodalis:reports", software=first.software)


def test_all_names_together_are_valid_fhir(reports: Path, out: Path, tmp_path: Path) -> None:
    sheet = write(tmp_path / "c.csv", ",".join(["id", *GOOD]), ",".join(["a", *(given for given, _ in GOOD.values())]))
    for form in ("collection", "transaction"):
        result = convert(reports, "-o", out, "--context", sheet, "--format", form, "--with-text", "--quotes", "--validate", "all")
        assert result.exit_code == 0, result.stderr
    assert '"0815"' in (out / "a.json").read_text()


def test_the_row_is_stronger_than_the_csv_and_the_csv_than_the_options(
    write_rows: Rows, text: str, out: Path, tmp_path: Path, contexts: dict[str, Context]
) -> None:
    path = write_rows({"id": "a", "text": text, "context": {"subject": "Patient/row"}}, *({"id": id_, "text": text} for id_ in "bc"))
    sheet = write(tmp_path / "c.csv", "id,subject,encounter", "a,Patient/csv,Encounter/csv", "b,Patient/csv,")
    convert(path, "-o", out, "--context", sheet, "--subject", "Patient/option", "--encounter", "Encounter/option", "--sex", "female")
    assert {context.report_id: (context.subject, context.encounter, context.sex) for context in contexts.values()} == {
        "a": ("Patient/row", "Encounter/csv", "female"),
        "b": ("Patient/csv", "Encounter/option", "female"),
        "c": ("Patient/option", "Encounter/option", "female"),
    }


def test_reports_without_a_row_and_rows_without_a_report_are_counted_once(write_rows: Rows, text: str, out: Path, tmp_path: Path) -> None:
    path = write_rows(*({"id": id_, "text": text} for id_ in "abc"))
    sheet = write(tmp_path / "c.csv", "id,sex", "a,female", "ROW-1,female")
    result = convert(path, "-o", out, "--context", sheet)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[:-1] == [
        f"nodalis: warning: {sheet}: 2 reports have no row",
        f"nodalis: warning: {sheet}: 1 row has no report",
    ]
    assert len(list(out.iterdir())) == 3
    assert "warning" not in convert(path, "-o", out, "--context", write(sheet, "id,sex", "a,", "b,", "c,male")).stderr


@every_name
def test_a_wrong_cell_fails_its_report_and_is_named_by_line_and_column_only(
    name: str, reports: Path, out: Path, tmp_path: Path, canary: str
) -> None:
    sheet = write(tmp_path / "c.csv", f"id,{name}", "", f'a,"{canary}', f'{canary}"', "b,")
    result = convert(reports, "-o", out, "--context", sheet)
    assert result.exit_code == 4
    wrong, tally = result.stderr.splitlines()
    assert wrong.startswith(f"nodalis: error: {reports}: line 1: {sheet}: line 3: {name}: expected ")
    assert "1 accepted, 0 need review, 1 failed" in tally
    assert canary not in result.output
    assert [path.name for path in out.iterdir()] == ["b.json"]


@every_name
def test_a_wrong_member_fails_its_report_and_is_named_without_its_value(
    name: str, write_rows: Rows, text: str, out: Path, canary: str
) -> None:
    path = write_rows({"id": "a", "text": text, "context": {name: f" {canary}"}}, {"id": "b", "text": text})
    result = convert(path, "-o", out)
    assert result.exit_code == 4
    assert result.stderr.startswith(f"nodalis: error: {path}: line 1: context: {name}: expected ")
    assert canary not in result.output
    assert [path.name for path in out.iterdir()] == ["b.json"]


@pytest.mark.parametrize("name", ["subject", "encounter", "specimen", "accession", "performer", "reviewer", "source"])
@pytest.mark.parametrize("value", ["|{}", "urn:oid:1.2|", "no uri {}|7", "Device/{}", "urn:oid:1.2|a\n{}"])
def test_a_wrong_reference_is_not_shown(name: str, value: str, write_rows: Rows, text: str, out: Path, canary: str) -> None:
    result = convert(write_rows({"id": "a", "text": text, "context": {name: value.format(canary)}}), "-o", out)
    assert result.exit_code == 4
    assert f": line 1: context: {name}" in result.stderr
    assert canary not in result.output


@pytest.mark.parametrize("name", [name for name in convert_options.FLAGS if name != "issuer"])
@pytest.mark.parametrize("value", ["{}", ""], ids=["wrong", "empty"])
def test_a_wrong_option_ends_the_run_before_it_begins(name: str, value: str, reports: Path, out: Path, canary: str) -> None:
    result = convert(reports, "-o", out, flag(name), value.format(canary))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"nodalis: error: --{name}: expected ")
    assert canary not in result.output
    assert not out.exists()


def test_two_reports_of_one_number_are_not_mixed(write_rows: Rows, text: str, out: Path, contexts: dict[str, Context]) -> None:
    second = {"id": "b", "text": text, "context": {"report_id": "a"}}
    elsewhere = {"id": "c", "text": text, "context": {"report_id": "a", "issuer": "urn:oid:1.2.3"}}
    path = write_rows({"id": "a", "text": text}, second, elsewhere)
    result = convert(path, "-o", out)
    assert result.exit_code == 4
    assert result.stderr.startswith(f"nodalis: error: {path}: line 2: another report has this report number already, left out\n")
    assert sorted(path.name for path in out.iterdir()) == ["a.json", "c.json"]


def test_the_same_text_of_another_patient_is_no_repetition(write_rows: Rows, text: str, out: Path) -> None:
    path = write_rows(*({"id": "a", "text": text, "context": {"subject": f"Patient/{number}"}} for number in (1, 1, 2)))
    result = convert(path, "-o", out)
    assert result.exit_code == 4
    assert [line.split(": ", 3)[3] for line in result.stderr.splitlines()[:2]] == [
        "line 2: the same report again, left out",
        "line 3: another report has this id already, left out",
    ]


def test_the_same_input_gives_the_same_bytes_and_nothing_of_the_clock(reports: Path, tmp_path: Path, contexts: dict[str, Context]) -> None:
    for name in ("one", "two"):
        convert(reports, "-o", tmp_path / name, "--subject", "Patient/7", "--format", "transaction", "--with-text")
    assert (tmp_path / "one" / "a.json").read_bytes() == (tmp_path / "two" / "a.json").read_bytes()
    assert {context.recorded for context in contexts.values()} == {None}


def test_documents_record_the_time_of_the_run_unless_another_is_given(
    reports: Path, out: Path, tmp_path: Path, contexts: dict[str, Context]
) -> None:
    result = convert(reports, "-o", out, "--format", "document")
    assert result.exit_code == 0, result.stderr
    assert json.loads((out / "a.json").read_text())["type"] == "document"
    (recorded,) = {str(context.recorded) for context in contexts.values()}
    assert recorded.endswith("Z")
    assert timedelta() <= datetime.now(UTC) - datetime.fromisoformat(recorded) < timedelta(minutes=5)
    sheet = write(tmp_path / "c.csv", "id,recorded", "a,2026-03-05T00:00:00Z", "b,")
    convert(reports, "-o", out, "--format", "document", "--context", sheet, "--recorded", "2026-03-06T00:00:00Z")
    assert [context.recorded for context in contexts.values()] == ["2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"]


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        (["--fhir-version", "R5", "--profile", "base"], "fhir_version", "R5"),
        (["--fhir-version", "r4"], "fhir_version", "R4"),
        (["--profile", "base"], "profile", "base"),
        (["--international"], "international", True),
        (["--quotes"], "include_quotes", True),
        ([], "text", None),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_how_it_is_shown(arguments: list[str], name: str, value: object, reports: Path, out: Path, contexts: dict[str, Context]) -> None:
    assert convert(reports, "-o", out, *arguments).exit_code == 0
    assert {getattr(context, name) for context in contexts.values()} == {value}


def test_without_options_the_context_is_that_of_the_library(reports: Path, out: Path, contexts: dict[str, Context]) -> None:
    convert(reports, "-o", out)
    assert contexts["a"] == Context(report_id="a", issuer="urn:nodalis:reports", software=contexts["a"].software)


def test_the_text_and_its_words_are_sent_only_if_asked(
    reports: Path, out: Path, text: str, canary: str, contexts: dict[str, Context]
) -> None:
    convert(reports, "-o", out, "--with-text")
    assert {context.text for context in contexts.values()} == {text}
    convert(reports, "-o", out)
    assert "ONE OF TWO" not in exported(out)
    assert canary not in exported(out)
    convert(reports, "-o", out, "--quotes")
    assert "ONE OF TWO" in exported(out)


def test_ndjson_has_the_context_too(reports: Path, out: Path) -> None:
    assert convert(reports, "-o", out, "--format", "bulk", "--subject", "Patient/7", "--validate", "all").exit_code == 0
    for line in (out / "Observation.00000.ndjson").read_text().splitlines():
        assert json.loads(line)["subject"]["reference"] == "Patient/7"


def test_the_example_of_the_documentation_is_read(write_rows: Rows, text: str, out: Path, tmp_path: Path) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```csv\n(.*?)^```$", documented, flags=re.M | re.S)
    sheet = write(tmp_path / "reports.csv", example)
    path = write_rows({"id": "S26-00417", "text": text}, {"id": "S26-00418", "text": text})
    result = convert(path, "-o", out, "--context", sheet, "--issuer", "urn:oid:1.2.3", "--validate", "all")
    assert (result.exit_code, len(result.stderr.splitlines())) == (0, 1), result.stderr
    for name in NAMES:
        assert f"`{name}`" in documented.split("### Context")[1]
