"""Inputs become documents; what cannot be read becomes one error, and the others are read."""

from __future__ import annotations

import io
import json
import os
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.decoding import NotTextError, decode
from nodalis.readers import MAX_CHARACTERS, Columns, Document, ReadError, read, total_bytes
from nodalis.readers import document as limits
from parser.model import IssueKind

Rows = Callable[..., Path]
WORDS = "INVASIVE DUCTAL CARCINOMA. THREE LYMPH NODES, NEGATIVE (0/3). "


def one(path: Path | str) -> Document:
    (item,) = read([str(path)])
    assert isinstance(item, Document), item
    return item


def error(path: Path | str) -> str:
    (item,) = read([str(path)])
    assert isinstance(item, ReadError)
    return str(item)


def _stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_text_file_has_the_id_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "S26-00417.txt").write_text(WORDS)
    document = one(tmp_path / "S26-00417.txt")
    assert (document.id, document.text, document.encoding) == ("S26-00417", WORDS, "utf-8")


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\rthree\n")
    assert one(tmp_path / "a.txt").text == "one\r\ntwo\rthree\n"


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, words in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(words)
    return folder


def test_a_folder_is_read_whole_in_the_order_of_names(tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(("b.txt", "a.TXT", "deep/d.txt", "deep/deeper/e.txt"), WORDS))
    _write(tmp_path, {"c.csv": "number,text\nc1,one\nc2,two\n", "deep/d0.jsonl": '{"id": "d0", "text": ""}\n'})
    found = [item for item in read([str(tmp_path)], Columns(id="number")) if isinstance(item, Document)]
    assert [item.id for item in found] == ["a", "b", "c1", "c2", "d", "d0", "e"]
    assert [item.origin.removeprefix(f"{tmp_path}/") for item in found[2:5]] == ["c.csv: line 2", "c.csv: line 3", "deep/d.txt"]


def test_a_file_of_another_kind_in_a_folder_is_an_error_of_its_own(tmp_path: Path) -> None:
    _write(tmp_path, dict.fromkeys(("a.txt", "b.docx", "README", "z.txt"), WORDS))
    os.mkfifo(tmp_path / "pipe.txt")
    found = [str(item).removeprefix(f"{tmp_path}/").partition(":") for item in read([str(tmp_path)]) if isinstance(item, ReadError)]
    assert [name for name, _, _ in found] == ["README", "b.docx", "pipe.txt"]
    assert all(reason.startswith((" unsupported kind of file in a folder: expected .txt, ", " not a file")) for _, _, reason in found)
    assert len(list(read([str(tmp_path)]))) == 5


def test_hidden_files_and_those_that_systems_add_are_passed_over(tmp_path: Path) -> None:
    names = (".DS_Store", ".git/config", "__MACOSX/b.txt", "._a.txt", "Thumbs.db", "desktop.ini", ".a.txt.swp")
    _write(tmp_path, dict.fromkeys(names, WORDS))
    assert "no file in this folder" in error(tmp_path)
    assert [item.id for item in read([str(_write(tmp_path, {"a.txt": WORDS}))]) if isinstance(item, Document)] == ["a"]


def test_a_link_to_the_folder_itself_does_not_go_round_in_circles(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WORDS)
    os.symlink(tmp_path, tmp_path / "again")
    assert len(list(read([str(tmp_path)]))) == 1


