"""A CSV beside the archive: one row a report, with what its text does not say.

Reading it gives the whole table or one error; an error names line and column and never holds a value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from .exits import UsageError
from .surroundings import NAMES, Layer, named

COLUMNS: Final = ("id", *NAMES)
_DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}
_MAX_LINE_BYTES: Final = 64 * 1024  # a row is a few hundred; the csv module itself stops at cells of 131,072 characters
_APART: Final = "\0"  # between the cells that are kept: no cell holds it, such files are refused


class ContextCsv:
    """The rows by report id. Each is given out once, since no two reports of a run have one id."""

    # A row is kept as one string of its line number and its cells: a million rows of eight columns took 275 MiB and four seconds.
    # As tuples of strings they would take more than twice that.
    def __init__(self, path: Path, columns: Sequence[str], rows: dict[str, str]) -> None:
        self.path = path
        self.missing = 0  # reports asked for that have no row
        self._columns = columns
        self._rows = rows

    @property
    def left(self) -> int:
        """How many rows no report has asked for yet."""
        return len(self._rows)

    def take(self, id_: str) -> Layer:
        """What the row of a report says; nothing if it has none, which is counted."""
        row = self._rows.pop(id_, None)
        if row is None:
            self.missing += 1
            return Layer("", {})
        line, *cells = row.split(_APART)
        values = {name: cell for name, cell in zip(self._columns, cells, strict=True) if cell}
        return Layer(f"{self.path}: line {line}: ", values)


def load_context(path: Path) -> ContextCsv:
    """The table of a file: UTF-8, names in the first row, a comma, semicolon or tab between them.

    Raises:
        UsageError: the file is not that, or two rows are about one report.
    """
    if not path.exists() or path.is_dir():
        raise UsageError(f"--context: no such file: {path}")
    with path.open("rb") as stream:
        lines = _lines(stream, path)
        header = next(lines, "")
        delimiter = _delimiter(header, path)
        rows = _rows(chain([header], lines), delimiter, path)
        _, names = next(rows, (1, []))
        _check_names(names, path)
        found: dict[str, str] = {}
        at = names.index("id")
        for line, cells in rows:
            if len(cells) != len(names):
                raise _wrong(path, line, f"{len(cells)} cells, the header has {len(names)} names")
            id_ = cells.pop(at)
            if not id_:
                raise _wrong(path, line, "no id")
            if id_ in found:
                raise _wrong(path, line, f"the same id as in line {found[id_].split(_APART, 1)[0]}")
            found[id_] = _APART.join((str(line), *cells))
    return ContextCsv(path, [name for name in names if name != "id"], found)


def _lines(stream: BinaryIO, path: Path) -> Iterator[str]:
    """The lines as text. Decoded one by one, so that what is wrong has a line number and nothing huge is held."""
    number = 0
    while line := stream.readline(_MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > _MAX_LINE_BYTES:
            raise _wrong(path, number, f"longer than {_MAX_LINE_BYTES:,} bytes, this is no row of a CSV")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _wrong(path, number, 'not UTF-8; spreadsheets call it "CSV UTF-8"') from None
        if "\0" in text:
            raise _wrong(path, number, "holds a NUL character: expected CSV in UTF-8")
        yield text


def _delimiter(header: str, path: Path) -> str:
    """The one sign of three that the header holds: no name holds any of them."""
    found = [sign for sign in _DELIMITERS if sign in header]
    if len(found) > 1:
        raise _wrong(path, 1, f"{' and '.join(_DELIMITERS[sign] for sign in found)} in one header: expected one of them between the names")
    return found[0] if found else ","


def _rows(lines: Iterable[str], delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its first line, outer spaces off its cells; rows without any value are left out."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:  # nothing in its message would help
            raise _wrong(path, line, "no row of CSV: a quote is not closed, stands alone within a cell, or a cell has no end") from None
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield line, cells


def _check_names(names: Sequence[str], path: Path) -> None:
    # A file without a header begins with values, so no cell of it is shown before "id" is seen.
    if "id" not in names:
        raise _wrong(path, 1, f'no column "id": expected a header of names, of {", ".join(COLUMNS)}')
    for number, name in enumerate(names, 1):
        if name not in COLUMNS:
            raise _wrong(path, 1, f"unknown column {named(name, str(number))}: expected some of {', '.join(COLUMNS)}")
        if name in names[: number - 1]:
            raise _wrong(path, 1, f"two columns {name}")


def _wrong(path: Path, line: int, what: str) -> UsageError:
    return UsageError(f"{path}: line {line}: {what}")
