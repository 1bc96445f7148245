"""A store, a server that fails, and the delivery between them: nothing lost, nothing doubled, nobody waits for another's fault."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from nodalis.delivery.counters import Counters
from nodalis.delivery.deliverer import Deliverer
from nodalis.settings import FhirSettings
from nodalis.store import Store
from nodalis.store.leases import release
from tests.nodalis.delivery import fault_server
from tests.nodalis.delivery.bundles import transaction
from tests.nodalis.delivery.delivering import CANARY, deliver, delivering, fill, until
from tests.nodalis.delivery.fault_server import Fault, FaultServer, http, outcome
from tests.nodalis.delivery.waiting import all_done, put, stages, where


def test_what_waits_is_delivered_once(store: Store) -> None:
    expected = fill(store, 30)
    with FaultServer() as server:
        deliver(store, server)
        assert stages(store) == {"exported": 30}
        assert server.live == expected
        assert {server.versions(resource) for resource in expected} == {1}
        assert len(server.requests) == 30


FAULTS: dict[str, Fault] = {
    "500": http(500),
    "502": http(502),
    "503 and a time": http(503, Retry_After="1"),
    "429 and a time": http(429, Retry_After="1"),
    "408": http(408),
    "401": http(401),
    "empty": fault_server.EMPTY,
    "slow": fault_server.SLOW,
    "cut": fault_server.CUT,
    "dropped": fault_server.DROP,
    "stored and dropped": fault_server.COMMIT_THEN_DROP,
    "no answer": fault_server.HANG,
    "stored, no answer": fault_server.COMMIT_THEN_HANG,
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_passes_loses_nothing_and_doubles_nothing(store: Store, fault: Fault) -> None:
    expected = fill(store, 4)
    with FaultServer([None, fault, fault, None, fault]) as server:
        deliver(store, server, timeout_seconds=0.5)
        assert stages(store) == {"exported": 4}
        assert server.live == expected
        assert len(server.requests) >= 7


@pytest.mark.usefixtures("quick")
def test_a_conflict_that_ends_leaves_nothing_behind(store: Store) -> None:
    put(store, "1", transaction("Observation/a"))
    with FaultServer([http(409)] * 5) as server:

        async def work() -> None:
            async with delivering(store, server) as deliverer:
                await until(lambda: all_done(store))
                server.script.extend([http(409)] * 5)
                put(store, "1", transaction("Observation/a", note="corrected"))
                deliverer.wake()
                await until(lambda: all_done(store))

        asyncio.run(work())
    assert stages(store) == {"exported": 2}


def test_a_bad_report_keeps_only_itself_waiting(store: Store) -> None:
    bad = put(store, "bad", transaction("Observation/bad"))
    with FaultServer() as server:
        server.by_patient = lambda bundle: http(500) if "Observation/bad" in str(bundle) else None

        async def work() -> None:
            async with delivering(store, server) as deliverer:
                for place in range(40):
                    put(store, f"S26-{place}", transaction(f"Observation/o{place}"))
                    deliverer.wake()
                await until(lambda: stages(store).get("exported") == 40)

        asyncio.run(work())
        assert "Observation/bad" not in server.live
    assert where(store, bad)[:2] == ("extracted", "http 500")


def test_waits_grow_with_every_attempt(store: Store) -> None:
    put(store, "1", transaction("Observation/a"))
    with FaultServer(always=http(500)) as server:
        deliver(store, server, lambda: len(server.requests) == 3)
        first, second, third = [request.at for request in server.requests]
    assert second - first >= 0.8
    assert third - second >= 1.6


def test_a_server_that_asks_for_a_pause_gets_it_from_all(store: Store) -> None:
    fill(store, 6)
    with FaultServer([http(429, Retry_After="3")]) as server:
        deliver(store, server, concurrent=1)
        first, *later = [request.at for request in server.requests]
    assert min(later) - first >= 2.9
    assert len(later) == 6


@pytest.mark.usefixtures("quick")
def test_a_server_that_is_down_is_tried_with_one_report_and_gets_all_when_it_is_back(store: Store) -> None:
    """However long it was down, and however often each report was tried."""
    expected = fill(store, 60)
    registry = CollectorRegistry()
    with FaultServer() as server:
        port = server.port
    down = FaultServer(always=http(503), port=port)

    async def work() -> None:
        with capture_logs() as logs:
            async with delivering(store, down, Counters(registry)):
                with down:
                    await until(lambda: len(down.requests) >= 10)
                    assert down.most_at_once <= 4
                    assert "nodalis_fhir_server_down 1.0" in generate_latest(registry).decode()
                assert [log["event"] for log in logs].count("fhir_server_down") == 1
                back = FaultServer(port=port)
                with back:
                    await until(lambda: all_done(store))
                    assert back.live == expected
                    assert {back.versions(resource) for resource in expected} == {1}
                assert [log["event"] for log in logs].count("fhir_server_back") == 1

    asyncio.run(work())
    assert stages(store) == {"exported": 60}
    metrics = generate_latest(registry).decode()
    assert "nodalis_fhir_server_down 0.0" in metrics
    assert 'nodalis_deliveries_total{outcome="delivered"} 60.0' in metrics
    assert len(down.requests) < 20


def test_few_reports_wait_no_longer_than_the_server_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that would wait for an hour go out with the first new one that is tried again and taken."""
    waits = iter([3600.0, 3600.0, 0.5])
    monkeypatch.setattr("nodalis.delivery.deliverer.wait_seconds", lambda failures: next(waits))
    fill(store, 3)
    with FaultServer([http(503)] * 3) as server:
        deliver(store, server, concurrent=1)
    assert stages(store) == {"exported": 3}