def test_rows_of_json_are_read_one_by_one(write_rows: Rows) -> None:
    path = write_rows({"id": "x/1", "text": WORDS, "patient": "ignored"}, b"\n", {"id": 7, "text": ""})
    assert [(item.id, item.text) for item in read([str(path)]) if isinstance(item, Document)] == [("x/1", WORDS), ("7", "")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'{"id": "a", "text": "cut off in the mid\n', "not a row of JSON"),
        (b"[1]\n", "not an object"),
        (b'{"text": "no id"}\n', '"id" is missing'),
        (b'{"id": true, "text": "no id"}\n', '"id" is missing'),
        (b'{"id": " ", "text": "no id"}\n', '"id" is missing'),
        (b'{"id": "a"}\n', '"text" is missing'),
        (b'{"id": "a", "text": null}\n', '"text" is missing'),
        (b'{"id": "a", "text": "\\ud800"}\n', "not a row of JSON"),
        (b"\x00\x01\x02\x03\x04\x05\x06\x07\n", "not text"),
    ],
    ids=["broken", "list", "no id", "boolean id", "blank id", "no text", "null text", "half surrogate", "binary"],
)
def test_a_wrong_row_is_named_by_its_line_and_the_rest_is_read(write_rows: Rows, row: bytes, reason: str) -> None:
    first, second, third = read([str(write_rows({"id": "1", "text": WORDS}, row, {"id": "3", "text": WORDS}))])
    assert isinstance(first, Document)
    assert isinstance(third, Document)
    assert "reports.jsonl: line 2: " in str(second)
    assert reason in str(second)


def test_a_row_carries_the_context_of_its_report(write_rows: Rows) -> None:
    given = {"subject": "Patient/7", "sex": "", "collected": "2026-03-02"}
    first, second = read([str(write_rows({"id": "a", "text": WORDS, "context": given}, {"id": "b", "text": WORDS}))])
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert first.context == {"subject": "Patient/7", "collected": "2026-03-02"}  # an empty one is not given
    assert second.context == {}
    assert "Patient/7" not in repr(first)


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ("{}", '"context" is not an object'),
        (None, '"context" is not an object'),
        (["{}"], '"context" is not an object'),
        ({"sex": "female", "surname": "{}"}, '"context": unknown member surname, expected some of report_id, issuer, '),
        ({"sex": "female", "{} 7": "b"}, '"context": unknown member 2, expected some of report_id, issuer, '),
        ({"id": "{}"}, '"context": unknown member id, expected some of report_id, issuer, '),
        ({"subject": {"reference": "{}"}}, '"context": "subject" is not a string'),
        ({"subject": 4711}, '"context": "subject" is not a string'),
        ({"subject": None}, '"context": "subject" is not a string'),
    ],
    ids=["text", "null", "list", "unknown member", "unknown member that is no name", "id", "object", "number", "null member"],
)
def test_a_wrong_context_is_named_by_its_member_never_by_its_value(write_rows: Rows, context: object, reason: str, canary: str) -> None:
    filled = json.loads(json.dumps(context).replace("{}", canary))
    first, second = read([str(write_rows({"id": "a", "text": WORDS, "context": filled}, {"id": "b", "text": WORDS}))])
    assert f"line 1: {reason}" in str(first)
    assert canary not in str(first)
    assert isinstance(second, Document)


def test_a_row_longer_than_any_report_is_passed_over(write_rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 1000)
    path = write_rows({"id": "1", "text": "x" * 5000}, {"id": "2", "text": WORDS}, {"id": "3", "text": "y" * 900})
    first, second, third = read([str(path)])
    assert str(first).endswith("line 1: row too long")
    assert isinstance(second, Document)
    assert isinstance(third, Document)


def test_rows_in_utf_16_are_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "b"}\n' * 3, encoding="utf-16")
    assert "must be UTF-8" in error(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"\xef\xbb\xbf1/3 caf\xc3\xa9", "1/3 café", "utf-8"),
        ("1/3 café".encode("utf-16"), "1/3 café", "utf-16-le"),
        (b"\xfe\xff" + "1/3 café".encode("utf-16-be"), "1/3 café", "utf-16-be"),
        ("0.2–2 mm “café”".encode("cp1252"), "0.2–2 mm “café”", "cp1252"),
        ("Größe 3 µm".encode("latin-1"), "Größe 3 µm", "cp1252"),
        (b"", "", "utf-8"),
        (b"\xef\xbb\xbf", "", "utf-8"),
    ],
    ids=["utf-8 with mark", "utf-16", "utf-16 big endian", "cp1252", "latin-1", "empty", "only a mark"],
)
def test_encodings(tmp_path: Path, data: bytes, text: str, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    document = one(tmp_path / "a.txt")
    assert (document.text, document.encoding, document.guessed) == (text, encoding, encoding == "cp1252")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes(range(256)) * 20, "binary"),
        (b"%PDF-1.7\n1 0 obj", "a PDF"),
        (b"PK\x03\x04rest", "zip"),
        (b"{\\rtf1\\ansi 1/3}", "RTF"),
        (WORDS.encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"\xff\xfe\x00\xd8\x41", "not that"),
        (b"caf\xe9 \x81\x8d", "neither UTF-8"),
    ],
    ids=["binary", "pdf", "zip", "rtf", "utf-16 without mark", "broken utf-16", "undefined in cp1252"],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    message = error(tmp_path / "a.txt")
    assert reason in message
    assert "a.txt: not text" in message
    assert "\n" not in message


