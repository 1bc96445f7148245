"""How far long work has come, on stderr: a bar where somebody looks, else a line from time to time for those who asked for it."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Final

from .exits import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_WAIT_SECONDS: Final = 1.0  # before a bar is drawn, and its libraries loaded
_LINE_SECONDS: Final = 10.0  # between lines where there is no terminal


class Progress:
    """Counts bytes and reports. Nothing is imported or drawn in the first second.

    ``bar`` is False where a command writes rows to the same terminal; ``lines`` where no terminal is there and lines are wanted;
    ``things`` is what is counted.
    """

    def __init__(self, total_bytes: int | None, bar: bool = True, lines: bool = False, things: str = "reports") -> None:
        self._total, self._things = total_bytes, things
        self._bytes = self._skipped = self._reports = 0
        self._start = self._last = monotonic()
        self._terminal = sys.stderr.isatty()
        self._bar_wanted, self._lines_wanted = bar and self._terminal, lines and not self._terminal
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def skip(self, size: int) -> None:
        """So many bytes were done by an earlier run: they count for how much is left, not for how fast it goes."""
        self._bytes += size
        self._skipped += size

    def advance(self, size: int, reports: int = 1, counts: str = "") -> None:
        """So many more inputs of ``size`` bytes are done; ``counts`` says how they ended so far."""
        self._bytes += size
        self._reports += reports
        if self._bar_wanted:
            if self._bar is None and monotonic() - self._start > _WAIT_SECONDS:
                self._draw()
            if self._bar is not None and self._task is not None:
                self._bar.update(self._task, completed=self._bytes, shown=self._shown(counts))
        elif self._lines_wanted and monotonic() - self._last > _LINE_SECONDS:
            self._last = monotonic()
            say(self._line(counts))

    def _shown(self, counts: str) -> str:
        rate = self._reports / max(monotonic() - self._start, 0.001)
        return f"{self._reports:,} {self._things}, {rate:,.0f}/s{f': {counts}' if counts else ''}"

    def _line(self, counts: str) -> str:
        line = self._shown(counts)
        if not self._total or self._bytes <= self._skipped:
            return line
        left = (monotonic() - self._start) * max(self._total - self._bytes, 0) / (self._bytes - self._skipped)
        return f"{min(self._bytes / self._total, 1):.0%}, {line}, about {left / 60:,.0f} min left"

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            BarColumn(None),  # as wide as there is room
            TaskProgressColumn(),
            TextColumn("{task.fields[shown]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            expand=True,
            redirect_stdout=False,  # what we print there is output, not chatter
        )
        self._task = self._bar.add_task("", total=self._total, shown="")
        self._bar.start()
