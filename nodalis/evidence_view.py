"""One report for the eye: its text with the evidence highlighted, and how its values and category came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from parser.model import Decision, DecisionStatus, Deposit, Evidence, Finding, Issue, Report, Role, Span

from .output import FACTS, plain, summary
from .printable import block
from .terminal import words

# Group of kinds -> colour. Black on a bright ground reads on dark and on light terminals. The first prefix that fits counts.
_GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "methods": ("black on bright_cyan", ("node_ihc", "node_molecular", "evaluation", "pending")),
    "node counts": ("black on bright_green", ("node_", "no_nodes", "verdict", "needle_node")),
    "deposits": ("black on bright_magenta", ("deposit_", "tumor_nodule")),
    "extranodal extension": ("black on bright_red", ("ene",)),
    "categories": ("black on bright_yellow", ("category", "t_category", "m_category", "sentinel_suffix")),
    "tumour and markers": ("black on bright_blue", ("",)),
}
_PASSED_OVER = "dim strike"
_DOUBTFUL = "bold underline"
_SHOWN = (Role.LEDGER, Role.CHECK, Role.VALUE, Role.REPEAT)
_LEFT_OUT = (Role.SUPERSEDED, Role.OUT_OF_SCOPE)
_QUOTE_WIDTH = 70


def heading(id_: str, report: Report) -> Text:
    """The id and the decision, coloured."""
    line = words(id_, "bold")
    accepted = report.status is DecisionStatus.ACCEPTED
    line.append("   ").append(str(report.status).replace("_", " "), style="bold green" if accepted else "bold yellow")
    for reason in report.reasons:
        line.append(f"   {reason}", style="yellow")
    return line


def highlighted(text: str, report: Report, colours: bool) -> Text:
    """The text with the words behind values in colours, or in brackets where there are none."""
    findings = sorted((finding for finding in report.findings if finding.role in (*_SHOWN, *_LEFT_OUT)), key=_width, reverse=True)
    if not colours:
        return _bracketed(text, (finding.span for finding in findings if finding.role in _SHOWN))
    result = Text(block(text))
    for finding in findings:  # the widest first, so that what stands inside it stays visible
        style = _PASSED_OVER if finding.role in _LEFT_OUT else _GROUPS[_group(finding)][0]
        result.stylize(style, finding.span.start, finding.span.end)
    for issue in report.issues:
        for span in issue.spans:
            result.stylize(_DOUBTFUL, span.start, span.end)
    return result


def legend(report: Report, colours: bool) -> Text:
    """What the colours mean, those that occur."""
    if not colours:
        return Text("⟦words behind a value⟧")
    present = {_group(finding) for finding in report.findings if finding.role in _SHOWN}
    parts = [Text(f" {name} ", style=style) for name, (style, _) in _GROUPS.items() if name in present]
    if any(finding.role in _LEFT_OUT for finding in report.findings):
        parts.append(Text("superseded or out of scope", style=_PASSED_OVER))
    if any(issue.spans for issue in report.issues):
        parts.append(Text("look here", style=_DOUBTFUL))
    return Text("  ").join(parts)


def ledger(report: Report) -> Table:
    """The groups of nodes that were counted."""
    table = _table("Ledger: nodes counted once", "specimen", "region", "side", "examined", "positive", "deposits", "version")
    for group in report.ledger:
        deposits = "; ".join(_deposit(deposit) for deposit in group.deposits)
        values = (group.specimen, group.region, group.side, group.examined, group.positive, deposits, group.version)
        table.add_row(*(words(value) for value in values))
    return table


def facts(report: Report) -> Table:
    """Each value, with the numbers of the words that prove it."""
    numbers = _numbered(report)
    table = _table("Facts", "fact", "value", "from")
    values = summary(report, ())
    for key, get in FACTS.items():
        value = get(report)
        if value is not None:
            proof = ", ".join(str(numbers[evidence]) for evidence in value.evidence)
            table.add_row(words(key), words(plain(values[key]), "bold"), words(proof))
    return table


def proofs(report: Report) -> Table:
    """The words that prove values: where they stand and which rule read them."""
    table = _table("Words", "from", "words", "offsets", "where", "rule")
    for evidence, number in _numbered(report).items():
        where = str(evidence.section) + ("" if evidence.version == "original" else f", {evidence.version}")
        offsets = f"{evidence.span.start}-{evidence.span.end}"
        table.add_row(words(number), _quote(evidence.quote), words(offsets), words(where), words(evidence.rule, "dim"))
    return table


def _numbered(report: Report) -> dict[Evidence, int]:
    """The evidence of all values, numbered in the order of the text."""
    found = {evidence for get in FACTS.values() if (value := get(report)) is not None for evidence in value.evidence}
    return {evidence: number for number, evidence in enumerate(sorted(found, key=lambda item: (item.span, item.rule)), 1)}


def decisions(chosen: Sequence[Decision]) -> Table:
    """For each edition the category, the row of the staging table that decided, its inputs and its source."""
    table = _table("Category", "edition", "pN", "basis", "row", "inputs", "possible", "source")
    for decision in chosen:
        inputs = ", ".join(f"{name} {value}" for name, value in decision.inputs.items() if value not in (0, "", "no"))
        table.add_row(
            words(decision.edition),
            words(decision.category if decision.category is not None else "not derived", "bold"),
            words(decision.basis if decision.category is not None else ""),
            words(decision.row),
            words(inputs),
            words(" or ".join(decision.possible) if len(decision.possible) > 1 else ""),
            words(decision.source, "dim"),
        )
    return table


def issues(found: Sequence[Issue], text: str) -> Iterator[Text]:
    """What is doubtful, each with the words to look at."""
    if not found:
        yield Text("No issue.", style="green")
    for issue in found:
        line = words(str(issue.kind), "bold yellow" if issue.blocking else "bold")
        line.append("" if issue.blocking else " (cannot change the category)", style="dim").append(": ").append_text(words(issue.message))
        yield line
        for span in issue.spans:
            yield Text.assemble("    ", (f"{span.start}-{span.end}  ", "dim"), _quote(text[span.start : span.end]))


def _group(finding: Finding) -> str:
    return next(name for name, (_, prefixes) in _GROUPS.items() if finding.kind.startswith(prefixes))


def _width(finding: Finding) -> int:
    return finding.span.end - finding.span.start


def _bracketed(text: str, spans: Iterable[Span]) -> Text:
    """The text with brackets around every stretch that some span covers."""
    result, end = Text(), 0
    safe = block(text)
    for span in _merged(spans):
        result.append(safe[end : span.start]).append(f"⟦{safe[span.start : span.end]}⟧")
        end = span.end
    return result.append(safe[end:])


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged


def _deposit(deposit: Deposit) -> str:
    size = f"{deposit.size} mm" if deposit.size is not None else ""
    cells = f"{deposit.cells} cells" if deposit.cells is not None else ""
    parts = (f"{deposit.nodes} node{'s' * (deposit.nodes != 1)}", deposit.words, size, cells, deposit.method)
    return " ".join(str(part) for part in parts if part)


def _quote(quote: str) -> Text:
    quote = " ".join(quote.split())
    return words(quote if len(quote) <= _QUOTE_WIDTH else f"{quote[: _QUOTE_WIDTH - 1]}…")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name in ("examined", "positive") else "left")
    return table
