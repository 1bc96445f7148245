"""The stages of messages as their reports go on: what happens to a report happens to all messages that are about it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, update

from .schema import message, part
from .stages import Stage

_LEAST = select(func.min(part.c.stage)).where(part.c.message_id == message.c.id).scalar_subquery()


def follow(connection: Connection, report_id: int, before: Iterable[Stage], after: Stage) -> None:
    """What messages say of this report goes from one of these stages to another, and the messages with it."""
    of_report = part.c.report_id == report_id
    connection.execute(update(part).where(of_report, part.c.stage.in_(list(before))).values(stage=after))
    messages = select(part.c.message_id).where(of_report)
    connection.execute(update(message).where(message.c.id.in_(messages), message.c.due_at.is_(None)).values(stage=_LEAST))


def settle(connection: Connection, message_id: int) -> None:
    """The message was read: its stage is the least of what it says of its reports."""
    connection.execute(update(message).where(message.c.id == message_id).values(stage=_LEAST, due_at=None, owner=None))
