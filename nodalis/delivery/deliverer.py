"""Reports that wait in the store, sent to the FHIR server: some at once, each report one at a time, until stopped."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from ..exits import unexpected
from ..senders import Senders
from ..settings import FhirSettings
from ..store import Store, StoreError, deliveries
from ..store.deliveries import Due
from .answers import Dead, Delivered, Outcome, Reread, Retry
from .backoff import Patience, wait_seconds
from .breaker import Breaker
from .client import FhirClient
from .counters import Counters

_CONFLICTS: Final = 5  # of one report, one after the other
_LOOK_SECONDS: Final = 5.0  # what becomes due without a word to us: leases that ended, reports of other processes
_STORE_SECONDS: Final = 1.0  # until a store that failed is asked again
_log = structlog.get_logger()
_T = TypeVar("_T")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Deliverer:
    """Sends what is due. A report that the server does not take keeps only itself waiting."""

    def __init__(
        self,
        settings: FhirSettings,
        store: Store,
        counters: Counters | None = None,
        *,
        owner: str = "",
        drain_seconds: float = 10.0,
        senders: Senders | None = None,
        now: Callable[[], datetime] = _utc_now,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """``owner``: whose the claims are; under a name that stays, `nodalis.store.leases.release` gives back what a kill left.

        ``senders`` go first.

        Raises:
            UsageError: the settings cannot work, such as a URL, a certificate or a key that is not usable.
        """
        self._settings, self._store = settings, store
        self._counters = counters or Counters(CollectorRegistry())
        self._drain_seconds, self._now = drain_seconds, now
        self._senders = senders or Senders()
        self._client = FhirClient(settings, now) if settings.url else None
        self._owner = owner or uuid.uuid4().hex
        self._patience = Patience(settings.give_up_hours, now, elapsed)
        self._breaker = Breaker(elapsed)
        self._conflicts: Counter[int] = Counter()
        self._sending: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[None]] = set()  # timed out, and not let go of yet
        self._settling: set[asyncio.Task[None]] = set()  # answered, and being written down while others are sent
        self._woken = asyncio.Event()
        self._hasten = True  # nothing waits out what was decided before we came

    @property
    def lease_seconds(self) -> float:
        """How long a report is ours: longer than all that is done with it. What a kill leaves is sent again after that."""
        return 3 * self._settings.timeout_seconds + 10

    def wake(self) -> None:
        """Something may be due: look now."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until stopped; then what is on its way may come to its end for some seconds, and is left to its lease after them."""
        if self._client is None:
            await stop.wait()
            return
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self.wake())
        try:
            while not stop.is_set():
                self._woken.clear()
                begun = time.monotonic()
                claimed = await self._claimed()
                for due in claimed:
                    self._start(due, self._client)
                await self._pause()
                if claimed:
                    await self._senders.first(time.monotonic() - begun)
        finally:
            stopping.cancel()
            await self._drain()
            await self._client.aclose()

    async def _claimed(self) -> Sequence[Due]:
        room = self._room()
        if room <= 0:
            return ()
        now, hasten = self._now(), self._hasten or self._patience.was_set_back()
        self._hasten = False

        def work(connection: Connection) -> list[Due]:
            if hasten:
                deliveries.hasten(connection, now)
            return deliveries.next_deliveries(connection, self._owner, room, now, self.lease_seconds)

        try:
            return await self._store.write(work)
        except StoreError as error:
            _log.warning("deliveries_not_read", reason=type(error).__name__)
            self._wake_in(_STORE_SECONDS)
            self._hasten = hasten
            return ()

    def _room(self) -> int:
        if self._breaker.is_open:  # one, to see whether the server is back
            return 0 if self._breaker.seconds or self._sending else 1
        return self._settings.concurrent - len(self._sending)

    async def _pause(self) -> None:
        seconds = min(_LOOK_SECONDS, self._breaker.seconds or _LOOK_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _wake_in(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.wake)

    def _start(self, due: Due, client: FhirClient) -> None:
        task = asyncio.create_task(self._deliver(due, client))
        self._sending.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        for tasks in (self._sending, self._resting, self._settling):
            tasks.discard(task)
        self.wake()

    async def _deliver(self, due: Due, client: FhirClient) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._counters.in_flight.set(len(self._sending))
        began = time.monotonic()
        outcome = await self._sent(due, client)
        seconds = time.monotonic() - began
        self._counters.seconds.observe(seconds)
        self._notice(due, outcome)
        self._sending.discard(task)
        self._counters.in_flight.set(len(self._sending))
        self.wake()
        if isinstance(outcome, Retry) and outcome.unsettled:
            # The server may still be at work on it, and a correction must not overtake it: the report stays ours as long again
            self._resting.add(task)
            await asyncio.sleep(self._settings.timeout_seconds)
            self._resting.discard(task)
        self._settling.add(task)
        await self._settle(due, outcome, seconds)

    async def _sent(self, due: Due, client: FhirClient) -> Outcome:
        try:
            async with asyncio.timeout(2 * self._settings.timeout_seconds):  # a token, the Bundle, another token, the Bundle again
                return await client.send(due.bundle)
        except TimeoutError:
            return Retry("no answer in time", unsettled=True)
        except Exception as error:  # an error of ours must not end the delivery of all other reports
            _log.error("delivery_failed", report=due.report_id, trace=due.trace, reason=unexpected(error))
            return Retry("internal error", of_server=False)

    def _notice(self, due: Due, outcome: Outcome) -> None:
        """What the outcome says of the server."""
        was_open = self._breaker.is_open
        if isinstance(outcome, Retry):
            if outcome.of_server:
                self._breaker.failed(due.report_id, outcome.after)
        else:
            self._breaker.answered()
        if isinstance(outcome, Delivered) and (was_open or due.attempts):
            self._hasten = True  # what failed before may go better now
        if self._breaker.is_open != was_open:
            self._counters.server_down.set(self._breaker.is_open)
            if was_open:
                _log.info("fhir_server_back")
            else:
                _log.warning("fhir_server_down", seconds=round(self._breaker.seconds, 1))

    async def _settle(self, due: Due, outcome: Outcome, seconds: float) -> None:
        """Write to the store what became of a report."""
        now, attempt = self._now(), due.attempts + 1
        final, wait = self._final(due, outcome)
        said = {"report": due.report_id, "trace": due.trace, "attempt": attempt, "seconds": round(seconds, 3)}
        if isinstance(final, Retry):
            reason, at = final.reason, now + timedelta(seconds=wait)
            await self._recorded(lambda c: deliveries.retry(c, due, at, reason, now))
            self._counters.outcomes.labels("retry").inc()
            _log.warning("delivery_retry", **said, reason=reason, wait=round(wait, 1))
            self._wake_in(wait)
            return
        self._conflicts.pop(due.report_id, None)
        if isinstance(final, Dead):
            reason = final.reason
            await self._recorded(lambda c: deliveries.dead(c, due, reason, now))
            self._counters.outcomes.labels("dead").inc()
            _log.error("delivery_dead", **said, reason=reason)
        else:
            await self._recorded(lambda c: deliveries.delivered(c, due, now))
            self._counters.outcomes.labels("delivered").inc()
            _log.info("delivered", **said)

    def _final(self, due: Due, outcome: Outcome) -> tuple[Delivered | Retry | Dead, float]:
        """What is done with a report, and for how long it waits if it is sent again."""
        if isinstance(outcome, Reread):
            self._conflicts[due.report_id] += 1
            if (conflicts := self._conflicts[due.report_id]) > _CONFLICTS:
                return Dead(outcome.reason), 0.0
            return Retry(outcome.reason), wait_seconds(conflicts)
        if isinstance(outcome, Retry):
            if self._patience.is_over(due.first_attempt):
                return Dead(f"given up after {self._settings.give_up_hours:g} hours: {outcome.reason}"), 0.0
            return outcome, wait_seconds(due.attempts + 1) if outcome.after is None else outcome.after
        assert isinstance(outcome, Delivered | Dead)
        return outcome, 0.0

    async def _recorded(self, work: Callable[[Connection], _T]) -> _T:
        """Write to the store, however long that takes: until then the report is not sent again, for its lease."""
        while True:
            try:
                return await self._store.write(work)
            except StoreError as error:
                _log.warning("delivery_not_recorded", reason=type(error).__name__)
                await asyncio.sleep(_STORE_SECONDS)

    async def _drain(self) -> None:
        for task in self._resting:
            task.cancel()
        if waited := self._sending | self._settling:
            await asyncio.wait(waited, timeout=self._drain_seconds)
        left = self._sending | self._resting | self._settling
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
