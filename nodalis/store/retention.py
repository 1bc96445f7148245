"""What was kept long enough is removed, and counted on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, insert, or_, select, update

from .schema import body, message, part, removed, version
from .stages import SETTLED

_SHORTEST = 90  # days; for so long a message that comes again is known


def clean(connection: Connection, now: datetime, keep_days: int, limit: int = 500) -> int:
    """How many messages were removed, at most so many at a time: old ones that are exported or were duplicates.

    A message stays while another one of its reports does, since they are read together. What the FHIR server has of a report
    stays known, so that a late correction can take it back.
    """
    if keep_days < _SHORTEST:
        raise ValueError(f"messages are kept for at least {_SHORTEST} days")
    before = now - timedelta(days=keep_days)
    other_part, other = part.alias(), message.alias()
    young = or_(other.c.received_at >= before, other.c.stage.not_in(SETTLED), other.c.due_at.is_not(None))
    of_same = (part.c.message_id == message.c.id) & (other_part.c.report_id == part.c.report_id) & (other.c.id == other_part.c.message_id)
    old = select(message.c.id, message.c.stage).where(
        message.c.stage.in_(SETTLED), message.c.received_at < before, message.c.due_at.is_(None), ~exists().where(of_same, young)
    )
    rows = connection.execute(old.order_by(message.c.id).limit(limit)).all()
    ids = [row.id for row in rows]
    for table in (body, version, part):
        connection.execute(delete(table).where(table.c.message_id.in_(ids)))
    connection.execute(delete(message).where(message.c.id.in_(ids)))
    for stage in SETTLED:
        number = sum(row.stage is stage for row in rows)
        counted = update(removed).where(removed.c.stage == stage).values(messages=removed.c.messages + number)
        if number and not connection.execute(counted).rowcount:
            connection.execute(insert(removed), {"stage": stage, "messages": number})
    return len(ids)
