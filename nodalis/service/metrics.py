"""What the listener tells Prometheus besides what its parts count: the store, the worker processes, certificates, the process.

Labels are words of closed lists. The figures of the store are read when they are asked for, so that they are true in any number of
processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .. import __version__
from ..settings import Settings
from ..store import Alarm, Store, StoreError, queue
from .checks.certificates import ends
from .logs import Allowed


class Metrics:
    """The figures of one process, in the registry that the parts count in as well."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._worker_ends = Counter("nodalis_worker_ends", "Worker processes that ended and were replaced.", registry=registry)
        ProcessCollector(registry=registry)

    def worker_ended(self) -> None:
        """Count a worker process that ended by itself."""
        self._worker_ends.inc()

    def watch(self, store: Store, settings: Settings, allowed: Allowed) -> None:
        """Tell of a store, of the certificates of the settings and of what the log left out from now on."""
        for collector in (_Messages(store), _Certificates(settings), _Log(allowed)):
            self.registry.register(collector)

    async def text(self) -> bytes:
        """All figures in the exposition format."""
        return await asyncio.to_thread(generate_latest, self.registry)


class _Messages(Collector):
    """Where messages stand. A store that is down has no figures but that."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> list[Metric]:
        """Nothing: the store is not asked before the first question."""
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            counts = self._store.read_now(queue.counts)
        except StoreError:
            yield GaugeMetricFamily("nodalis_store_up", "1 while the store can be read.", value=0)
            return
        yield GaugeMetricFamily("nodalis_store_up", "1 while the store can be read.", value=1)
        yield CounterMetricFamily("nodalis_messages_received", "Messages ever kept; the sum of all stages.", value=counts.total)
        stages = GaugeMetricFamily("nodalis_messages", "Messages by where they stand.", labels=["stage"])
        for stage, number in counts.stages.items():
            stages.add_metric([stage.value], number)
        yield stages
        waited = (datetime.now(UTC) - counts.oldest).total_seconds() if counts.oldest else 0
        yield GaugeMetricFamily("nodalis_oldest_waiting_seconds", "Since the oldest message came that waits.", value=max(waited, 0))
        alarms = CounterMetricFamily("nodalis_alarms", "What somebody must be told, by kind.", labels=["kind"])
        for kind in Alarm:
            alarms.add_metric([kind.value], counts.alarms.get(kind, 0))
        yield alarms


class _Certificates(Collector):
    """When certificates end: the files may be replaced at any time, so they are read each time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        until = GaugeMetricFamily("nodalis_certificate_ends_seconds", "When it ends, in seconds since 1970.", labels=["certificate"])
        for name, moment in ends(self._settings).items():
            until.add_metric([name], moment.timestamp())
        yield until


class _Log(Collector):
    """What the log left out."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    def collect(self) -> Iterator[Metric]:
        said = "Values that were handed to the log and may not stand in it: a fault, please report it."
        yield CounterMetricFamily("nodalis_log_values_left_out", said, value=self._allowed.dropped)
        version = GaugeMetricFamily("nodalis_build", "This software.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
