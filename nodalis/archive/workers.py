"""Worker processes: each holds the rules and converts one chunk after the other; outcomes come in the order of the chunks."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from types import TracebackType
from typing import Final, TypeAlias

from .. import read_only  # noqa: F401 - abstracts go between processes
from ..worker_process import serve_parent
from .chunks import Chunk, Failure, Outcome

_AHEAD: Final = 3  # chunks a worker has waiting: it never idles, and memory stays bounded
_DIED: Final = "the process that read it ended, twice: left out"

Work: TypeAlias = Callable[[Chunk], Outcome]
_work: Work  # of this process, where it is a worker


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Converts chunks in ``count`` processes; one process is this one.

    A worker that ends, killed or crashed, is replaced: its chunk is converted again, and where that ends a worker once more,
    input by input, so that only the one that does it fails.
    """

    def __init__(self, work: Work, begin: Callable[[], Work], count: int) -> None:
        """``work`` is done here, or by what ``begin``, which is sent to them, makes in each process."""
        self._work = work
        self._begin = begin
        self._count = count
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def outcomes(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Outcome]]:
        """Each chunk with what became of it."""
        chunks = iter(chunks)
        some = list(islice(chunks, 2))
        if self._count == 1 or len(some) < 2:  # processes take longer to start than one chunk takes
            for chunk in chain(some, chunks):
                yield chunk, self._work(chunk)
            return
        waiting: deque[tuple[Chunk, Future[Outcome]]] = deque()
        for chunk in chain(some, chunks):
            waiting.append((chunk, self._submit(chunk)))
            if len(waiting) >= _AHEAD * self._count:
                yield self._next(waiting)
        while waiting:
            yield self._next(waiting)

    def _next(self, waiting: deque[tuple[Chunk, Future[Outcome]]]) -> tuple[Chunk, Outcome]:
        chunk, future = waiting.popleft()
        try:
            return chunk, future.result()
        except (BrokenProcessPool, CancelledError):
            self._stop()
        outcome = self._alone(chunk)
        for index, (other, done) in enumerate(waiting):  # they were in the pool that broke, too
            if not done.done() or done.cancelled() or done.exception() is not None:
                waiting[index] = (other, self._submit(other))
        return chunk, outcome

    def _alone(self, chunk: Chunk) -> Outcome:
        """Convert a chunk while no other is worked on, so that a worker that ends has ended because of it."""
        try:
            return self._submit(chunk).result()
        except BrokenProcessPool:
            self._stop()
        if len(chunk.tasks) == 1:
            (task,) = chunk.tasks
            return Outcome(failures=[*chunk.failures, Failure(task.number, task.document.origin, _DIED)])
        return _together(chunk, [self._alone(Chunk(task.number, [task])) for task in chunk.tasks])

    def _submit(self, chunk: Chunk) -> Future[Outcome]:
        if self._pool is None:
            # Spawned, not forked: this process may have threads, and every system can do it.
            self._pool = ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"), _become_worker, (self._begin,))
        try:
            return self._pool.submit(_do, chunk)
        except BrokenProcessPool as error:  # since the last outcome: whoever waits for this one hears of it
            broken: Future[Outcome] = Future()
            broken.set_exception(error)
            return broken

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _together(chunk: Chunk, parts: Iterable[Outcome]) -> Outcome:
    whole = Outcome(failures=list(chunk.failures))
    for part in parts:
        whole.accepted += part.accepted
        whole.needs_review += part.needs_review
        whole.failures += part.failures
        whole.facts += part.facts
        whole.bundles += part.bundles
        whole.abstracts += part.abstracts
        whole.counts += part.counts
        for kind, lines in part.lines.items():
            whole.lines[kind] = whole.lines.get(kind, b"") + lines
    whole.failures.sort()
    return whole


def _become_worker(begin: Callable[[], Work]) -> None:
    """Make this process a worker."""
    global _work
    serve_parent()
    _work = begin()


def _do(chunk: Chunk) -> Outcome:
    return _work(chunk)
