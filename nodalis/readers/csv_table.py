"""CSV with names in the first row: one report a row, with a comma, semicolon or tab between the cells.

Rows are found by a scan of quotes, not by the csv module: that one takes the rest of a file for one cell where a quote is not
closed, and what it then gives may be a line out of the middle of a report, with words of it as the id.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import BinaryIO, Final

from ..decoding import Decoded, NotTextError, decode
from . import document as limits
from .columns import Layout, layout_of, row
from .document import Item, ReadError, Source
from .lines import again

_UTF_16: Final = {BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS: Final = (b",", b";", b"\t")
_MAX_HEADER_BYTES: Final = 64 * 1024
_UNCLEAR: Final = "a quote within a quoted cell is not doubled, or one is not closed"


@dataclass(frozen=True, slots=True)
class _Signs:
    """The patterns for one delimiter, on bytes: in UTF-8 no other character holds the byte of a delimiter or quote."""

    delimiter: str
    plain: re.Pattern[bytes]  # a cell without quotes and the delimiter behind it, from the start of a cell
    rest: re.Pattern[bytes]  # the rest of a quoted cell with its quote
    closed: re.Pattern[bytes]  # what may stand behind that quote
    certain: re.Pattern[bytes]  # a line that begins a row, whatever stood before: its first quote opens a cell
    cell: re.Pattern[str]


def _signs(delimiter: bytes) -> _Signs:
    sign = delimiter.decode()
    return _Signs(
        sign,
        re.compile(rb"[^%b]*+%b" % (delimiter, delimiter)),
        re.compile(rb'(?:[^"]++|"")*+"'),
        re.compile(rb"%b|[\r\n]*+\Z" % delimiter),
        re.compile(rb'(?:[^"]*%b)?"[^"%b\r\n]' % (delimiter, delimiter)),
        re.compile(rf'(?:"((?:[^"]++|"")*+)"|([^{sign}]*+))({sign}|\Z)'),
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """The bytes of a row, or why there are none; ``line`` is its first line."""

    line: int
    data: bytes | None
    reason: str
    size: int


def read(source: Source) -> Iterator[Item]:
    """The report of each row, or what is wrong with it."""
    first = source.stream.readline(_MAX_HEADER_BYTES)
    encoding = _UTF_16.get(first[:2])
    try:
        lines = _utf_16_lines(again(first[2:], source.stream), encoding) if encoding else _lines(source.stream)
        first = next(lines, (b"", True))[0] if encoding else first.removeprefix(BOM_UTF8)
        header = _header(first, source)
        if isinstance(header, ReadError):
            yield header
            return
        before = len(first)  # bytes that belong to no report
        found = False
        for record in _records(lines, header[0]):
            origin = f"{source.origin}: line {record.line}"
            size, before = record.size + before, 0
            if record.data is None:
                yield ReadError(origin, record.reason, size)
            elif record.data.strip(b"\r\n \t,;"):
                yield _row(record.data, *header, origin, size, encoding)
            else:
                before = size
                continue
            found = True
        if not found:
            yield ReadError(source.origin, "no row below the names of the columns", before)
    except UnicodeError:
        yield ReadError(source.origin, "not text: has the byte order mark of UTF-16 but is not that")


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The lines, and whether each is whole: one longer than a row may be comes in pieces."""
    while line := stream.readline(limits.MAX_ROW_BYTES):
        yield line, line.endswith(b"\n") or len(line) < limits.MAX_ROW_BYTES


def _utf_16_lines(stream: BinaryIO, encoding: str) -> Iterator[tuple[bytes, bool]]:
    text = TextIOWrapper(stream, encoding, newline="\n")
    most = limits.MAX_ROW_BYTES // 4
    while line := text.readline(most):
        yield line.encode("utf-8"), line.endswith("\n") or len(line) < most


