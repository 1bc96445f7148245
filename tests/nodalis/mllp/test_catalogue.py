"""What peers do wrong has the outcome that the catalogue says, over real sockets into a real store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from threading import Thread

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade
from nodalis.store.schema import alarm, body
from tests.nodalis.mllp.catalogue import Case, cases, send
from tests.nodalis.mllp.listening import Client, Running, eventually, listening, settings

CASES = cases()
ON_POSTGRESQL = [name for name in CASES if name[:2] in ("05", "12", "18", "19", "21", "24", "25", "34")]


def _send_all(client: Client, parts: Sequence[Case], running: Running) -> None:
    for part in parts:
        send(client, part, running)


def meets(case: Case, running: Running) -> None:
    """Hold that everything becomes what the case says."""
    with ExitStack() as opened:
        clients = [opened.enter_context(running.client()) for _ in case["connections"]]
        sending = []
        for client, connection in zip(clients, case["connections"], strict=True):
            thread = Thread(target=_send_all, args=(client, connection["send"], running))
            thread.start()
            sending.append(thread)
            if not case.get("together"):
                thread.join()
        for thread in sending:
            thread.join()
        for client, connection in zip(clients, case["connections"], strict=True):
            assert [client.code() for _ in connection.get("answers", ())] == connection.get("answers", [])
            if connection.get("closed"):
                assert client.is_closed()
    eventually(lambda: running.listener.connections == 0)
    assert running.stages() == case["stages"]
    alarms = running.read(lambda connection: list(connection.execute(select(alarm.c.kind)).scalars()))
    assert alarms == case.get("alarms", [])
    if "dropped" in case:
        (dropped,) = (
            sample.value for metric in running.counters.dropped.collect() for sample in metric.samples if sample.name.endswith("_total")
        )
        assert dropped == case["dropped"]
    if "stored" in case:
        sizes = running.read(
            lambda connection: list(connection.execute(select(func.length(body.c.content)).order_by(body.c.message_id)).scalars())
        )
        assert sizes == case["stored"]


@pytest.mark.parametrize("name", CASES)
def test_outcome(name: str, store: Store) -> None:
    with listening(settings(**CASES[name].get("settings", {})), store) as running:
        meets(CASES[name], running)


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_outcome_on_postgresql(name: str, postgresql_url: str) -> None:
    store = Store(StoreSettings(url=SecretStr(postgresql_url)))
    upgrade(store)
    try:
        with listening(settings(**CASES[name].get("settings", {})), store) as running:
            meets(CASES[name], running)
    finally:
        store.close()