def test_a_restart_looks_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    message = put(store, "1", transaction("Observation/a"))
    with FaultServer([http(503)]) as server:
        monkeypatch.setattr("nodalis.delivery.deliverer.wait_seconds", lambda failures: 3600.0)
        deliver(store, server, lambda: where(store, message)[1] == "http 503")
        deliver(store, server)
    assert stages(store) == {"exported": 1}


def test_no_report_is_on_its_way_twice_and_a_correction_comes_last(store: Store) -> None:
    """The first version is on its way when the correction comes: it is sent after it, never beside it."""
    put(store, "1", transaction("Observation/a", "Condition/c", note="first"))
    corrected = transaction("Observation/a", deleted=["Condition/c"], note="corrected")
    with FaultServer(delay_seconds=0.3) as server:

        async def work() -> None:
            async with delivering(store, server) as deliverer:
                await until(lambda: server.most_at_once == 1)
                put(store, "1", corrected)
                deliverer.wake()
                await until(lambda: all_done(store))

        asyncio.run(work())
        assert [request.body for request in server.requests][-1] == corrected
        assert server.most_at_once == 1
        assert server.live == {"Observation/a"}
        last = server.history["Observation/a"][-1]
    assert last
    assert last["note"] == [{"text": "corrected"}]


def test_a_correction_never_overtakes_a_version_that_the_server_is_still_at_work_on(store: Store) -> None:
    """The first version times out here and is stored there afterwards, while the correction waits."""
    put(store, "1", transaction("Observation/a", note="first"))
    with FaultServer() as server:

        async def work() -> None:
            async with delivering(store, server, timeout_seconds=1) as deliverer:
                server.delay_seconds = 1.5  # longer than is waited, shorter than twice as long
                await until(lambda: server.most_at_once == 1)
                put(store, "1", transaction("Observation/a", note="corrected"))
                deliverer.wake()
                await until(lambda: server.versions("Observation/a") == 1)
                server.delay_seconds = 0
                await until(lambda: all_done(store))

        asyncio.run(work())
        texts = [version["note"][0]["text"] for version in server.history["Observation/a"] if version]
    assert texts[0] == "first"
    assert texts[-1] == "corrected"
    assert server.most_at_once == 1


def test_a_server_that_has_deleted_already_is_no_reason_to_give_up(store: Store) -> None:
    """Its answer was lost; sent again, the transaction is refused by servers that know no deletion of what is gone."""
    put(store, "1", transaction("Observation/a", "DiagnosticReport/b", deleted=["Condition/c", "Observation/d"]))
    with FaultServer() as server:
        server.by_patient = lambda bundle: (
            outcome(404, "not-found") if any(entry["request"]["url"] == "Condition/c" for entry in bundle["entry"]) else None
        )
        deliver(store, server)
        assert stages(store) == {"exported": 1}
        assert server.live == {"Observation/a", "DiagnosticReport/b"}
        assert len(server.requests) == 4  # the whole, what is put, and two deletions, one of them refused


def test_a_report_is_given_up_after_its_time(store: Store) -> None:
    message = put(store, "1", transaction("Observation/a"))
    with FaultServer(always=http(503)) as server:
        deliver(store, server, give_up_hours=2 / 3600)
    stage, reason, attempts = where(store, message)
    assert (stage, reason) == ("dead", "given up after 0.000555556 hours: http 503")
    assert attempts > 1


