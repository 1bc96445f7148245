"""``nodalis convert``: FHIR files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import fhir_export
from nodalis.cli import app

Rows = Callable[..., Path]


def convert(*args: object) -> Result:
    """Convert to a Bundle a report, unless another format is asked for."""
    format = () if "--format" in args else ("--format", "collection")
    return CliRunner().invoke(app, ["convert", *map(str, args), *format], catch_exceptions=False)


def written(folder: Path) -> dict[str, dict[str, object]]:
    return {path.name: json.loads(path.read_text()) for path in folder.iterdir()}


def test_one_bundle_a_report(write_rows: Rows, tmp_path: Path, text: str) -> None:
    path = write_rows({"id": "S26/1", "text": text}, {"id": "../../escape", "text": text}, {"id": "..", "text": text})
    result = convert(path, "-o", tmp_path / "out")
    assert result.exit_code == 0
    files = written(tmp_path / "out")
    assert set(files) == {"S26%2F1.json", "%2E.%2F..%2Fescape.json", "%2E..json"}
    for bundle in files.values():
        assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert not list(tmp_path.parent.glob("escape*"))


@pytest.mark.parametrize("form", ["collection", "transaction"])
@pytest.mark.parametrize("validate", ["all", "sample", "off"])
def test_forms_and_validation(write_rows: Rows, tmp_path: Path, text: str, form: str, validate: str) -> None:
    result = convert(write_rows({"id": "a", "text": text}), "-o", tmp_path / "out", "--format", form, "--validate", validate)
    assert result.exit_code == 0
    assert written(tmp_path / "out")["a.json"]["type"] == form


def test_ndjson_has_one_file_a_resource_type(write_rows: Rows, tmp_path: Path, text: str) -> None:
    path = write_rows(*({"id": str(number), "text": text} for number in range(3)))
    assert convert(path, "-o", tmp_path / "out", "--format", "bulk", "--validate", "all").exit_code == 0
    for file in (tmp_path / "out").glob("*.ndjson"):
        kinds = {json.loads(line)["resourceType"] for line in file.read_text().splitlines()}
        assert kinds == {file.name.removesuffix(".00000.ndjson")}
    assert {"Observation.00000.ndjson", "Condition.00000.ndjson"} <= {file.name for file in (tmp_path / "out").iterdir()}


def test_the_edition_is_the_method_of_the_category(write_rows: Rows, tmp_path: Path, text: str) -> None:
    convert(write_rows({"id": "a", "text": text}), "-o", tmp_path / "out", "--edition", "7")
    exported = (tmp_path / "out" / "a.json").read_text()
    assert "443830009" in exported  # AJCC 7th edition
    assert "897275008" not in exported  # AJCC 8th edition


def test_converting_twice_gives_the_same_bytes(write_rows: Rows, tmp_path: Path, text: str) -> None:
    path = write_rows({"id": "a", "text": text})
    for name in ("one", "two"):
        convert(path, "-o", tmp_path / name)
    assert (tmp_path / "one" / "a.json").read_bytes() == (tmp_path / "two" / "a.json").read_bytes()


def test_the_issuer_is_part_of_the_ids(write_rows: Rows, tmp_path: Path, text: str) -> None:
    path = write_rows({"id": "a", "text": text})
    convert(path, "-o", tmp_path / "one")
    convert(path, "-o", tmp_path / "two", "--issuer", "urn:oid:1.2.3")
    assert written(tmp_path / "one")["a.json"]["id"] != written(tmp_path / "two")["a.json"]["id"]


@pytest.mark.parametrize("arguments", [("--issuer", "not a uri"), ()], ids=["issuer", "id"])
def test_what_cannot_be_exported_is_a_failed_input(write_rows: Rows, tmp_path: Path, text: str, arguments: tuple[str, ...]) -> None:
    result = convert(write_rows({"id": "a\nb", "text": text}), "-o", tmp_path / "out", *arguments)
    assert result.exit_code == 4
    assert "expected" in result.stderr.splitlines()[0]
    assert "0 accepted, 0 need review, 1 failed" in result.stderr


def test_a_resource_that_is_not_fhir_is_said_without_its_value(
    write_rows: Rows, tmp_path: Path, text: str, canary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Observation", "status": canary, "x": canary}}],
    }
    monkeypatch.setattr(fhir_export, "to_bundle", lambda report, context, form: broken)
    result = convert(write_rows({"id": "a", "text": text}), "-o", tmp_path / "out", "--validate", "all")
    assert result.exit_code == 4
    assert "not valid FHIR: " in result.stderr
    assert canary not in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["out", "sheet"])
def test_no_file_of_the_run_may_be_taken_for_a_report(tmp_path: Path, text: str, place: str) -> None:
    reports = tmp_path / "reports"
    (reports / "deep").mkdir(parents=True)
    (reports / "a.txt").write_text(text)
    (reports / "context.csv").write_text("id,sex\na,female\n")
    arguments = {"out": ["-o", reports / "deep"], "sheet": ["-o", tmp_path / "out", "--context", reports / "context.csv"]}[place]
    result = convert(reports, *arguments)
    assert result.exit_code == 2
    assert "lies in a folder that is read: expected a place outside of it" in result.stderr
    assert not list((reports / "deep").iterdir())
