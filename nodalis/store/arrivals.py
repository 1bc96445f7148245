"""Messages as they arrive: kept before anything else is done with them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from .schema import AT_ONCE, alarm, body, message
from .stages import Alarm, Stage

_KEY = (message.c.application, message.c.facility, message.c.control_id)
_INSERT = {module.dialect.name: module.insert(message).on_conflict_do_nothing().returning(message.c.id) for module in (sqlite, postgresql)}


@dataclass(frozen=True, slots=True, repr=False)
class Arrival:
    """A message as it came in; with ``quarantine``, the reason why it can never be read."""

    peer: str
    application: str  # MSH-3
    facility: str  # MSH-4
    control_id: str  # MSH-10
    body: bytes
    received_at: datetime  # UTC
    trace: str
    quarantine: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an arrival. The stage and reason of a duplicate are those of the first, so that it gets the same answer."""

    id: int
    stage: Stage
    first: int | None  # of a duplicate
    control_id_reused: bool = False
    reason: str = ""


def record(connection: Connection, arrival: Arrival) -> Recorded:
    """Keep a message. The same bytes from the same sender under the same control id are a duplicate; under a new one they are not."""
    stage = Stage.QUARANTINED if arrival.quarantine else Stage.RECEIVED
    row = {
        "received_at": arrival.received_at,
        "stage": stage,
        "reason": arrival.quarantine,
        "peer": arrival.peer,
        "application": arrival.application,
        "facility": arrival.facility,
        "control_id": arrival.control_id,
        "sha256": hashlib.sha256(arrival.body).digest(),
        "size": len(arrival.body),
        "trace": arrival.trace,
        "first": None,
        "due_at": None if arrival.quarantine else AT_ONCE,
    }
    id = connection.execute(_INSERT[connection.dialect.name], row).scalar()
    if id is None:
        return _duplicate(connection, row)
    connection.execute(_INSERT_BODY, {"message_id": id, "content": arrival.body})
    reused = bool(arrival.control_id) and connection.execute(_REUSED, {**_key(row), "own": id}).scalar_one()
    if reused:
        connection.execute(insert(alarm), {"at": arrival.received_at, "kind": Alarm.CONTROL_ID_REUSED, "message_id": id})
    return Recorded(id, stage, None, reused, arrival.quarantine)


def known(connection: Connection, arrival: Arrival) -> bool:
    """Whether the same bytes came from the same sender under the same control id before, and are still there."""
    key = {"application": arrival.application, "facility": arrival.facility, "control_id": arrival.control_id}
    return connection.execute(_FIRST, {**_key(key), "hash": hashlib.sha256(arrival.body).digest()}).one_or_none() is not None


def _duplicate(connection: Connection, row: dict[str, Any]) -> Recorded:
    first = connection.execute(_FIRST, {**_key(row), "hash": row["sha256"]}).one()
    again = row | {"stage": Stage.DUPLICATE, "reason": "", "sha256": None, "due_at": None, "first": first.id}
    id = connection.execute(_INSERT[connection.dialect.name], again).scalar_one()
    return Recorded(id, first.stage, first.id, False, first.reason)


def _key(row: dict[str, Any]) -> dict[str, Any]:
    return {f"{column.name}_is": row[column.name] for column in _KEY}


_SAME_KEY = [column == bindparam(f"{column.name}_is") for column in _KEY]
_INSERT_BODY = insert(body)
_REUSED = select(exists().where(*_SAME_KEY, message.c.sha256.is_not(None), message.c.id != bindparam("own")))
_FIRST = select(message.c.id, message.c.stage, message.c.reason).where(*_SAME_KEY, message.c.sha256 == bindparam("hash"))
