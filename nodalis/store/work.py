"""What waits to be read and to be extracted, who does it until when, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, Integer, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..review.decision import Decision, Made, ReviewState, digest_of_set, holding
from .decision_schema import decision, made_of
from .parts import follow, settle
from .schema import AT_ONCE, alarm, body, bundle, message, part, report, version
from .stages import UNFINISHED, Alarm, Stage

# Statements that run for every message are built once: to build one costs as much as to run it.
_OF_MESSAGE: BindParameter[int] = bindparam("of_message")
_DUE_AT = select(message.c.due_at).where(message.c.id == _OF_MESSAGE).with_for_update()
_REPORTS = select(part.c.report_id).where(part.c.message_id == _OF_MESSAGE)
_VERSIONS = select(version.c.report_id, version.c.digest).where(version.c.message_id == _OF_MESSAGE)
_DROP_PARTS = delete(part).where(part.c.message_id == _OF_MESSAGE)
_ADD_PART = insert(part)
_REPORT = select(report.c.id).where(report.c.issuer == bindparam("of_issuer"), report.c.number == bindparam("of_number"))
_DIALECTS = {module.dialect.name: module.insert for module in (sqlite, postgresql)}
_ADD_VERSION = {name: add(version).on_conflict_do_nothing().returning(version.c.report_id) for name, add in _DIALECTS.items()}
_ADD_REPORT = {name: add(report).on_conflict_do_nothing().returning(report.c.id) for name, add in _DIALECTS.items()}
_OF_REPORT = report.c.id == bindparam("of_report")
_EXTRACTED = (
    select(report.c.alarm, report.c.changed_by, message.c.received_at)
    .outerjoin(message, message.c.id == report.c.changed_by)
    .where(_OF_REPORT, report.c.revision == bindparam("of_revision"), report.c.extract_at.is_not(None))
    .with_for_update(of=report)
)
_SET_STATE = update(report).where(_OF_REPORT)
_DROP_BUNDLE = delete(bundle).where(bundle.c.report_id == bindparam("of_report"))
_ADD_BUNDLE = insert(bundle)
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_NOW: BindParameter[datetime] = bindparam("now")
_MOST: BindParameter[int] = bindparam("most", type_=Integer)
_MESSAGES_DUE = (
    select(message.c.id)
    .where(message.c.due_at.is_not(None), message.c.due_at <= _NOW)
    .order_by(message.c.id)
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_MESSAGES = (
    select(message.c.id, body.c.content, message.c.peer, message.c.trace, message.c.received_at, message.c.attempts)
    .join(body)
    .where(message.c.id.in_(_IDS))
    .order_by(message.c.id)
)
_LEASE_MESSAGES = update(message).where(message.c.id.in_(_IDS)).values(attempts=message.c.attempts + 1)
# A report waits while one of its messages is to be read again, so that it is never made of a part of its versions.
_UNREAD = exists().where(part.c.report_id == report.c.id, part.c.message_id == message.c.id, message.c.due_at.is_not(None))
_REPORTS_DUE = (
    select(report.c.id)
    .where(report.c.extract_at.is_not(None), report.c.extract_at <= _NOW, ~_UNREAD)
    .order_by(report.c.id)
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_REPORT_DUE = _REPORTS_DUE.where(report.c.id == bindparam("of_report"))
_PAYLOADS = (
    select(version.c.report_id, version.c.digest, version.c.payload)
    .where(version.c.report_id.in_(_IDS))
    .order_by(version.c.report_id, version.c.digest)
)
_DECISIONS = select(decision).where(decision.c.report_id.in_(_IDS)).order_by(decision.c.id)
_WITH_TRACE = (
    select(report, message.c.trace)
    .outerjoin(message, message.c.id == report.c.changed_by)
    .where(report.c.id.in_(_IDS))
    .order_by(report.c.id)
)
_LEASE_REPORTS = update(report).where(report.c.id.in_(_IDS)).values(attempts=report.c.attempts + 1)
_MAKE_DUE = update(report).where(report.c.id.in_(_IDS)).values(revision=report.c.revision + 1)


@dataclass(frozen=True, slots=True, repr=False)
class WaitingMessage:
    """A message to read."""

    id: int
    body: bytes
    peer: str
    trace: str
    received_at: datetime
    attempts: int  # how often it was given out before


@dataclass(frozen=True, slots=True, repr=False)
class NewVersion:
    """A version of a report as a message has it."""

    issuer: str
    number: str
    digest: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What the FHIR server may have of a report; the digest is empty where it is not known what it has."""

    digest: bytes
    resources: tuple[str, ...]  # "Observation/<id>"


