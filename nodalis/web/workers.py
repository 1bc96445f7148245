"""Processes that read reports: one job at a time each, and one that takes too long is killed and replaced."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

from ..exits import FatalError, unexpected
from ..settings import ReadingSettings
from ..worker_process import serve_parent
from .reading import Failure, Job, Outcome, Reader

_PATIENCE: Final = 10.0  # seconds that a job may wait for a process
_LOADING: Final = 120.0  # seconds that a process may take to load the rules, on a busy machine
_NICER: Final = 5
_DOCUMENT: Final = re.compile(rb"pdf|rtf", re.IGNORECASE)  # read by processes with limits of their own
_DOCUMENT_SECONDS: Final = 120.0


class BusyError(Exception):
    """No process became free in time."""


class TimeoutReadingError(Exception):
    """The report takes longer than it may."""


class EndedError(Exception):
    """The process that read the report ended, twice."""


class Workers:
    """As many processes as the settings say. Start them before the first job."""

    def __init__(self, settings: ReadingSettings) -> None:
        self._settings = settings
        self._all = [_Worker(settings) for _ in range(settings.workers)]
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()

    async def start(self) -> None:
        """Wait until every process has loaded the rules."""
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in self._all))
        for worker in self._all:
            self._free.put_nowait(worker)

    @property
    def ready(self) -> bool:
        """Whether all have loaded the rules."""
        return all(worker.running for worker in self._all)

    def close(self) -> None:
        """End the processes, whatever they do."""
        for worker in self._all:
            worker.end()

    async def run(self, job: Job) -> Outcome:
        """What became of a job.

        Raises:
            BusyError, TimeoutReadingError, EndedError: nothing did.
        """
        try:
            worker = await asyncio.wait_for(self._free.get(), _PATIENCE)
        except TimeoutError:
            raise BusyError from None
        task = asyncio.ensure_future(asyncio.to_thread(worker.ask, job, self._settings.seconds))
        task.add_done_callback(lambda _: self._free.put_nowait(worker))  # not when we are cancelled, but when it is free
        return await asyncio.shield(task)


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, settings: ReadingSettings) -> None:
        self._settings = settings
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self.running = False

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would take locks of our threads with it
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._settings), daemon=True, name="nodalis reader")
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_LOADING):
            self.end()
            raise EndedError
        try:
            failed = self._pipe.recv()
        except (EOFError, OSError):
            raise EndedError from None
        if failed:
            raise FatalError(*failed)
        self.running = True

    def end(self) -> None:
        self.running = False
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()

    def ask(self, job: Job, seconds: float) -> Outcome:
        for _ in range(2):
            if not self.running:
                self.end()
                self.start()
            assert self._pipe is not None
            try:
                self._pipe.send(job)
                if not self._pipe.poll(_DOCUMENT_SECONDS if _DOCUMENT.search(job.body) else seconds):
                    self.end()
                    self.start()  # now: whoever asks for us while we are not ready would go elsewhere
                    raise TimeoutReadingError
                outcome = self._pipe.recv()
            except (EOFError, OSError):
                self.running = False
            else:
                assert isinstance(outcome, Outcome)
                return outcome
        raise EndedError


def _serve(pipe: Connection, settings: ReadingSettings) -> None:
    """Do jobs until the server ends this process, or is gone; a signal to the group is for the server, which drains."""
    serve_parent()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a service manager may send it to the whole group
    with suppress(AttributeError, OSError):
        os.nice(_NICER)
    try:
        reader = Reader(settings)
    except FatalError as error:
        pipe.send(error.messages)
        return
    pipe.send(())
    with suppress(EOFError, OSError):
        while True:
            pipe.send(_outcome(reader, pipe.recv()))


def _outcome(reader: Reader, job: Job) -> Outcome:
    try:
        return reader.read(job)
    except Exception as error:  # a fault of ours; its message may quote the report
        return Outcome(b"", (Failure("", unexpected(error)),))
