"""Accounts: who may sign in, with which roles. None is ever removed, since its name stands in the audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from .people_schema import account, session

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
OIDC: Final = "oidc:"  # begins the name of who is signed in by an issuer


class AccountError(Exception):
    """What is asked of an account cannot be done; one line without a secret."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in, unless disabled."""

    id: int
    name: str
    shown: str
    roles: frozenset[str]
    password: str | None = field(repr=False)  # hashed
    created_at: datetime
    disabled_at: datetime | None


def account_name(text: str) -> str:
    """The name of an account, whatever case it is typed in.

    Raises:
        AccountError: it is none.

    >>> account_name(" Jane.Doe@example.org ")
    'jane.doe@example.org'
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise AccountError("expected a name of up to 64 letters, digits, dots, dashes, underscores and @")
    return name


def add(connection: Connection, name: str, shown: str, roles: Iterable[str], password: str | None, at: datetime) -> None:
    """Make an account.

    Raises:
        AccountError: there is one of the name.
    """
    if found(connection, name) is not None:
        raise AccountError(f"there is an account {name} already")
    connection.execute(insert(account).values(name=name, shown=shown, roles=sorted(roles), password=password, created_at=at))


def found(connection: Connection, name: str) -> Account | None:
    """The account of a name, locked for this transaction where that is one that writes."""
    row = connection.execute(_locked(connection, select(account).where(account.c.name == name))).one_or_none()
    return _account(row) if row else None


def listed(connection: Connection) -> Sequence[Account]:
    """All accounts by name."""
    return [_account(row) for row in connection.execute(select(account).order_by(account.c.name))]


def set_roles(connection: Connection, name: str, roles: Iterable[str]) -> None:
    """Give other roles; who is signed in has them with the next request.

    Raises:
        AccountError: there is no such account.
    """
    _set(connection, name, roles=sorted(roles))


def set_password(connection: Connection, name: str, password: str) -> None:
    """Change the hashed password, and end all sessions.

    Raises:
        AccountError: there is no such account, or it is an issuer that signs it in.
    """
    if name.startswith(OIDC):
        raise AccountError("an issuer signs this account in: it has no password here")
    end_all(connection, _set(connection, name, password=password))


def rehash(connection: Connection, name: str, before: str, after: str) -> None:
    """The same password hashed anew, unless it was changed meanwhile."""
    connection.execute(update(account).where(account.c.name == name, account.c.password == before).values(password=after))


def set_disabled(connection: Connection, name: str, at: datetime | None) -> None:
    """Disable an account and end all its sessions; or enable it, where no time is given.

    Raises:
        AccountError: there is no such account.
    """
    end_all(connection, _set(connection, name, disabled_at=at))


def signed_in_by_issuer(connection: Connection, subject: str, shown: str, roles: Iterable[str], at: datetime) -> Account:
    """The account of a subject of the issuer, made at its first sign-in, with the roles that the issuer gives it now."""
    name = OIDC + subject
    if found(connection, name) is None:
        add(connection, name, shown, roles, None, at)
    connection.execute(update(account).where(account.c.name == name).values(shown=shown, roles=sorted(roles)))
    known = found(connection, name)
    assert known is not None
    return known


def end_all(connection: Connection, account_id: int) -> None:
    """End all sessions of an account."""
    connection.execute(delete(session).where(session.c.account_id == account_id))


def _set(connection: Connection, name: str, **values: Any) -> int:
    known = found(connection, name)
    if known is None:
        raise AccountError(f"there is no account {name}")
    connection.execute(update(account).where(account.c.id == known.id).values(**values))
    return known.id


def _locked(connection: Connection, statement: Any) -> Any:
    return statement.with_for_update() if connection.get_execution_options().get("writes") else statement


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.name, row.shown, frozenset(row.roles), row.password, row.created_at, row.disabled_at)
