"""A message whose reading takes too long: it is said, by the log and the metrics, and it can be read again."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from nodalis.store import Stage
from tests.nodalis.delivery.fault_server import FaultServer
from tests.nodalis.engine.orders import Order, texts
from tests.nodalis.engine.running import Engine, sent

LONG = Order("S26-1-1", "M1", texts()[0] + "\nOf the case nothing more is said." * 5_000)


@pytest.mark.slow
def test_what_was_not_read_in_time_is_told_and_read_again(tmp_path: Path) -> None:
    with FaultServer() as server, Engine(tmp_path, server.url, NODALIS_READING__SECONDS="0.01") as engine:
        (sender,) = sent(engine, [LONG], connections=1)
        assert sender.accepted == ["M1"]
        assert engine.settled().stages[Stage.QUARANTINED] == 1
        with urllib.request.urlopen(f"http://127.0.0.1:{engine.environment['NODALIS_STATUS__PORT']}/metrics", timeout=60) as answer:
            metrics = answer.read().decode()
        assert 'nodalis_messages{stage="quarantined"} 1.0' in metrics
        assert "nodalis_worker_ends_total 2.0" in metrics
        assert engine.stop() == 0
        lines = [json.loads(line) for line in engine.log.read_text().splitlines() if line.startswith("{")]
        assert [(line["level"], line["reason"]) for line in lines if line["event"] == "quarantined"] == [("warning", "timeout")]
        assert [line["level"] for line in lines if line["event"] == "worker_ended"] == ["warning", "warning"]

        del engine.environment["NODALIS_READING__SECONDS"]
        engine.nodalis("queue", "replay", "--stage", "quarantined")
        engine.start()
        stages = engine.settled().stages
        assert stages[Stage.QUARANTINED] == stages[Stage.RECEIVED] == 0
        assert stages[Stage.EXPORTED] + stages[Stage.REVIEW] == 1
        assert engine.stop() == 0
