"""Whether the server is there. While it is not, one report at a time finds out whether it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .backoff import wait_seconds

_ENOUGH: Final = 5  # reports, one after the other, each another: a single bad one can never look like a server that is down
_LONGEST_SECONDS: Final = 30.0  # between two trials


class Breaker:
    """Counts what fails for the server's sake; times are those of a clock that never leaps."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._failed: set[int] = set()  # reports since the last that the server answered for
        self._trials = 0
        self._until: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server is taken to be down, or asked for a pause."""
        return self._until is not None

    @property
    def seconds(self) -> float:
        """How long nothing is sent."""
        return 0.0 if self._until is None else max(0.0, self._until - self._elapsed())

    def answered(self) -> None:
        """The server said something of a report."""
        self._failed.clear()
        self._trials, self._until = 0, None

    def failed(self, report: int, after: float | None) -> None:
        """A report failed for the server's sake, which asked to be left alone for so many seconds, if it did."""
        self._failed.add(report)
        if after is not None:
            self._until = max(self._until or 0.0, self._elapsed() + after)
        elif self._until is None:
            if len(self._failed) >= _ENOUGH:
                self._wait()
        elif self.seconds == 0:  # what was sent before the pause and fails in it is no trial
            self._wait()

    def _wait(self) -> None:
        self._trials += 1
        self._until = self._elapsed() + wait_seconds(self._trials, _LONGEST_SECONDS)
