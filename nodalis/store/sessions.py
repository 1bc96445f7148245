"""Sessions: what the cookie of a browser stands for, known by a hash of it only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from .accounts import Account, found
from .people_schema import account, session

_TOUCH: Final = timedelta(minutes=1)  # a session ends this much too early at most, and is written no more often


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long somebody stays signed in: without doing anything, and in all."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's session that has not ended."""

    name: str
    shown: str
    roles: frozenset[str]
    is_to_touch: bool  # it was used long enough ago to write that it is used


def new_token() -> str:
    """256 random bits for the cookie."""
    return secrets.token_urlsafe(32)


def begin(connection: Connection, known: Account, token: str, at: datetime, lasting: Lasting) -> bool:
    """Begin a session of an account; False if it was disabled, or has another password, since it was looked at."""
    now = found(connection, known.name)
    if now is None or now.disabled_at is not None or now.password != known.password:
        return False
    connection.execute(delete(session).where((session.c.started_at < at - lasting.whole) | (session.c.used_at < at - lasting.idle)))
    connection.execute(insert(session).values(token=_digest(token), account_id=now.id, started_at=at, used_at=at))
    return True


def current(connection: Connection, token: str, at: datetime, lasting: Lasting) -> Session | None:
    """The session of a token; None if there is none, or it has ended."""
    columns = (account.c.name, account.c.shown, account.c.roles, session.c.used_at)
    row = connection.execute(
        select(*columns)
        .join(account)
        .where(session.c.token == _digest(token), account.c.disabled_at.is_(None))
        .where(session.c.started_at > at - lasting.whole, session.c.used_at > at - lasting.idle)
    ).one_or_none()
    return Session(row.name, row.shown, frozenset(row.roles), row.used_at <= at - min(_TOUCH, lasting.idle / 2)) if row else None


def touch(connection: Connection, token: str, at: datetime) -> None:
    """Write that a session is used."""
    connection.execute(update(session).where(session.c.token == _digest(token)).values(used_at=at))


def end(connection: Connection, token: str) -> None:
    """End a session."""
    connection.execute(delete(session).where(session.c.token == _digest(token)))


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
