"""Kills the interface engine again and again while a laboratory sends, and compares with a run that nobody touched.

    python tests/nodalis/engine/kills.py [--messages 20000] [--kills 100] [--seed 5] [--store URL]

Every tenth kill strikes at a commit or at a send: strace ends the process inside of that call. After it all, every message that was
acknowledged must be stored, each stage must add up, and the FHIR server must hold the same resources as after the undisturbed run.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from nodalis.store import Stage
from nodalis.store.schema import message
from tests.nodalis.delivery.fault_server import FaultServer
from tests.nodalis.engine.orders import Order, day
from tests.nodalis.engine.running import Engine, send

_LONGEST = 3.0  # seconds from listening to a kill
_CALLS = ("fdatasync", "sendto")  # a commit; an acknowledgment, or a Bundle on its way
_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is when all messages are sent and nothing waits."""

    acknowledged: set[str]
    stored: set[str]
    total: int
    stages: dict[Stage, int]
    resources: dict[str, Any]  # what the FHIR server holds, by "Type/id"
    killed: int


def run(orders: Sequence[Order], kills: int, seed: int, url: str | None = None) -> Outcome:
    """Send all orders to an engine that is killed so many times."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, FaultServer(delay_seconds=0.002) as server:
        engine = Engine(Path(folder), server.url, url)
        engine.start()
        # So slowly that there is something to lose at every kill
        senders = send(engine.port, orders, _CONNECTIONS, kills * _LONGEST / 2 * _CONNECTIONS / len(orders))
        killed = 0
        while killed < kills and any(sender.is_alive() for sender in senders):
            if killed % 10 == 9 and shutil.which("strace"):
                call, number = chance.choice(_CALLS), chance.randrange(1, 200)
                engine.kill()
                if engine.begin("strace", "-f", "-qq", "-o", "/dev/null", *_injected(call, number)):
                    engine.wait(_LONGEST)
            else:
                time.sleep(chance.uniform(0, _LONGEST))
            engine.kill()
            killed += 1
            engine.start()
        for sender in senders:
            sender.join()
        counts = engine.settled()
        assert engine.stop() == 0
        with engine.store() as store:
            stored = set(store.read_now(lambda connection: connection.scalars(select(message.c.control_id)).all()))
        acknowledged = {control_id for sender in senders for control_id in sender.accepted}
        assert not any(sender.refused for sender in senders)
        resources = {name: server.history[name][-1] for name in server.live}
        return Outcome(acknowledged, stored, counts.total, dict(counts.stages), resources, killed)


def _injected(call: str, number: int) -> Sequence[str]:
    return "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"


def compare(orders: Sequence[Order], kills: int, seed: int, url: str | None = None) -> Outcome:
    """Run with kills and without; nothing may be lost, doubled or otherwise."""
    whole, killed = run(orders, 0, seed), run(orders, kills, seed, url)
    sent = {order.control_id for order in orders}
    for outcome in (whole, killed):
        assert outcome.acknowledged == sent
        assert outcome.acknowledged <= outcome.stored, "acknowledged and not stored"
        assert outcome.total == sum(outcome.stages.values())
        assert outcome.stages[Stage.DEAD] == outcome.stages[Stage.QUARANTINED] == 0
    assert killed.resources.keys() == whole.resources.keys(), "lost or doubled downstream"
    assert killed.resources == whole.resources, "not what the last version says"
    assert {stage: killed.stages[stage] for stage in (Stage.EXPORTED, Stage.REVIEW)} == {
        stage: whole.stages[stage] for stage in (Stage.EXPORTED, Stage.REVIEW)
    }
    return killed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=5)
    options.add_argument("--store", help="a PostgreSQL database for the run with kills; default: SQLite in a temporary folder")
    chosen = options.parse_args()
    outcome = compare(list(day(chosen.messages)), chosen.kills, chosen.seed, chosen.store)
    print(f"{chosen.messages:,} messages, {outcome.killed} kills: acknowledged and not stored 0, lost 0, doubled 0")
    print(", ".join(f"{number:,} {stage}" for stage, number in outcome.stages.items()), f"; {len(outcome.resources):,} resources")
    return 0


if __name__ == "__main__":
    sys.exit(main())
