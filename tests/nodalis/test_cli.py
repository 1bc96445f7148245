"""The commands: formats, exit codes, errors of one line that hold no report text."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import parser as core
from nodalis import __version__
from nodalis.cli import app

Rows = Callable[..., Path]
COMMANDS = (["extract"], ["convert"], ["explain"], ["evaluate"], ["grammar"], ["grammar", "check"], ["queue"], ["queue", "replay"])


def run(*args: object, stdin: str | bytes | None = None) -> Result:
    """One command in this process; an exception that leaves it fails the test."""
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, catch_exceptions=False)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def good(tmp_path: Path, text: str) -> Path:
    """A report that is accepted."""
    path = tmp_path / "S26-00417.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def doubted(tmp_path: Path, text: str) -> Path:
    """A report whose printed category is not what its facts give."""
    path = tmp_path / "doubted.txt"
    path.write_text(text.replace("0.8 MM", "2.8 MM"), encoding="utf-8")
    return path


def test_help_teaches_with_an_example() -> None:
    for command in COMMANDS:
        result = run(*command, "--help")
        assert result.exit_code == 0
        assert command == ["grammar"] or "Example" in result.stdout
    assert "Exit codes" in run("extract", "-h").stdout


def test_no_argument_is_help() -> None:
    assert run().stdout == run("--help").stdout
    assert "Usage: " in run().stdout


def test_version() -> None:
    assert run("--version").stdout == f"nodalis {__version__}\n"


def test_extract_prints_a_table(good: Path) -> None:
    result = run("extract", good)
    assert result.exit_code == 0
    for word in ("S26-00417", "accepted", "1/2", "0.8", "pN1mi"):
        assert word in result.stdout
    assert "1 input: 1 accepted, 0 need review, 0 failed" in result.stderr


def test_extract_prints_json_lines(good: Path, text: str) -> None:
    (row,) = rows(result := run("extract", good, "--format", "jsonl"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert (row["id"], row["decision"]) == ("S26-00417", "accepted")
    assert row["summary"]["pn"] == dict.fromkeys(("AJCC 6", "AJCC 7", "AJCC 8"), "pN1mi")
    for finding in row["findings"]:
        assert text[finding["start"] : finding["end"]] == finding["quote"]


def test_extract_prints_csv(good: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(run("extract", good, "--format", "csv").stdout))
    assert (row["id"], row["examined"], row["positive"], row["pn_ajcc_8"]) == ("S26-00417", "2", "1", "pN1mi")


@pytest.mark.parametrize("edition", ["AJCC 7", "ajcc7", "7"])
def test_extract_limits_the_editions(good: Path, edition: str) -> None:
    (row,) = rows(run("extract", good, "--format", "jsonl", "--edition", edition))
    assert row["summary"]["pn"] == {"AJCC 7": "pN1mi"}


@pytest.mark.parametrize("format", ["table", "jsonl", "csv"])
def test_extract_writes_a_file_that_holds_what_it_would_print(good: Path, tmp_path: Path, format: str) -> None:
    printed = run("extract", good, "--format", format).stdout
    result = run("extract", good, "--format", format, "-o", tmp_path / "new" / "out")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert (tmp_path / "new" / "out").read_text(encoding="utf-8") == printed


def test_extract_reads_standard_input(text: str) -> None:
    (row,) = rows(run("extract", "-", "--format", "jsonl", stdin=text))
    assert row["id"] == "stdin"
    first, second = rows(
        run("extract", "-", "--format", "jsonl", stdin=f'{{"id": "a", "text": {json.dumps(text)}}}\n{{"id": "b", "text": ""}}')
    )
    assert (first["decision"], second["decision"]) == ("accepted", "needs_review")


def test_the_exit_code_says_that_a_report_needs_review(good: Path, doubted: Path) -> None:
    result = run("extract", good, doubted)
    assert result.exit_code == 3
    assert "stated differs from derived" in result.stdout
    assert run("convert", good, doubted, "-o", good.parent / "out").exit_code == 3
    assert run("explain", doubted).exit_code == 3


def test_the_exit_code_says_that_an_input_failed_and_the_others_are_read(good: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG" + bytes(range(256)) * 8)
    result = run("extract", tmp_path / "missing.txt", tmp_path / "picture.txt", good, "--format", "jsonl")
    assert result.exit_code == 4
    assert [row["id"] for row in rows(result)] == ["S26-00417"]
    missing, picture = result.stderr.splitlines()
    assert missing == f"nodalis: error: {tmp_path}/missing.txt: no such file or folder"
    assert picture.startswith(f"nodalis: error: {tmp_path}/picture.txt: not text")


def test_encodings_give_the_same_facts(tmp_path: Path, text: str) -> None:
    text = text.replace("EXCISION", "EXCISIÓN")
    for name, encoding in (("a", "utf-8"), ("b", "utf-8-sig"), ("c", "utf-16"), ("d", "cp1252"), ("e", "latin-1")):
        (tmp_path / f"{name}.txt").write_bytes(text.encode(encoding))
    result = run("extract", tmp_path, "--format", "jsonl")
    found = rows(result)
    assert [row["encoding"] for row in found] == ["utf-8", "utf-8", "utf-16-le", "cp1252", "cp1252"]
    assert len({json.dumps([row["summary"], row["findings"]]) for row in found}) == 1
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["warning", "warning"]


NO_CATEGORY = {
    "empty": b"",
    "spaces": b" \r\n\t\n",
    "nul": b"LEFT BREAST: INVASIVE DUCTAL CARCINOMA. METASTATIC CARCINOMA IN 1\x002 OF 14 LYMPH NODES.",
    "other organ": b"PROSTATE, RADICAL PROSTATECTOMY: ADENOCARCINOMA, GLEASON 3+4. TWELVE PELVIC LYMPH NODES, NEGATIVE (0/12). pT2 pN0",
    "template": b"BREAST SYNOPTIC\nInvasive carcinoma: [ ] ductal [ ] lobular\nNodes examined: ____\nNodes positive: ____\npN__",
    "more positive than examined": b"LEFT BREAST: INVASIVE DUCTAL CARCINOMA. METASTATIC CARCINOMA IN 6 OF 5 AXILLARY LYMPH NODES (6/5).",
    "two totals": b"LEFT BREAST: INVASIVE DUCTAL CARCINOMA.\nLymph nodes examined: 12\nLymph nodes positive: 1\n\n"
    b"Total lymph nodes examined: 15\nTotal lymph nodes positive: 4\n",
}


@pytest.mark.parametrize("data", NO_CATEGORY.values(), ids=NO_CATEGORY.keys())
def test_doubtful_inputs_need_review_with_a_reason(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    (row,) = rows(result := run("extract", tmp_path / "a.txt", "--format", "jsonl"))
    assert result.exit_code == 3
    assert row["decision"] == "needs_review"
    assert row["reasons"]
    assert run("explain", tmp_path / "a.txt").exit_code == 3
    assert run("convert", tmp_path / "a.txt", "-o", tmp_path / "out").exit_code == 3


@pytest.mark.parametrize(
    "data", [b"", b"   \n", NO_CATEGORY["other organ"], NO_CATEGORY["template"]], ids=["empty", "spaces", "organ", "template"]
)
def test_no_category_is_guessed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    (row,) = rows(run("extract", tmp_path / "a.txt", "--format", "jsonl"))
    assert set(row["summary"]["pn"].values()) == {None}


def test_a_huge_file_is_one_error(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as stream:
        stream.truncate(50_000_000)
    for command in (["extract"], ["convert", "-o", tmp_path / "out"], ["explain"]):
        result = run(*command, tmp_path / "big.txt")
        assert result.exit_code == 4
        assert "text too long: the limit is 2,097,152 characters a report" in result.stderr.splitlines()[0]


def test_the_same_id_twice_is_said(write_rows: Rows, text: str) -> None:
    path = write_rows({"id": "a", "text": text}, {"id": "a", "text": text}, {"id": "a", "text": text + "x"}, {"id": "b", "text": text})
    result = run("extract", path, "--format", "jsonl")
    assert [row["id"] for row in rows(result)] == ["a", "b"]
    same, other = result.stderr.splitlines()
    assert same.startswith("nodalis: warning: ")
    assert same.endswith("line 2: the same report again, left out")
    assert other.endswith("line 3: another report has this id already, left out")
    assert result.exit_code == 4


def test_no_message_holds_report_text(write_rows: Rows, tmp_path: Path, text: str, canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [json.dumps({"id": "x", "text": text}).encode()[:200] + b"\n", f'{{"id": "", "text": "{canary}"}}\n'.encode()]
    path = write_rows({"id": "1", "text": text}, *broken, {"id": "1", "text": canary}, f"\x00\x01\x02\x03\x04\x05 {canary}\n".encode())
    (tmp_path / "note.txt").write_bytes(b"\x81" + text.encode())
    results = [run("extract", path, tmp_path / "note.txt"), run("convert", path, "-o", tmp_path / "out"), run("evaluate", path, path)]

    def trip(text: str, grammar: object = None) -> None:
        raise ValueError(f"cannot read {text}")

    monkeypatch.setattr(core, "parse", trip)
    commands = (["extract"], ["convert", "-o", tmp_path / "other"], ["explain", "--id", "1"])
    results += (tripped := [run(*command, path) for command in commands])
    assert all("internal error, ValueError at test_cli.py:" in result.stderr for result in tripped)
    for result in results:
        assert result.exit_code in (4, 10)
        assert canary not in result.output
        assert "Traceback" not in result.output
        assert all(line.startswith("nodalis: ") for line in result.stderr.splitlines())


@pytest.mark.parametrize(
    "args",
    [
        ["extract"], ["extract", "--no-such-option"], ["nonsense"], ["extract", "{good}", "--format", "xml"], ["convert", "{good}"],
        ["extract", "{good}", "--edition", "AJCC 5"], ["extract", "{good}", "--grammar", "missing"], ["grammar", "check", "missing"],
        ["explain", "{rows}", "--id", "none"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_command_line_is_one_line_and_exit_2(good: Path, write_rows: Rows, args: list[str]) -> None:
    path = write_rows({"id": "a", "text": "x"})
    result = run(*(arg.format(good=good, rows=path) for arg in args))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("nodalis: error: ")


def test_output_that_cannot_be_written_is_exit_10(good: Path, tmp_path: Path) -> None:
    for args in (["convert", good, "-o", good], ["extract", good, "-o", good / "x"]):
        result = run(*args)
        assert result.exit_code == 10
        assert len(result.stderr.splitlines()) == 1


def test_own_rules_that_are_wrong_are_exit_10_with_their_place(good: Path, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[[rule]]\nid = \n")
    result = run("extract", good, "--grammar", tmp_path / "own.toml")
    assert result.exit_code == 10
    assert re.match(rf"nodalis: error: {tmp_path}/own\.toml:2:\d+: ", result.stderr)


def test_own_rules_are_used(good: Path, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN_RULE)
    good.write_text(good.read_text() + "Zyx index of 7.")
    (row,) = rows(run("extract", good, "--format", "jsonl", "--grammar", tmp_path / "own.toml"))
    (plain,) = rows(run("extract", good, "--format", "jsonl"))
    assert row["grammar"] != plain["grammar"]


OWN_RULE = """
[anchors]
zyx = ["zyx index"]

