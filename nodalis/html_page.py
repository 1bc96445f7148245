"""What our HTML pages have in common: one file, no script, nothing loaded, readable in light and dark, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5b6675;--line:#dfe3e8;--track:#eef0f3;--accent:#2563a8;
--differ:#c2570c;--good:#1a7f4b;--bad:#b3261e;--on:#fff}
@media screen and (prefers-color-scheme:dark){:root{--page:#11151b;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa6b5;--line:#2d3643;
--track:#252d38;--accent:#6aa9ec;--differ:#f0944d;--good:#5cc98f;--bad:#ff8a80;--on:#0d1116}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1060px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.5rem;margin:0 0 2px}h2{font-size:1.1rem;margin:0 0 12px}h3{font-size:.95rem;margin:18px 0 2px}h2+h3{margin-top:0}
p{margin:0 0 12px}.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin-top:16px;overflow-x:auto}
section>:last-child{margin-bottom:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;background:none;border:0;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.tile b{display:block;font-size:1.6rem;font-weight:650;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:.86rem}
.good b{color:var(--good)}.bad b{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
thead th,.group th{color:var(--soft);font-weight:600;font-size:.82rem}
thead th{white-space:nowrap;overflow-wrap:normal;vertical-align:bottom}
td.n,th.n{text-align:right;padding:5px 0 5px 12px}
td.n{white-space:nowrap}td:has(+.n){overflow-wrap:break-word}
.bars th{font-weight:400}.bars thead th,.bars .group th{font-weight:600}.group th{padding-top:14px}
.pairs th{white-space:nowrap;width:1%;padding-right:24px}
.bars thead th:first-child{width:30%}.bars .b{width:50%;padding:8px 0}.bars small{display:block;color:var(--soft)}
details{border-top:1px solid var(--line);padding:8px 0}summary{cursor:pointer}summary .soft{font-size:.86rem}
p:has(+pre){margin:0}
pre{margin:2px 0 10px;padding:8px 10px;background:var(--page);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap}
pre,code{font:13px/1.45 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto}svg text{font-size:12px;fill:var(--ink)}svg .axis{fill:var(--soft);font-size:11px}
svg .agree,svg .fill{fill:var(--accent)}svg .differ{fill:var(--differ)}svg .rest{fill:var(--soft)}svg .track{fill:var(--track)}
svg .grid{stroke:var(--line)}svg .half{fill:var(--accent);fill-opacity:.32}svg .few{fill-opacity:.14}svg .hit{fill:transparent}
svg g:hover>.hit{fill:var(--ink);fill-opacity:.06}
svg .cell{fill:var(--page);stroke:var(--line)}svg text.on{fill:var(--on);font-weight:600}svg text.value{font-weight:600}
svg.bar{height:12px;border-radius:3px}svg.tall{height:22px;margin-bottom:10px}
.plot{padding:0 6px 0 50px;margin-bottom:12px}.plot svg{overflow:visible}.plot .narrow{display:none}
.key i{display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 5px 0 14px;background:var(--accent);
print-color-adjust:exact}
.key i:first-child{margin-left:0}.key .differ{background:var(--differ)}.key .rest{background:var(--soft)}.key .half{opacity:.32}
.key .few{opacity:.14}.key .line{height:3px;vertical-align:middle}
footer{color:var(--soft);font-size:.85rem;margin-top:20px}
@media(max-width:600px){main{padding:16px 10px 40px}section{padding:14px 12px}.tiles{padding:0;gap:8px}
.tiles{grid-template-columns:repeat(auto-fit,minmax(130px,1fr))}
.tile b{font-size:1.35rem}thead th{white-space:normal}td.n,th.n{padding-left:6px}thead th{font-size:.75rem}
.plot .wide{display:none}.plot .narrow{display:inline}
.bars tr{position:relative}.bars tbody tr:not(.group)>*{padding-bottom:20px}.bars tbody th{width:100%}td.n,.bars th{overflow-wrap:normal}
.bars .b{position:absolute;left:0;right:0;bottom:7px;width:auto;padding:0!important;border:0}}
@media print{body{background:none;font-size:12px}main{max-width:none;padding:0}section,.tile{border-radius:0}
tr,.plot,.tiles{break-inside:avoid}h2,.group{break-after:avoid}details::details-content{content-visibility:visible;display:block;height:auto}}
"""


def document(title: str, heading: str, lead: str, sections: Iterable[str], footer: str) -> str:
    """The whole page. ``lead``, ``sections`` and ``footer`` are HTML, and the page may load and run nothing."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(heading)}</h1>"
        f'<p class="soft">{lead}</p>{"".join(sections)}<footer>{footer}</footer></main></body></html>\n'
    )


def section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def tiles(cards: Iterable[tuple[str, str, str]]) -> str:
    """Large figures side by side: for each its style, the number and what it is."""
    found = (f'<div class="tile {style}"><b>{escape(number)}</b><span>{escape(name)}</span></div>' for style, number, name in cards)
    return f'<section class="tiles">{"".join(found)}</section>'


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """A table; the last ``numbers`` columns are aligned as numbers."""
    first = len(head) - numbers

    def line(tag: str, values: Sequence[object]) -> str:
        cells = (f"<{tag}{' class=n' if index >= first else ''}>{escape(str(value))}</{tag}>" for index, value in enumerate(values))
        return f"<tr>{''.join(cells)}</tr>"

    return f"<table><thead>{line('th', head)}</thead><tbody>{''.join(line('td', row) for row in rows)}</tbody></table>"


def soft(text: str) -> str:
    """A paragraph in the softer colour."""
    return f'<p class="soft">{escape(text)}</p>'


def key(*entries: tuple[str, str]) -> str:
    """What the colours of a plot mean: for each its style in the plot, and the words."""
    parts = (f'<i class="{style}"></i>{escape(words)}' for style, words in entries)
    return f'<p class="soft key">{"".join(parts)}</p>'


def percent(share: float) -> str:
    return f"{share:.1%}"


def percent_of(count: int, total: int) -> str:
    """The share of a count, which is 0 % or 100 % only where it is none or all; nothing where there is no total.

    >>> [percent_of(count, 10_000) for count in (0, 1, 1250, 9_999, 10_000)], percent_of(0, 0)
    (['0%', '<0.1%', '12.5%', '>99.9%', '100%'], '')
    """
    if not total:
        return ""
    if count in (0, total):
        return "100%" if count else "0%"
    shown = percent(count / total)
    return {"0.0%": "<0.1%", "100.0%": ">99.9%"}.get(shown, shown)
