"""How long whoever fails to sign in must wait: after some failures in a row, each doubles the time."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

_FREE: Final = 5  # failures without a wait
_LONGEST: Final = 900.0  # seconds
_FORGOTTEN: Final = 24 * 3600.0  # seconds after the last failure
_MOST: Final = 10_000  # names; beyond, the one that failed longest ago is forgotten


class Backoff:
    """Failures by name, whether there is such an account or not."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def begin(self, who: str, now: float) -> int:
        """Zero if somebody may try, which counts as a failure until it succeeds; else in how many seconds.

        >>> backoff = Backoff()
        >>> [backoff.begin("jane", 0) for _ in range(7)], backoff.begin("john", 0), backoff.begin("jane", 1), backoff.begin("jane", 1)
        ([0, 0, 0, 0, 0, 1, 1], 0, 0, 2)
        """
        failures, last = self._failed.get(who, (0, now))
        if now - last > _FORGOTTEN:
            failures = 0
        wait = last + min(2.0 ** (failures - _FREE), _LONGEST) - now if failures >= _FREE else 0
        if wait > 0:
            return math.ceil(wait)
        self._failed[who] = (min(failures + 1, 1_000), now)
        self._failed.move_to_end(who)
        if len(self._failed) > _MOST:
            self._failed.popitem(last=False)
        return 0

    def succeeded(self, who: str) -> None:
        """Forget the failures of somebody."""
        self._failed.pop(who, None)
