"""The figures of the listener, read by Prometheus' own parser: true, of closed lists, and there when the store is not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from nodalis.service.logs import Allowed
from nodalis.service.metrics import Metrics
from nodalis.settings import Settings
from nodalis.store import Alarm, Stage, Store, arrivals, upgrade

from ..certificates import Authority
from .canaries import assert_no_canary, mark, message

Samples = dict[tuple[str, str], float]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    tls = Authority(tmp_path).server(days=20)._asdict()
    return Settings(store={"url": f"sqlite:///{tmp_path}/store.db"}, mllp={"tls": tls})  # type: ignore[arg-type]


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(Store(settings.store)) as opened:
        upgrade(opened)
        yield opened


def told(metrics: Metrics) -> Samples:
    """The samples by name and label."""
    text = asyncio.run(metrics.text()).decode()
    assert_no_canary(text)
    families = text_string_to_metric_families(text)
    return {(sample.name, ",".join(sample.labels.values())): sample.value for family in families for sample in family.samples}


def arrival(number: int, before: timedelta, quarantine: str = "") -> arrivals.Arrival:
    at = datetime.now(UTC) - before
    return arrivals.Arrival("lab", mark("MSH", 3), mark("MSH", 4), mark("MSH", 10, number), message(number), at, "0" * 16, quarantine)


def test_messages_are_told_by_stage_and_their_sum_is_what_was_received(store: Store, settings: Settings) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.watch(store, settings, Allowed())
    for given in (
        arrival(1, timedelta(minutes=15)), arrival(2, timedelta(0)), arrival(1, timedelta(0)), arrival(3, timedelta(0), mark("OBX", 5)),
    ):  # fmt: skip
        store.write_now(partial(arrivals.record, arrival=given))
    samples = told(metrics)
    stages = {label: value for (name, label), value in samples.items() if name == "nodalis_messages"}
    assert set(stages) == set(Stage)
    assert (stages["received"], stages["duplicate"], stages["quarantined"]) == (2, 1, 1)
    assert sum(stages.values()) == samples["nodalis_messages_received_total", ""] == 4
    assert 15 * 60 <= samples["nodalis_oldest_waiting_seconds", ""] < 20 * 60
    assert {label for name, label in samples if name == "nodalis_alarms_total"} == set(Alarm)
    assert samples["nodalis_store_up", ""] == 1


def test_a_store_that_is_down_is_told_and_all_else_is_still_there(store: Store, settings: Settings) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.watch(store, settings, Allowed())
    store.close()
    os.unlink(store.engine.url.database or "")
    samples = told(metrics)
    assert samples["nodalis_store_up", ""] == 0
    assert ("nodalis_messages_received_total", "") not in samples
    assert ("process_resident_memory_bytes", "") in samples


def test_the_end_of_a_certificate_is_that_of_its_file_as_it_is_now(store: Store, settings: Settings, tmp_path: Path) -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.watch(store, settings, Allowed())
    name = ("nodalis_certificate_ends_seconds", "mllp.certificate")
    assert 19 * 86400 < told(metrics)[name] - datetime.now(UTC).timestamp() < 20 * 86400 + 1
    Authority(tmp_path).server(days=365)
    assert told(metrics)[name] - datetime.now(UTC).timestamp() > 300 * 86400
    (tmp_path / "server.crt").unlink()
    assert name not in told(metrics)


def test_worker_processes_that_ended_and_values_that_were_left_out_are_counted(store: Store, settings: Settings) -> None:
    metrics, allowed = Metrics(CollectorRegistry()), Allowed()
    metrics.watch(store, settings, allowed)
    metrics.worker_ended()
    allowed(None, "info", {"event": "alarm", "name": mark("PID", 5)})
    samples = told(metrics)
    assert samples["nodalis_worker_ends_total", ""] == 1
    assert samples["nodalis_log_values_left_out_total", ""] == 1
