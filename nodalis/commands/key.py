"""``nodalis key``: the file of API keys."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from ..exits import Exit, FatalError, UsageError, say
from ..settings import Settings
from ..web import keys
from ..web.roles import Role


def add(settings: Settings, name: str, roles: Collection[str], days: int | None) -> Exit:
    """Make a key and print it, this once."""
    known = frozenset(Role)
    if not roles or not known.issuperset(roles):
        raise UsageError(f"--role: expected some of {', '.join(Role)}")
    path = _path(settings)
    try:
        secret = keys.add(path, name, [Role(role) for role in roles], days, datetime.now(UTC))
    except keys.KeysError as error:
        raise FatalError(str(error)) from None
    say(f"a new key in {path}; it is shown this once")
    print(secret)
    return Exit.OK


def show(settings: Settings) -> Exit:
    """Print the names, roles and dates, one key a line."""
    try:
        for key in keys.read(_path(settings)):
            until = f"until {key.expires:%Y-%m-%d %H:%M}Z" if key.expires else "without end"
            print(f"{key.name}\t{','.join(sorted(key.roles))}\tsince {key.created:%Y-%m-%d}\t{until}")
    except keys.KeysError as error:
        raise FatalError(str(error)) from None
    return Exit.OK


def revoke(settings: Settings, name: str) -> Exit:
    """Take a key away; a server that runs refuses it from the next request on."""
    try:
        keys.revoke(_path(settings), name)
    except keys.KeysError as error:
        raise FatalError(str(error)) from None
    say(f"{name} is revoked")
    return Exit.OK


def _path(settings: Settings) -> Path:
    if settings.http.keys_file is None:
        raise UsageError("http.keys_file is not set: expected a path in the settings, or NODALIS_HTTP__KEYS_FILE")
    return settings.http.keys_file
