"""The audit: who did what to which report, when and why, in rows of which each seals the one before it.

A seal is an HMAC-SHA-256 over all columns of a row and the seal of the row before, by a key that is not in the database. The head says
which row is the last, under a seal of its own. So whoever changes the database without the key is found; what cannot be found is a whole
database, head and all, put back to an older copy of itself: for this the head is kept elsewhere (``nodalis audit verify --expect``).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, true, type_coerce, update
from sqlalchemy.types import NullType

from .audit_key import AuditKey
from .people_schema import audit, audit_head
from .schema import EPOCH
from .writer import end_group

_LONGEST: Final = 200  # characters of a value of the details
_LONGEST_REASON: Final = 2_000
_MOST_PROBLEMS: Final = 1_000


class AuditAction(StrEnum):
    """What may be done that the audit tells of."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    LIST = "list"  # saw a list of reports
    VIEW = "view"  # saw a report
    DECIDE = "decide"  # accepted, corrected or set aside
    UNDO = "undo"
    EXPORT = "export"
    LOAD = "load"  # put reports into the store
    REPLAY = "replay"  # had messages read again and what they say delivered again
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    PASSWORD_CHANGED = "password_changed"
    ROLES_CHANGED = "roles_changed"
    AUDIT_READ = "audit_read"


