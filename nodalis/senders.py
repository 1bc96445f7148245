"""Senders that wait for their answers, so that what nobody waits for can let them go first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

_QUIET_SECONDS: Final = 0.01  # without a message: longer than a sender takes from an answer to its next message
_SHARE: Final = 3  # as long as others worked, and again, and again: three quarters of the time for senders
_LONGEST_SECONDS: Final = 1.0


class Senders:
    """How many wait, and when the last was answered."""

    def __init__(self) -> None:
        self._waiting = 0
        self._answered = float("-inf")

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """One more waits."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._answered = monotonic()

    async def first(self, worked: float) -> None:
        """Return when nobody waits, or when the senders had their share of the time; ``worked``: for how many seconds others worked."""
        until = monotonic() + min(_SHARE * worked, _LONGEST_SECONDS)
        while (now := monotonic()) < until and (self._waiting or now < self._answered + _QUIET_SECONDS):
            await asyncio.sleep(min(_QUIET_SECONDS, until - now))
