"""Bundles on their way to the FHIR server: one at a time for a report, and what the server has when they are behind it.

From the moment a bundle is given out the server may have what is in it, whatever is heard of it; only when it is known to be
delivered, and no other was given out since, is it known what the server has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Row, bindparam, delete, insert, or_, select, update

from .parts import follow
from .schema import alarm, bundle, message, report
from .stages import Alarm, Stage
from .work import make_due

# Statements that run for every delivery are built once: to build one costs as much as to run it.
_FREE = or_(report.c.sending_until.is_(None), report.c.sending_until <= bindparam("now"))
_DUE = (
    select(report.c.id)
    .where(report.c.deliver_at.is_not(None), report.c.deliver_at <= bindparam("now"), report.c.extract_at.is_(None), _FREE)
    .order_by(report.c.deliver_at, report.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_TRACE = select(message.c.trace).where(message.c.id == report.c.changed_by).scalar_subquery().label("trace")
_DETAILS = select(report, bundle.c.content, _TRACE).join(bundle).where(report.c.id.in_(bindparam("ids", expanding=True)))
_GIVEN: dict[str, BindParameter[Any]] = {
    name: bindparam(name) for name in ("sender", "sending_until", "first_delivery_at", "sent_resources")
}
_COUNTED = {"claim": report.c.claim + 1, "deliveries": report.c.deliveries + 1, "sent_digest": None}
_CLAIM = update(report).where(report.c.id == bindparam("of_report")).values(_COUNTED | _GIVEN)
_REPORT = select(report).where(report.c.id == bindparam("of_report")).with_for_update()
_ANSWER = update(report).where(report.c.id == bindparam("of_report"))
_DROP_BUNDLE = delete(bundle).where(bundle.c.report_id == bindparam("of_report"))


@dataclass(frozen=True, slots=True, repr=False)
class Due:
    """A bundle to deliver."""

    report_id: int
    revision: int
    bundle: bytes
    digest: bytes
    resources: tuple[str, ...]
    attempts: int  # before this one
    first_attempt: datetime | None  # none: this is it
    trace: str
    claim: int  # which of all attempts for this report


def next_deliveries(connection: Connection, owner: str, limit: int, now: datetime, lease_seconds: float) -> list[Due]:
    """Bundles to deliver. A report gets no other before this one is told of, or the lease ends; one with news waits for them."""
    ids = connection.scalars(_DUE, {"now": now, "most": limit}).all()
    if not ids:
        return []
    rows = connection.execute(_DETAILS, {"ids": ids}).all()
    until = now + timedelta(seconds=lease_seconds)
    connection.execute(
        _CLAIM,
        [
            {
                "of_report": row.id,
                "sender": owner,
                "sending_until": until,
                "first_delivery_at": row.first_delivery_at or now,
                "sent_resources": _together(row.sent_resources, row.resources),
            }
            for row in rows
        ],
    )
    order = {id: place for place, id in enumerate(ids)}
    return [
        Due(
            report_id=row.id,
            revision=row.revision,
            bundle=row.content,
            digest=row.digest,
            resources=row.resources,
            attempts=row.deliveries,
            first_attempt=row.first_delivery_at,
            trace=row.trace or "",
            claim=row.claim + 1,
        )
        for row in sorted(rows, key=lambda row: order[row.id])
    ]


def delivered(connection: Connection, due: Due, now: datetime) -> None:
    """The server has this bundle.

    If another was given out since, nobody knows which of them came last: the report is then extracted and delivered once more.
    """
    row = _of(connection, due)
    if row.claim != due.claim:
        unknown = {"sent_digest": None, "sent_resources": _together(row.sent_resources, due.resources), "claim": row.claim + 1}
        make_due(connection, [due.report_id], unknown)
        return
    values: dict[str, Any] = {"sent_digest": due.digest, "sent_resources": due.resources, "answer": ""}
    done = _is_of(due, row)
    if done:
        values["deliver_at"] = None
        if row.stage is Stage.EXTRACTED:
            values["stage"] = Stage.EXPORTED
    _answered(connection, due, now, values)
    if done:
        connection.execute(_DROP_BUNDLE, {"of_report": due.report_id})
        follow(connection, due.report_id, [Stage.EXTRACTED], Stage.EXPORTED)


def retry(connection: Connection, due: Due, at: datetime, reason: str, now: datetime) -> None:
    """The server may not have it: it is to be sent again at this time, or what came instead of it at once."""
    row = _of(connection, due)
    if row.claim == due.claim:
        _answered(connection, due, now, {"answer": reason} | ({"deliver_at": at} if _is_of(due, row) else {}))


def dead(connection: Connection, due: Due, reason: str, now: datetime) -> None:
    """The server will never have it: somebody must look at the report, unless it has changed since."""
    row = _of(connection, due)
    if row.claim != due.claim:
        return
    if not _is_of(due, row):
        _answered(connection, due, now, {"answer": reason})
        return
    _answered(connection, due, now, {"answer": reason, "deliver_at": None, "stage": Stage.DEAD, "reason": reason})
    connection.execute(_DROP_BUNDLE, {"of_report": due.report_id})
    follow(connection, due.report_id, [Stage.EXTRACTED, Stage.REVIEW], Stage.DEAD)
    raised = {"at": now, "kind": Alarm.NOT_DELIVERED, "message_id": row.changed_by, "report_id": due.report_id}
    connection.execute(insert(alarm), raised)


def _of(connection: Connection, due: Due) -> Row[Any]:
    return connection.execute(_REPORT, {"of_report": due.report_id}).one()


def _is_of(due: Due, row: Row[Any]) -> bool:
    """Whether what waits for delivery is still what was sent."""
    return row.deliver_at is not None and row.digest == due.digest


def _answered(connection: Connection, due: Due, now: datetime, values: dict[str, Any]) -> None:
    free = {"sender": None, "sending_until": None, "answered_at": now}
    connection.execute(_ANSWER, free | values | {"of_report": due.report_id})


def _together(one: tuple[str, ...] | None, other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*(one or ()), *other}))


def hasten(connection: Connection, now: datetime) -> None:
    """What waits to be sent again is due: the server is back, or the clock was set back."""
    connection.execute(update(report).where(report.c.deliver_at > now).values(deliver_at=now))
