"""``nodalis account``: who may sign in on the review page. Every change stands in the audit."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from ..exits import Exit, FatalError, UsageError, say
from ..printable import one_line
from ..service.operator import Operator
from ..settings import Settings
from ..store import Store, StoreError, accounts, upgrade
from ..store.audit import AuditAction
from ..web.roles import Role
from ..web.sign_in import SEE
from ..web.sign_in.passwords import hashed, wrong

_ROLES: Final = [role for role in Role if role in SEE]


def add(settings: Settings, name: str, roles: Collection[str], person: str) -> Exit:
    """Make an account; the store is made as well, if there is none."""
    given, known = _roles(roles), _name(name)
    at, password = datetime.now(UTC), hashed(_new_password())
    work = partial(accounts.add, name=known, shown=one_line(person) or known, roles=given, password=password, at=at)
    return _changed(settings, work, AuditAction.ACCOUNT_ADDED, known, roles=",".join(given))


def show(settings: Settings) -> Exit:
    """Print the accounts, one a line."""
    store = Store(settings.store)
    try:
        for account in store.read_now(accounts.listed):
            state = f"disabled since {account.disabled_at:%Y-%m-%d}" if account.disabled_at else f"since {account.created_at:%Y-%m-%d}"
            print("\t".join((one_line(account.name), ",".join(sorted(account.roles)), state, one_line(account.shown))))
    except StoreError as error:
        raise FatalError(str(error)) from None
    finally:
        store.close()
    return Exit.OK


def password(settings: Settings, name: str) -> Exit:
    """Change a password."""
    known = _name(name)
    work = partial(accounts.set_password, name=known, password=hashed(_new_password()))
    return _changed(settings, work, AuditAction.PASSWORD_CHANGED, known)


def roles(settings: Settings, name: str, roles: Collection[str]) -> Exit:
    """Give other roles."""
    given, known = _roles(roles), _name(name)
    return _changed(settings, partial(accounts.set_roles, name=known, roles=given), AuditAction.ROLES_CHANGED, known, roles=",".join(given))


def disable(settings: Settings, name: str) -> Exit:
    """Let an account sign in no more."""
    known = _name(name)
    work = partial(accounts.set_disabled, name=known, at=datetime.now(UTC))
    return _changed(settings, work, AuditAction.ACCOUNT_DISABLED, known)


def enable(settings: Settings, name: str) -> Exit:
    """Let it sign in again."""
    known = _name(name)
    return _changed(settings, partial(accounts.set_disabled, name=known, at=None), AuditAction.ACCOUNT_ENABLED, known)


def _changed(settings: Settings, work: Callable[[Connection], Any], action: AuditAction, name: str, **detail: str) -> Exit:
    """Do it, and record it in the same transaction."""
    operator = Operator(settings.store)

    def both(connection: Connection) -> None:
        work(connection)
        operator.record(connection, action, {"account": name, **detail})

    store = Store(settings.store)
    try:
        upgrade(store)
        store.write_now(both)
    except accounts.AccountError as error:
        raise UsageError(str(error)) from None
    except StoreError as error:
        raise FatalError(str(error)) from None
    finally:
        store.close()
    say(f"{name}: {action.replace('_', ' ')}")
    return Exit.OK


def _name(text: str) -> str:
    if text.startswith(accounts.OIDC):
        return text
    try:
        return accounts.account_name(text)
    except accounts.AccountError as error:
        raise UsageError(f"NAME: {error}") from None


def _roles(roles: Collection[str]) -> list[str]:
    if not roles or not set(_ROLES).issuperset(roles):
        raise UsageError(f"--role: expected some of {', '.join(_ROLES)}")
    return sorted(set(roles))


def _new_password() -> str:
    """Typed twice at a terminal; else the first line of standard input. It never stands on a command line."""
    if sys.stdin.isatty():
        new = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != new:
            raise UsageError("the two passwords differ")
    else:
        new = sys.stdin.readline().rstrip("\r\n")
    if said := wrong(new):
        raise UsageError(f"the password is {said}")
    return new
