"""``nodalis convert`` into one folder: what stands there, and that it is the same however it came about."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import fhirkit
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from nodalis import facts
from nodalis.archive.ledger import Ledger
from nodalis.archive.run import WORK
from nodalis.cli import app

from .kills import RECORDED, contents

Archive = Callable[..., Path]
FATAL, FAILED = 10, 4
OWN_RULE = """
[anchors]
cell_block = ["cell block", "cell blocks"]

[[rule]]
id = "own.cell_blocks"
source = "these tests"
finding = "cell_blocks"
pattern = '''(?P<number>(?&_count)) \\s+ @cell_block \\s+ prepared'''
values = { number = "count" }
examples = [{ text = "two cell blocks prepared", number = 2 }, { text = "3 cell blocks prepared", number = 3 }]
rejects = ["cell blocks prepared"]
"""


def convert(*args: object, recorded: str = RECORDED) -> Result:
    return CliRunner().invoke(app, ["convert", *map(str, args), "--recorded", recorded], catch_exceptions=False)


def lines(folder: Path, kind: str) -> list[bytes]:
    return [line for path in sorted(folder.glob(f"{kind}.?????.ndjson")) for line in path.read_bytes().splitlines()]


def test_every_report_is_in_the_facts_or_among_the_failed(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = convert(archive(300), "-o", out, "--workers", 1)
    assert result.exit_code == FAILED
    rows = parquet.read_table(out / "facts.parquet").to_pylist()
    failed = [json.loads(line) for line in (out / "failed.ndjson").read_bytes().splitlines()]
    assert (len(rows), len(failed)) == (292, 8)
    assert {row["decision"] for row in rows} <= {"accepted", "needs_review"}
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows)
    for number in (1, 20, 33):
        row = by_id[f"S26-{number:05}"]
        assert (row["examined"], row["positive"]) == (1 + number % 20, number % 3 % (1 + number % 20))
    row = by_id["S26-00020"]
    assert (row["year"], row["date"], row["subject"]) == (2022, date(2022, 3, 2), "Patient/20")
    assert len(lines(out, "DiagnosticReport")) == len(rows)


def test_a_failed_input_is_an_operation_outcome_with_place_and_reason(archive: Archive, tmp_path: Path) -> None:
    path = archive(20)
    convert(path, "-o", tmp_path / "out", "--workers", 1)
    first, second = (tmp_path / "out" / "failed.ndjson").read_bytes().splitlines()
    assert fhirkit.validate(first) == []
    (issue,) = json.loads(first)["issue"]
    assert issue["diagnostics"] == f"{path}: line 6"
    assert issue["details"]["text"] == '"id" is missing or not a string'
    assert "sex: expected one of" in json.loads(second)["issue"][0]["details"]["text"]


def test_the_manifest_names_every_file_with_its_length_and_digest(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(archive(300), "-o", out, "--workers", 1)
    manifest = json.loads((out / "manifest.json").read_text())
    listed = [*manifest["output"], *manifest["error"], *manifest["extension"]["files"]]
    assert {item["url"] for item in listed} | {"manifest.json"} == set(contents(out))
    for item in listed:
        data = (out / item["url"]).read_bytes()
        assert item["extension"] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        if item["url"].endswith(".ndjson"):
            assert item["count"] == len(data.splitlines())
            assert {json.loads(line)["resourceType"] for line in data.splitlines()} == {item["type"]}
    assert manifest["transactionTime"] == RECORDED
    assert manifest["requiresAccessToken"] is False
    assert manifest["extension"]["grammar"].startswith("sha256:")
    assert manifest["extension"]["edition"] == "AJCC 8"
    counts = manifest["extension"]["counts"]
    assert (counts["accepted"] + counts["needsReview"], counts["failed"]) == (292, 8)


@pytest.mark.slow
def test_the_number_of_processes_changes_no_byte(archive: Archive, tmp_path: Path) -> None:
    path = archive(700)
    for count in (1, 2, 3):
        convert(path, "-o", tmp_path / str(count), "--workers", count)
    assert contents(tmp_path / "1") == contents(tmp_path / "2") == contents(tmp_path / "3")


def unzstd(data: bytes) -> bytes:
    unpacked: bytes = pyarrow.CompressedInputStream(pyarrow.py_buffer(data), "zstd").read()
    return unpacked


@pytest.mark.parametrize(("compression", "unpack"), [("gzip", gzip.decompress), ("zstd", unzstd)])
def test_compressed_files_hold_the_same_lines(archive: Archive, tmp_path: Path, compression: str, unpack: Callable[[bytes], bytes]) -> None:
    path = archive(300)  # more than one chunk, so several members stand one behind the other
    convert(path, "-o", tmp_path / "plain", "--workers", 1)
    convert(path, "-o", tmp_path / "packed", "--workers", 1, "--compress", compression)
    packed = [file for file in (tmp_path / "packed").iterdir() if ".ndjson." in file.name]
    assert len(packed) == len(list((tmp_path / "plain").glob("*.?????.ndjson")))
    for file in packed:
        assert unpack(file.read_bytes()) == (tmp_path / "plain" / file.name.rpartition(".")[0]).read_bytes()


def test_the_same_archive_again_has_nothing_to_do(archive: Archive, tmp_path: Path) -> None:
    path, out = archive(300), tmp_path / "out"
    first = convert(path, "-o", out, "--workers", 1)
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir() if file.is_file()}
    again = convert(path, "-o", out, "--workers", 2, recorded=RECORDED)
    assert again.exit_code == first.exit_code == FAILED
    assert "nothing to do" in again.stderr
    assert {file.name: file.stat().st_mtime_ns for file in out.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("change", ["archive", "option", "rules", "file gone"])
def test_what_has_changed_is_a_new_run_and_leaves_nothing_of_the_old(archive: Archive, tmp_path: Path, change: str) -> None:
    path, out, fresh = archive(300), tmp_path / "out", tmp_path / "fresh"
    convert(path, "-o", out, "--workers", 1)
    options: list[object] = []
    if change == "archive":
        path = archive(30, bad=False)
    elif change == "option":
        options = ["--edition", "7"]
    elif change == "rules":
        rules = tmp_path / "own.toml"
        rules.write_text(OWN_RULE, encoding="utf-8")
        options = ["--grammar", rules]
    else:
        (out / "facts.parquet").unlink()
    result = convert(path, "-o", out, "--workers", 1, *options)
    assert "nothing to do" not in result.stderr
    convert(path, "-o", fresh, "--workers", 1, *options)
    assert contents(out) == contents(fresh)


def test_files_of_others_stay(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    convert(archive(30), "-o", out, "--workers", 1)
    convert(archive(10), "-o", out, "--workers", 1)
    assert (out / "notes.txt").read_text() == "mine"


def test_a_folder_has_one_run_at_a_time(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Ledger(out / WORK / "ledger.sqlite"):
        result = convert(archive(10), "-o", out)
    assert result.exit_code == FATAL
    assert "another run is writing there" in result.stderr


def test_a_ledger_that_is_none_is_one_line(archive: Archive, tmp_path: Path) -> None:
    ledger = tmp_path / "out" / WORK / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database, but as long as one might be" * 100)
    result = convert(archive(10), "-o", tmp_path / "out")
    assert (result.exit_code, len(result.stderr.splitlines())) == (FATAL, 1)
    assert "ledger.sqlite: damaged" in result.stderr


def test_many_failures_are_said_in_few_lines(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n" * 500)
    result = convert(path, "-o", tmp_path / "out", "--workers", 1)
    assert len(result.stderr.splitlines()) == 22
    assert "0 accepted, 0 need review, 500 failed" in result.stderr
    assert len((tmp_path / "out" / "failed.ndjson").read_bytes().splitlines()) == 500


def test_an_empty_archive_gives_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.touch()
    result = convert(path, "-o", tmp_path / "out")
    assert (result.exit_code, "no row in it" in result.stderr) == (FAILED, True)  # an input without a report is a failed input
    table = parquet.read_table(tmp_path / "out" / "facts.parquet")
    assert (table.num_rows, table.column_names) == (0, list(facts.columns()))
