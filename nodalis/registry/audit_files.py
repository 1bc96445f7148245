"""An audit as tables: every compared item as CSV and JSON lines, the figures as JSON. Report text only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from ..output import Row
from ..spreadsheet import sheet
from .audit import Audit
from .dictionary import load_dictionary
from .reabstraction import Agreement, Comparison, Difference, Kind

_COLUMNS = ("report", "tumour", "edition", "decision", "item", "number", "kind", "theirs", "theirs_means", "ours", "ours_means", "why_ours")


def write_csv(stream: BinaryIO, audit: Audit, quotes: bool) -> None:
    """One row an item of a report."""
    with sheet(stream, [*_COLUMNS, *(["words"] if quotes else [])]) as write:
        for comparison, difference in _all(audit):
            row = _row(comparison, difference)
            write([*row.values(), *([quoted(difference)] if quotes else [])])


def write_json_lines(stream: BinaryIO, audit: Audit, quotes: bool) -> None:
    """The same, with the places of the words that prove ours."""
    for comparison, difference in _all(audit):
        evidence = [
            {"start": item.span.start, "end": item.span.end, **({"quote": item.quote} if quotes else {}), "rule": item.rule}
            for item in difference.evidence
        ]
        stream.write(orjson.dumps({**_row(comparison, difference), "evidence": evidence}, option=orjson.OPT_APPEND_NEWLINE))


def write_summary(stream: BinaryIO, audit: Audit) -> None:
    """What was matched, and the agreement of each item and of all."""
    figures = {
        "matched": dict(audit.matched),
        "all items": _figures(audit.all_items),
        "items": {item: _figures(agreement) for item, agreement in audit.items.items()},
    }
    stream.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def quoted(difference: Difference) -> str:
    """The words that prove ours."""
    return " | ".join(dict.fromkeys(" ".join(item.quote.split()) for item in difference.evidence))


def _all(audit: Audit) -> Iterator[tuple[Comparison, Difference]]:
    return ((comparison, difference) for comparison in audit.comparisons for difference in comparison.items)


def _row(comparison: Comparison, difference: Difference) -> Row:
    values = (
        comparison.report_id,
        comparison.tumor,
        comparison.edition,
        "needs_review" if comparison.needs_review else "accepted",
        difference.item,
        load_dictionary().entries[difference.item].number,
        str(difference.kind),
        difference.theirs,
        difference.theirs_means,
        difference.ours,
        difference.ours_means,
        difference.basis,
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _figures(agreement: Agreement) -> Row:
    return {
        **{str(kind): agreement.counts.get(kind, 0) for kind in Kind},
        "agreement": agreement.share,
        "interval": agreement.interval,
    }
