"""Worker processes that read messages and extract reports, each with an end in sight; the event loop never waits for one.

A process that takes too long or ends is killed and replaced at once. Its work is tried once more, in another process that does nothing
else meanwhile; then a message cannot be read, and a report needs review.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final, Literal, TypeAlias, TypeVar

from ..exits import FatalError
from ..hl7v2.answers import NO_KEYS, load
from ..settings import ReadingSettings, Settings
from ..store.work import Sent, State
from ..worker_process import serve_parent
from .extraction import Extractor, review
from .reading import Read, read

_NICE: Final = 5
_STARTS_IN: Final = 60  # seconds at most, to load the rules on a busy machine
_DOCUMENT: Final = re.compile(rb"base64|pdf|rtf", re.IGNORECASE)  # RTF and PDF are read by processes with limits of their own
_DOCUMENT_SECONDS: Final = 120.0
_PAUSE: Final = 0.5  # seconds

_T = TypeVar("_T")

_Patients: TypeAlias = Literal["identifier", "conditional"]
_Job: TypeAlias = bytes | tuple[Sequence[bytes], Sent | None]  # a message, or a report


_TIMEOUT: Final = "timeout"
_ENDED: Final = "the process that read it ended"


class Pool:
    """``settings.reading.workers`` processes. Use as ``async with``.

    ``ended`` is called whenever one of them ended that should not have.
    """

    def __init__(self, settings: Settings, ended: Callable[[], None] = lambda: None) -> None:
        self._seconds = settings.reading.seconds
        count = settings.reading.workers
        self._workers = [_Worker(settings.reading, settings.fhir.patients, settings.mllp.fallback_encoding) for _ in range(count)]
        self._threads = ThreadPoolExecutor(count, "workers")  # one for each process: it waits for the answer
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = ended

    async def __aenter__(self) -> Pool:
        """Start the processes; they are ready when this returns.

        Raises:
            FatalError: the rules or the options are wrong.
        """
        try:
            await asyncio.gather(*(self._in_thread(worker.start) for worker in self._workers))
        except BaseException:
            await self.__aexit__()
            raise
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._begin(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the processes, whatever they do."""
        for task in self._tasks:
            task.cancel()
        for worker in self._workers:
            worker.end()
        await asyncio.to_thread(self._threads.shutdown)
        for worker in self._workers:
            worker.close()

    async def read(self, body: bytes) -> Read:
        """The versions of reports that a message gives."""
        found = await self._twice(body, max(self._seconds, _DOCUMENT_SECONDS) if _DOCUMENT.search(body) else self._seconds)
        return Read(refused=found) if isinstance(found, str) else found

    async def extract(self, versions: Sequence[bytes], sent: Sent | None) -> State:
        """What a report is by all its versions, and what was sent of it."""
        found = await self._twice((versions, sent), self._seconds)
        return review(found, sent) if isinstance(found, str) else found

    async def _twice(self, job: _Job, seconds: float) -> Any:
        """What a process answers, or else why none did."""
        for _ in range(2):
            worker = await self._idle.get()
            while not worker.alive:
                self._revive(worker)
                worker = await self._idle.get()
            asked = asyncio.ensure_future(self._in_thread(worker.ask, job, seconds))
            asked.add_done_callback(partial(self._free, worker))  # also where nobody waits for the answer any more
            try:
                return await asyncio.shield(asked)
            except _FailedError as error:
                reason = str(error)
        return reason

    def _free(self, worker: _Worker, asked: asyncio.Future[Any]) -> None:
        if not asked.cancelled() and asked.exception() is None:
            self._idle.put_nowait(worker)
        else:
            self._revive(worker)

    def _revive(self, worker: _Worker) -> None:
        self._ended()
        self._begin(self._restart(worker))

    async def _restart(self, worker: _Worker) -> None:
        """Replace a process; where that fails, as without memory, until it does not."""
        while True:
            try:
                await self._in_thread(worker.start)
            except (FatalError, OSError):
                await asyncio.sleep(_PAUSE)
            else:
                self._idle.put_nowait(worker)
                return

    async def _watch(self) -> None:
        """Replace processes that end while they have nothing to do."""
        while True:
            await asyncio.sleep(_PAUSE)
            for worker in [self._idle.get_nowait() for _ in range(self._idle.qsize())]:
                if worker.alive:
                    self._idle.put_nowait(worker)
                else:
                    self._revive(worker)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _in_thread(self, work: Callable[..., _T], *given: object) -> Awaitable[_T]:
        return asyncio.wrap_future(self._threads.submit(work, *given))


class _FailedError(Exception):
    """Why a process gave no answer."""


class _Worker:
    """A process; all but ``alive`` and ``end`` is for the one thread that waits for it."""

    def __init__(self, *given: object) -> None:
        self._given = given
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._over = False

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Begin anew; FatalError if the process cannot do its work."""
        self.close()
        context = multiprocessing.get_context("spawn")  # not forked: this process has threads, and every system can do it
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, *self._given), daemon=True)
        self._process.start()
        theirs.close()
        if self._over:  # meanwhile
            self.end()
        try:
            failed = self._answer(_STARTS_IN)
        except _FailedError as error:
            raise FatalError(f"a process to read reports does not start: {error}") from None
        if failed:
            raise FatalError(*failed)

    def ask(self, job: _Job, seconds: float) -> Any:
        """The answer to a job; _FailedError if there is none by then."""
        assert self._connection is not None
        try:
            self._connection.send(job)
        except OSError:
            raise _FailedError(_ENDED) from None
        return self._answer(seconds)

    def _answer(self, seconds: float) -> Any:
        assert self._connection is not None
        try:
            if self._connection.poll(seconds):
                return self._connection.recv()
        except (OSError, EOFError):
            raise _FailedError(_ENDED) from None
        self.close()
        raise _FailedError(_TIMEOUT)

    def end(self) -> None:
        """Kill the process: whoever waits for it hears of it, and it does not begin anew."""
        self._over = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Kill the process and forget it."""
        if self._process is not None and self._connection is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()


def _work(connection: Connection, reading: ReadingSettings, patients: _Patients, fallback: str) -> None:
    """Answer jobs as long as there is a parent."""
    serve_parent()
    os.nice(_NICE)
    try:
        keys = load(reading.answers) if reading.answers else NO_KEYS
        extractor = Extractor(reading, patients)
        extractor.load()
    except FatalError as error:
        connection.send(error.messages)
        return
    connection.send(())
    while True:
        job: _Job = connection.recv()
        connection.send(read(job, reading.issuer, fallback, keys) if isinstance(job, bytes) else extractor.extract(*job))
