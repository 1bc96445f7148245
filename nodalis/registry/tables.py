"""Abstracts for people: a CSV with a row a report, and text with a line an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from ..printable import one_line
from ..spreadsheet import sheet
from .abstract import Abstract
from .dictionary import load_dictionary

# What an abstract may hold, in the order of the dictionary.
ITEMS: Final = (
    "ajccTnmPathN", "ajccTnmPathNSuffix", "ajccTnmPostTherapyN", "ajccTnmPostTherapyNSuffix", "dateOfBirth", "eodRegionalNodes",
    "estrogenReceptorPercntPosOrRange", "estrogenReceptorSummary", "gradePathological", "gradePostTherapy", "her2OverallSummary", "ki67",
    "lnPositiveAxillaryLevel1To2", "medicalRecordNumber", "nameFirst", "nameLast", "oncotypeDxRecurrenceScoreInvasiv", "pathReportNumber1",
    "progesteroneRecepPrcntPosOrRange", "progesteroneRecepSummary", "regionalNodesExamined", "regionalNodesPositive",
    "sentinelLymphNodesExamined", "sentinelLymphNodesPositive", "textDxProcPath", "textStaging", "tnmEditionNumber", "tnmPathN",
    "tumorSizePathologic",
)  # fmt: skip


@contextmanager
def writing_csv(stream: BinaryIO) -> Iterator[Callable[[Abstract], None]]:
    """One row a report: its id, its doubts, and the value of each item, empty where there is none. Gives what adds a report."""
    with sheet(stream, ("report", "doubts", *ITEMS)) as add:
        yield lambda one: add(
            (one.report_id, "; ".join(one.doubts), *(one.items[id_].value if id_ in one.items else None for id_ in ITEMS))
        )


@contextmanager
def writing_text(stream: BinaryIO) -> Iterator[Callable[[Abstract], None]]:
    """A paragraph a report: number, name and value of each item, and why it is that. Gives what adds a report."""

    def add(one: Abstract) -> None:
        stream.write(("\n".join(_lines(one)) + "\n\n").encode())

    yield add


def _lines(abstract: Abstract) -> Iterator[str]:
    entries = load_dictionary().entries
    yield f"Report {one_line(abstract.report_id)}"
    if abstract.doubts:
        yield f"  needs review: {', '.join(abstract.doubts)}"
    for item in abstract.items.values():
        yield f"  {item.number:>4}  {entries[item.id].name}: {one_line(item.value)}  ({item.basis})"
