"""The file of API keys: names, roles and hashes. The keys themselves are in it nowhere.

A key is 256 random bits, so a plain SHA-256 of it tells nobody anything; passwords would need more.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from ..exits import UsageError
from ..files import stamp, whole_file
from .roles import Caller, Role

PREFIX: Final = "nodalis_"  # so that secret scanners, and people, know one when they see it
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Key(BaseModel):
    """One key, without what it takes to use it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
    roles: frozenset[Role]
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    created: AwareDatetime
    expires: AwareDatetime | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    keys: tuple[Key, ...] = ()


class KeysError(Exception):
    """Why there are no keys to compare with; never what stands in the file."""


def read(path: Path) -> tuple[Key, ...]:
    """The keys of a file.

    Raises:
        KeysError: it cannot be read, is not ours, or others than its owner may look into it.
    """
    try:
        with path.open("rb") as stream:
            if os.name == "posix" and os.fstat(stream.fileno()).st_mode & _OTHERS:
                raise KeysError(f"{path}: others may read it: expected mode 0600")
            return _File.model_validate_json(stream.read()).keys
    except OSError as error:
        raise KeysError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except ValidationError:
        raise KeysError(f"{path}: not a file of keys, as 'nodalis key add' writes it") from None


class Keys:
    """The keys of a file as it is now: one that is revoked is refused from then on."""

    def __init__(self, path: Path) -> None:
        """Raises KeysError as ``read`` does."""
        self._path = path
        self._state: tuple[int, ...] | None = None
        self._keys: tuple[Key, ...] = ()
        self._refresh()

    def caller(self, secret: str, now: datetime) -> Caller | None:
        """Whose key it is; None for one that is not, or no more. Every key is compared, in the same time whatever it is.

        Raises:
            KeysError: the file has become unreadable, so nobody is let in.
        """
        self._refresh()
        digest = _digest(secret)
        found = [key for key in self._keys if hmac.compare_digest(key.sha256, digest)]
        return next((Caller(f"key {key.name}", key.roles) for key in found if key.expires is None or now < key.expires), None)

    def _refresh(self) -> None:
        if (state := stamp(self._path)) is None or state != self._state:
            self._keys = read(self._path)
            self._state = state


def add(path: Path, name: str, roles: Collection[Role], days: int | None, now: datetime) -> str:
    """Put a new key into the file, which is made if there is none, and give the key: nobody can find it out later.

    Raises:
        UsageError: the name is taken, or none.
        KeysError: as ``read``.
    """
    keys = read(path) if path.exists() else ()
    if not re.fullmatch(_NAME, name):
        raise UsageError("NAME: expected up to 64 letters, digits, dots, dashes and underscores")
    if any(key.name == name for key in keys):
        raise UsageError(f"a key of the name {name} is there already: revoke it first")
    now = now.replace(microsecond=0)
    secret = PREFIX + secrets.token_urlsafe(32)
    expires = now + timedelta(days=days) if days is not None else None
    _write(path, (*keys, Key(name=name, roles=frozenset(roles), sha256=_digest(secret), created=now, expires=expires)))
    return secret


def revoke(path: Path, name: str) -> None:
    """Take a key out of the file.

    Raises:
        UsageError: there is none of the name.
        KeysError: as ``read``.
    """
    keys = read(path)
    left = [key for key in keys if key.name != name]
    if len(left) == len(keys):
        raise UsageError(f"no key of the name {name}")
    _write(path, left)


def _write(path: Path, keys: Sequence[Key]) -> None:
    mask = os.umask(0o077)  # whole_file gives a file the mode that the umask leaves it
    try:
        with whole_file(path) as stream:
            stream.write(_File(keys=tuple(keys)).model_dump_json(indent=2, exclude_none=True).encode())
    finally:
        os.umask(mask)


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