@dataclass(frozen=True, slots=True, repr=False)
class WaitingReport:
    """A report to extract: all its versions, in an order that does not depend on how they came."""

    id: int
    revision: int
    issuer: str
    number: str
    versions: tuple[bytes, ...]  # payloads; none where messages that were read again no longer speak of this report
    sent: Sent | None  # none: nothing was ever sent
    trace: str
    attempts: int  # how often this revision was given out before
    decision: Decision | None = None  # of a person, that holds for just these versions


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """What a report is after its extraction.

    EXTRACTED with a bundle is to be delivered, without one it is preliminary and waits. REVIEW may have a bundle that takes back
    what was sent. EXPORTED and DUPLICATE have none: the server has all of it; with DUPLICATE its new messages changed nothing.
    """

    stage: Stage
    reason: str
    bundle: bytes | None
    digest: bytes  # of the bundle
    resources: tuple[str, ...]  # what the server has when it has the bundle
    decision: str
    category: str
    alarm: str  # of `Alarm`, or empty
    doubts: tuple[str, ...] = ()  # kinds of the issues that block it as it was read, whatever a person decided
    cohorts: tuple[str, ...] = ()  # in which it is, as it holds
    decided: ReviewState | None = None  # by a person; none: nobody did, or what was decided does not make it fit to be used

    @property
    def review(self) -> ReviewState:
        """Where it stands with people."""
        return self.decided or (ReviewState.OPEN if self.stage is Stage.REVIEW else ReviewState.CLEAR)

    def __post_init__(self) -> None:
        if self.stage in (Stage.RECEIVED, Stage.QUARANTINED):
            raise ValueError(f"{self.stage} is no stage of an extracted report")
        if self.bundle is not None and self.stage not in (Stage.EXTRACTED, Stage.REVIEW):
            raise ValueError(f"a report that is {self.stage} has nothing to deliver")
        if self.decided and self.stage is Stage.REVIEW:
            raise ValueError("a report that is decided is not under review")
        if self.alarm:
            Alarm(self.alarm)


def waiting(connection: Connection, most: int) -> int:
    """How many messages and reports wait to be read and extracted, counted up to so many."""
    queues = (select(message.c.id).where(message.c.due_at.is_not(None)), select(report.c.id).where(report.c.extract_at.is_not(None)))
    return sum(connection.execute(select(func.count()).select_from(queue.limit(most).subquery())).scalar_one() for queue in queues)


def next_messages(connection: Connection, owner: str, limit: int, now: datetime, lease_seconds: float) -> list[WaitingMessage]:
    """Messages to read, the oldest first. Nobody else gets them before the lease ends."""
    ids = connection.scalars(_MESSAGES_DUE, {"now": now, "most": limit}).all()
    if not ids:
        return []
    rows = connection.execute(_MESSAGES, {"ids": ids}).all()
    connection.execute(_LEASE_MESSAGES, {"ids": ids, "owner": owner, "due_at": now + timedelta(seconds=lease_seconds)})
    return [WaitingMessage(*row) for row in rows]


def quarantine(connection: Connection, id: int, reason: str) -> None:
    """A message can never be read. What it gave when it was read before stays with its reports."""
    connection.execute(delete(part).where(part.c.message_id == id))
    values = {"stage": Stage.QUARANTINED, "reason": reason, "due_at": None, "owner": None}
    connection.execute(update(message).where(message.c.id == id).values(values))


def record_versions(connection: Connection, message_id: int, versions: Sequence[NewVersion]) -> list[int]:
    """A message gives these versions, and none of those it gave before; its reports, which are due for extraction if that is new."""
    if not versions:
        raise ValueError("a message without a version is quarantined")
    of_message = {"of_message": message_id}
    waits = connection.execute(_DUE_AT, of_message).scalar_one()
    before = set(connection.scalars(_REPORTS, of_message))
    if waits is None:  # somebody else read it meanwhile
        return sorted(before)
    kept: set[tuple[int, bytes]] = set()
    changed = before  # what is read again is extracted again, even if it reads the same
    for new in sorted(versions, key=lambda new: (new.issuer, new.number, new.digest)):
        report_id = _report_id(connection, new.issuer, new.number)
        kept.add((report_id, new.digest))
        row = {"report_id": report_id, "digest": new.digest, "message_id": message_id, "payload": new.payload}
        if connection.execute(_ADD_VERSION[connection.dialect.name], row).first():
            changed = changed | {report_id}
    given = connection.execute(_VERSIONS, of_message).all()
    for report_id, digest in {(row.report_id, row.digest) for row in given} - kept:
        connection.execute(delete(version).where(version.c.report_id == report_id, version.c.digest == digest))
        changed = changed | {report_id}
    reports = sorted({report_id for report_id, _ in kept})
    connection.execute(_DROP_PARTS, of_message)
    stages = {True: Stage.RECEIVED, False: Stage.DUPLICATE}
    connection.execute(_ADD_PART, [{"message_id": message_id, "report_id": id, "stage": stages[id in changed]} for id in reports])
    make_due(connection, changed, {"changed_by": message_id})
    settle(connection, message_id)
    return reports


