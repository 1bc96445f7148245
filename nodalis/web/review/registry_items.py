"""The abstract of a report beside its text: NAACCR items with their codes, each with its reason and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parser.model import Report

from ...registry.abstract import Item, abstract
from ...registry.dictionary import load_dictionary
from ...review.correction import CorrectionError, corrected
from ...service.extraction import Seen
from .passages import Passage, standing_at


@dataclass(frozen=True, slots=True)
class Line:
    """An item as the page shows it."""

    number: int
    name: str
    value: str
    basis: str
    words: str  # the id of the passage in which its words begin; empty where no words prove it


@dataclass(frozen=True, slots=True)
class Codes:
    """The items of a report: as they are exported, or as they would be if it were accepted as it was read."""

    settled: bool
    is_empty: bool
    lines: tuple[Line, ...]
    texts: tuple[Line, ...]
    left_out: tuple[str, ...]


def codes(seen: Seen, parts: Sequence[Passage], edition: str) -> Codes | None:
    """The items of a report that could be read."""
    if seen.report is None or seen.context is None:
        return None
    found = abstract(seen.report if seen.settled else _accepted(seen.report), seen.context, edition)
    lines = [_line(item, parts) for item in found.items.values()]
    return Codes(
        seen.settled,
        found.is_empty,
        tuple(line for line in lines if not line.name.startswith("Text--")),
        tuple(line for line in lines if line.name.startswith("Text--")),
        found.left_out,
    )


def _accepted(report: Report) -> Report:
    """The report as if somebody accepted it; as it is, with its codes unknown, where nobody can."""
    try:
        return corrected(report, ())
    except CorrectionError:
        return report


def _line(item: Item, parts: Sequence[Passage]) -> Line:
    words = standing_at(parts, item.evidence[0].span.start) if item.evidence else ""
    return Line(item.number, load_dictionary().entries[item.id].name, item.value, item.basis, words)
