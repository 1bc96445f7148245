"""The interface engine in one process: listener, reading, delivery and health on one store, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from ..delivery.counters import Counters as DeliveryCounters
from ..delivery.deliverer import Deliverer
from ..exits import FatalError
from ..mllp.counters import Counters as MllpCounters
from ..mllp.receiver import Receiver
from ..mllp.server import serve
from ..mllp.stream import Received
from ..senders import Senders
from ..settings import HttpSettings, Settings
from ..store import Store, StoreError, retention, upgrade
from ..store.leases import release
from ..web.application import status_application
from ..web.server import bound, server
from .logs import Allowed
from .metrics import Metrics
from .processing import Processing
from .workers import Workers

_CLEANING_SECONDS: Final = 3600.0
_CLEANED_AT_ONCE: Final = 500
_SWITCH_SECONDS: Final = 0.001
_BEAT_SECONDS: Final = 1.0
_LATE_SECONDS: Final = 10.0  # without a beat the event loop is stuck
_log: Final = structlog.get_logger()


async def listen(settings: Settings, stop: asyncio.Event, allowed: Allowed) -> None:
    """Take messages, keep them, read them and send what they say, until stopped; then finish what is under way.

    Raises:
        FatalError: something that it cannot do without is not there.
    """
    owner = f"{socket.gethostname()}:{settings.mllp.port}"  # stays the same, so that a start finds what a kill left
    metrics = Metrics(CollectorRegistry())
    counters = MllpCounters(metrics.registry)
    async with contextlib.AsyncExitStack() as opened:
        store = await opened.enter_async_context(_store(settings, owner))
        metrics.watch(store, settings, allowed)

        def ended() -> None:
            metrics.worker_ended()
            _log.warning("worker_ended")

        pool = await opened.enter_async_context(Workers(settings, ended))
        half = settings.drain_seconds / 2  # for the listener, then for what is on its way to the FHIR server
        senders = Senders()
        figures = DeliveryCounters(metrics.registry)
        deliverer = Deliverer(settings.fhir, store, figures, owner=owner, drain_seconds=half, senders=senders)
        processing = Processing(store, pool, owner, settings.mllp.max_waiting, deliverer.wake, senders)
        receiver = Receiver(store, settings.mllp, counters)

        async def receive(received: Received, peer: str) -> bytes | None:
            await processing.room.wait()
            with senders.waiting():
                answer = await receiver.receive(received, peer)
            processing.wake()
            return answer

        heart = _Heart()
        opened.enter_context(_status(settings, heart, store, metrics))
        ending = asyncio.Event()  # what gives the others work stops before them
        works = asyncio.gather(processing.run(ending), deliverer.run(ending), _clean(store, settings, ending), heart.beat(ending))
        _hurry()
        try:
            listener = await serve(settings.mllp, receive, counters)
            try:
                await asyncio.wait((works, asyncio.ensure_future(stop.wait())), return_when=asyncio.FIRST_COMPLETED)
                _log.info("draining")
            finally:
                await listener.stop(half)
        finally:
            ending.set()
            await works


def _hurry() -> None:
    """Keep no sender waiting for what the interpreter does by default."""
    sys.setswitchinterval(_SWITCH_SECONDS)  # until the thread that writes goes on, while another computes
    gc.collect()
    gc.freeze()  # what is there until the end: to look through all of it takes 0.1 s each time


@contextlib.asynccontextmanager
async def _store(settings: Settings, owner: str) -> AsyncIterator[Store]:
    """The store with the tables of this version, and nothing of it taken by us."""
    store = Store(settings.store)
    try:
        await asyncio.to_thread(upgrade, store)
        await store.write(lambda connection: release(connection, owner))
        yield store
        with contextlib.suppress(StoreError):  # else the leases end by themselves
            await store.write(lambda connection: release(connection, owner))
    except StoreError as error:
        raise FatalError(f"store: {error}") from None
    finally:
        store.close()


async def _clean(store: Store, settings: Settings, stop: asyncio.Event) -> None:
    """Remove what was kept long enough, from hour to hour; not at the start, when the clock of the machine may not be set yet."""
    removed = 0
    while not stop.is_set():
        if removed < _CLEANED_AT_ONCE:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _CLEANING_SECONDS)
                return
        removed = 0
        with contextlib.suppress(StoreError):
            removed = await store.write(lambda c: retention.clean(c, datetime.now(UTC), settings.store.keep_days, _CLEANED_AT_ONCE))
        if removed:
            _log.info("cleaned", messages=removed)


class _Heart:
    """Whether the event loop still turns."""

    def __init__(self) -> None:
        self._beat = datetime.now(UTC)

    async def beat(self, stop: asyncio.Event) -> None:
        """Beat until stopped."""
        while not stop.is_set():
            self._beat = datetime.now(UTC)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BEAT_SECONDS)

    @property
    def beats(self) -> bool:
        """Whether it did so a short time ago."""
        return abs((datetime.now(UTC) - self._beat).total_seconds()) < _LATE_SECONDS


@contextlib.contextmanager
def _status(settings: Settings, heart: _Heart, store: Store, metrics: Metrics) -> Iterator[None]:
    """Answers for health and metrics, in a thread of its own so that it can say that the listener is stuck."""
    if settings.status.port is None:
        yield
        return

    async def ready() -> Mapping[str, bool]:
        return {"listener": heart.beats, "store": await store.is_usable()}

    place = HttpSettings(host=settings.status.host, port=settings.status.port)
    serving = server(status_application(ready, metrics.text), place, drain_seconds=1)
    thread = threading.Thread(target=serving.run, args=([bound(place)],), name="status", daemon=True)
    thread.start()
    try:
        yield
    finally:
        serving.should_exit = True
        thread.join()
