"""The clock of the machine is wrong between two starts: nothing is lost or given up, and no older version stands over a newer one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodalis.store import Stage
from tests.nodalis.delivery.fault_server import FaultServer, outcome
from tests.nodalis.engine.orders import Order, texts
from tests.nodalis.engine.running import Engine, send, sent, until

FINAL = [Order(f"S26-9-{number}", f"F{number}", f"Case note {number}.\n{texts()[0]}") for number in range(16)]
CORRECTED = [
    replace(order, control_id=f"C{number}", status="C", text=f"Corrected.\n{order.text}", reported="20260305100000+0100")
    for number, order in enumerate(FINAL)
]
AGAIN = [replace(order, control_id=f"A{number}") for number, order in enumerate(FINAL)]
# What is sent in one run after the other: each report is corrected, and what was corrected comes again as it was before
RUNS = (FINAL, CORRECTED[:8], [*CORRECTED[8:12], *AGAIN[:4], *CORRECTED[12:], *AGAIN[4:8]], AGAIN)


def held(folder: Path, clocks: Sequence[str]) -> dict[str, Any]:
    """What the server holds after runs by these clocks, each but the last ended by a kill while the server is down."""
    with FaultServer() as server:
        engine = Engine(folder, server.url)
        left: Sequence[Order] = ()  # what the kill may have kept from being taken
        try:
            for clock, orders in zip(clocks, RUNS, strict=True):
                engine.start(*(["faketime", "-m", "-f", clock] if clock else []))
                half = len(orders) // 2
                sent(engine, [*left, *orders[:half]])
                engine.settled()
                left = orders[half:]
                if orders is RUNS[-1]:
                    break
                server.always, asked = outcome(503, "transient"), len(server.sent)
                senders = send(engine.port, left)
                until(lambda asked=asked: len(server.sent) > asked)  # type: ignore[misc]
                for sender in senders:
                    sender.stopped.set()
                engine.kill()
                server.always = None
            sent(engine, left)
            stages = engine.settled().stages
            assert stages[Stage.DEAD] == stages[Stage.QUARANTINED] == stages[Stage.REVIEW] == stages[Stage.RECEIVED] == 0
        finally:
            engine.kill()
        return {name: server.history[name][-1] for name in server.live}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the server holds when the clock is right."""
    return held(tmp_path_factory.mktemp("right"), ("", "", "", ""))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("faketime"), reason="needs faketime")
@pytest.mark.parametrize(
    "clocks",
    [("", "+1h", "-1h", ""), ("+1h", "", "-1h", "+1h"), ("", "+4800d", "", "+4800d")],
    ids=["ahead, then back", "back and back", "in 2039 and back"],
)
def test_a_clock_that_leaps_between_starts_changes_nothing(tmp_path: Path, right: dict[str, Any], clocks: Sequence[str]) -> None:
    found = held(tmp_path, clocks)
    assert found == right
    reports = [resource["status"] for name, resource in found.items() if name.startswith("DiagnosticReport/")]
    assert reports == ["corrected"] * len(FINAL)