def test_nul_characters_stay_and_are_a_doubt(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(WORDS.encode() + b"1\x002/14" + WORDS.encode())
    document = one(tmp_path / "a.txt")
    assert "1\x002/14" in document.text
    (issue,) = document.issues
    assert (issue.kind, issue.blocking) == (IssueKind.UNREADABLE_TEXT, True)
    assert document.text[issue.spans[0].start] == "\x00"


def test_a_text_of_the_limit_is_read_and_one_longer_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("é" * MAX_CHARACTERS, encoding="utf-8")
    assert len(one(tmp_path / "a.txt").text) == MAX_CHARACTERS
    (tmp_path / "b.txt").write_text("é" * (MAX_CHARACTERS + 1), encoding="utf-8")
    assert "text too long" in error(tmp_path / "b.txt")


def test_a_file_of_50_mb_is_refused_without_being_loaded(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as stream:
        stream.truncate(50_000_000)
    tracemalloc.start()
    try:
        assert "text too long" in error(tmp_path / "big.txt")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_row_with_a_text_too_long_is_refused(write_rows: Rows) -> None:
    first, second = read([str(write_rows({"id": "1", "text": "x" * (MAX_CHARACTERS + 1)}, {"id": "2", "text": WORDS}))])
    assert "text too long" in str(first)
    assert isinstance(second, Document)


@pytest.mark.parametrize("name", ["missing.txt", "missing", "missing.jsonl"])
def test_a_missing_file_is_one_error(tmp_path: Path, name: str) -> None:
    assert "no such file" in error(tmp_path / name)


def test_other_kinds_of_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text(WORDS)
    assert "unsupported kind of file" in error(tmp_path / "a.docx")


def test_a_folder_without_reports_is_an_error(tmp_path: Path) -> None:
    assert "no file in this folder" in error(tmp_path)


def test_standard_input_is_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    _stdin(monkeypatch, (WORDS * 500).encode())
    document = one("-")
    assert (document.id, document.text) == ("stdin", WORDS * 500)


@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_standard_input_that_starts_with_a_brace_is_rows(monkeypatch: pytest.MonkeyPatch, lead: bytes) -> None:
    _stdin(monkeypatch, lead + b'{"id": "a", "text": "' + b"x" * 9000 + b'"}\n{"id": "b", "text": "y"}')
    assert [item.id for item in read(["-"]) if isinstance(item, Document)] == ["a", "b"]


def test_sizes_add_up_for_a_progress_bar(tmp_path: Path, write_rows: Rows) -> None:
    (tmp_path / "folder").mkdir()
    _write(tmp_path / "folder", {"a.txt": "1234", "b.jsonl": '{"id": "b", "text": ""}\n', "c.docx": "12"})
    path = write_rows({"id": "1", "text": "x"})
    inputs = [str(tmp_path / "folder"), str(path)]
    assert total_bytes(inputs) == 4 + 24 + path.stat().st_size
    assert sum(item.size for item in read(inputs)) == total_bytes(inputs)
    assert total_bytes(["-"]) is None


@given(st.binary(max_size=300))
def test_bytes_become_text_or_are_refused(data: bytes) -> None:
    with suppress(NotTextError):
        assert isinstance(decode(data).text, str)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_utf_8_reads_back(text: str) -> None:
    if not text.startswith(("\ufeff", "%PDF", "PK", "{\\rtf")):
        assert decode(text.encode()).text == text
