"""Messages are kept once, and what is the same is told from what only looks so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nodalis.store import Alarm, Stage, Store
from nodalis.store.arrivals import Arrival, Recorded, record
from nodalis.store.schema import alarm, body, message

NOW = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)


def arrival(control_id: str = "1", body: bytes = b"MSH|one", facility: str = "PATH", **other: Any) -> Arrival:
    """A message of a laboratory."""
    return replace(Arrival("lab", "LIS", facility, control_id, body, NOW, "t"), **other)


def test_a_message_is_received_with_its_bytes(store: Store) -> None:
    recorded = store.write_now(lambda connection: record(connection, arrival()))
    assert recorded == Recorded(recorded.id, Stage.RECEIVED, None)
    row = store.read_now(lambda connection: connection.execute(message.select()).one())
    assert (row.stage, row.received_at, row.size, row.control_id) == (Stage.RECEIVED, NOW, 7, "1")
    assert store.read_now(lambda connection: connection.execute(body.select()).all()) == [(recorded.id, b"MSH|one")]


def test_the_same_bytes_again_are_a_duplicate_without_a_body(store: Store) -> None:
    first, *others = [store.write_now(lambda connection: record(connection, arrival())) for _ in range(3)]
    assert [(other.first, other.stage, other.control_id_reused) for other in others] == [(first.id, Stage.RECEIVED, False)] * 2
    stages = store.read_now(lambda connection: connection.execute(message.select().order_by(message.c.id)).all())
    assert [row.stage for row in stages] == [Stage.RECEIVED, Stage.DUPLICATE, Stage.DUPLICATE]
    assert len(store.read_now(lambda connection: connection.execute(body.select()).all())) == 1


@pytest.mark.parametrize("other", [{"control_id": "2"}, {"application": "OTHER"}, {"facility": "OTHER"}], ids=str)
def test_the_same_bytes_under_another_key_are_no_duplicate(store: Store, other: dict[str, Any]) -> None:
    store.write_now(lambda connection: record(connection, arrival()))
    again = store.write_now(lambda connection: record(connection, arrival(**other)))
    assert (again.first, again.control_id_reused) == (None, False)


def test_a_control_id_with_other_bytes_is_kept_and_raises_an_alarm(store: Store) -> None:
    store.write_now(lambda connection: record(connection, arrival()))
    again = store.write_now(lambda connection: record(connection, arrival(body=b"MSH|two")))
    assert (again.stage, again.first, again.control_id_reused) == (Stage.RECEIVED, None, True)
    (raised,) = store.read_now(lambda connection: connection.execute(alarm.select()).all())
    assert (raised.kind, raised.message_id, raised.at) == (Alarm.CONTROL_ID_REUSED, again.id, NOW)


def test_messages_without_a_control_id_raise_no_alarm(store: Store) -> None:
    store.write_now(lambda connection: record(connection, arrival("")))
    assert not store.write_now(lambda connection: record(connection, arrival("", b"MSH|two"))).control_id_reused


def test_what_can_never_be_read_is_quarantined_and_refused_again_with_its_reason(store: Store) -> None:
    first = store.write_now(lambda connection: record(connection, arrival(quarantine="no MSH segment")))
    again = store.write_now(lambda connection: record(connection, arrival(quarantine="no MSH segment")))
    assert (first.stage, first.first, first.reason) == (Stage.QUARANTINED, None, "no MSH segment")
    assert (again.stage, again.first, again.reason) == (Stage.QUARANTINED, first.id, "no MSH segment")


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 100_000, "é" * 3_000], ids=["NUL", "surrogate", "long", "long and wide"])
def test_any_control_id_is_a_key(store: Store, odd: str) -> None:
    """PostgreSQL takes no NUL and no index entry of some thousand bytes."""
    first = store.write_now(lambda connection: record(connection, arrival(odd, facility=odd, application=odd)))
    again = store.write_now(lambda connection: record(connection, arrival(odd, facility=odd, application=odd)))
    other = store.write_now(lambda connection: record(connection, arrival(odd + "1", facility=odd, application=odd)))
    assert (again.first, other.first) == (first.id, None)


def test_an_arrival_does_not_show_what_it_holds() -> None:
    assert "MSH" not in repr(arrival())
