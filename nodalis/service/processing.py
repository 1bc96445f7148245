"""Messages that are stored -> versions of reports -> what is sent of them: two loops between the store and the worker processes.

A loop takes some rows under a lease, has them worked on and records what came of it. What a process did not finish, since it was
killed, is taken again when the lease ends or when it starts anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection

from ..senders import Senders
from ..store import Alarm, Stage, Store, StoreError, work
from .workers import Workers

_BATCH: Final = 32  # rows of one look at the store: what one commit serves
_LEASE_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 1.0  # between two looks without a wake: work of other processes, leases that ended
_PAUSE_SECONDS: Final = 1.0  # where the store is down

_log: Final = structlog.get_logger()
_T = TypeVar("_T")


class Processing:
    """Takes each message from ``received`` to where the delivery or a person takes over."""

    def __init__(
        self,
        store: Store,
        pool: Workers,
        owner: str,
        most: int,
        due: Callable[[], None],
        senders: Senders | None = None,
    ) -> None:
        """``most`` messages may wait for it; ``due`` is called when a report waits for its delivery; ``senders`` go first."""
        self._senders = senders or Senders()
        self.room = asyncio.Event()  # unset while too many messages wait: no other should be taken
        self.room.set()
        self._most = most
        self._store = store
        self._pool = pool
        self._owner = owner
        self._due = due
        self._messages = asyncio.Event()
        self._reports = asyncio.Event()
        self._stop = asyncio.Event()

    def wake(self) -> None:
        """There is a new message."""
        self._messages.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what was begun is finished."""
        self._stop = stop
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._loop(self._messages, self._read_some))
            loops.create_task(self._loop(self._reports, self._extract_some))
            loops.create_task(self._look_at_room())

    async def _look_at_room(self) -> None:
        """Let the listener wait while it takes more than can be worked off: a sender that waits loses nothing."""
        while not self._stop.is_set():
            with contextlib.suppress(StoreError):
                waiting = await self._store.read(lambda connection: work.waiting(connection, self._most))
                if waiting < self._most:
                    self.room.set()
                elif self.room.is_set():
                    self.room.clear()
                    _log.warning("crowded")
            await _either(self._stop, None, _LOOK_SECONDS)
        self.room.set()

    async def _loop(self, woken: asyncio.Event, some: Callable[[], Awaitable[bool]]) -> None:
        while not self._stop.is_set():
            woken.clear()
            begun = monotonic()
            try:
                if await some():
                    await self._senders.first(monotonic() - begun)
                    continue
            except StoreError:
                _log.error("store_down")
                await _either(self._stop, None, _PAUSE_SECONDS)
                continue
            await _either(self._stop, woken, _LOOK_SECONDS)

    async def _read_some(self) -> bool:
        waiting = await self._store.write(lambda c: work.next_messages(c, self._owner, _BATCH, datetime.now(UTC), _LEASE_SECONDS))
        await asyncio.gather(*map(self._read, waiting))
        return bool(waiting)

    async def _read(self, message: work.WaitingMessage) -> None:
        read = await self._pool.read(message.body)
        if read.refused:
            await self._recorded(lambda c: work.quarantine(c, message.id, read.refused))
            _log.warning("quarantined", message=message.id, trace=message.trace, reason=read.refused)
            return
        await self._recorded(lambda c: work.record_versions(c, message.id, read.versions))
        self._reports.set()

    async def _extract_some(self) -> bool:
        waiting = await self._store.write(lambda c: work.next_reports(c, self._owner, _BATCH, datetime.now(UTC), _LEASE_SECONDS))
        await asyncio.gather(*map(self._extract, waiting))
        return bool(waiting)

    async def _extract(self, report: work.WaitingReport) -> None:
        state = await self._pool.extract(report.versions, report.sent, report.decision)
        if not await self._recorded(lambda c: work.record_state(c, report.id, report.revision, state)):
            self._reports.set()  # another version came meanwhile
            return
        log = _log.bind(report=report.id, trace=report.trace)
        if state.stage is Stage.REVIEW:
            log.info("review", reason=state.reason)
        else:
            log.info("extracted", stage=state.stage, **({"reason": state.reason} if state.reason else {}))
        if state.alarm:
            log.error("alarm", reason=Alarm(state.alarm))
        if state.bundle is not None:
            self._due()

    async def _recorded(self, record: Callable[[Connection], _T]) -> _T:
        """Write to the store, however long that takes: what is under a lease would else wait for the end of it."""
        while True:
            try:
                return await self._store.write(record)
            except StoreError:
                if self._stop.is_set():
                    raise
                _log.error("store_down")
                await _either(self._stop, None, _PAUSE_SECONDS)


async def _either(stop: asyncio.Event, woken: asyncio.Event | None, seconds: float) -> None:
    """Wait for one of two events, or so long."""
    events = [asyncio.ensure_future(event.wait()) for event in (stop, woken) if event]
    try:
        await asyncio.wait(events, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for event in events:
            event.cancel()
