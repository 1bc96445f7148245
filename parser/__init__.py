"""Text in, report out: reads a pathology report and gives what it says about lymph nodes, with proof."""

from __future__ import annotations

from .document import Document
from .grammar import Grammar, load_grammar
from .model import Decision, Report
from .resolve import resolve
from .staging import editions

__all__ = ["parse", "stage"]


def parse(text: str, grammar: Grammar | None = None) -> Report:
    """The report that a text holds. Pure: the same text and grammar give the same report.

    Offsets in the result are code points of ``text``. Raises nothing for any text: whatever is doubtful is an Issue.
    """
    return resolve(Document(text, grammar or load_grammar()))


def stage(report: Report, edition: str = "AJCC 8") -> Decision:
    """The decision of one edition. Raises ValueError for an edition without a table."""
    try:
        return report.staging[edition]
    except KeyError:
        raise ValueError(f"unknown edition {edition!r}, expected one of {', '.join(editions())}") from None
