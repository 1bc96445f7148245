"""A progress bar on stderr, where somebody looks and work takes longer than a second."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_WAIT_SECONDS = 1.0


class Progress:
    """Counts bytes and reports. Nothing is imported or drawn in the first second, nor when stderr is no terminal.

    ``wanted`` is False where a command writes rows to the same terminal.
    """

    def __init__(self, total_bytes: int | None, wanted: bool = True) -> None:
        self._total = total_bytes
        self._bytes = 0
        self._reports = 0
        self._start = monotonic()
        self._wanted = wanted and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, size: int) -> None:
        """One more input of ``size`` bytes is done."""
        self._bytes += size
        self._reports += 1
        if not self._wanted:
            return
        if self._bar is None and monotonic() - self._start > _WAIT_SECONDS:
            self._draw()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._bytes, reports=self._reports)

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("reading"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[reports]} reports"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # what we print there is output, not chatter
        )
        self._task = self._bar.add_task("", total=self._total, reports=self._reports)
        self._bar.start()
