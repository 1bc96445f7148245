"""How long to wait before a report is sent again, and when that ends."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from .answers import LONGEST_WAIT_SECONDS

_FIRST_SECONDS: Final = 1.0
_JITTER: Final = 0.2
_NOTICED: Final = timedelta(seconds=10)
_DOUBLINGS: Final = 9  # later waits are the longest


def wait_seconds(failures: int, longest: float = LONGEST_WAIT_SECONDS, chance: random.Random | None = None) -> float:
    """The seconds after so many failures: 1, 2, 4, ... with a jitter of a fifth, so that what failed together does not come together."""
    spread = (chance or random).uniform(1 - _JITTER, 1 + _JITTER)
    return min(longest, _FIRST_SECONDS * 2.0 ** min(max(failures - 1, 0), _DOUBLINGS) * spread)


class Patience:
    """When a report is given up: so many hours after it was first sent, by a clock that does not leap.

    The store knows times of the wall clock. When that clock is set forward while we run, the hours it skipped do not count.
    """

    def __init__(self, hours: float, now: Callable[[], datetime], elapsed: Callable[[], float] = time.monotonic) -> None:
        self._longest = timedelta(hours=hours)
        self._now, self._elapsed = now, elapsed
        self._began, self._began_elapsed = now(), elapsed()
        self._leap = timedelta(0)

    def is_over(self, first_attempt: datetime | None) -> bool:
        """Whether a report that was first sent at this time, and failed again now, is given up."""
        return first_attempt is not None and self._now() - first_attempt - max(timedelta(0), self.leap()) >= self._longest

    def was_set_back(self) -> bool:
        """Whether the wall clock was set back since this was last asked; seconds do not count."""
        before, self._leap = self._leap, self.leap()
        return before - self._leap > _NOTICED

    def leap(self) -> timedelta:
        """How far the wall clock was set since the beginning; below zero: set back."""
        return self._now() - self._began - timedelta(seconds=self._elapsed() - self._began_elapsed)