DETAILS: Final = frozenset(
    (
        *("account", "roles", "way", "why", "address"),  # signing in, accounts
        *("decision", "fields", "versions", "revision"),  # decisions: names of fields, never their values
        *("format", "edition", "version", "cohort", "count", "from", "to"),  # exports and lists
        *("messages", "stages"),  # messages shown or read again: their numbers in the store, or the stages that were asked for
    )
)
"""What the details of an event may say; never a word of a report."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody did; the reason is as they gave it.

    Raises:
        ValueError: a detail of another name, or longer than a detail is.
    """

    actor: str
    action: AuditAction
    report_id: int | None = None
    reason: str = ""
    detail: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not DETAILS.issuperset(self.detail):
            raise ValueError("a detail that is not of the list")
        if any(isinstance(value, str) and len(value) > _LONGEST for value in self.detail.values()) or len(self.reason) > _LONGEST_REASON:
            raise ValueError("a detail or reason that is too long")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the audit."""

    number: int
    at: datetime
    event: Event
    seal: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last row, as it may be kept elsewhere: ``417:9f86...``."""

    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.number}:{self.seal}"

    @classmethod
    def of(cls, text: str) -> Head:
        """The head that was printed.

        Raises:
            ValueError: it is none.

        >>> str(Head.of("7:" + "0f" * 32))[:6]
        '7:0f0f'
        """
        number, _, seal = text.strip().partition(":")
        if not number.isdecimal() or len(bytes.fromhex(seal)) != 32:
            raise ValueError("expected NUMBER:HASH")
        return cls(int(number), seal.lower())


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not as it was written, and from which row on it was found; None: of the head."""

    number: int | None
    what: str


class Audit:
    """Writes and checks the rows of a store with its key."""

    def __init__(self, key: AuditKey) -> None:
        self._key = key

    def record(self, connection: Connection, event: Event, at: datetime) -> None:
        """Add a row, in the transaction of what it tells of: both are there or neither. To be the last that a work does.

        All who record wait for the head, so that it is the last lock of every transaction: no other work comes behind.

        Raises:
            FatalError: the key cannot be used.
        """
        end_group(connection)
        number, last = connection.execute(select(audit_head.c.number, audit_head.c.last).with_for_update()).one()
        self._key.secret(first=not number)
        number += 1
        row = {
            "number": number,
            "at": (at - EPOCH) // timedelta(microseconds=1),
            "actor": _clean(event.actor),
            "action": str(event.action),
            "report_id": event.report_id,
            "reason": _clean(event.reason),
            "detail": _clean(json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True, separators=(",", ":"))),
            "previous": bytes(last),
        }
        seal = self._seal("row", *row.values())
        connection.execute(insert(audit).values(row | {"at": at, "seal": seal}))
        connection.execute(update(audit_head).values(number=number, last=seal, seal=self._seal("head", number, seal)))

    def verify(self, connection: Connection, kept: Head | None = None, most: int | None = None) -> Sequence[Problem]:
        """Everything in which the audit differs from what was recorded; with a head that was kept elsewhere, also from that.

        ``most``: look at the head and at so many rows before it only.

        Raises:
            FatalError: the key cannot be used.
        """
        columns = (audit_head.c.number, audit_head.c.last, audit_head.c.seal, *audit.c)
        raw: list[Any] = [type_coerce(column, NullType) for column in columns]  # as it stands there, whatever somebody made of it
        # One statement, and so one state of the database, whoever writes meanwhile.
        looked_at = true() if most is None else audit.c.number > audit_head.c.number - most
        wanted = select(*raw).select_from(audit_head.outerjoin(audit, looked_at)).order_by(audit.c.number)
        with connection.execution_options(yield_per=1_000).execute(wanted) as rows:
            return list(islice(self._problems(rows, kept, most is None), _MOST_PROBLEMS))

    def _problems(self, rows: Iterable[Sequence[Any]], kept: Head | None, is_whole: bool) -> Iterator[Problem]:
        number, last, head = 0, b"", None
        for said, said_last, said_seal, *row in rows:
            is_first, head = head is None, (said, said_last, said_seal)
            if row[0] is None:  # a head and no row
                continue
            if is_first and not is_whole:  # what stands before it is not looked at
                number, last = row[0] - 1, row[-2]
            if row[0] != number + 1:
                yield Problem(row[0], "the row before it is missing" if row[0] > number else "stands there twice")
            if not self._is_sealed(row[-1], "row", *row[:-1]):
                yield Problem(row[0], "it was changed, or written without the key")
            elif row[-2] != last:
                yield Problem(row[0], "it does not follow the row before it")
            number, last = row[0], row[-1]
            if kept and number == kept.number and (not isinstance(last, bytes) or last.hex() != kept.seal):
                yield Problem(number, "it is not the row that the kept head names")
        yield from self._problems_of_head(head, number, last)
        if kept and kept.number > number:
            yield Problem(None, "rows up to that which the kept head names are missing")

    def _problems_of_head(self, head: tuple[Any, Any, Any] | None, number: int, last: bytes) -> Iterator[Problem]:
        if head is None:
            yield Problem(None, "there is none")
        elif head == (0, b"", b"") and not number:
            if self._key.exists:
                yield Problem(None, "nothing is recorded, and there is a key: what was recorded is gone")
        elif not self._is_sealed(head[2], "head", *head[:2]):
            yield Problem(None, "it was changed, or written without the key")
        elif head[:2] != (number, last):
            yield Problem(None, "it names another last row: rows behind the last one are missing, or were added")

    def _is_sealed(self, seal: object, *values: object) -> bool:
        return isinstance(seal, bytes) and hmac.compare_digest(seal, self._seal(*values))

    def _seal(self, *values: object) -> bytes:
        return hmac.digest(self._key.secret(), json.dumps(values, default=repr).encode(), "sha256")


def length(connection: Connection) -> int:
    """How many rows there are, by the rows and by the head."""
    return max(connection.scalar(select(func.max(table.c.number))) or 0 for table in (audit, audit_head))


def head(connection: Connection) -> Head:
    """The last row, to be kept elsewhere."""
    number, last = connection.execute(select(audit_head.c.number, audit_head.c.last)).one()
    return Head(number, bytes(last).hex())


def entries(connection: Connection, after: int = 0, limit: int = 1_000, report_id: int | None = None) -> Sequence[Entry]:
    """Rows in their order, of one report or of all."""
    wanted = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
    if report_id is not None:
        wanted = wanted.where(audit.c.report_id == report_id)
    return [_entry(row) for row in connection.execute(wanted)]


def _entry(row: Row[Any]) -> Entry:
    event = Event(row.actor, AuditAction(row.action), row.report_id, row.reason, json.loads(row.detail))
    return Entry(row.number, row.at, event, row.seal)


def _clean(text: str) -> str:
    """As databases take it."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
