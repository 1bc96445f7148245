"""One thread that writes: what waits is committed as a group, with one fsync for all of it.

What is urgent and what is not are groups of their own, which take turns. A group of what is not urgent ends when something urgent
comes, so that this waits for one work and one fsync of others at most.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain
from threading import Condition, Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from .errors import StoreError, is_of_the_statement, may_go_better, store_error

_LARGEST_GROUP = 256
_OTHERS = 16  # works of a group that is not urgent: with more, several writers of one database would lock each other out too often
_ENDS = "nodalis.ends"  # of `Connection.info`
_ATTEMPTS = 5
_PAUSE = 0.1  # seconds
T = TypeVar("T")


def end_group(connection: Connection) -> None:
    """Let the work that runs be the last of its transaction: it has locked what all need, and whoever holds that waits for nobody."""
    connection.info[_ENDS] = True


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]
    urgent: bool


class Writer:
    """Runs works, those that are urgent first, else in the order in which they come; their futures are done when they are durable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(writes=True)
        self._urgent: deque[_Job] = deque()
        self._others: deque[_Job] = deque()
        self._was_urgent = False  # the last group
        self._closing = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T], urgent: bool = False) -> Future[T]:
        """A future of what the work gives."""
        job = _Job(work, Future(), urgent)
        with self._changed:
            if self._closing:
                raise StoreError("the store is closed")
            (self._urgent if urgent else self._others).append(job)
            self._changed.notify()
        return job.future

    def close(self) -> None:
        """Write what waits, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (first := self._next()) is not None:
            self._write([first])

    def _next(self) -> _Job | None:
        """The first work of a group; None: there will be no more."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._urgent or self._others or self._closing)
                first, second = (self._others, self._urgent) if self._was_urgent else (self._urgent, self._others)
                if not (waiting := first or second):
                    return None
                if (job := waiting.popleft()).future.set_running_or_notify_cancel():
                    self._was_urgent = job.urgent
                    return job

    def _further(self, group: list[_Job], connection: Connection) -> Iterator[_Job]:
        """Works that come to a group, one by one until one of them ends it, without those that nobody wants any more."""
        urgent = group[0].urgent
        waiting, most = (self._urgent, _LARGEST_GROUP) if urgent else (self._others, _OTHERS)
        while len(group) < most and waiting and (urgent or not self._urgent) and not connection.info.get(_ENDS):
            with self._changed:
                job = waiting.popleft()
            if job.future.set_running_or_notify_cancel():
                group.append(job)
                yield job

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
        with self._changed:
            jobs = [*self._urgent, *self._others]
            self._urgent.clear()
            self._others.clear()
        return [job for job in jobs if job.future.set_running_or_notify_cancel()]

    def _committed(self, group: list[_Job]) -> list[Any]:
        """What each work gave, durable, and those that came to the group meanwhile; a work that fails is a failure of its own.

        A savepoint for each work would cost more than the work, so that they get one only after one of them failed.
        """
        savepoints = False
        failed = StoreError("the store failed")
        for attempt in range(_ATTEMPTS):
            time.sleep(_PAUSE * attempt)  # whoever won a deadlock ends meanwhile
            try:
                with self._engine.connect() as connection, connection.begin():
                    connection.info[_ENDS] = False
                    jobs = chain(group[:], self._further(group, connection))
                    return [_in_savepoint(job.work, connection) if savepoints else job.work(connection) for job in jobs]
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
