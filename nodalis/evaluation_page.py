"""An evaluation as one HTML page: no other file, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from . import __version__
from .evaluation import Disagreement, Evaluation
from .evaluation_plots import count_bars, field_bars, heat_map

_STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5b6675;--line:#dfe3e8;--accent:#2563a8;--differ:#c2570c;
--good:#1a7f4b;--bad:#b3261e;--on:#fff}
@media(prefers-color-scheme:dark){:root{--page:#11151b;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa6b5;--line:#2d3643;--accent:#6aa9ec;
--differ:#f0944d;--good:#5cc98f;--bad:#ff8a80;--on:#0d1116}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1060px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.5rem;margin:0 0 2px}h2{font-size:1.1rem;margin:0 0 12px}p{margin:0 0 12px}.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin-top:16px;overflow-x:auto}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;background:none;border:0;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.tile b{display:block;font-size:1.6rem;font-weight:650;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:.86rem}
.good b{color:var(--good)}.bad b{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;font-size:.82rem;white-space:nowrap}td.n,th.n{text-align:right}
details{border-top:1px solid var(--line);padding:8px 0}summary{cursor:pointer}summary .soft{font-size:.86rem}
svg{display:block;width:100%;height:auto}svg text{font-size:12px;fill:var(--ink)}svg .axis{fill:var(--soft);font-size:11px}
svg .bar,svg .agree{fill:var(--accent)}svg .differ{fill:var(--differ)}svg .grid{stroke:var(--line)}
svg .cell{fill:var(--page);stroke:var(--line)}svg text.on{fill:var(--on);font-weight:600}svg text.value{font-weight:600}
.key i{
display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 5px 0 14px;background:var(--accent)}
.key i.d{background:var(--differ)}
footer{color:var(--soft);font-size:.85rem;margin-top:20px}
"""


def page(result: Evaluation) -> str:
    """The page. Everything from reports and annotations is escaped, and the page may load and run nothing."""
    figures = result.figures
    sections = [
        _tiles(result),
        _section("pN by edition", _editions(result)),
        _section(
            "Reader's category by ours, AJCC 8",
            '<p class="soft key"><i></i>same<i class="d"></i>different; pN0(i-) counts as pN0</p>' + heat_map(result.matrix),
        ),
        _section("Accepted and wrong", _disagreements(result.wrong) if result.wrong else '<p class="soft">None.</p>'),
        _section("Fields", field_bars(figures.fields) + _fields(result)),
        _section("Decisions and reasons", _decisions(result)),
        _section("Other disagreements", _by_field(result.errors) if result.errors else '<p class="soft">None.</p>'),
    ]
    missing = f"; {len(figures.missing)} without a prediction count as wrong" if figures.missing else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'\">"
        f"<title>Nodalis evaluation</title><style>{_STYLE}</style></head><body><main><h1>Evaluation</h1>"
        f'<p class="soft">{figures.reports} annotated reports{missing}. Right means equal to a reader, and null equals null.</p>'
        f"{''.join(sections)}<footer>nodalis {escape(__version__)}. Report ids may identify patients: keep this page as you keep reports."
        "</footer></main></body></html>\n"
    )


def _tiles(result: Evaluation) -> str:
    figures = result.figures
    newest = figures.editions["AJCC 8"]
    wrong = len(newest.wrong_ids)
    tiles = [
        ("", f"{figures.both_counts_right:.1%}", "both counts right"),
        ("", f"{newest.merged:.1%}", "AJCC 8 pN right"),
        ("", f"{newest.coverage:.1%}", "accepted without review"),
        ("", f"{newest.accepted_precision:.1%}", "right when accepted"),
        ("bad" if wrong else "good", str(wrong), "accepted and wrong"),
    ]
    cards = (f'<div class="tile {style}"><b>{escape(number)}</b><span>{escape(name)}</span></div>' for style, number, name in tiles)
    return f'<section class="tiles">{"".join(cards)}</section>'


def _editions(result: Evaluation) -> str:
    rows = [
        (edition, *map(_percent, (item.exact, item.merged, item.digit, item.coverage, item.accepted_precision)), len(item.wrong_ids))
        for edition, item in result.figures.editions.items()
    ]
    return _table(("edition", "exact", "(i-) as N0", "digit", "coverage", "precision when accepted", "accepted and wrong"), rows, numbers=6)


def _fields(result: Evaluation) -> str:
    rows = [
        (field, _percent(item.right), _percent(item.recall), _percent(item.precision), item.known, item.given)
        for field, item in result.figures.fields.items()
    ]
    table = _table(("field", "right", "recall", "precision", "known", "given"), rows, numbers=5)
    return f"<details><summary>All figures</summary>{table}</details>"


def _decisions(result: Evaluation) -> str:
    bars = count_bars("Decisions", result.decisions)
    if result.reasons:
        bars += '<p class="soft" style="margin-top:14px">Reasons for review, reports with each</p>' + count_bars("Reasons", result.reasons)
    return bars


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
    return _table(head, rows)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """A table; the last ``numbers`` columns are aligned as numbers."""
    first = len(head) - numbers

    def line(tag: str, values: Sequence[object]) -> str:
        cells = (f"<{tag}{' class=n' if index >= first else ''}>{escape(str(value))}</{tag}>" for index, value in enumerate(values))
        return f"<tr>{''.join(cells)}</tr>"

    return f"<table><thead>{line('th', head)}</thead><tbody>{''.join(line('td', row) for row in rows)}</tbody></table>"


def _percent(share: float) -> str:
    return f"{share:.1%}"
