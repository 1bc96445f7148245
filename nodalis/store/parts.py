"""The stages of messages as their reports go on: what happens to a report happens to all messages that are about it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, select, update

from .schema import message, part
from .stages import Stage

# Statements that run for every message are built once: to build one costs as much as to run it.
_OF_REPORT = part.c.report_id == bindparam("of_report")
_LEAST = select(func.min(part.c.stage)).where(part.c.message_id == message.c.id).scalar_subquery()
_MOVE_PARTS = update(part).where(_OF_REPORT, part.c.stage.in_(bindparam("before", expanding=True))).values(stage=bindparam("after"))
_MOVE_MESSAGES = (
    update(message).where(message.c.id.in_(select(part.c.message_id).where(_OF_REPORT)), message.c.due_at.is_(None)).values(stage=_LEAST)
)
_SETTLE = update(message).where(message.c.id == bindparam("of")).values(stage=_LEAST, reason="", due_at=None, owner=None)


def follow(connection: Connection, report_id: int, before: Iterable[Stage], after: Stage) -> None:
    """What messages say of this report goes from one of these stages to another, and the messages with it."""
    connection.execute(_MOVE_PARTS, {"of_report": report_id, "before": list(before), "after": after})
    connection.execute(_MOVE_MESSAGES, {"of_report": report_id})


def settle(connection: Connection, message_id: int) -> None:
    """The message was read: its stage is the least of what it says of its reports."""
    connection.execute(_SETTLE, {"of": message_id})
