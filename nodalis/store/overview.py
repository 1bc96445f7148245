"""Counts for the overview of a registry: plain rows, without what a report says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Connection, distinct, func, select, tuple_, type_coerce

from ..review.decision import Action, Correction, ReviewState
from .decision_schema import decision
from .decisions import SETTLED
from .schema import EPOCH, report

_DAY: Final = 24 * 60 * 60 * 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class OnDay:
    """How many reports that changed last on a day have a category."""

    day: date
    category: str
    reports: int


@dataclass(frozen=True, slots=True)
class Doubted:
    """How many reports of the same reasons are in a state."""

    state: ReviewState
    kinds: tuple[str, ...]
    reports: int


@dataclass(frozen=True, slots=True)
class Said:
    """A decision, as far as agreement and turnaround ask."""

    report_id: int
    versions: bytes
    reviewer: str
    action: Action
    corrections: tuple[Correction, ...]
    at: datetime
    changed_at: datetime | None  # when the report came in the version that it has now


def categories(connection: Connection) -> Sequence[str]:
    """All categories that reports have."""
    return list(connection.execute(select(distinct(report.c.category)).where(report.c.category != "")).scalars())


def open_reports(connection: Connection) -> int:
    """How many reports wait for a person."""
    return connection.execute(select(func.count()).where(report.c.review == ReviewState.OPEN)).scalar_one()


def settled_reports(connection: Connection) -> int:
    """How many need nobody any more, or were accepted or corrected."""
    return connection.execute(select(func.count()).select_from(report).where(SETTLED)).scalar_one()


def by_day(connection: Connection) -> Sequence[OnDay]:
    """Reports by the day of their last change and their category."""
    day = (type_coerce(report.c.changed_at, BigInteger) // _DAY).label("day")
    wanted = select(day, report.c.category, func.count()).where(report.c.category != "", report.c.changed_at.is_not(None))
    rows = connection.execute(wanted.group_by(day, report.c.category))
    return [OnDay((EPOCH + timedelta(days=int(number))).date(), category, count) for number, category, count in rows]


def by_reason(connection: Connection) -> Sequence[Doubted]:
    """Reports by their state and reasons, those that need or had a decision."""
    wanted = select(report.c.review, report.c.doubts, func.count()).where(report.c.review.not_in(("", ReviewState.CLEAR)))
    rows = connection.execute(wanted.group_by(report.c.review, report.c.doubts))
    return [Doubted(ReviewState(state), tuple(kinds), count) for state, kinds, count in rows]


def first_decisions(connection: Connection) -> Sequence[Said]:
    """The first decision on each set of versions of a report."""
    first = select(func.min(decision.c.id)).where(decision.c.action != Action.UNDO).group_by(decision.c.report_id, decision.c.versions)
    return _said(connection, decision.c.id.in_(first))


def shared_decisions(connection: Connection) -> Sequence[Said]:
    """All decisions on those sets of versions on which several people decided, in order."""
    of_set = (decision.c.report_id, decision.c.versions)
    shared = select(*of_set).where(decision.c.action != Action.UNDO).group_by(*of_set)
    shared = shared.having(func.count(distinct(decision.c.reviewer)) > 1)
    return _said(connection, tuple_(*of_set).in_(shared))


def _said(connection: Connection, which: object) -> Sequence[Said]:
    columns = (decision.c.report_id, decision.c.versions, decision.c.reviewer, decision.c.action, decision.c.corrections, decision.c.at)
    wanted = select(*columns, report.c.changed_at).join(report, report.c.id == decision.c.report_id)
    rows = connection.execute(wanted.where(which, decision.c.action != Action.UNDO).order_by(decision.c.id))  # type: ignore[arg-type]
    return [Said(*row[:3], Action(row[3]), *row[4:]) for row in rows]
