"""Passwords: hashed by Argon2id, and compared in the same way and time whether there is an account or not."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 1024
_AT_ONCE: Final = 2  # each takes 64 MiB and a core

_hasher: Final = PasswordHasher()  # the second recommendation of RFC 9106


def wrong(password: str) -> str | None:
    """What is wrong with a new password; None: nothing. Long ones are good ones, whatever signs they are made of."""
    if len(_plain(password)) < SHORTEST:
        return f"too short: expected {SHORTEST} characters or more"
    return f"too long: expected up to {LONGEST} characters" if len(password) > LONGEST else None


def hashed(password: str) -> str:
    """A hash of a password, with its salt and parameters."""
    return _hasher.hash(_plain(password))


class Passwords:
    """Compares passwords, some at a time."""

    def __init__(self) -> None:
        self._nobody = _of_nobody()
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def is_right(self, password: str, known: str | None) -> bool:
        """Whether it is the password of a hash; where there is none, the same takes as long and is False."""
        async with self._free:
            return await asyncio.to_thread(_matches, known or self._nobody, password) and known is not None

    async def renewed(self, password: str, known: str) -> str | None:
        """A new hash, where that of a right password is of older parameters."""
        if not _hasher.check_needs_rehash(known):
            return None
        async with self._free:
            return await asyncio.to_thread(hashed, password)


@cache
def _of_nobody() -> str:
    return hashed(secrets.token_hex())


def _matches(known: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST and _hasher.verify(known, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> bytes:
    """The same signs as the same bytes, whatever keyboard they were typed on."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
