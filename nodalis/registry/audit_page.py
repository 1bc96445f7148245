"""An audit as one HTML page: no other file, no script. Report text only where it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

from .. import __version__
from ..bars import Bar, bar_table
from ..html_page import document, key, section, soft, table, tiles
from .audit import Audit
from .audit_files import quoted
from .audit_tables import interval, share
from .dictionary import load_dictionary
from .reabstraction import Agreement, Comparison, Difference, Kind

_STYLES: Final = {
    Kind.SAME: "agree",
    Kind.DIFFERS: "differ",
    Kind.ONLY_OURS: "half",
    Kind.ONLY_THEIRS: "half few",
    Kind.NOT_COMPARABLE: "rest",
}
_MEANS: Final = {
    Kind.SAME: "same",
    Kind.DIFFERS: "different",
    Kind.ONLY_OURS: "only ours",
    Kind.ONLY_THEIRS: "only the registry's",
    Kind.NOT_COMPARABLE: "not comparable: ours is not known or in doubt",
}
_LISTED: Final = 200  # of an item, of a kind: the files hold all

Pair = tuple[Comparison, Difference]


def page(audit: Audit, quotes: bool = False) -> str:
    """The page. Everything from reports and registries is escaped, and the page may load and run nothing."""
    sections = [
        _tiles(audit),
        section("Agreement by item", key(*((_STYLES[kind], words) for kind, words in _MEANS.items())) + _bars(audit)),
        section("Different", _listed(list(audit.of_kind(Kind.DIFFERS)), quotes, opened=True)),
        section("Only ours", _listed(list(audit.of_kind(Kind.ONLY_OURS)), quotes)),
        section("Only the registry's", _listed(list(audit.of_kind(Kind.ONLY_THEIRS)), False)),
        section("Not comparable, by reason", _reasons(audit)),
        section("Reports and tumours", table(("", "number"), [(name, f"{count:,}") for name, count in audit.matched.items()], numbers=1)),
    ]
    lead = (
        "A registry's codes beside those that the reports give, by the edition that the registry names. "
        "Agreement says how often two codes are the same, not which of them is right. Intervals are of 95 % (Wilson)."
    )
    footer = f"nodalis {escape(__version__)}. Report ids may identify patients: keep this page as you keep reports."
    return document("Nodalis re-abstraction audit", "Re-abstraction audit", escape(lead), sections, footer)


def _tiles(audit: Audit) -> str:
    whole, matched = audit.all_items, audit.matched
    differs = whole.counts.get(Kind.DIFFERS, 0)
    return tiles(
        (
            ("", f"{matched['reports compared']:,}", "reports compared"),
            ("", share(whole) or "none", f"of {whole.both:,} codes agree" + (f", {interval(whole)}" if whole.both else "")),
            ("bad" if differs else "good", f"{differs:,}", "codes differ"),
            ("", f"{sum(matched[name] for name in _NOT_COMPARED):,}", "reports not compared"),
            ("", f"{matched['tumours without a report'] + matched['tumours without a number']:,}", "tumours without a report"),
        )
    )


_NOT_COMPARED: Final = (
    "reports without a tumour",
    "reports whose number leads to several tumours",
    "reports that share a number",
    "reports whose tumour is of another date of birth",
)


def _bars(audit: Audit) -> str:
    rows = [_bar(item, agreement) for item, agreement in audit.items.items()]
    return bar_table("Agreement by item", ("item", "compared", "agreement", "95 % interval"), [("", rows)])


def _bar(item: str, agreement: Agreement) -> Bar:
    entry, everything = load_dictionary().entries[item], sum(agreement.counts.values())
    pieces = [(style, agreement.counts.get(kind, 0) / everything) for kind, style in _STYLES.items()]
    return Bar(entry.name, (f"{agreement.both:,}", share(agreement), interval(agreement)), pieces, f"{entry.number}")


def _listed(pairs: Sequence[Pair], quotes: bool, opened: bool = False) -> str:
    """The items of a kind, folded up item by item."""
    parts = []
    for item, group in groupby(pairs, key=lambda pair: pair[1].item):
        found = list(group)
        summary = f'<summary>{escape(load_dictionary().entries[item].name)} <span class="soft">{len(found):,}</span></summary>'
        left = soft(f"{len(found) - _LISTED:,} more stand in differences.csv.") if len(found) > _LISTED else ""
        parts.append(f"<details{' open' if opened else ''}>{summary}{_table(found[:_LISTED], quotes)}{left}</details>")
    return "".join(parts) or soft("None.")


def _table(pairs: Sequence[Pair], quotes: bool) -> str:
    head = ("report", "registry", "ours", "why ours", *(("words",) if quotes else ()))
    rows = [
        (
            comparison.report_id,
            _code(difference.theirs, difference.theirs_means),
            _code(difference.ours, difference.ours_means),
            difference.basis,
            *((quoted(difference),) if quotes else ()),
        )
        for comparison, difference in pairs
    ]
    return table(head, rows)


def _code(code: str | None, means: str) -> str:
    return "none" if code is None else f"{code} ({means})" if means else code


def _reasons(audit: Audit) -> str:
    counts = Counter(difference.basis for _, difference in audit.of_kind(Kind.NOT_COMPARABLE))
    if not counts:
        return soft("None.")
    return table(("why ours is not known", "items"), [(reason, f"{count:,}") for reason, count in counts.most_common()], numbers=1)
