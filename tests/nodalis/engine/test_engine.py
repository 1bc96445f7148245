"""The whole engine: messages over MLLP in, resources on a FHIR server out, on a store of each kind."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodalis.store import Stage
from tests.nodalis.delivery.fault_server import FaultServer, outcome
from tests.nodalis.engine.kills import compare
from tests.nodalis.engine.orders import Order, day, texts
from tests.nodalis.engine.running import Engine, send, sent
from tests.nodalis.service import canaries


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, server: FaultServer) -> Iterator[Engine]:
    """An engine that listens, on a store of each kind."""
    store = None if request.param == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    with Engine(tmp_path, server.url, store) as running:
        yield running


def test_what_is_acknowledged_is_exported_or_waits_for_a_person(either: Engine, server: FaultServer) -> None:
    orders = list(day(60))
    senders = sent(either, orders)
    assert sorted(control_id for sender in senders for control_id in sender.accepted) == sorted(order.control_id for order in orders)
    counts = either.settled()
    assert counts.stages[Stage.EXPORTED] + counts.stages[Stage.REVIEW] + counts.stages[Stage.DUPLICATE] == counts.total == 60
    assert counts.stages[Stage.EXPORTED] > 30
    assert sum(name.startswith("DiagnosticReport/") for name in server.live) > 30


def test_the_same_messages_again_change_nothing(engine: Engine, server: FaultServer) -> None:
    orders = list(day(30))
    sent(engine, orders)
    before = engine.settled()
    there = {name: list(versions) for name, versions in server.history.items()}
    sent(engine, orders)
    after = engine.settled()
    assert after.stages[Stage.DUPLICATE] == before.stages[Stage.DUPLICATE] + 30
    assert after.stages[Stage.EXPORTED] == before.stages[Stage.EXPORTED]
    assert server.history == there


def test_a_message_that_is_replayed_gives_the_same_bundle_byte_for_byte(engine: Engine, server: FaultServer) -> None:
    sent(engine, list(day(30)))
    engine.settled()
    first = sorted(request.body for request in server.sent)
    engine.nodalis("queue", "replay", "--stage", "exported")
    engine.settled()
    assert sorted(request.body for request in server.sent)[::2] == first
    assert len(server.sent) == 2 * len(first)


def test_asked_to_end_it_finishes_what_is_under_way_and_loses_nothing(engine: Engine, server: FaultServer) -> None:
    senders = send(engine.port, list(day(200)), pause=0.01)
    while not senders[0].accepted:
        pass
    assert engine.stop() == 0
    engine.start()
    for sender in senders:
        sender.join()
    assert engine.settled().stages[Stage.EXPORTED] > 100


def test_no_word_of_a_message_is_in_what_is_left_behind(tmp_path: Path) -> None:
    """Log at DEBUG, answers, metrics, what the commands say, and every file but the store, with refusals and a kill in between."""
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    data.mkdir()
    temporary.mkdir()
    echo = outcome(422, "invalid", diagnostics=canaries.mark("PID", 5))
    settings = {"NODALIS_LOG__LEVEL": "debug", "TMPDIR": str(temporary)}
    with (
        FaultServer([echo, outcome(503, "transient", diagnostics=canaries.mark("OBX", 5))]) as server,
        Engine(data, server.url, **settings) as engine,
    ):
        answers = [_answer(engine.port, canaries.message(number, status)) for number, status in enumerate("FFFPCDWXZ")]
        answers += [_answer(engine.port, canaries.message(3, "C")), _answer(engine.port, canaries.message(4)[:600])]
        answers.append(_answer(engine.port, canaries.message(5).replace(b"ORU^R01^ORU_R01", b"ADT^A08")))
        engine.settled()
        engine.kill()
        engine.start()
        engine.settled()
        said = [engine.nodalis("queue", "counts"), engine.nodalis("queue", "alarms")]
        said.append(_without(engine.nodalis("queue", "show", "1", "--json"), 3, 4, 10))  # who sent it, and its control id
        port = engine.environment["NODALIS_STATUS__PORT"]
        said += [urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}").read().decode() for path in ("metrics", "health/ready")]
        engine.stop()
    said += [_without(answer.decode(), *range(3, 7), 10) for answer in answers]  # sender and receiver change places
    canaries.assert_no_canary(*said, temporary, data, but=data.glob("store.db*"))
    assert b"CANARYBIRD" in (data / "store.db").read_bytes() + b"".join(path.read_bytes() for path in data.glob("store.db-wal"))


def _answer(port: int, body: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"\x0b" + body + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r") and (more := connection.recv(65536)):
            answer += more
    return answer


def _without(said: str, *fields: int) -> str:
    """What is said without these fields of MSH, which every answer gives back."""
    for field in fields:
        for number in range(10):
            said = said.replace(canaries.mark("MSH", field, number), "")
    return said


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_again_and_again_it_loses_and_doubles_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    url = None if kind == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    assert compare(list(day(600)), kills=8, seed=1, url=url).killed == 8


@pytest.mark.slow
def test_two_listeners_on_one_store_share_the_work(tmp_path: Path, server: FaultServer, postgresql_url: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    text = next(text for text in texts() if "LYMPH" in text.upper())
    orders = [Order(f"S26-2-{number:06}", f"M2-{number:06}", f"Case note {number}.\n{text}") for number in range(100)]
    with Engine(tmp_path / "one", server.url, postgresql_url) as one, Engine(tmp_path / "two", server.url, postgresql_url) as two:
        senders = send(one.port, orders) + send(two.port, orders)  # each message to both
        for sender in senders:
            sender.join()
        counts = one.settled()
    assert counts.total == 200
    assert counts.stages[Stage.DUPLICATE] == 100
    assert all(server.versions(name) == 1 for name in server.live)
