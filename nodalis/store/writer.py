"""One thread that writes: what waits is committed as a group, with one fsync for all of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from .errors import StoreError, is_of_the_statement, may_go_better, store_error

_LARGEST_GROUP = 256
_ATTEMPTS = 5
_PAUSE = 0.1  # seconds
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]


class Writer:
    """Runs works in the order in which they come; their futures are done when they are durable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=True)
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = False
        self._lock = Lock()
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """A future of what the work gives."""
        job = _Job(work, Future())
        with self._lock:
            if self._closing:
                raise StoreError("the store is closed")
            self._waiting.put(job)
        return job.future

    def close(self) -> None:
        """Write what waits, then end."""
        with self._lock:
            if not self._closing:
                self._closing = True
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            if group:
                self._write(group)

    def _next_group(self) -> tuple[list[_Job], bool]:
        """The works that wait, at least one, and whether there will be no more."""
        group: list[_Job] = []
        job = self._waiting.get()
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                group.append(job)
            if len(group) == _LARGEST_GROUP:
                return group, False
            try:
                job = self._waiting.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _write(self, group: list[_Job]) -> None:
        error: BaseException
        try:
            outcomes = self._committed(group)
        except StoreError as failed:
            error = failed
        except BaseException as unexpected:  # the thread goes on: whoever waits hears of it
            error = unexpected
        else:
            for job, outcome in zip(group, outcomes, strict=True):
                if isinstance(outcome, _Failure):
                    job.future.set_exception(outcome.error)
                else:
                    job.future.set_result(outcome)
            return
        for job in group + self._all_waiting():
            job.future.set_exception(error)

    def _all_waiting(self) -> list[_Job]:
        """Whoever waits when the store fails hears of it now, and not after a time-out of its own."""
        jobs = []
        for _ in range(self._waiting.qsize()):
            job = self._waiting.get()
            if job is None:
                self._waiting.put(None)
            elif job.future.set_running_or_notify_cancel():
                jobs.append(job)
        return jobs

    def _committed(self, group: list[_Job]) -> list[Any]:
        """What each work gave, durable; a work that fails is a failure of its own.

        A savepoint for each work would cost more than the work, so that they get one only after one of them failed.
        """
        savepoints = False
        failed = StoreError("the store failed")
        for attempt in range(_ATTEMPTS):
            time.sleep(_PAUSE * attempt)  # whoever won a deadlock ends meanwhile
            try:
                with self._engine.connect() as connection, connection.begin():
                    return [_in_savepoint(job.work, connection) if savepoints else job.work(connection) for job in group]
            except DBAPIError as error:
                failed = store_error(error)
                if is_of_the_statement(error) and not savepoints:
                    savepoints = True
                elif not may_go_better(error):
                    break
            except Exception:
                if savepoints:
                    raise
                savepoints = True
        self._engine.dispose()  # the next group begins with a new connection
        raise failed


@dataclass(frozen=True, slots=True)
class _Failure:
    error: Exception


def _in_savepoint(work: Callable[[Connection], Any], connection: Connection) -> Any:
    try:
        with connection.begin_nested():
            return work(connection)
    except DBAPIError as error:
        if not is_of_the_statement(error):
            raise
        failed = store_error(error)
    except Exception as error:
        return _Failure(error)
    return _Failure(failed)
