"""The overview of a registry: categories over time, decisions and their reasons, agreement of reviewers, turnaround."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from statistics import quantiles
from typing import Final

from markupsafe import Markup
from sqlalchemy import Connection

from ...archive.reasons import MEANINGS
from ...html_page import percent_of
from ...review.decision import Action, ReviewState
from ...store.overview import Doubted, OnDay, Said, by_day, by_reason, first_decisions, shared_decisions
from .plots import Column, columns, key, rows

_MONTHS: Final = 36  # shown, the newest
_PAIRS: Final = 20  # of reviewers that are shown, those with the most reports
_CLASSES: Final = (("s0", "pN0"), ("s3", "pN0(i+), pN0(mol+)"), ("s4", "pN1mi"), ("s1", "pN1"), ("s2", "pN2, pN3"), ("s5", "pNX, others"))
_STATES: Final = (
    (ReviewState.OPEN, "differ", "open"),
    (ReviewState.ACCEPTED, "s0", "accepted"),
    (ReviewState.CORRECTED, "s4", "corrected"),
    (ReviewState.SET_ASIDE, "s5", "set aside"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A picture with the table of what it shows."""

    title: str
    lead: str
    picture: Markup
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    nothing: str


def overview(connection: Connection) -> Mapping[str, object]:
    """What the template of the overview shows."""
    doubted = by_reason(connection)
    states = Counter[ReviewState]()
    for item in doubted:
        states[item.state] += item.reports
    parts = [
        _categories(by_day(connection)),
        _reasons(doubted),
        _agreement(shared_decisions(connection)),
        _turnaround(first_decisions(connection)),
    ]
    return {"tiles": [(f"{states[state]:,}", words) for state, _, words in _STATES], "parts": parts}


def class_of(category: str) -> str:
    """The class of a category in the picture.

    >>> [class_of(name) for name in ("ypN0(i+)", "pN0(sn)", "pN1mi(sn)", "pN1a", "pN3c", "pNX")]
    ['pN0(i+), pN0(mol+)', 'pN0', 'pN1mi', 'pN1', 'pN2, pN3', 'pNX, others']
    """
    base = category[category.find("N") :]
    if base.startswith(("N0(i+)", "N0(mol+)")):
        return "pN0(i+), pN0(mol+)"
    begins = {"N0": "pN0", "N1mi": "pN1mi", "N1": "pN1", "N2": "pN2, pN3", "N3": "pN2, pN3"}
    return next((name for start, name in begins.items() if base.startswith(start)), "pNX, others")


def _categories(found: Iterable[OnDay]) -> Part:
    months: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in found:
        months[f"{item.day:%Y-%m}"][class_of(item.category)] += item.reports
    shown = sorted(months)[-_MONTHS:]
    names = [name for _, name in _CLASSES]
    drawn = [Column(month, [(style, name, months[month][name]) for style, name in _CLASSES]) for month in shown]
    return Part(
        "Categories over time",
        "Reports by the month in which they came in the version that holds.",
        key(*_CLASSES) + columns("Reports by month and category; the table below has the numbers", drawn),
        ["month", *names],
        [[month, *(f"{months[month][name]:,}" for name in names)] for month in shown],
        "No report has a category yet.",
    )


def _reasons(found: Iterable[Doubted]) -> Part:
    counts: defaultdict[str, Counter[ReviewState]] = defaultdict(Counter)
    for item in found:
        for kind in item.kinds or ("",):
            counts[MEANINGS.get(kind, "Another reason, or decided without a doubt")][item.state] += item.reports
    order = sorted(counts, key=lambda name: (-counts[name].total(), name))
    drawn = [Column(name, [(style, words, counts[name][state]) for state, style, words in _STATES]) for name in order]
    return Part(
        "Decisions and reasons",
        "Why reports needed somebody, and what was decided. A report with several reasons counts for each.",
        key(*((style, words) for _, style, words in _STATES))
        + rows("Reports by reason and decision; the table below has the numbers", drawn),
        ["reason", *(words for *_, words in _STATES)],
        [[name, *(f"{counts[name][state]:,}" for state, *_ in _STATES)] for name in order],
        "No report needed a decision yet.",
    )


def _agreement(found: Iterable[Said]) -> Part:
    last: defaultdict[tuple[int, bytes], dict[str, Said]] = defaultdict(dict)
    for said in found:
        last[said.report_id, said.versions][said.reviewer] = said
    both, alike = Counter[str](), Counter[str]()
    for people in last.values():
        for one, other in combinations(sorted(people), 2):
            pair = f"{one} and {other}"
            both[pair] += 1
            alike[pair] += _same(people[one], people[other])
    order = sorted(both, key=lambda pair: (-both[pair], pair))[:_PAIRS]
    drawn = [Column(pair, [("s0", "agreed", alike[pair]), ("differ", "differed", both[pair] - alike[pair])]) for pair in order]
    return Part(
        "Reviewer agreement",
        "Reports of which two people saw the same versions: whether the last decision of each is the same, with the same corrections. "
        f"The {_PAIRS} pairs with the most reports.",
        key(("s0", "agreed"), ("differ", "differed")) + rows("Agreement of pairs of reviewers; the table below has the numbers", drawn),
        ["reviewers", "both decided", "agreed", "share"],
        [[pair, f"{both[pair]:,}", f"{alike[pair]:,}", percent_of(alike[pair], both[pair])] for pair in order],
        "No two people have decided on the same versions of a report yet.",
    )


def _same(one: Said, other: Said) -> bool:
    changes = [{(change.field, change.new) for change in said.corrections} for said in (one, other)]
    return one.action is other.action and changes[0] == changes[1]


def _turnaround(found: Iterable[Said]) -> Part:
    months: defaultdict[str, list[float]] = defaultdict(list)
    for said in found:
        if said.changed_at is not None and said.at >= said.changed_at and said.action is not Action.UNDO:
            months[f"{said.at:%Y-%m}"].append((said.at - said.changed_at) / timedelta(hours=1))
    shown = sorted(months)[-_MONTHS:]
    spread = {month: _quartiles(months[month]) for month in shown}
    drawn = [Column(month, [("fill", "median, hours", spread[month][1])]) for month in shown]
    return Part(
        "Turnaround",
        "Hours from the arrival of a report to the first decision on it, by the month of the decision: the median.",
        columns("Median hours to the first decision by month; the table below has the numbers", drawn),
        ["month", "decisions", "median, hours", "middle half, hours"],
        [[m, f"{len(months[m]):,}", f"{spread[m][1]:,.1f}", f"{spread[m][0]:,.1f} to {spread[m][2]:,.1f}"] for m in shown],
        "Nothing was decided yet.",
    )


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile.

    >>> _quartiles([3.0]), _quartiles([1.0, 2.0, 3.0])
    ((3.0, 3.0, 3.0), (1.5, 2.0, 2.5))
    """
    low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else (*values, *values, *values)
    return low, middle, high
