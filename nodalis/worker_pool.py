"""Worker processes that do one job at a time each, with an end in sight; the event loop never waits for one.

A process that takes too long is killed, and one that ended is replaced, also where it had nothing to do.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from math import inf
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any, Final, Generic, Self, TypeAlias, TypeVar

from .exits import FatalError
from .worker_process import serve_parent

_NICER: Final = 5
_STARTS_IN: Final = 120.0  # seconds at most, to load the rules on a busy machine
_TICK: Final = 0.05  # seconds between two looks whether a process takes too long
_PAUSE: Final = 0.2  # seconds between two looks whether an idle process is there, and two starts that fail

Job = TypeVar("Job")
Answer = TypeVar("Answer")
_Jobs: TypeAlias = "SimpleQueue[tuple[Job, float, Future[Answer]]]"


class Reason(StrEnum):
    """Why a job has no answer."""

    TIMEOUT = "timeout"
    ENDED = "the process that read it ended"
    BUSY = "no process was free in time"


class FailedError(Exception):
    """A job without an answer."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Pool(Generic[Job, Answer]):
    """``count`` processes that answer jobs. Use as ``async with``.

    ``begin`` is sent to each process and makes there what answers; FatalError, if it cannot, ends the start. A job that fails for a
    reason of ``again`` is tried once more, in a new process. It waits ``patience`` seconds at most until it is begun. ``ended`` is
    called, in a thread, whenever a process is replaced.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[Job], Answer]],
        count: int,
        *,
        again: Collection[Reason] = (Reason.ENDED,),
        patience: float | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._jobs: _Jobs[Job, Answer] = SimpleQueue()
        self._patience = patience
        self._workers = [_Worker(begin, again, ended) for _ in range(count)]
        self._threads = ThreadPoolExecutor(count, "workers")  # one for each process: it waits for the answers
        self._over = Event()
        self._watch = Thread(target=self._kill_late, name="workers-watch", daemon=True)

    async def __aenter__(self) -> Self:
        """Start the processes; they are ready when this returns.

        Raises:
            FatalError: they cannot do their work.
        """
        self._watch.start()
        try:
            await asyncio.gather(*(asyncio.wrap_future(self._threads.submit(worker.start)) for worker in self._workers))
        except BaseException:
            await self.__aexit__()
            raise
        for worker in self._workers:
            self._threads.submit(worker.run, self._jobs)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the processes, whatever they do."""
        for worker in self._workers:
            worker.end()
        self._over.set()
        await asyncio.to_thread(self._threads.shutdown)
        for worker in self._workers:
            worker.close()

    def _kill_late(self) -> None:
        while not self._over.wait(_TICK):
            for worker in self._workers:
                worker.kill_if_late()

    @property
    def ready(self) -> bool:
        """Whether all processes wait for jobs or do one."""
        return all(worker.ready for worker in self._workers)

    async def ask(self, job: Job, seconds: float) -> Answer:
        """What a process answers within so many seconds.

        Raises:
            FailedError: none did.
        """
        answer: Future[Answer] = Future()
        self._jobs.put((job, seconds, answer))
        asked = asyncio.wrap_future(answer)
        try:
            await asyncio.wait((asked,), timeout=self._patience)
            if not asked.done() and answer.cancel():  # which it cannot be any more when it is begun
                raise FailedError(Reason.BUSY)
            return await asked
        finally:
            asked.cancel()  # where nobody waits for it any more, it need not begin


class _Worker(Generic[Job, Answer]):
    """A process; all but ``ready``, ``kill_if_late`` and ``end`` is for the one thread that waits for it."""

    def __init__(self, begin: Callable[[], Callable[[Job], Answer]], again: Collection[Reason], ended: Callable[[], None]) -> None:
        self._begin = begin
        self._again = again
        self._ended = ended
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._over = False
        self._until = inf  # when the process is late, by monotonic
        self.ready = False

    def start(self) -> None:
        """Begin anew.

        Raises:
            FatalError: the process cannot do its work.
        """
        self.close()
        context = multiprocessing.get_context("spawn")  # not forked: this process has threads, and every system can do it
        self._pipe, theirs = context.Pipe()
        with theirs:
            process = context.Process(target=_serve, args=(theirs, self._begin), daemon=True)
            process.start()
        self._process = process
        if self._over:  # meanwhile
            process.kill()
        try:
            failed = self._within(_STARTS_IN, self._pipe.recv)
        except FailedError as error:
            raise FatalError(f"a process to read reports does not start: {error}") from None
        if failed:
            raise FatalError(*failed)
        self.ready = True

    def run(self, jobs: _Jobs[Job, Answer]) -> None:
        """Do jobs until the end."""
        while not self._over:
            if self._process is None or not self._process.is_alive():
                self._replace()
            with suppress(Empty):
                job, seconds, answer = jobs.get(timeout=_PAUSE)
                if answer.set_running_or_notify_cancel():
                    self._do(job, seconds, answer)

    def _do(self, job: Job, seconds: float, answer: Future[Answer]) -> None:
        for last in (False, True):
            try:
                answer.set_result(self._ask(job, seconds))
                return
            except FailedError as error:
                self._replace()  # before it is said: whoever asks whether we are ready need not hear of it
                if last or self._over or error.reason not in self._again:
                    answer.set_exception(error)
                    return

    def _ask(self, job: Job, seconds: float) -> Answer:
        assert self._pipe is not None
        pipe = self._pipe

        def exchange() -> Any:
            pipe.send(job)
            return pipe.recv()

        found: Answer = self._within(seconds, exchange)
        return found

    def _within(self, seconds: float, work: Callable[[], Any]) -> Any:
        """What comes of work with the process, which is killed when the time is over."""
        self._until = until = monotonic() + seconds
        try:
            return work()
        except Exception:  # the pipe broke; or memory was short, and what is in the pipe is of no use
            raise FailedError(Reason.TIMEOUT if monotonic() >= until else Reason.ENDED) from None
        finally:
            self._until = inf

    def kill_if_late(self) -> None:
        """Kill a process that takes too long; whoever waits for it hears of it."""
        if monotonic() >= self._until and (process := self._process) is not None:
            process.kill()

    def _replace(self) -> None:
        """Begin anew; where that fails, as without memory, until it does not."""
        if not self._over:
            self._ended()
        while not self._over:
            try:
                return self.start()
            except (FatalError, OSError):
                sleep(_PAUSE)

    def end(self) -> None:
        """Kill the process: whoever waits for it hears of it, and it does not begin anew."""
        self._over = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Kill the process and forget it."""
        self.ready = False
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()


def _serve(pipe: Connection, begin: Callable[[], Callable[[Any], Any]]) -> None:
    """Answer jobs as long as there is a parent; a signal to the whole group is for the parent, which lets us finish."""
    serve_parent()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(_NICER)
    try:
        answer = begin()
    except FatalError as error:
        pipe.send(error.messages)
        return
    pipe.send(())
    with suppress(EOFError, OSError):
        while True:
            pipe.send(answer(pipe.recv()))
