"""An audit on the terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table

from ..html_page import percent_of
from ..terminal import stdout_console, words
from .audit import Audit
from .dictionary import load_dictionary
from .reabstraction import Agreement, Kind


def print_audit(audit: Audit) -> None:
    """Print what was matched, and the agreement of each item."""
    console = stdout_console()
    for name, count in audit.matched.items():
        if count:
            console.print(f"{count:>7,} {name}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("item")
    for head in ("", "same", "differs", "agreement", "95 % interval", "only ours", "only theirs", "not\ncomparable"):
        table.add_column(head, justify="right")
    entries = load_dictionary().entries
    for item, agreement in audit.items.items():
        table.add_row(words(entries[item].name), words(entries[item].number, "dim"), *_figures(agreement))
    table.add_section()
    table.add_row("all items", "", *_figures(audit.all_items))
    console.print(table)


def share(agreement: Agreement) -> str:
    """The agreement as a percentage, 100 % only where all agree; empty where nothing was compared."""
    return percent_of(agreement.counts.get(Kind.SAME, 0), agreement.both)


def interval(agreement: Agreement) -> str:
    """Its interval as percentages."""
    found = agreement.interval
    return "" if found is None else f"{found[0]:.1%} to {found[1]:.1%}"


def _figures(agreement: Agreement) -> list[str]:
    same, differs, *rest = (str(agreement.counts.get(kind, 0)) for kind in Kind)
    return [same, differs, share(agreement), interval(agreement), *rest]