def _header(line: bytes, source: Source) -> tuple[_Signs, Layout] | ReadError:
    origin, size = f"{source.origin}: line 1", len(line)
    if not line.endswith(b"\n") and len(line) >= _MAX_HEADER_BYTES:
        return ReadError(origin, f"longer than {_MAX_HEADER_BYTES:,} bytes: expected the names of the columns", size)
    try:
        text = decode(line).text.rstrip("\r\n")
    except NotTextError as error:
        return ReadError(source.origin, str(error), size)
    found: list[tuple[int, str]] = []
    for delimiter in _DELIMITERS:
        signs = _signs(delimiter)
        names = [name.strip() for name in _cells(text, signs)]
        try:
            return signs, layout_of(names, source.columns)
        except ValueError as error:
            found.append((len(names), str(error)))
    return ReadError(origin, max(found)[1], size)  # what is wrong with the most names


def _records(lines: Iterator[tuple[bytes, bool]], signs: _Signs) -> Iterator[_Record]:
    """The rows behind the header. Where a quote is wrong, all is passed over up to the next line that begins a row for certain."""
    kept = bytearray()  # as a list of lines, one of short lines would take many times its size
    start = size = 0  # the first line of the row, and its bytes so far
    quoted = lost = False
    number, whole = 1, True
    for line, ends in lines:
        number += whole
        piece, whole = not (whole and ends), ends
        if not size:
            start = number
        state = None if lost else _quoted_behind(line, quoted, signs, piece)
        if state is None and size and not piece and signs.certain.match(line):
            yield _Record(start, None, f"{_UNCLEAR}; passed over up to line {number - 1}", size)
            kept.clear()
            start, size = number, 0
            state = _quoted_behind(line, False, signs, piece)
        size += len(line)
        lost = state is None
        quoted = bool(state)
        if lost or size > limits.MAX_ROW_BYTES:
            kept.clear()
        else:
            kept += line
        if whole and not lost and not quoted:
            yield _record(start, kept, size)
            kept.clear()
            size = 0
    if lost or quoted:
        yield _Record(start, None, f"{_UNCLEAR}; passed over up to the end", size)


def _record(start: int, kept: bytearray, size: int) -> _Record:
    if size > limits.MAX_ROW_BYTES:
        return _Record(start, None, "row too long", size)
    return _Record(start, bytes(kept), "", size)


def _quoted_behind(line: bytes, quoted: bool, signs: _Signs, piece: bool) -> bool | None:
    """Whether a quoted cell is open behind a line; None if a quote in it is wrong, or stands where a line was cut."""
    at = 0
    if b'"' not in line:
        return quoted
    if piece:
        return None
    while True:
        if quoted:
            end = signs.rest.match(line, at)
            if end is None:
                return True
            at = end.end()
            behind = signs.closed.match(line, at)
            if behind is None:
                return None
            at, quoted = behind.end(), False
            if at >= len(line):
                return False
        elif line.startswith(b'"', at):
            at, quoted = at + 1, True
        else:
            cell = signs.plain.match(line, at)
            if cell is None:
                return False
            at = cell.end()


def _row(data: bytes, signs: _Signs, layout: Layout, origin: str, size: int, encoding: str | None) -> Item:
    try:
        decoded = decode(data)
    except NotTextError as error:
        return ReadError(origin, str(error), size)
    cells = _cells(decoded.text.rstrip("\r\n"), signs)
    if len(cells) != layout.width:
        return ReadError(origin, f"{len(cells)} cells, the header has {layout.width}", size)
    context = {name: cells[at] for name, at in layout.context.items()}
    return row(cells[layout.id], Decoded(cells[layout.text], encoding or decoded.encoding, decoded.guessed), context, origin, size)


def _cells(text: str, signs: _Signs) -> list[str]:
    """The cells of a row.

    >>> _cells('1;"a ""b"";c";', _signs(b";"))
    ['1', 'a "b";c', '']
    """
    cells, at = [], 0
    while match := signs.cell.match(text, at):
        cells.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        if not match[3]:
            break
        at = match.end()
    return cells
