"""A delivery that runs between a store and a server, and reports for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from nodalis.delivery.counters import Counters
from nodalis.delivery.deliverer import Deliverer
from nodalis.settings import FhirSettings
from nodalis.store import Store
from tests.nodalis.delivery.bundles import transaction
from tests.nodalis.delivery.fault_server import FaultServer
from tests.nodalis.delivery.waiting import all_done, put

CANARY = "DOE^JANE"
_PATIENCE_S = 60  # until something happens, on a slow machine; nothing is measured


@asynccontextmanager
async def delivering(store: Store, server: FaultServer, counters: Counters | None = None, **settings: Any) -> Any:
    """A delivery that runs; what stands in ``of`` is for the Deliverer itself."""
    of = settings.pop("of", {})
    deliverer = Deliverer(FhirSettings(url=server.url, **{"timeout_seconds": 5, **settings}), store, counters, **of)
    stop = asyncio.Event()
    running = asyncio.create_task(deliverer.run(stop))
    try:
        yield deliverer
    finally:
        stop.set()
        await running


async def until(condition: Callable[[], object]) -> None:
    """Wait for something."""
    last = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < last, "it does not happen"
        await asyncio.sleep(0.02)


def deliver(store: Store, server: FaultServer, done: Callable[[], object] | None = None, **settings: Any) -> None:
    """Deliver until that is done, or until nothing waits."""

    async def work() -> None:
        async with delivering(store, server, **settings):
            await until(done or (lambda: all_done(store)))

    asyncio.run(work())


def fill(store: Store, number: int, patient: str = "") -> set[str]:
    """So many reports of two resources each; their resources."""
    resources = [(f"Observation/o{place}", f"DiagnosticReport/d{place}") for place in range(number)]
    for place, names in enumerate(resources):
        put(store, f"S26-{place}", transaction(*names, note=CANARY, patient=patient))
    return {name for names in resources for name in names}
