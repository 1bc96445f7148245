"""The tables, equal on SQLite and PostgreSQL. ``migrations`` makes them; what follows a message through them is in docs/architecture.md."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from .stages import Stage

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE: Final = EPOCH  # of a time at which something is due: whatever the clock says
_LONGEST_KEY = 150  # characters; PostgreSQL has no index entries of more than 2,704 bytes
_STAGES: Final = list(Stage)


class Moment(TypeDecorator[datetime]):
    """A time as microseconds since 1970, UTC: the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class StageNumber(TypeDecorator[Stage]):
    """A stage as its place in the order of stages, so that the least of several is their minimum."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Stage | None, dialect: Dialect) -> int | None:
        return None if value is None else _STAGES.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Stage | None:
        return None if value is None else _STAGES[value]


class Words(TypeDecorator[str]):
    """Text from outside: a NUL and half a character, which no database takes, are replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class Key(Words):
    """Words that are looked for by an index: of long ones the beginning and a hash."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        value = super().process_bind_param(value, dialect)
        if value is None or len(value) <= _LONGEST_KEY:
            return value
        return value[:80] + hashlib.sha256(value.encode()).hexdigest()


class Names(TypeDecorator[Sequence[str]]):
    """Some names, as JSON."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return None if value is None else list(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value)


class Kinds(TypeDecorator[Sequence[str]]):
    """Some words of a closed list as one text in which each can be found: ``|one|other|``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str:
        return f"|{'|'.join(value)}|" if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple((value or "").strip("|").split("|")) if value else ()


metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")

message = Table(
    "message",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("stage", StageNumber, nullable=False),
    Column("reason", Text, nullable=False),
    Column("peer", Words, nullable=False),
    Column("application", Key, nullable=False),
    Column("facility", Key, nullable=False),
    Column("control_id", Key, nullable=False),
    Column("sha256", LargeBinary),  # of the body; none in a duplicate, so that a key stands here once
    Column("size", BigInteger, nullable=False),
    Column("trace", Words, nullable=False),
    Column("first", BigInteger),  # of a duplicate: the message with the same bytes
    Column("due_at", Moment),  # waits to be read, from then on; none: it was read
    Column("owner", Text),  # who reads it until due_at
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("application", "facility", "control_id", "sha256", name="message_key"),
    Index("message_by_stage", "stage", "received_at"),
    Index("message_due", "id", "due_at", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")),
    sqlite_autoincrement=True,  # a removed message leaves its id to no other
)
body = Table(  # apart, so that a message that goes to its next stage is a short row
    "body",
    metadata,
    Column("message_id", _Id, ForeignKey("message.id"), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
report = Table(
    "report",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("issuer", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("revision", BigInteger, nullable=False),  # grows with every change of its versions
    Column("changed_by", BigInteger),  # the message that changed it last
    Column("extract_at", Moment),  # waits for its extraction, from then on; none: what follows is of this revision
    Column("owner", Text),  # who extracts it until extract_at
    Column("attempts", Integer, nullable=False, server_default=text("0")),  # to extract this revision
    Column("stage", StageNumber, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("decision", Text, nullable=False, server_default=""),
    Column("category", Text, nullable=False, server_default=""),
    Column("alarm", Text, nullable=False, server_default=""),
    Column("digest", LargeBinary),  # of the bundle to deliver
    Column("resources", Names),
    Column("deliver_at", Moment),  # its bundle waits for delivery, from then on; none: nothing to deliver
    Column("deliveries", Integer, nullable=False, server_default=text("0")),  # attempts with this bundle
    Column("first_delivery_at", Moment),
    Column("answer", Text, nullable=False, server_default=""),  # why the last attempt failed, and when it ended
    Column("answered_at", Moment),
    Column("claim", BigInteger, nullable=False, server_default=text("0")),  # counts all claims for delivery
    Column("sender", Text),  # who has the last claim, and until when; none: nobody
    Column("sending_until", Moment),
    Column("sent_digest", LargeBinary),  # none: what the server has is not known for sure
    Column("sent_resources", Names),  # all that the server may have; none: nothing was ever sent
    Column("review", Text, nullable=False, server_default=""),  # a `ReviewState`; empty before the first extraction
    Column("doubts", Kinds, nullable=False, server_default=""),  # kinds of the issues that its reading blocked
    Column("cohorts", Kinds, nullable=False, server_default=""),  # in which it is, as it holds
    Column("changed_at", Moment, nullable=False, server_default=text("0")),  # when the message came that changed it last
    UniqueConstraint("issuer", "number", name="report_key"),
    Index("report_due", "id", "extract_at", sqlite_where=text("extract_at IS NOT NULL"), postgresql_where=text("extract_at IS NOT NULL")),
    Index("report_by_review", "review", "changed_at"),
    Index("report_deliver", "deliver_at", sqlite_where=text("deliver_at IS NOT NULL"), postgresql_where=text("deliver_at IS NOT NULL")),
)
bundle = Table(
    "bundle",
    metadata,
    Column("report_id", _Id, ForeignKey("report.id"), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
version = Table(
    "version",
    metadata,
    Column("report_id", _Id, ForeignKey("report.id"), primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, primary_key=True),
    Column("message_id", BigInteger, ForeignKey("message.id"), nullable=False, index=True),
    Column("payload", LargeBinary, nullable=False),
)
part = Table(  # what a message says of a report
    "part",
    metadata,
    Column("message_id", _Id, ForeignKey("message.id"), primary_key=True, autoincrement=False),
    Column("report_id", _Id, ForeignKey("report.id"), primary_key=True, index=True, autoincrement=False),
    Column("stage", StageNumber, nullable=False),
)
alarm = Table(
    "alarm",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message_id", BigInteger),
    Column("report_id", BigInteger),
    Column("acknowledged", Boolean, nullable=False, server_default=text("false")),
    sqlite_autoincrement=True,
)
removed = Table(  # how many messages retention removed
    "removed",
    metadata,
    Column("stage", StageNumber, primary_key=True, autoincrement=False),
    Column("messages", BigInteger, nullable=False),
)
