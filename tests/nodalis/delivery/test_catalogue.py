"""The catalogue of what FHIR servers do wrong, numbers 121 to 130: a report waits or is given up, as it must, and holds up no other.

The first of three reports meets the ``fault``, which `fault_server` has under that name, with these parameters, as often as ``times``
says (once). ``stage`` is what becomes of it: "exported", after it waited with the reason ``waits``, or "dead" with the ``reason``.
``patient`` is the reference to its patient.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from nodalis.store import Store
from tests.nodalis.delivery import fault_server
from tests.nodalis.delivery.delivering import CANARY, deliver, fill
from tests.nodalis.delivery.fault_server import Fault, FaultServer, Json
from tests.nodalis.delivery.waiting import stages, where


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case with its name, ``128-another-writer/it passes``."""
    for path in sorted(Path(__file__).with_name("catalogue").glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            yield f"{path.stem}/{case['name']}", case


CASES = dict(cases())


def made(fault: str, **parameters: Any) -> Fault:
    """A fault by its name."""
    found = getattr(fault_server, fault)
    return found if isinstance(found, Fault) else found(**parameters)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", CASES)
def test_a_fault_has_the_outcome_it_must_have(store: Store, name: str) -> None:
    case = CASES[name]
    assert case.keys() <= {"name", "fault", "times", "patient", "stage", "waits", "reason"}
    times, stage, waits = case.get("times", 1), case["stage"], case.get("waits", "")
    resources = fill(store, 3, case.get("patient", ""))
    faults = [made(**case["fault"])] * times

    def first(bundle: Json) -> Fault | None:
        return faults.pop() if faults and bundle["entry"][0]["request"]["url"] == "Observation/o0" else None

    with FaultServer() as server, capture_logs() as logs:
        server.by_patient = first
        deliver(store, server, concurrent=1)
    is_dead = stage == "dead"
    assert stages(store) == ({"exported": 2, "dead": 1} if is_dead else {"exported": 3})
    assert where(store, 1) == (stage, case.get("reason", ""), times if is_dead else times + 1)
    assert len(server.requests) == 2 + times + (not is_dead)
    assert is_dead or server.live == resources
    assert [log["reason"] for log in logs if log["event"] == "delivery_retry"] == [waits] * (times - is_dead)
    errors = [(log["event"], log["reason"]) for log in logs if log["log_level"] == "error"]
    assert errors == [("delivery_dead", case.get("reason"))] * is_dead
    assert CANARY not in repr(logs)


def test_every_case_has_its_name() -> None:
    assert len(CASES) == len(list(cases()))
