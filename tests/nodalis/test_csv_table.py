"""CSV of reports: one a row, texts as they stand; a wrong row is one error with its line, and the others are read."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nodalis.cli import app
from nodalis.readers import MAX_CHARACTERS, Columns, Document, ReadError, read
from nodalis.readers import document as limits
from nodalis.readers.csv_table import read as read_csv
from nodalis.readers.document import Source

Write = Callable[[str | bytes], Path]
UNCLEAR = "a quote within a quoted cell is not doubled, or one is not closed"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a CSV; a str as UTF-8."""

    def write(data: str | bytes) -> Path:
        path = tmp_path / "reports.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


def texts(path: Path, columns: Columns | None = None) -> dict[str, str]:
    return {item.id: item.text for item in read([str(path)], columns or Columns()) if isinstance(item, Document)}


def errors(path: Path) -> list[str]:
    return [str(item).removeprefix(f"{path}: ") for item in read([str(path)]) if isinstance(item, ReadError)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_texts_are_the_cells_as_they_stand(write: Write, delimiter: str, end: str, encoding: str) -> None:
    text = ' Größe "3 mm"; 1/3,\r\n\r\n\tlymph "nodes"\r\n'
    table = io.StringIO(newline="")
    csv.writer(table, delimiter=delimiter, lineterminator=end).writerows(
        [["id", "ward", "text"], [" 1 ", "x", text], ["2", "", "plain"], ["", "", ""]]
    )
    data = table.getvalue().encode(encoding)
    path = write(b"\xfe\xff" + data if encoding == "utf-16-be" else data)
    assert (texts(path), errors(path)) == ({"1": text, "2": "plain"}, [])


def test_columns_of_the_context_are_read_and_others_passed_over(write: Write) -> None:
    path = write("subject,id,surname,text,sex\n Patient/7 ,a,x,one,\n,b,y,two,female\n")
    first, second = read([str(path)])
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.context, second.context) == ({"subject": "Patient/7"}, {"sex": "female"})
    assert first.origin == f"{path}: line 2"
    assert first.size + second.size == path.stat().st_size


def test_other_names_of_columns_can_be_given(write: Write) -> None:
    path = write("accession_no;BEFUND\nS26-1;one\n")
    assert texts(path, Columns("accession_no", "BEFUND")) == {"S26-1": "one"}
    assert errors(path) == ["line 1: no column 'id': expected names in the first row; --id-column gives another name for it"]


@pytest.mark.parametrize("command", ["extract", "convert"])
def test_the_options_name_the_columns(write: Write, tmp_path: Path, text: str, command: str) -> None:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["nr", "befund", "subject"], ["S26-1", text, "Patient/7"]])
    output = ["-o", str(tmp_path / "out")] if command == "convert" else ["--format", "jsonl", "-o", str(tmp_path / "out")]
    args = [command, str(write(table.getvalue())), "--id-column", "nr", "--text-column", "befund", *output]
    assert CliRunner().invoke(app, args, catch_exceptions=False).exit_code == 0
    if command == "extract":
        row = json.loads((tmp_path / "out").read_text())
        assert row["id"] == "S26-1"
        assert all(text[item["start"] : item["end"]] == item["quote"] for item in row["findings"])
    else:
        assert '"Patient/7"' in (tmp_path / "out" / "Observation.00000.ndjson").read_text()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "line 1: no column 'id'"),
        ("id", "line 1: no column 'text'"),
        ("{}, 1 March 1961, 0/3", "line 1: no column 'id'"),
        ("id,text,text", "line 1: two columns 'text'"),
        ("id,text,sex,sex", "line 1: two columns 'sex'"),
        ("ID,Text", "line 1: no column 'id'"),
        ("x" * 70_000, "line 1: longer than 65,536 bytes"),
        ("%PDF-1.7", "not text: this is a PDF"),
        ("PK\x03\x04", "not text: this is a zip"),
    ],
    ids=["empty", "no text", "no header", "two texts", "two of the context", "capitals", "long", "pdf", "zip"],
)
def test_a_table_without_its_columns_is_one_error_that_shows_nothing_of_it(write: Write, header: str, reason: str, canary: str) -> None:
    path = write(header.replace("{}", canary) + "\n1,2\n")
    (message,) = errors(path)
    assert message.startswith(reason)
    assert canary not in message


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,{}", "2 cells, the header has 3"),
        ("2,{},b,c", "4 cells, the header has 3"),
        (" ,{},b", "no id"),
        ("\x01\x02\x03\x04\x05,{},b", "not text: binary data"),
    ],
    ids=["too few", "too many", "no id", "binary"],
)
def test_a_wrong_row_is_named_by_its_line_and_the_rest_is_read(write: Write, row: str, reason: str, canary: str) -> None:
    path = write(f'id,text,sex\n1,"two\nlines",\n{row.replace("{}", canary)}\n3,three,\n')
    assert (texts(path), errors(path)) == ({"1": "two\nlines", "3": "three"}, [f"line 4: {reason}"])


