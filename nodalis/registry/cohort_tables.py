"""Cohorts on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from ..terminal import words
from .cohorts import Answer, Cohort, Membership

_SHORT = {
    "macromet_nodes": "macro",
    "micromet_nodes": "micro",
    "itc_nodes": "ITC",
    "largest_deposit_mm": "largest\nmm",
    "ihc_on_nodes": "IHC",
    "molecular_on_nodes": "molecular",
}
_LEFT_OUT = "row"  # the row of the staging table is for exports, and for nodalis explain


def counts_table(asked: Sequence[Cohort], counts: Mapping[str, Counter[str]], accepted: Mapping[str, int]) -> Table:
    """A line a cohort: its members, those of them whose report is accepted, and of how many reports it is not known."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("cohort")
    table.add_column()
    for name in ("members", "accepted", "not known", "of reports"):
        table.add_column(name, justify="right")
    for cohort in asked:
        given = counts[cohort.name]
        numbers = (given[Answer.YES], accepted.get(cohort.name, 0), given[Answer.NOT_KNOWN], given.total())
        table.add_row(words(cohort.name, "bold"), words(cohort.title, "dim"), *map(words, numbers))
    return table


def members_table(cohort: Cohort, members: Sequence[tuple[str, Membership]]) -> Table | Text:
    """A line a member with the facts that decide."""
    if not members:
        return Text("No member.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("report", overflow="fold")
    shown = [name for name in cohort.shown if name != _LEFT_OUT]
    for name in ("decision", *shown):
        table.add_column(_SHORT.get(name, name.replace("_", "\n", 1).replace("_", " ")), no_wrap=name.startswith("pn"))
    for id_, member in members:
        facts = {fact.name: fact.value for fact in member.facts}
        decision = Text("accepted", style="green") if member.accepted else Text("needs review", style="yellow")
        table.add_row(words(id_), decision, *(words(facts.get(name)) for name in shown))
    return table
