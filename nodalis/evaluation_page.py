"""An evaluation as one HTML page: no other file, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from . import __version__
from .bars import Bar, bar_table
from .evaluation import Disagreement, Evaluation
from .evaluation_matrix import heat_map
from .html_page import document, key, percent, section, soft, table, tiles
from .scoring import FieldScore


def page(result: Evaluation) -> str:
    """The page. Everything from reports and annotations is escaped, and the page may load and run nothing."""
    figures = result.figures
    sections = [
        _tiles(result),
        section("pN by edition", _editions(result)),
        section(
            "Reader's category by ours, AJCC 8",
            key(("agree", "same"), ("differ", "different; pN0(i-) counts as pN0")) + heat_map(result.matrix),
        ),
        section("Accepted and wrong", _disagreements(result.wrong) if result.wrong else soft("None.")),
        section("Fields", _field_bars(figures.fields) + _fields(result)),
        section("Decisions and reasons", _decisions(result)),
        section("Other disagreements", _by_field(result.errors) if result.errors else soft("None.")),
    ]
    missing = f"; {len(figures.missing)} without a prediction count as wrong" if figures.missing else ""
    lead = f"{figures.reports} annotated reports{missing}. Right means equal to a reader, and null equals null."
    footer = f"nodalis {escape(__version__)}. Report ids may identify patients: keep this page as you keep reports."
    return document("Nodalis evaluation", "Evaluation", lead, sections, footer)


def _tiles(result: Evaluation) -> str:
    figures = result.figures
    newest = figures.editions["AJCC 8"]
    wrong = len(newest.wrong_ids)
    return tiles(
        (
            ("", percent(figures.both_counts_right), "both counts right"),
            ("", percent(newest.merged), "AJCC 8 pN right"),
            ("", percent(newest.coverage), "accepted without review"),
            ("", percent(newest.accepted_precision), "right when accepted"),
            ("bad" if wrong else "good", str(wrong), "accepted and wrong"),
        )
    )


def _editions(result: Evaluation) -> str:
    rows = [
        (edition, *map(percent, (item.exact, item.merged, item.digit, item.coverage, item.accepted_precision)), len(item.wrong_ids))
        for edition, item in result.figures.editions.items()
    ]
    return table(("edition", "exact", "(i-) as N0", "digit", "coverage", "precision when accepted", "accepted and wrong"), rows, numbers=6)


def _fields(result: Evaluation) -> str:
    rows = [
        (field, percent(item.right), percent(item.recall), percent(item.precision), item.known, item.given)
        for field, item in result.figures.fields.items()
    ]
    figures = table(("field", "right", "recall", "precision", "known", "given"), rows, numbers=5)
    return f"<details><summary>All figures</summary>{figures}</details>"


def _field_bars(fields: Mapping[str, FieldScore]) -> str:
    """One bar a field, the share of reports whose value is right, lowest last."""
    ordered = sorted(fields.items(), key=lambda item: -item[1].right)
    rows = [Bar(name.replace("_", " "), (percent(item.right),), (("fill", item.right),)) for name, item in ordered]
    return bar_table("Share of reports with the right value, by field", ("field", "right"), [("", rows)])


def _decisions(result: Evaluation) -> str:
    bars = _count_bars("Decisions", ("decision", "reports"), result.decisions)
    if result.reasons:
        bars += '<p class="soft" style="margin-top:14px">Reasons for review, reports with each</p>'
        bars += _count_bars("Reasons", ("reason", "reports"), result.reasons)
    return bars


def _count_bars(title: str, head: tuple[str, str], counts: Mapping[str, int]) -> str:
    """One bar a name, as long as its count."""
    longest = max(counts.values(), default=0) or 1
    rows = [Bar(name.replace("_", " "), (f"{count:,}",), (("fill", count / longest),)) for name, count in counts.items()]
    return bar_table(title, head, [("", rows)])


def _by_field(errors: Sequence[Disagreement]) -> str:
    parts = []
    for field, items in groupby(errors, key=lambda item: item.field):
        listed = tuple(items)
        summary = f'<summary>{escape(field)} <span class="soft">{len(listed)}</span></summary>'
        parts.append(f"<details>{summary}{_disagreements(listed)}</details>")
    return "".join(parts)


def _disagreements(errors: Sequence[Disagreement]) -> str:
    quoted = any(item.words for item in errors)
    head = ("report", "field", "ours", "reader", "decision", *(("words",) if quoted else ()))
    rows = [
        (
            item.id,
            item.field,
            "null" if item.ours is None else item.ours,
            "null" if item.reader is None else item.reader,
            "accepted" if item.accepted else "needs review",
            *((item.words,) if quoted else ()),
        )
        for item in errors
    ]
    return table(head, rows)
