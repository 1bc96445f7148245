"""Parquet of reports: the columns of a CSV; a wrong row is one error with its number, and the others are read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.readers import MAX_CHARACTERS, Columns, Document, ReadError, read
from nodalis.readers.document import Source
from nodalis.readers.parquet import read as read_parquet

Write = Callable[[Mapping[str, object]], Path]
TEXT = 'Größe "3 mm"; 1/3,\r\n\tlymph nodes\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a table by its columns."""

    def write(columns: Mapping[str, object]) -> Path:
        pyarrow.parquet.write_table(pa.table(dict(columns)), tmp_path / "reports.parquet")
        return tmp_path / "reports.parquet"

    return write


def texts(path: Path, columns: Columns | None = None) -> dict[str, str]:
    return {item.id: item.text for item in read([str(path)], columns or Columns()) if isinstance(item, Document)}


def errors(path: Path) -> list[str]:
    return [str(item).removeprefix(f"{path}: ") for item in read([str(path)]) if isinstance(item, ReadError)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_texts_are_the_cells_as_they_stand(write: Write, kind: pa.DataType) -> None:
    path = write({"ward": ["x"] * 40, "text": pa.array([TEXT] * 40, kind), "id": pa.array(range(40))})
    assert (texts(path), errors(path)) == ({str(number): TEXT for number in range(40)}, [])
    assert 0 < sum(item.size for item in read([str(path)])) <= path.stat().st_size


def test_columns_of_the_context_are_read_dates_and_times_as_fhir_writes_them(write: Write) -> None:
    issued = datetime(2026, 3, 4, 10, tzinfo=UTC)
    columns = {"id": ["a", "b"], "text": ["", TEXT], "sex": ["female", None], "collected": [date(2026, 3, 2), None]}
    first, second = read([str(write({**columns, "issued": pa.array([issued, None], pa.timestamp("s", "UTC"))}))])
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert first.context == {"sex": "female", "collected": "2026-03-02", "issued": "2026-03-04T10:00:00+00:00"}
    assert second.context == {}
    assert first.origin.endswith("reports.parquet: row 1")


def test_other_names_of_columns_can_be_given(write: Write) -> None:
    path = write({"nr": ["S26-1"], "befund": [TEXT]})
    assert texts(path, Columns("nr", "befund")) == {"S26-1": TEXT}
    assert errors(path) == ["no column 'id': expected names in the first row; --id-column gives another name for it"]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ({"text": pa.array([b"x"])}, "the column 'text' is not text"),
        ({"text": pa.array([["x"]])}, "the column 'text' is not text"),
        ({"text": pa.array([1])}, "the column 'text' is not text"),
        ({"id": pa.array([1.5])}, "the column 'id' is not text, nor of whole numbers"),
        ({"sex": pa.array([1])}, "the column 'sex' is not text"),
        ({"issued": pa.array([datetime(2026, 3, 4)])}, "the column 'issued' is not text"),
    ],
    ids=["bytes", "list", "number", "fraction", "number in the context", "time without a zone"],
)
def test_a_column_of_another_type_is_one_error(write: Write, column: dict[str, object], reason: str) -> None:
    assert errors(write({"id": ["a"], "text": [TEXT], **column})) == [reason]


def test_a_wrong_row_is_named_by_its_number_and_the_rest_is_read(write: Write, canary: str) -> None:
    broken = pa.array([b"one", b"two", b"\xff\xfe" + canary.encode(), b"four", None]).view(pa.string())
    path = write({"id": ["1", " ", "3", "4", "5"], "text": broken})
    assert (texts(path), errors(path)) == ({"1": "one", "4": "four"}, ["row 2: no id", "row 3: not text: not UTF-8", "row 5: no text"])


def test_nul_characters_stay_and_are_a_doubt(write: Write) -> None:
    (document,) = read([str(write({"id": ["1"], "text": ["NODES: 1\x002/14"]}))])
    assert isinstance(document, Document)
    assert document.text == "NODES: 1\x002/14"
    assert document.issues


def test_a_cell_of_2_mb_is_read_and_one_longer_is_refused(write: Write) -> None:
    noise = "".join(f"{number * 7919 % 104_729} " for number in range(400_000))[:MAX_CHARACTERS]
    path = write({"id": ["1", "2", "3"], "text": [noise, noise + "xyz" * 10, "three"]})
    assert list(texts(path)) == ["1", "3"]
    assert errors(path) == ["row 2: text too long: the limit is 2,097,152 characters a report"]


def test_a_bomb_is_refused_without_being_held(write: Write) -> None:
    path = write({"id": ["1"], "text": ["x"]})
    pyarrow.parquet.write_table(pa.table({"id": ["1"], "text": ["x" * 50_000_000]}), path, compression="zstd")
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        assert errors(path) == ["unpacks to more than 100 times its size"]
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert pa.total_allocated_bytes() == before


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\xff" * 100 + b"PAR1"], ids=["empty", "start", "noise"])
def test_what_is_no_parquet_is_one_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(data)
    assert errors(tmp_path / "a.parquet") == ["not a Parquet file, or a broken one"]


def test_parquet_from_a_pipe_is_refused() -> None:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

    (error,) = read_parquet(Source(Pipe(), "pipe", "pipe"))
    assert "not from a pipe" in str(error)


@given(st.data())
def test_flipped_bytes_give_reports_or_errors_and_never_an_exception(data: st.DataObject) -> None:
    buffer = BytesIO()
    pyarrow.parquet.write_table(pa.table({"id": ["1", "2"], "text": [TEXT, TEXT]}), buffer)
    whole = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for item in read_parquet(Source(BytesIO(bytes(whole)), "a.parquet", "a")):
        assert isinstance(item, Document | ReadError)