@pytest.mark.parametrize(
    ("rows", "read_ones", "reasons"),
    [
        ('1,"ab" cd"\n2,"two"\n', {"2": "two"}, [f"line 2: {UNCLEAR}; passed over up to line 2"]),
        ('1,"ab\n2,"two"\n3,"three"\n', {"2": "two", "3": "three"}, [f"line 2: {UNCLEAR}; passed over up to line 2"]),
        ('1,"ab\n2,two\n3,"three"\n', {"3": "three"}, [f"line 2: {UNCLEAR}; passed over up to line 3"]),
        ('1,"ab\n2,two\n', {}, [f"line 2: {UNCLEAR}; passed over up to the end"]),
        ('1,"a "b" c\nLEFT BREAST, MASTECTOMY\n"\n2,"two"\n', {"2": "two"}, [f"line 2: {UNCLEAR}; passed over up to line 4"]),
        ('1,5" mass\n2,"two"\n', {"1": '5" mass', "2": "two"}, []),
        ('1,"a"b\n2,"c"d\n3,"three"', {"3": "three"}, [f"line {n}: {UNCLEAR}; passed over up to line {n}" for n in (2, 3)]),
    ],
    ids=["not doubled", "not closed", "not closed, plain row behind", "never closed", "several lines", "in a plain cell", "two of them"],
)
def test_after_a_wrong_quote_reading_goes_on_only_where_a_row_begins_for_certain(
    write: Write, rows: str, read_ones: dict[str, str], reasons: list[str]
) -> None:
    path = write("id,text\n" + rows)
    assert (texts(path), errors(path)) == (read_ones, reasons)


def test_a_row_in_windows_1252_is_read_as_a_guess(write: Write) -> None:
    path = write("id,text\n1,Größe\n".encode() + "2,Größe\n".encode("cp1252"))
    first, second = read([str(path)])
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert [(item.text, item.guessed) for item in (first, second)] == [("Größe", False), ("Größe", True)]


def test_nul_characters_stay_and_are_a_doubt(write: Write) -> None:
    (document,) = read([str(write("id,text\n1,POSITIVE NODES: 1\x002/14\n"))])
    assert isinstance(document, Document)
    assert document.text.endswith("1\x002/14")
    assert document.issues


def test_a_cell_of_2_mb_is_read_and_one_longer_is_refused(write: Write) -> None:
    path = write(f'id,text\n1,"{"x" * MAX_CHARACTERS}"\n2,"{"x" * (MAX_CHARACTERS + 1)}"\n3,three\n')
    assert {key: len(value) for key, value in texts(path).items()} == {"1": MAX_CHARACTERS, "3": 5}
    assert errors(path) == ["line 3: text too long: the limit is 2,097,152 characters a report"]


@pytest.mark.parametrize("long", ['"' + "x\n" * 3000 + '"', '"' + "x" * 6000 + '"', "x" * 6000], ids=["lines", "one line", "plain"])
def test_a_row_longer_than_any_report_is_passed_over(write: Write, monkeypatch: pytest.MonkeyPatch, long: str) -> None:
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 1000)
    path = write(f'id,text\n1,one\n2,{long}\n3,"three"\n')
    assert texts(path) == {"1": "one", "3": "three"}
    (message,) = errors(path)
    assert message.startswith("line 3: ")


def test_a_row_of_50_mb_is_not_held(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("wb") as stream:
        stream.write(b'id,text\n1,"')
        for _ in range(50):
            stream.write((b"x" * 99 + b"\n") * 10_000)
    tracemalloc.start()
    try:
        assert errors(tmp_path / "big.csv") == [f"line 2: {UNCLEAR}; passed over up to the end"]
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\xd8\x41", b"\xff\xfei\0d\0,\0t\0e\0x\0t\0\n\0\x00\xd8"], ids=["header", "row"])
def test_broken_utf_16_is_one_error(write: Write, data: bytes) -> None:
    assert errors(write(data)) == ["not text: has the byte order mark of UTF-16 but is not that"]


cells = st.lists(st.sampled_from([*'ab",;\t\n 1/é', "\r\n"]), max_size=12).map("".join)


@given(st.lists(st.tuples(cells, cells), max_size=6), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_reads_back(rows: list[tuple[str, str]], delimiter: str, end: str) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table, delimiter=delimiter, lineterminator=end)
    writer.writerow(["id", "note", "text"])
    writer.writerows([str(number), note, text] for number, (note, text) in enumerate(rows))
    items = list(read_csv(Source(io.BytesIO(table.getvalue().encode()), "a.csv", "a")))
    assert [(item.id, item.text) for item in items if isinstance(item, Document)] == [
        (str(number), text) for number, (_, text) in enumerate(rows)
    ]
    assert len(items) == max(len(rows), 1)  # a table without rows is an error


@given(st.binary(max_size=200))
def test_any_bytes_give_reports_or_errors(data: bytes) -> None:
    for item in read_csv(Source(io.BytesIO(b"id,text\n" + data), "a.csv", "a")):
        assert isinstance(item, Document | ReadError)