def make_due(connection: Connection, report_ids: Collection[int], values: Mapping[str, object]) -> None:
    """These reports are to be extracted anew; what is being extracted of them has no effect."""
    due = {"extract_at": AT_ONCE, "owner": None, "attempts": 0}
    connection.execute(_MAKE_DUE, due | dict(values) | {"ids": sorted(report_ids)})


def _report_id(connection: Connection, issuer: str, number: str) -> int:
    key = {"of_issuer": issuer, "of_number": number}
    found = connection.execute(_REPORT, key).scalar()
    if found is None:
        new = {"issuer": issuer, "number": number, "revision": 0, "stage": Stage.RECEIVED}
        found = connection.execute(_ADD_REPORT[connection.dialect.name], new).scalar()
    return int(connection.execute(_REPORT, key).scalar_one() if found is None else found)


def next_reports(connection: Connection, owner: str, limit: int, now: datetime, lease_seconds: float) -> list[WaitingReport]:
    """Reports to extract. Nobody else gets them before the lease ends, or before they change."""
    return _given(connection, connection.scalars(_REPORTS_DUE, {"now": now, "most": limit}).all(), owner, now, lease_seconds)


def next_of_report(connection: Connection, report_id: int, owner: str, now: datetime, lease_seconds: float) -> WaitingReport | None:
    """The same of one report; none if it need not be extracted, or somebody else does."""
    ids = connection.scalars(_REPORT_DUE, {"of_report": report_id, "now": now, "most": 1}).all()
    return next(iter(_given(connection, ids, owner, now, lease_seconds)), None)


def _given(connection: Connection, ids: Sequence[int], owner: str, now: datetime, lease_seconds: float) -> list[WaitingReport]:
    if not ids:
        return []
    versions: dict[int, list[tuple[bytes, bytes]]] = {id: [] for id in ids}
    for row in connection.execute(_PAYLOADS, {"ids": ids}):
        versions[row.report_id].append((row.digest, row.payload))
    made: dict[int, list[Made]] = {id: [] for id in ids}
    for row in connection.execute(_DECISIONS, {"ids": ids}):
        made[row.report_id].append(made_of(row))
    rows = connection.execute(_WITH_TRACE, {"ids": ids}).all()
    connection.execute(_LEASE_REPORTS, {"ids": ids, "owner": owner, "extract_at": now + timedelta(seconds=lease_seconds)})
    return [
        WaitingReport(
            id=row.id,
            revision=row.revision,
            issuer=row.issuer,
            number=row.number,
            versions=tuple(payload for _, payload in versions[row.id]),
            sent=None if row.sent_resources is None else Sent(row.sent_digest or b"", row.sent_resources),
            trace=row.trace or "",
            attempts=row.attempts,
            decision=_decision(made[row.id], [digest for digest, _ in versions[row.id]]),
        )
        for row in rows
    ]


def _decision(made: Sequence[Made], digests: Sequence[bytes]) -> Decision | None:
    found = holding(made, digest_of_set(digests)) if made else None
    return found.decision if found else None


def record_state(connection: Connection, report_id: int, revision: int, state: State) -> bool:
    """Keep what a report is after its extraction; false, and without effect, if it changed meanwhile."""
    row = connection.execute(_EXTRACTED, {"of_report": report_id, "of_revision": revision}).one_or_none()
    if row is None:
        return False
    stage = Stage.EXPORTED if state.stage is Stage.DUPLICATE else state.stage
    values = {
        "extract_at": None,
        "owner": None,
        "stage": stage,
        "reason": state.reason,
        "decision": state.decision,
        "category": state.category,
        "alarm": state.alarm,
        "review": state.review,
        "doubts": state.doubts,
        "cohorts": state.cohorts,
        "digest": state.digest,
        "resources": state.resources,
        "deliver_at": None if state.bundle is None else AT_ONCE,
        "deliveries": 0,
        "first_delivery_at": None,
    }
    if row.received_at is not None:
        values["changed_at"] = row.received_at
    connection.execute(_SET_STATE, values | {"of_report": report_id})
    connection.execute(_DROP_BUNDLE, {"of_report": report_id})
    if state.bundle is not None:
        connection.execute(_ADD_BUNDLE, {"report_id": report_id, "content": state.bundle})
    if state.stage is Stage.DUPLICATE:
        follow(connection, report_id, [Stage.RECEIVED], Stage.DUPLICATE)
    follow(connection, report_id, UNFINISHED, stage)
    if state.alarm and state.alarm != row.alarm:
        raised = {"at": row.received_at, "kind": state.alarm, "message_id": row.changed_by, "report_id": report_id}
        connection.execute(insert(alarm), raised)
    return True
