"""The CSV of ``nodalis convert --context``: what is read, what is refused, and that no value is ever shown."""

from __future__ import annotations

import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from nodalis.cli import app
from nodalis.context_csv import COLUMNS, load_context
from nodalis.exits import UsageError

Rows = Callable[..., Path]
CANARY = "Quillfeather-Marsh"  # the canary of conftest.py, for parameters
SUBJECT = "urn:oid:1.2.4|0815"


def read(tmp_path: Path, data: bytes) -> dict[str, str]:
    """What the row of the report ``a`` says."""
    (tmp_path / "c.csv").write_bytes(data)
    return dict(load_context(tmp_path / "c.csv").take("a").values)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, mark: bytes, end: str, delimiter: str) -> None:
    rows = [["id", "subject", "family", "sex"], ["b", "", "", ""], ["a", SUBJECT, '"FAMILY, 1; ""x"""', ""], ["", "", "", ""], []]
    data = mark + end.join(delimiter.join(row) for row in rows).encode()
    assert read(tmp_path, data) == {"subject": SUBJECT, "family": 'FAMILY, 1; "x"'}


def test_columns_stand_in_any_order_and_outer_spaces_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, b' sex , id ,"family"\n female , a , Fam\xc3\xadlia-1 ') == {"sex": "female", "family": "Família-1"}


def test_a_quoted_cell_may_hold_line_breaks_and_lines_are_still_counted(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text('id,family\nx,"1\n2\r\n3"\n\na,FAMILY-1\n')
    assert load_context(tmp_path / "c.csv").take("a").place == f"{tmp_path}/c.csv: line 6: "


def test_a_formula_is_text(tmp_path: Path) -> None:
    assert read(tmp_path, b'id,family,given\na,=1+1,"@SUM(A1)"\n') == {"family": "=1+1", "given": "@SUM(A1)"}


def test_a_row_is_given_out_once(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,sex\na,female\nb,male\n")
    table = load_context(tmp_path / "c.csv")
    assert table.take("a").values == {"sex": "female"}
    assert table.take("c").values == {}
    assert (table.missing, table.left) == (1, 1)


def test_a_pipe_is_read_so_that_the_file_need_not_lie_on_disk(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("id,sex\na,female\n",))
    writer.start()
    assert load_context(tmp_path / "pipe").take("a").values == {"sex": "female"}
    writer.join()


WRONG: dict[str, tuple[bytes, str]] = {
    "empty file": (b"", 'line 1: no column "id"'),
    "no header": (f"S26-1,{CANARY},female\n".encode(), 'line 1: no column "id"'),
    "no id column": (f"subject,sex\n{CANARY},female\n".encode(), 'line 1: no column "id"'),
    "unknown column": (f"id,surname\na,{CANARY}\n".encode(), "line 1: unknown column surname: expected some of id, report_id, "),
    "unknown column that is no name": (f"id,{CANARY} 1961\na,b\n".encode(), "line 1: unknown column 2: expected some of id, "),
    "column without a name": (f"id,,sex\na,{CANARY},\n".encode(), "line 1: unknown column 2: expected some of id, "),
    "column in capitals": (f"id,SEX\na,{CANARY}\n".encode(), "line 1: unknown column SEX: expected some of id, "),
    "repeated column": (f"id,sex,sex\na,{CANARY},\n".encode(), "line 1: two columns sex"),
    "repeated id": (b"id,sex,id\na,,b\n", "line 1: two columns id"),
    "two delimiters": (f"id;sex,status\n{CANARY};;\n".encode(), "line 1: comma and semicolon in one header"),
    "cell too few": (f"id,sex,status\na,,\n{CANARY},female\n".encode(), "line 3: 2 cells, the header has 3 names"),
    "cell too many": (f"id,family\na,{CANARY}, 7\n".encode(), "line 2: 3 cells, the header has 2 names"),
    "no id": (f"id,family\n\n,{CANARY}\n".encode(), "line 3: no id"),
    "two rows of one id": (f"id,sex\n{CANARY},female\nb,\n {CANARY},male\n".encode(), "line 4: the same id as in line 2"),
    "quote not closed": (f'id,family\na,"{CANARY}\nb,c\n'.encode(), "line 2: no row of CSV"),
    "quote not closed in a long file": (f'id,family\na,"{CANARY}\n'.encode() + f"b,{CANARY}\n".encode() * 20_000, "line 2: no row of CSV"),
    "quote within a cell": (f'id,family\na,"{CANARY}"x\n'.encode(), "line 2: no row of CSV"),
    "lone carriage returns": (f"id,sex\ra,{CANARY}\rb,\r".encode(), "line 1: no row of CSV"),
    "nul": (f"id,family\na,{CANARY}\x00\n".encode(), "line 2: holds a NUL character"),
    "utf-16": (f"id,family\na,{CANARY}\n".encode("utf-16"), "line 1: not UTF-8"),
    "utf-16 without a mark": (f"id,family\na,{CANARY}\n".encode("utf-16-le"), "line 1: holds a NUL character"),
    "windows-1252": (f"id,family\na,b\nb,{CANARY}é\n".encode("cp1252"), "line 3: not UTF-8"),
    "cell of a megabyte": (f"id,family\na,{CANARY * 60_000}\n".encode(), "line 2: longer than 65,536 bytes"),
    "quoted cell of a megabyte": (f'id,family\na,"{f"{CANARY}{chr(10)}" * 60_000}"\n'.encode(), "line 2: no row of CSV"),
    "binary": (b"PK\x03\x04\xff\xfe" + CANARY.encode() + bytes(range(256)) * 9, "line 1: not UTF-8"),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_one_line_without_a_value_and_nothing_is_written(
    data: bytes, message: str, tmp_path: Path, write_rows: Rows, text: str
) -> None:
    (tmp_path / "c.csv").write_bytes(data)
    result = convert(write_rows({"id": "a", "text": text}), "-o", tmp_path / "out", "--context", tmp_path / "c.csv")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"nodalis: error: {tmp_path}/c.csv: {message}")
    assert CANARY not in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["missing.csv", "."], ids=["missing", "folder"])
def test_a_file_that_is_not_there_is_one_line(name: str, tmp_path: Path, write_rows: Rows, text: str) -> None:
    result = convert(write_rows({"id": "a", "text": text}), "-o", tmp_path / "out", "--context", tmp_path / name)
    assert (result.exit_code, result.stderr) == (2, f"nodalis: error: --context: no such file: {tmp_path / name}\n")


def test_an_error_lists_all_columns(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,nothing\n")
    with pytest.raises(UsageError) as caught:
        load_context(tmp_path / "c.csv")
    assert caught.value.messages[0].endswith(", ".join(COLUMNS))


def test_a_huge_file_without_line_ends_is_refused_without_being_loaded(tmp_path: Path) -> None:
    with (tmp_path / "c.csv").open("wb") as stream:
        stream.truncate(500_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="longer than"):
            load_context(tmp_path / "c.csv")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200), st.sampled_from([b"", b"id,family\n", b"id;sex\na;", b"\xef\xbb\xbfid\tgiven\r\n"]))
def test_bytes_are_a_table_or_one_error(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "c.csv"
    path.write_bytes(head + data)
    try:
        load_context(path)
    except UsageError as error:
        (message,) = error.messages
        assert message.startswith(f"{path}: line ")


def convert(*args: object) -> Result:
    return CliRunner().invoke(app, ["convert", *map(str, args)], catch_exceptions=False)
