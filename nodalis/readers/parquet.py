"""Parquet: one report a row, with the columns of a CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Final

from ..decoding import Decoded
from .columns import Layout, layout_of, not_read, row
from .document import MAX_TEXT_BYTES, TOO_LONG, Columns, Item, ReadError, Source
from .entries import MAX_RATIO, RefusedError, allowance

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

NO_PARQUET: Final = "not a Parquet file, or a broken one"
NO_ROW: Final = "no row in it: expected one report a row"
_BATCH: Final = 16  # rows in memory at once, each with a text of 2 MiB at most
_BUFFER: Final = 64 * 1024
_MAX_NAMES: Final = 16 * 1024 * 1024  # bytes, and members, of the description at the end of the file


def read(source: Source) -> Iterator[Item]:
    """The report of each row, or what is wrong with it."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    if not source.stream.seekable():
        yield ReadError(source.origin, "Parquet is read from a file, not from a pipe")
        return
    size = source.stream.seek(0, 2)
    source.stream.seek(0)
    number = 0
    try:
        file = ParquetFile(
            source.stream,
            buffer_size=_BUFFER,
            pre_buffer=False,
            thrift_string_size_limit=_MAX_NAMES,
            thrift_container_size_limit=_MAX_NAMES,
            page_checksum_verification=True,
        )
        layout = _layout(file, source)
        share = size // max(file.metadata.num_rows, 1)
        names = [file.schema_arrow.names[at] for at in {layout.id, layout.text, *layout.context.values()}]
        for batch in file.iter_batches(batch_size=_BATCH, columns=names, use_threads=False):
            for at in range(batch.num_rows):
                number += 1
                yield report(batch, at, source.columns, layout.context, f"{source.origin}: row {number}", share)
        if not number:
            yield ReadError(source.origin, NO_ROW, size)
    except RefusedError as error:
        yield ReadError(source.origin, str(error), size)
    except (pa.ArrowException, OSError, ValueError, OverflowError):  # their messages may quote values
        where = f"broken behind row {number}, the rest is not read" if number else NO_PARQUET
        yield ReadError(source.origin, where)


def _layout(file: ParquetFile, source: Source) -> Layout:
    """The columns that are read, each of a type that is; RefusedError otherwise."""
    schema = file.schema_arrow
    try:
        layout = layout_of(schema.names, source.columns)
    except ValueError as error:
        raise RefusedError(str(error)) from None
    for name, at in (("id", layout.id), ("text", layout.text), *layout.context.items()):
        if not _is_read(schema.types[at], name):
            raise RefusedError(not_read(schema.names[at], name))
    for group in range(file.metadata.num_row_groups):
        columns = file.metadata.row_group(group)
        for at in range(columns.num_columns):
            column = columns.column(at)
            if column.total_uncompressed_size > allowance(column.total_compressed_size):
                raise RefusedError(f"unpacks to more than {MAX_RATIO} times its size")
    return layout


def _is_read(kind: pa.DataType, name: str) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        return True
    if name == "id":
        return bool(types.is_integer(kind))
    return name != "text" and (types.is_date(kind) or bool(types.is_timestamp(kind) and kind.tz))


def report(batch: pa.RecordBatch, at: int, columns: Columns, context: Iterable[str], origin: str, size: int = 0) -> Item:
    """The report of one row of Arrow columns, or what is wrong with it; ``context`` names the columns of its context."""
    text = batch.column(columns.text)[at]
    if hasattr(text, "value") and hasattr(text, "dictionary"):  # of a column that keeps each text once
        text = text.value
    if not text.is_valid:
        return ReadError(origin, "no text", size)
    if text.as_buffer().size > MAX_TEXT_BYTES:
        return ReadError(origin, TOO_LONG, size)
    try:
        decoded = Decoded(text.as_py(), "utf-8")
        id_ = _said(batch.column(columns.id)[at].as_py())
        known = {name: _said(batch.column(name)[at].as_py()) for name in context}
    except UnicodeDecodeError:
        return ReadError(origin, "not text: not UTF-8", size)
    return row(id_, decoded, known, origin, size)


def _said(value: object) -> str:
    """A value as FHIR writes it; nothing for none.

    >>> from datetime import UTC, datetime
    >>> _said(date(2026, 3, 2)), _said(datetime(2026, 3, 2, 10, tzinfo=UTC)), _said(417), _said(None)
    ('2026-03-02', '2026-03-02T10:00:00+00:00', '417', '')
    """
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
