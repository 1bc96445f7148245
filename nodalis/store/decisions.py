"""People's decisions: the list of reports to decide about, a report with all that was decided, one more decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, bindparam, func, insert, literal, or_, select, tuple_, type_coerce

from parser.model import DecisionStatus

from ..review.decision import Action, Decision, Made, ReviewState, digest_of_set, holding
from .decision_schema import DECIDED, decision, made_of
from .parts import follow
from .schema import report, version
from .stages import Stage
from .work import make_due


class NewerVersionError(Exception):
    """The report has other versions than those that were decided about."""


class DecidedError(Exception):
    """Somebody decided since; or there is nothing that could be undone."""


_DECIDED: Final = report.c.review.in_((ReviewState.ACCEPTED, ReviewState.CORRECTED))
SETTLED: Final = or_(and_(report.c.review == ReviewState.CLEAR, report.c.decision == DecisionStatus.ACCEPTED), _DECIDED)


class SortBy(StrEnum):
    """What a work list is sorted by."""

    AGE = "age"  # when the message came that changed it last: the oldest first
    CATEGORY = "category"
    REASON = "reason"
    DECISION = "decision"  # `Filter.status`


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a work list; ids decide where it does not."""

    by: SortBy = SortBy.AGE
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which reports a work list shows; None: whatever it is."""

    state: ReviewState | None = ReviewState.OPEN
    reason: str | None = None  # an `IssueKind`; empty: of another reason than one of these
    category: str | None = None  # the whole of it, such as pN1mi(sn); empty: none
    cohort: str | None = None
    status: str | None = None  # "accepted" or "needs_review"
    stage: Stage | None = None
    since: datetime | None = None  # changed at this time or later
    until: datetime | None = None  # changed before


@dataclass(frozen=True, slots=True)
class Item:
    """A report in the work list, without what it says."""

    id: int
    issuer: str
    number: str
    state: ReviewState | None  # None: not extracted yet
    status: str  # of what holds now: "accepted", "needs_review"; empty where nothing was read
    category: str  # of the edition that is exported
    doubts: tuple[str, ...]  # kinds of the blocking issues of its reading, decided or not
    reason: str  # in words, where it is no kind
    stage: Stage
    changed_at: datetime
    waits: bool  # for its extraction: what stands here is of before


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the reports that a filter lets through."""

    items: tuple[Item, ...]
    total: int  # of all pages
    states: Mapping[ReviewState, int]  # how many there are in each state, whichever of them the filter asks for


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A report with all its versions and all that was decided about it."""

    item: Item
    revision: int
    versions: bytes  # the digest of the set
    payloads: tuple[bytes, ...]  # of `Version`, in the order in which they are extracted
    decisions: tuple[Made, ...]  # in the order in which they were made; those about other sets as well
    holds: Made | None  # which of them holds

    @property
    def last(self) -> int | None:
        """The id of the last decision: what a person has seen who decides now."""
        return self.decisions[-1].id if self.decisions else None

    @property
    def may_undo(self) -> bool:
        """Whether there is a decision that can be undone."""
        return self.holds is not None


def worklist(connection: Connection, wanted: Filter, sort: Sort, page: int = 1, limit: int = 50) -> Page:
    """A page of the reports that are wanted, from 1, and how many there are in all."""
    others = _conditions(replace(wanted, state=None))
    grouped = connection.execute(select(report.c.review, func.count()).where(*others).group_by(report.c.review))
    states = dict.fromkeys(ReviewState, 0) | {ReviewState(name): number for name, number in grouped}
    total = sum(states.values()) if wanted.state is None else states[wanted.state]
    found = select(*_COLUMNS).where(*_conditions(wanted)).order_by(*_order(sort)).limit(limit).offset((page - 1) * limit)
    return Page(tuple(_item(row) for row in connection.execute(found)), total, states)


def settled(connection: Connection, after: int = 0, since: datetime | None = None, *, limit: int = 100) -> Sequence[int]:
    """The reports, by their ids from ``after`` on, that nobody needs to look at any more, or that somebody accepted or corrected.

    ``since``: those only that came, or were decided about, at this time or later.
    """
    if since is None:
        return _ids(connection, SETTLED, after, limit)
    decided_since = select(decision.c.id).where(decision.c.report_id == report.c.id, decision.c.at >= since).exists()
    return _ids(connection, and_(SETTLED, or_(report.c.changed_at >= since, decided_since)), after, limit)


def decided(connection: Connection, after: int = 0, *, limit: int = 100) -> Sequence[int]:
    """The reports, by their ids from ``after`` on, that somebody accepted or corrected."""
    return _ids(connection, _DECIDED, after, limit)


def _ids(connection: Connection, wanted: ColumnElement[bool], after: int, limit: int) -> Sequence[int]:
    found = select(report.c.id).where(report.c.id > after, wanted).order_by(report.c.id).limit(limit)
    return connection.execute(found).scalars().all()


def beside(connection: Connection, wanted: Filter, sort: Sort, report_id: int) -> tuple[int | None, int | None]:
    """The reports before and behind this one in the work list, whether it still stands in it or not."""
    column = _KEYS[sort.by]
    row = connection.execute(select(column, report.c.id).where(report.c.id == report_id)).one_or_none()
    if row is None:
        return None, None
    key, own = tuple_(column, report.c.id), tuple_(literal(row[0], column.type), row.id)
    ids = select(report.c.id).where(*_conditions(wanted))
    before, behind = (key > own, key < own) if sort.descending else (key < own, key > own)
    back = replace(sort, descending=not sort.descending)
    previous = connection.scalar(ids.where(before).order_by(*_order(back)).limit(1))
    return previous, connection.scalar(ids.where(behind).order_by(*_order(sort)).limit(1))


def opened(connection: Connection, report_id: int) -> Opened | None:
    """A report; none if there is none, or its versions were removed."""
    row = connection.execute(select(*_COLUMNS, report.c.revision).where(report.c.id == report_id)).one_or_none()
    versions = connection.execute(_VERSIONS, {"of_report": report_id}).all()
    if row is None or not versions:
        return None
    of_set = digest_of_set(item.digest for item in versions)
    made = _made(connection, report_id)
    return Opened(_item(row), row.revision, of_set, tuple(item.payload for item in versions), made, holding(made, of_set))


def decide(connection: Connection, report_id: int, made: Decision, seen: int | None) -> int:
    """The id of one more decision; the report is due for extraction. ``seen``: the last decision that its maker saw (`Opened.last`).

    Raises:
        NewerVersionError: the report has other versions than `Decision.versions`, or none any more.
        DecidedError: there is a later decision than ``seen``, or none to undo.
    """
    connection.execute(select(report.c.id).where(report.c.id == report_id).with_for_update())
    digests = [row.digest for row in connection.execute(_VERSIONS, {"of_report": report_id})]
    if not digests or digest_of_set(digests) != made.versions:
        raise NewerVersionError("the report has other versions by now")
    earlier = _made(connection, report_id)
    if (earlier[-1].id if earlier else None) != seen:
        raise DecidedError("somebody decided about the report meanwhile")
    if made.action is Action.UNDO and holding(earlier, made.versions) is None:
        raise DecidedError("there is no decision to undo")
    row = {name: getattr(made, name) for name in DECIDED}
    id = connection.execute(insert(decision).values(report_id=report_id, **row).returning(decision.c.id)).scalar_one()
    make_due(connection, [report_id], {})
    follow(connection, report_id, [Stage.EXPORTED], Stage.EXTRACTED)  # so that retention keeps what may be under review again
    return int(id)


def _made(connection: Connection, report_id: int) -> tuple[Made, ...]:
    rows = connection.execute(select(decision).where(decision.c.report_id == report_id).order_by(decision.c.id))
    return tuple(made_of(row) for row in rows)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [report.c.review != ""]
    same = {
        report.c.review: wanted.state,
        report.c.category: wanted.category,
        report.c.decision: wanted.status,
        report.c.stage: wanted.stage,
    }
    found += [column == value for column, value in same.items() if value is not None]
    if wanted.reason is not None:
        found.append(_DOUBTS.contains(f"|{wanted.reason}|", autoescape=True) if wanted.reason else _DOUBTS == "")
    if wanted.cohort is not None:
        found.append(type_coerce(report.c.cohorts, Text).contains(f"|{wanted.cohort}|", autoescape=True))
    if wanted.since is not None:
        found.append(report.c.changed_at >= wanted.since)
    if wanted.until is not None:
        found.append(report.c.changed_at < wanted.until)
    return found


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    keys = (_KEYS[sort.by], report.c.id)
    return tuple(key.desc() if sort.descending else key for key in keys)


def _item(row: Row[*tuple[Any, ...]]) -> Item:
    return Item(
        id=row.id,
        issuer=row.issuer,
        number=row.number,
        state=ReviewState(row.review) if row.review else None,
        status=row.decision,
        category=row.category,
        doubts=row.doubts,
        reason=row.reason,
        stage=row.stage,
        changed_at=row.changed_at,
        waits=row.extract_at is not None,
    )


_DOUBTS: Final = type_coerce(report.c.doubts, Text)
_KEYS: Final[Mapping[SortBy, ColumnElement[Any]]] = {
    SortBy.AGE: report.c.changed_at,
    SortBy.CATEGORY: report.c.category,
    SortBy.REASON: _DOUBTS,
    SortBy.DECISION: report.c.decision,
}
_COLUMNS: Final = (
    *(report.c.id, report.c.issuer, report.c.number, report.c.review, report.c.decision, report.c.category, report.c.doubts),
    *(report.c.reason, report.c.stage, report.c.changed_at, report.c.extract_at),
)
_VERSIONS: Final = (
    select(version.c.digest, version.c.payload).where(version.c.report_id == bindparam("of_report")).order_by(version.c.digest)
)
