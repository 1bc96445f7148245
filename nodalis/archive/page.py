"""The summary of a run as one HTML page: no other file, no script, readable in light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Final

from parser.model import DecisionStatus

from ..bars import Bar, bar, bar_table
from ..category_order import clinical_order
from ..html_page import document, key, percent_of, section, soft, table, tiles
from .figures import Figures, Year
from .ledger import Done
from .outputs import outputs
from .reasons import MEANINGS
from .years import FEW, nodes, plot

_PREFIXES: Final = {"y": "after neoadjuvant treatment", "r": "of a recurrence", "yr": "of a recurrence, after treatment"}
_EXPLAINED: Final = (
    "Accepted: the category may be used as it is. To review: a person should read the report, for the reasons below; its values are "
    "in the files all the same. Failed: it could not be read, or its context was wrong; a failed file may have held several reports."
)


def page(figures: Figures, done: Done, about: Mapping[str, str]) -> str:
    """The page. It holds no report's id or text. ``about`` has nodalis, grammar, edition and fhirVersion."""
    edition = about["edition"]
    sections = [
        _outcome(done),
        section(f"Categories, {edition}", _categories(figures.categories)),
        section("Reasons for review", _reasons(figures.reasons, done.needs_review)),
        section("Nodes examined by year", _examined(figures.years())),
        section("Files beside this page", outputs(edition, failed=done.failed > 0)),
        section("Made by", _about(about)),
    ]
    lead = f"Breast pathology reports read for lymph nodes: {escape(edition)}, FHIR {escape(about['fhirVersion'])}."
    footer = "This page holds counts only: no report's id or text. The files beside it hold both: keep them as you keep reports."
    return document("Nodalis: summary of a conversion", "Summary of a conversion", lead, sections, footer)


def _outcome(done: Done) -> str:
    ends = (("fill", "accepted", done.accepted), ("differ", "to review", done.needs_review), ("rest", "failed", done.failed))
    total = done.inputs
    said = [f"{count:,} {name}, {percent_of(count, total)}" if total else f"{count:,} {name}" for _, name, count in ends]
    large = [("", f"{count:,}", f"{name} · {percent_of(count, total)}" if total else name) for _, name, count in ends]
    whole = bar([(style, count / total if total else 0) for style, _, count in ends], "bar tall", ", ".join(said))
    return f"{tiles([('', f'{total:,}', 'reports'), *large])}<section>{whole}{key(*(end[:2] for end in ends))}{soft(_EXPLAINED)}</section>"


def _categories(categories: Counter[tuple[str | None, str]]) -> str:
    if not categories:
        return soft("No report was read.")
    reports: Counter[str | None] = Counter()
    for (name, _), count in categories.items():
        reports[name] += count
    total, longest = reports.total(), max(reports.values())

    def row(name: str | None) -> Bar:
        review, count = categories[name, DecisionStatus.NEEDS_REVIEW], reports[name]
        pieces = (("fill", (count - review) / longest), ("differ", review / longest))
        note = "" if name else "no breast cancer, nothing said about nodes, or too little to decide"
        return Bar(name or "no category", (f"{count:,}", percent_of(count, total), f"{review:,}"), pieces, note)

    ordered = sorted((name for name in reports if name is not None), key=clinical_order)
    groups = [(_PREFIXES.get(prefix, ""), [*map(row, names)]) for prefix, names in groupby(ordered, key=_prefix)]
    if None in reports:
        groups.append(("not staged", [row(None)]))
    return key(("fill", "accepted"), ("differ", "to review")) + bar_table(
        "Categories", ("category", "reports", "share", "to review"), groups
    )


def _prefix(category: str) -> str:
    """The letters before the p.

    >>> _prefix("ypN1a"), _prefix("pN0")
    ('y', '')
    """
    return category.partition("pN")[0]


def _reasons(reasons: Counter[str], needs_review: int) -> str:
    if not reasons:
        return soft("No report needs review.")
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        Bar(MEANINGS.get(kind, kind), (f"{count:,}", percent_of(count, needs_review)), (("differ", count / ordered[0][1]),), kind)
        for kind, count in ordered
    ]
    said = soft("A report may have several; shares are of the reports to review. The name in the second line is that of the files.")
    return said + bar_table("Reasons for review", ("reason", "reports", "share"), [("", rows)])


def _examined(years: list[Year]) -> str:
    if not any(year.counted for year in years):
        return soft("No report states how many nodes were examined.")
    known = [year for year in years if year.year is not None]
    parts = [soft("All operations together: sentinel biopsies with few nodes, dissections with many.")]
    if len(known) > 1:
        few = [("half few", f"of fewer than {FEW} reports")] if any(0 < year.counted < FEW for year in known) else []
        parts += [key(("fill line", "median"), ("half", "middle half"), *few, ("rest", "reports")), plot(years)]
    undated = sum(year.reports for year in years if year.year is None)
    if undated:
        total = sum(year.reports for year in years)
        parts.append(soft(f"{undated:,} of {total:,} reports have no date and are in the table only. A --context gives dates."))
    rows = [_year_cells(year) for year in years]
    figures = table(("year", "reports", "counted", "first quartile", "median", "third quartile"), rows, numbers=5)
    return f"{''.join(parts)}<details{'' if len(known) > 1 else ' open'}><summary>Figures by year</summary>{figures}</details>"


def _year_cells(year: Year) -> Sequence[str]:
    quartiles = map(nodes, year.quartiles) if year.quartiles else ("", "", "")
    return ("no date" if year.year is None else str(year.year), f"{year.reports:,}", f"{year.counted:,}", *quartiles)


def _about(about: Mapping[str, str]) -> str:
    names = {"nodalis": "nodalis", "grammar": "rules", "edition": "edition", "fhirVersion": "FHIR"}
    rows = (f'<tr><th scope="row">{name}</th><td>{escape(about[key])}</td></tr>' for key, name in names.items())
    return f'<table class="pairs" aria-label="Made by"><tbody>{"".join(rows)}</tbody></table>'
