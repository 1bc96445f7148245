"""CSV that a spreadsheet opens as data: no cell is a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from .output import FACTS
from .printable import one_line

# What makes a spreadsheet calculate, also after white space (OWASP, CSV injection). The last four are full-width.
_FORMULA_LEADS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def columns(editions: Sequence[str]) -> list[str]:
    """The header: the summary made flat, one column an edition.

    >>> columns(["AJCC 8"])[-2:]
    ['pn_ajcc_8', 'pn_basis']
    """
    return ["id", "decision", "reasons", *FACTS, *(edition_column(edition) for edition in editions), "pn_basis"]


def cells(row: Mapping[str, object], editions: Sequence[str]) -> list[str]:
    """One row of ``nodalis.output.row``, in the order of ``columns``; empty where a value is not stated."""
    summary, reasons = row["summary"], row["reasons"]
    assert isinstance(summary, Mapping)
    assert isinstance(reasons, Iterable)
    pn = summary["pn"]
    values = [row["id"], row["decision"], "; ".join(reasons)]
    values += [summary[key] for key in FACTS]
    values += [pn.get(edition) for edition in editions]
    return [cell(value) for value in (*values, summary["pn_basis"])]


def cell(value: object) -> str:
    """A value as a cell. Every CSV writer of this package goes through here.

    >>> cell("=HYPERLINK(1)"), cell(True), cell(None)
    ("'=HYPERLINK(1)", 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    safe = one_line(text)
    return f"'{safe}" if text.lstrip(" \u00a0").startswith(_FORMULA_LEADS) else safe


@contextmanager
def sheet(stream: BinaryIO, columns: Sequence[str]) -> Iterator[Callable[[Iterable[object]], None]]:
    """A table of any columns on a binary stream, which stays open; gives what adds a row."""
    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    try:
        yield lambda values: writer.writerow([cell(value) for value in values])
    finally:
        text.detach()


class CsvWriter:
    """Rows of ``nodalis.output.row`` as CSV with a header."""

    def __init__(self, stream: TextIO, editions: Sequence[str]) -> None:
        self._editions = editions
        self._csv = csv.writer(stream, lineterminator="\n")
        self._csv.writerow(columns(editions))

    def write(self, row: Mapping[str, object]) -> None:
        """Add one report."""
        self._csv.writerow(cells(row, self._editions))


def edition_column(edition: str) -> str:
    return "pn_" + edition.lower().replace(" ", "_")
