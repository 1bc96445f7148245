"""An evaluation on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from .evaluation import Disagreement, Evaluation, Matrix
from .terminal import stdout_console, words

_LISTED = ("pN", "examined", "positive", "largest_deposit_mm")  # the page lists the other fields too


def print_evaluation(result: Evaluation) -> None:
    """Print figures, matrix and errors on standard output."""
    console = stdout_console()
    figures = result.figures
    decided = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(result.decisions.items()))
    console.print(f"{figures.reports} annotated reports: {decided}, {len(figures.missing)} missing")
    console.print(f"both counts right {figures.both_counts_right:.1%}")
    console.print(_categories(result))
    console.print(_fields(result))
    console.print(_matrix(result.matrix))
    if result.reasons:
        console.print(_reasons(result))
    console.print(_errors("Accepted and wrong: read these first", result.wrong))
    listed = [item for item in result.errors if item.field in _LISTED]
    console.print(_errors("Other disagreements", listed))
    rest = len(result.errors) - len(listed)
    if rest:
        console.print(f"{rest} disagreements in other fields: -o FILE.html lists them", style="dim")


def _categories(result: Evaluation) -> Table:
    table = _table("pN", "edition", "exact", "(i-) as N0", "digit", "coverage", "precision when accepted", "accepted and wrong")
    for edition, item in result.figures.editions.items():
        shares = (item.exact, item.merged, item.digit, item.coverage, item.accepted_precision)
        table.add_row(edition, *(f"{share:.1%}" for share in shares), str(len(item.wrong_ids)))
    return table


def _fields(result: Evaluation) -> Table:
    table = _table("Fields", "field", "right", "recall", "precision", "known", "given")
    for field, item in result.figures.fields.items():
        table.add_row(field, f"{item.right:.1%}", f"{item.recall:.1%}", f"{item.precision:.1%}", str(item.known), str(item.given))
    return table


def _matrix(matrix: Matrix) -> Table:
    table = _table("AJCC 8: reader (rows) by ours (columns)", "", *matrix.labels)
    for reader in matrix.labels:
        cells = [Text(reader, style="bold")]
        for ours in matrix.labels:
            count = matrix.counts.get((reader, ours), 0)
            style = "dim" if not count else "green" if reader == ours else "yellow"
            cells.append(Text(str(count) if count else "·", style=style))
        table.add_row(*cells)
    return table


def _reasons(result: Evaluation) -> Table:
    table = _table("Reasons for review", "reason", "reports")
    for reason, count in result.reasons.items():
        table.add_row(words(reason), str(count))
    return table


def _errors(title: str, errors: Sequence[Disagreement]) -> Table | Text:
    if not errors:
        return Text(f"{title}: none\n", style="green")
    quoted = any(item.words for item in errors)
    table = _table(f"{title} ({len(errors)})", "report", "field", "ours", "reader", "decision", *(("words",) if quoted else ()))
    for column in table.columns:
        column.justify = "left"
    for item in errors:
        values = [item.id, item.field, item.ours, item.reader, "accepted" if item.accepted else "needs review"]
        table.add_row(*(words("null" if value is None else value) for value in values), *((words(item.words),) if quoted else ()))
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table