@pytest.mark.parametrize("leap", [timedelta(days=400), timedelta(hours=-1)], ids=["forward", "back"])
def test_a_clock_that_is_set_neither_kills_nor_delays(store: Store, leap: timedelta) -> None:
    ahead = timedelta(0)
    message = put(store, "1", transaction("Observation/a"))
    with FaultServer([http(503)] * 2) as server:

        async def work() -> None:
            nonlocal ahead
            async with delivering(store, server, of={"now": lambda: datetime.now(UTC) + ahead}):
                await until(lambda: where(store, message)[1] == "http 503")
                ahead = leap
                await until(lambda: all_done(store))

        asyncio.run(work())
    assert stages(store) == {"exported": 1}
    assert where(store, message)[2] == 3


def test_a_token_that_expires_on_the_way_is_renewed_and_no_report_waits(store: Store, tmp_path: Path) -> None:
    fill(store, 20)
    token = tmp_path / "token"
    token.write_text("first")
    with FaultServer(delay_seconds=0.02) as server:
        server.bearer = {"first"}

        async def work() -> None:
            async with delivering(store, server, token_file=token):
                await until(lambda: stages(store).get("exported", 0) >= 5)
                token.write_text("second")
                server.bearer = {"second"}
                await until(lambda: all_done(store))

        asyncio.run(work())
    assert stages(store) == {"exported": 20}


def test_no_more_are_on_their_way_than_allowed(store: Store) -> None:
    fill(store, 20)
    with FaultServer(delay_seconds=0.05) as server:
        deliver(store, server, concurrent=3)
        assert server.most_at_once == 3


async def _started(store: Store, server: FaultServer, **of: Any) -> tuple[asyncio.Task[None], asyncio.Event]:
    deliverer = Deliverer(FhirSettings(url=server.url, timeout_seconds=30), store, **of)
    stop = asyncio.Event()
    running = asyncio.create_task(deliverer.run(stop))
    await until(lambda: server.most_at_once == 1)
    return running, stop


def _stopped(store: Store, server: FaultServer, **of: Any) -> None:
    async def work() -> None:
        running, stop = await _started(store, server, **of)
        stop.set()
        await running

    asyncio.run(work())


def test_what_is_on_its_way_when_it_is_stopped_comes_to_its_end(store: Store) -> None:
    put(store, "1", transaction("Observation/a"))
    with FaultServer(delay_seconds=0.5) as server:
        _stopped(store, server)
    assert stages(store) == {"exported": 1}


def test_what_does_not_end_in_time_is_left_and_sent_again_by_the_next(store: Store) -> None:
    put(store, "1", transaction("Observation/a"))
    with FaultServer([fault_server.COMMIT_THEN_HANG]) as server:
        _stopped(store, server, owner="us", drain_seconds=0.2)
        assert stages(store) == {"extracted": 1}
        store.write_now(lambda connection: release(connection, "us"))
        deliver(store, server)
        assert server.versions("Observation/a") == 2
    assert stages(store) == {"exported": 1}


def test_without_a_server_reports_wait(store: Store) -> None:
    put(store, "1", transaction("Observation/a"))

    async def work() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(Deliverer(FhirSettings(), store).run(stop))
        await asyncio.sleep(0.1)
        stop.set()
        await running

    asyncio.run(work())
    assert stages(store) == {"extracted": 1}


def test_a_bundle_that_is_none_harms_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours, whatever it is."""
    bad = put(store, "bad", transaction("Observation/bad", note=CANARY))
    expected = fill(store, 5)

    def broken(bundle: bytes) -> Any:
        if b"Observation/bad" in bundle:
            raise ValueError(CANARY)
        return whole(bundle)

    from nodalis.delivery.answers import Transaction

    whole = Transaction.of
    monkeypatch.setattr(Transaction, "of", broken)
    with FaultServer() as server, capture_logs() as logs:
        deliver(store, server, lambda: stages(store) == {"exported": 5, "extracted": 1} and where(store, bad)[1])
        assert server.live == expected
    assert where(store, bad)[1] == "internal error"
    assert CANARY not in repr(logs)


KEYS = {"event", "log_level", "report", "trace", "attempt", "reason", "seconds", "wait"}


@pytest.mark.usefixtures("quick")
def test_logs_and_metrics_say_nothing_of_anybody(store: Store) -> None:
    fill(store, 8)
    registry = CollectorRegistry()
    script = [outcome(422, CANARY, diagnostics=CANARY), outcome(500, "invalid", diagnostics=CANARY), http(429, Retry_After=CANARY)]
    with FaultServer([*script, fault_server.REWRITTEN, fault_server.redirect(f"/{CANARY}")]) as server, capture_logs() as logs:
        deliver(store, server, counters=Counters(registry))
    assert {key for log in logs for key in log} <= KEYS
    said = repr(logs) + generate_latest(registry).decode()
    assert not [
        word for word in (CANARY, "DOE", "S26-", server.base, "Observation/", "OperationOutcome") if word in said.replace("trace-S26-", "")
    ]
