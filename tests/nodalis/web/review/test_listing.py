"""The work list and the overview as data: addresses that say no more than a filter, figures that add up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nodalis.review.decision import Action, Correction, ReviewState
from nodalis.store.decisions import Filter, Sort, SortBy
from nodalis.store.overview import Doubted, OnDay, Said
from nodalis.web.review.listing import Query
from nodalis.web.review.overview import _agreement, _categories, _reasons, _turnaround
from nodalis.web.review.text_changes import beside

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, Filter(state=ReviewState.OPEN)),
        ({"state": "any"}, Filter(state=None)),
        ({"state": "set_aside"}, Filter(state=ReviewState.SET_ASIDE)),
        ({"reason": "counts_differ"}, Filter(reason="counts_differ")),
        ({"reason": "other"}, Filter(reason="")),
        ({"category": "pN1mi(sn)"}, Filter(category="pN1mi(sn)")),
        ({"category": "none"}, Filter(category="")),
        ({"decision": "needs_review"}, Filter(status="needs_review")),
        ({"state": "x", "reason": "DOE", "decision": "<b>", "page": "-1", "sort": "name"}, Filter()),
    ],
    ids=str,
)
def test_an_address_gives_the_filter_and_back_the_address(given: dict[str, str], wanted: Filter) -> None:
    query = Query.of(given)
    assert query.filter == wanted
    assert Query.of(dict(pair.split("=") for pair in query.parameters[1:].split("&") if pair)).reason == query.reason


def test_an_address_gives_the_order() -> None:
    assert Query.of({"sort": "-category"}).order == Sort(SortBy.CATEGORY, True)


def test_months_add_up_to_all_reports() -> None:
    part = _categories(
        [OnDay(date(2026, 1, 31), "pN0(sn)", 3), OnDay(date(2026, 2, 1), "pN1mi", 2), OnDay(date(2026, 2, 9), "ypN0(i+)", 1)]
    )
    assert [list(row) for row in part.rows] == [["2026-01", "3", "0", "0", "0", "0", "0"], ["2026-02", "0", "1", "2", "0", "0", "0"]]
    assert str(part.picture).count("<rect") == 3


def test_a_report_with_two_reasons_counts_for_each() -> None:
    part = _reasons(
        [Doubted(ReviewState.OPEN, ("counts_differ", "sides_differ"), 2), Doubted(ReviewState.CORRECTED, ("counts_differ",), 1)]
    )
    assert [list(row)[1:] for row in part.rows] == [["2", "0", "1", "0"], ["2", "0", "0", "0"]]


def _said(reviewer: str, action: Action, new: str = "", report: int = 1, hours: float = 1) -> Said:
    changes = (Correction("nodes.examined", "3", new),) if new else ()
    return Said(report, b"set", reviewer, action, changes, BEGIN + timedelta(hours=hours), BEGIN)


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        (_said("jane", Action.ACCEPT), _said("john", Action.ACCEPT), "1"),
        (_said("jane", Action.ACCEPT), _said("john", Action.SET_ASIDE), "0"),
        (_said("jane", Action.CORRECT, "4"), _said("john", Action.CORRECT, "4"), "1"),
        (_said("jane", Action.CORRECT, "4"), _said("john", Action.CORRECT, "5"), "0"),
    ],
)
def test_reviewers_agree_on_the_same_action_with_the_same_values(one: Said, other: Said, agreed: str) -> None:
    part = _agreement([one, other])
    assert [list(row)[:3] for row in part.rows] == [["jane and john", "1", agreed]]


def test_the_last_decision_of_a_person_counts() -> None:
    part = _agreement([_said("jane", Action.ACCEPT), _said("john", Action.SET_ASIDE), _said("john", Action.ACCEPT)])
    assert list(part.rows[0]) == ["jane and john", "1", "1", "100%"]


def test_turnaround_is_from_arrival_to_decision() -> None:
    part = _turnaround([_said("jane", Action.ACCEPT, report=number, hours=hours) for number, hours in enumerate((1, 2, 9))])
    assert [list(row) for row in part.rows] == [["2026-03", "3", "2.0", "1.5 to 5.5"]]


def test_the_lines_that_two_texts_do_not_share_are_marked() -> None:
    old, new = beside("a\nb\nc", "a\nx\nc\nd")
    assert [line for differs, line in old if differs] == ["b"]
    assert [line for differs, line in new if differs] == ["x", "d"]