[[rule]]
id = "own.zyx"
source = "a test"
finding = "node_count"
pattern = '''@zyx \\s of \\s (?P<examined>(?&_count))'''
values = { examined = "count" }
examples = [{ text = "zyx index of 7", examined = 7 }, { text = "zyx index of 8", examined = 8 }]
rejects = ["zyx index"]
"""


def test_grammar_check_passes_the_built_in_rules() -> None:
    result = run("grammar", "check")
    assert result.exit_code == 0, result.stdout
    assert re.fullmatch(r"\d+ rules in \d+ files: no problem\n", result.stdout)


def test_grammar_check_passes_own_rules(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN_RULE)
    assert run("grammar", "check", tmp_path).stdout == "1 rules in 1 file: no problem\n"


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ("[[rule]]\nid = \n", r"own\.toml:2:\d+: "),
        (OWN_RULE.replace("_count", "_cuont"), r"own\.toml:\d+:\d+: "),
        (OWN_RULE.replace("index of 8", "index of eightyish"), r"own\.toml:\d+:1: own\.zyx: example 2 "),
        (OWN_RULE.replace('rejects = ["zyx index"]', 'rejects = ["zyx index of 9"]'), r"own\.toml:\d+:1: own\.zyx: reject 1 "),
    ],
    ids=["no toml", "unknown sub-pattern", "example", "reject"],
)
def test_grammar_check_says_where(tmp_path: Path, rules: str, place: str) -> None:
    (tmp_path / "own.toml").write_text(rules)
    result = run("grammar", "check", tmp_path / "own.toml")
    assert result.exit_code == 1
    assert re.search(place, result.stdout)


def test_the_reader_of_our_output_may_go_away(tmp_path: Path, text: str) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"id": str(number), "text": text}) + "\n" for number in range(300)))
    command = [sys.executable, "-m", "nodalis", "extract", str(path), "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_module_runs_as_a_command(good: Path) -> None:
    command = [sys.executable, "-m", "nodalis", "extract", str(good), "--format", "jsonl"]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["id"] == "S26-00417"


HEAVY = {"fhir", "fhir_export", "lxml", "orjson", "parser.engine", "pydantic", "regex"}


@pytest.mark.parametrize(
    ("args", "unwanted"),
    [
        (["--help"], HEAVY),
        (["extract", "--help"], HEAVY - {"pydantic"}),  # typer reads options with it
        (["convert", "--help"], HEAVY - {"pydantic"}),
        (["extract", "{good}", "--format", "jsonl"], {"fhir", "fhir_export", "lxml", "rich.console"}),
    ],
    ids=["help", "help of a command", "help with many options", "first report"],
)
def test_nothing_heavy_is_imported_before_it_is_needed(good: Path, args: list[str], unwanted: set[str]) -> None:
    code = "import sys; from nodalis.cli import main; main(); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, *(arg.format(good=good) for arg in args)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) & unwanted == set()
