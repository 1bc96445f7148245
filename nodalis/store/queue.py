"""What is in the store, for people and for metrics; and messages read again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from .schema import AT_ONCE, alarm, body, message, part, removed, report
from .stages import Alarm, Stage
from .work import make_due

_CHUNK = 1_000  # ids in one statement


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages came, where they stand, and what waits."""

    total: int  # ever received, with those that retention removed
    stages: Mapping[Stage, int]  # all stages; their sum is the total
    oldest: datetime | None  # when the oldest message came that waits to be read, extracted or delivered
    alarms: Mapping[Alarm, int]


@dataclass(frozen=True, slots=True)
class Listed:
    """A message without what it says."""

    id: int
    received_at: datetime
    stage: Stage
    reason: str
    peer: str
    application: str
    facility: str
    control_id: str
    size: int
    trace: str
    first: int | None  # of a duplicate


@dataclass(frozen=True, slots=True)
class ShownReport:
    """Where a report of a message stands."""

    id: int
    issuer: str
    number: str
    stage: Stage  # of the report
    message_stage: Stage  # of what this message says of it
    reason: str
    decision: str
    category: str
    revision: int
    deliveries: int  # attempts with its last bundle
    answer: str  # why the last attempt failed
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A message with its bytes, if they are still there, and its reports."""

    message: Listed
    body: bytes | None
    reports: tuple[ShownReport, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm."""

    id: int
    at: datetime
    kind: Alarm
    message_id: int | None
    report_id: int | None


def counts(connection: Connection) -> Counts:
    """How many messages stand where."""
    stages = dict.fromkeys(Stage, 0)
    for stage, number in connection.execute(select(message.c.stage, func.count()).group_by(message.c.stage)):
        stages[stage] += number
    for stage, number in connection.execute(select(removed.c.stage, removed.c.messages)):
        stages[stage] += number
    unread = select(func.min(message.c.received_at)).where(message.c.stage == Stage.RECEIVED)
    undelivered = select(func.min(message.c.received_at)).join(report, report.c.changed_by == message.c.id)
    waiting = [connection.scalar(unread), connection.scalar(undelivered.where(report.c.deliver_at.is_not(None)))]
    alarms = {Alarm(kind): number for kind, number in connection.execute(select(alarm.c.kind, func.count()).group_by(alarm.c.kind))}
    return Counts(sum(stages.values()), stages, min((at for at in waiting if at), default=None), alarms)


def listed(
    connection: Connection,
    stages: Collection[Stage] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    after_id: int = 0,
    limit: int = 50,
) -> list[Listed]:
    """Messages behind an id, in the order in which they came; of all stages where none is named, ``until`` not included."""
    rows = connection.execute(_LISTED.where(message.c.id > after_id, *_of(stages, since, until)).order_by(message.c.id).limit(limit))
    return [Listed(*row) for row in rows]


def shown(connection: Connection, id: int) -> Shown | None:
    """A message with everything; none if there is no such message."""
    row = connection.execute(_LISTED.where(message.c.id == id)).one_or_none()
    if row is None:
        return None
    columns = [part.c.stage if name == "message_stage" else report.c[name] for name in _names(ShownReport)]
    reports = connection.execute(select(*columns).join_from(report, part).where(part.c.message_id == id).order_by(report.c.id))
    content = connection.execute(select(body.c.content).where(body.c.message_id == id)).scalar()
    return Shown(Listed(*row), content, tuple(ShownReport(*row) for row in reports))


def alarms(connection: Connection, after_id: int = 0, limit: int = 50) -> list[Raised]:
    """Alarms behind an id, in the order in which they were raised."""
    columns = (alarm.c.id, alarm.c.at, alarm.c.kind, alarm.c.message_id, alarm.c.report_id)
    rows = connection.execute(select(*columns).where(alarm.c.id > after_id).order_by(alarm.c.id).limit(limit))
    return [Raised(row.id, row.at, Alarm(row.kind), row.message_id, row.report_id) for row in rows]


def replay(
    connection: Connection,
    ids: Sequence[int] | None = None,
    stages: Collection[Stage] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """How many messages are read again as if they had just come, and their reports extracted and delivered again.

    Those that wait to be read anyway are none of them, nor are those without bytes: duplicates, and what retention removed.
    """
    readable = select(message.c.id).join(body).where(message.c.due_at.is_(None), *_of(stages, since, until))
    if ids is None:
        found = list(connection.scalars(readable))
    else:
        found = [id for some in _chunks(ids) for id in connection.scalars(readable.where(message.c.id.in_(some)))]
    for some in _chunks(found):
        connection.execute(update(part).where(part.c.message_id.in_(some)).values(stage=Stage.RECEIVED))
        again = {"stage": Stage.RECEIVED, "reason": "", "due_at": AT_ONCE, "attempts": 0}
        connection.execute(update(message).where(message.c.id.in_(some)).values(again))
        reports = connection.scalars(select(part.c.report_id).where(part.c.message_id.in_(some)).distinct()).all()
        make_due(connection, reports, {"sent_digest": None})
    return len(found)


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[first : first + _CHUNK] for first in range(0, len(ids), _CHUNK)]


def _of(stages: Collection[Stage], since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if stages:
        wanted.append(message.c.stage.in_(list(stages)))
    if since is not None:
        wanted.append(message.c.received_at >= since)
    if until is not None:
        wanted.append(message.c.received_at < until)
    return wanted


def _names(row: type) -> list[str]:
    return [field.name for field in fields(row)]


# The reason of a message is its own, or else that of the report which gives it its stage.
_GIVES_STAGE = (part.c.message_id == message.c.id) & (part.c.stage == message.c.stage)
_REASON = select(func.min(report.c.reason)).join_from(report, part).where(_GIVES_STAGE).scalar_subquery()
_LISTED = select(
    *(func.coalesce(func.nullif(message.c.reason, ""), _REASON, "") if name == "reason" else message.c[name] for name in _names(Listed))
)
