"""``nodalis extract``: reports -> a table, JSON lines or CSV."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from ..exits import Exit, say
from ..files import whole_file
from ..output import row
from ..pipeline import Tally, editions_of, load_rules, readings
from ..readers import Columns

Write = Callable[[Mapping[str, object]], object]


def run(inputs: Sequence[str], columns: Columns, format: str, wanted: Sequence[str], output: Path | None, rules: Path | None) -> Exit:
    """Print or write one row a report."""
    editions = editions_of(wanted)
    grammar = load_rules(rules)
    tally = Tally()
    on_terminal = output is None and format != "table" and sys.stdout.isatty()
    with _destination(output) as stream, _WRITERS[format](stream, editions) as write:
        for reading in readings(inputs, grammar, tally, not on_terminal, columns):
            write(row(reading.document.id, reading.report, editions, reading.document.encoding))
            tally.count(reading.report)
    if format == "table" or output is not None:
        say(str(tally))
    return tally.exit


@contextmanager
def _destination(output: Path | None) -> Iterator[BinaryIO]:
    if output is not None:
        with whole_file(output) as stream:
            yield stream
    else:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


@contextmanager
def _json_lines(stream: BinaryIO, editions: Sequence[str]) -> Iterator[Write]:
    import orjson

    yield lambda row: stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


@contextmanager
def _csv(stream: BinaryIO, editions: Sequence[str]) -> Iterator[Write]:
    from parser.staging import editions as all_editions

    from ..spreadsheet import CsvWriter

    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        yield CsvWriter(text, editions or all_editions()).write
    finally:
        text.detach()


@contextmanager
def _table(stream: BinaryIO, editions: Sequence[str]) -> Iterator[Write]:
    from ..tables import ReportTable

    table = ReportTable(editions)
    yield table.add
    table.print(stream)


_WRITERS: Mapping[str, Callable[[BinaryIO, Sequence[str]], AbstractContextManager[Write]]] = {
    "table": _table,
    "jsonl": _json_lines,
    "csv": _csv,
}
