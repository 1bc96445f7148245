"""Versions of a report in any order, sent to the running engine: the server ends with what they say together."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from nodalis.store import Stage
from tests.nodalis.delivery.fault_server import FaultServer
from tests.nodalis.engine.orders import Order
from tests.nodalis.engine.running import Engine, Sender, sent, until

BREAST = "Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.4 cm.\nLeft axillary sentinel lymph nodes: "
POSITIVE = f"{BREAST}metastatic carcinoma in one of two lymph nodes (1/2), largest deposit 3 mm.\npT1c pN1a(sn)"
NEGATIVE = f"{BREAST}two lymph nodes, negative for metastatic carcinoma (0/2).\npT1c pN0(sn)"
P = Order("", "P", NEGATIVE, "P", "20260302100000+0100")
F = Order("", "F", POSITIVE, "F", "20260303100000+0100")
AGAIN = replace(F, control_id="A")
C = Order("", "C", NEGATIVE, "C", "20260304100000+0100")
B = Order("", "B", "Deeper levels of the sentinel nodes show no further deposit.", "B", "20260305100000+0100")


def of(number: str, order: Order) -> Order:
    """An order about a report of this number."""
    return replace(order, number=number, control_id=f"{order.control_id}-{number}")


def told(server: FaultServer) -> dict[str, dict[str, Any]]:
    """All resources that the server holds, by type and id."""
    return {name: resource for name in sorted(server.live) if (resource := server.history[name][-1])}


def by_report(resources: dict[str, dict[str, Any]], numbers: list[str]) -> list[str]:
    """What is held of each report, without what is of this report alone: its number and the ids that follow from it."""
    found: dict[str, list[str]] = {}
    for name, resource in resources.items():
        (number,) = {number for number in numbers if number in json.dumps(resource)}
        found.setdefault(number, []).append(name)
    assert sorted(found) == sorted(numbers)
    return [_without(number, names, resources) for number, names in found.items()]


def _without(number: str, names: list[str], resources: dict[str, dict[str, Any]]) -> str:
    own = json.dumps([resources[name] for name in names], sort_keys=True).replace(number, "NUMBER")
    for name in names:
        own = own.replace(name.partition("/")[2], "ID")
    return json.dumps(sorted(json.dumps(resource, sort_keys=True) for resource in json.loads(own)))


def test_a_correction_that_comes_while_the_first_version_is_on_its_way_is_what_the_server_ends_with(tmp_path: Path) -> None:
    with FaultServer(delay_seconds=3) as server:
        with Engine(tmp_path, server.url) as engine:
            sent(engine, [of("S26-1-1", F)])
            until(lambda: bool(server.most_at_once))
            assert not server.live
            sent(engine, [of("S26-1-1", C)])
            engine.settled()
            assert engine.stop() == 0
        assert server.most_at_once == 1
        assert len(server.sent) == 2
        (report,) = (resource for name, resource in told(server).items() if name.startswith("DiagnosticReport/"))
        assert report["status"] == "corrected"
        assert "pN0" in report["conclusion"]


@pytest.mark.slow
def test_all_orders_of_versions_end_with_the_same_facts(tmp_path: Path) -> None:
    every = list(permutations((P, F, AGAIN, C, B)))
    numbers = [f"S26-7-{index:03}" for index in range(len(every))]
    orders = [of(number, order) for number, versions in zip(numbers, every, strict=True) for order in versions]
    assert len(orders) == 600
    with FaultServer(delay_seconds=0.01) as server:
        with Engine(tmp_path, server.url) as engine:
            senders: list[Sender] = sent(engine, orders)
            assert sum(len(sender.accepted) for sender in senders) == 600
            stages = engine.settled().stages
            assert engine.stop() == 0
        assert (sum(stages.values()), stages[Stage.EXPORTED] + stages[Stage.DUPLICATE]) == (600, 600)
        assert len(set(by_report(told(server), numbers))) == 1
        reports = [resource for name, resource in told(server).items() if name.startswith("DiagnosticReport/")]
        assert (len(reports), {report["status"] for report in reports}) == (120, {"corrected"})
