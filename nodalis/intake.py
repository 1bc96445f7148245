"""Inputs -> the documents of a run, each once, with what else is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from .context_csv import ContextCsv
from .conversion import Task
from .exits import complain
from .pipeline import distinct
from .readers import Document, Item, ReadError, Unread
from .surroundings import ISSUER

NUMBER_TAKEN: Final = "another report has this report number already, left out"


class Intake:
    """Numbers the inputs of a run and gives each document its row of the context CSV."""

    def __init__(self, flags: Mapping[str, str], table: ContextCsv | None) -> None:
        self._issuer = flags.get("issuer", ISSUER)
        self._table = table
        self._numbers: set[int] = set()

    def tasks(self, items: Iterable[Item]) -> Iterator[tuple[int, Task | ReadError]]:
        """Every input with its place in the run, from 0; documents that come again have none."""
        for number, item in enumerate(distinct(items)):
            yield number, item if isinstance(item, ReadError) else self._task(number, item)
        if self._table:
            _say_unmatched(self._table)

    def _task(self, number: int, document: Document | Unread) -> Task | ReadError:
        sheet = self._table.take(document.id) if self._table else None
        layers = [document.context, *([sheet.values] if sheet else [])]
        issuer = next((layer["issuer"] for layer in layers if "issuer" in layer), self._issuer)
        report_id = next((layer["report_id"] for layer in layers if "report_id" in layer), document.id)
        key = hash((issuer, report_id))
        if key in self._numbers:  # its resources would have the ids of the other's, and replace them on a server
            return ReadError(document.origin, NUMBER_TAKEN, document.size)
        self._numbers.add(key)
        return Task(number, document, sheet)


def _say_unmatched(table: ContextCsv) -> None:
    if table.missing:
        complain(f"{table.path}: {table.missing} report{'s have' if table.missing > 1 else ' has'} no row", "warning")
    if table.left:
        complain(f"{table.path}: {table.left} row{'s have' if table.left > 1 else ' has'} no report", "warning")
