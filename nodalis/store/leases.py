"""What a process has to do, given back when it ends or was killed."""

from __future__ import annotations

from sqlalchemy import Connection, update

from .schema import AT_ONCE, message, report


def release(connection: Connection, owner: str) -> None:
    """Whatever this owner was given may be given out again at once; for its start and its end, when nothing of it runs."""
    reading, extracting = message.c.due_at.is_not(None), report.c.extract_at.is_not(None)
    connection.execute(update(message).where(message.c.owner == owner, reading).values(owner=None, due_at=AT_ONCE))
    connection.execute(update(report).where(report.c.owner == owner, extracting).values(owner=None, extract_at=AT_ONCE))
    connection.execute(update(report).where(report.c.sender == owner).values(sender=None, sending_until=None))
