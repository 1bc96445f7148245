"""Counts are true, messages can be read again, and what is old is removed and still counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Table, func, select

from nodalis.store import Alarm, Stage, Store
from nodalis.store.arrivals import Arrival, record
from nodalis.store.deliveries import delivered
from nodalis.store.queue import counts, listed, replay, shown
from nodalis.store.retention import clean
from nodalis.store.schema import body, message, version
from nodalis.store.work import next_reports, quarantine

from .flow import LEASE, NOW, Flow, at, bundle, nothing


@pytest.fixture
def flow(store: Store) -> Flow:
    return Flow(store)


def _export(flow: Flow, message_id: int, number: str, text: str) -> None:
    flow.read(message_id, (number, text))
    flow.extract(bundle(text))
    due = flow.due()
    flow.do(lambda connection: delivered(connection, due, NOW))


def test_an_empty_store_counts_nothing(flow: Flow) -> None:
    found = flow.counts()
    assert (found.total, set(found.stages), sum(found.stages.values()), found.oldest, found.alarms) == (0, set(Stage), 0, None, {})


def test_every_message_is_counted_once(flow: Flow) -> None:
    _export(flow, flow.arrive("1"), "S1", "final")
    flow.arrive("1")
    flow.arrive("2")
    refused = flow.arrive("2", b"other bytes")
    flow.do(lambda connection: quarantine(connection, refused, "no OBR segment"))
    found = flow.counts()
    assert found.total == 4
    assert {stage: number for stage, number in found.stages.items() if number} == dict.fromkeys(
        (Stage.EXPORTED, Stage.DUPLICATE, Stage.RECEIVED, Stage.QUARANTINED), 1
    )
    assert found.alarms == {Alarm.CONTROL_ID_REUSED: 1}


def test_the_oldest_that_waits_is_not_a_preliminary_report(flow: Flow) -> None:
    preliminary, final = flow.arrive("1", when=at(1)), flow.arrive("2", when=at(2))
    assert flow.counts().oldest == at(1)
    flow.read(preliminary, ("S1", "preliminary"))
    flow.extract(nothing(Stage.EXTRACTED))
    assert flow.counts().oldest == at(2)
    flow.read(final, ("S2", "final"))
    flow.extract(bundle("final"))
    assert flow.counts().oldest == at(2)
    due = flow.due()
    flow.do(lambda connection: delivered(connection, due, NOW))
    assert flow.counts().oldest is None


def test_messages_are_listed_by_stage_time_and_page(flow: Flow) -> None:
    ids = [flow.arrive(str(number), when=at(number)) for number in range(6)]
    flow.do(lambda connection: quarantine(connection, ids[3], "no OBR segment"))
    rows = flow.store.read_now(lambda connection: listed(connection, [Stage.RECEIVED], at(1), at(5)))
    assert [row.id for row in rows] == [ids[1], ids[2], ids[4]]
    rows = flow.store.read_now(lambda connection: listed(connection, after_id=ids[1], limit=2))
    assert [row.id for row in rows] == ids[2:4]


def test_a_message_is_shown_with_its_reports(flow: Flow) -> None:
    one = flow.arrive("1", b"MSH|")
    flow.read(one, ("S1", "final"))
    flow.extract(nothing(Stage.REVIEW, "ratio"))
    found = flow.store.read_now(lambda connection: shown(connection, one))
    assert (found.body, found.message.reason) == (b"MSH|", "ratio")
    assert [(report.number, report.stage, report.reason, report.decision) for report in found.reports] == [
        ("S1", Stage.REVIEW, "ratio", "needs_review")
    ]
    assert flow.store.read_now(lambda connection: shown(connection, one + 1)) is None
    assert "MSH" not in repr(found)


def test_a_replayed_message_is_read_extracted_and_delivered_again(flow: Flow) -> None:
    one = flow.arrive("1")
    _export(flow, one, "S1", "final")
    assert flow.do(lambda connection: replay(connection, [one])) == 1
    assert flow.stage(one) is Stage.RECEIVED
    flow.read(one, ("S1", "final"))
    again = flow.extract(bundle("final"))
    assert (again.versions, again.sent.digest) == ((b"final",), b"")
    due = flow.due()
    assert due.bundle == b"final"
    flow.do(lambda connection: delivered(connection, due, NOW))
    assert flow.stage(one) is Stage.EXPORTED


def test_a_report_waits_until_all_its_replayed_messages_are_read(flow: Flow) -> None:
    """Else an older version of it would be delivered for a moment."""
    one, two = flow.arrive("1"), flow.arrive("2")
    _export(flow, one, "S1", "final")
    _export(flow, two, "S1", "corrected")
    assert flow.do(lambda connection: replay(connection, since=NOW)) == 2
    flow.read(one, ("S1", "final"))
    assert flow.do(lambda connection: next_reports(connection, "one", 9, NOW, LEASE)) == []
    flow.read(two, ("S1", "corrected"))
    assert set(flow.extract(nothing(Stage.EXPORTED)).versions) == {b"final", b"corrected"}


def test_what_a_replayed_message_no_longer_says_is_gone(flow: Flow) -> None:
    one = flow.arrive("1")
    _export(flow, one, "S1", "misread")
    flow.do(lambda connection: replay(connection, [one]))
    flow.read(one, ("S1", "read"))
    assert flow.extract(nothing(Stage.EXPORTED)).versions == (b"read",)
    flow.do(lambda connection: replay(connection, [one]))
    flow.read(one, ("S2", "read"))
    reports = flow.do(lambda connection: next_reports(connection, "one", 9, NOW, LEASE))
    assert [(report.number, report.versions) for report in reports] == [("S1", ()), ("S2", (b"read",))]


def test_a_state_extracted_before_a_replay_has_no_effect(flow: Flow) -> None:
    one = flow.arrive("1")
    flow.read(one, ("S1", "final"))
    flow.extract(nothing(Stage.REVIEW))
    assert flow.do(lambda connection: replay(connection, stages=[Stage.REVIEW])) == 1
    assert flow.stage(one) is Stage.RECEIVED
    assert flow.do(lambda connection: next_reports(connection, "one", 9, NOW, LEASE)) == []


def test_what_waits_anyway_and_what_has_no_bytes_is_not_replayed(flow: Flow) -> None:
    ids = [flow.arrive("1"), flow.arrive("1"), 99]
    assert flow.do(lambda connection: replay(connection, ids)) == 0


def test_a_quarantined_message_can_be_read_by_a_later_version(flow: Flow) -> None:
    one = flow.arrive("1")
    flow.do(lambda connection: quarantine(connection, one, "no OBR segment"))
    assert flow.do(lambda connection: replay(connection, [one])) == 1
    flow.read(one, ("S1", "final"))
    (row,) = flow.store.read_now(listed)
    assert (row.stage, row.reason) == (Stage.RECEIVED, "")


def test_thousands_of_messages_are_replayed_at_once(flow: Flow) -> None:
    def many(connection: Connection) -> None:
        for number in range(2_100):
            text = str(number)
            record(connection, Arrival("lab", "LIS", "PATH", text, text.encode(), NOW, text, quarantine="no OBR segment"))

    flow.do(many)
    assert flow.do(lambda connection: replay(connection, since=NOW, until=at(1))) == 2_100
    assert flow.counts().stages[Stage.RECEIVED] == 2_100


def _rows(flow: Flow, table: Table) -> int:
    return flow.store.read_now(lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_what_is_old_and_settled_is_removed_and_still_counted(flow: Flow) -> None:
    old = flow.arrive("old")
    flow.arrive("old")
    _export(flow, old, "S1", "final")
    waiting = flow.arrive("waiting")
    young = flow.arrive("young", when=NOW + timedelta(days=50))
    _export(flow, young, "S2", "other")
    assert flow.do(lambda connection: clean(connection, NOW + timedelta(days=100), 100)) == 0
    assert flow.do(lambda connection: clean(connection, NOW + timedelta(days=101), 100)) == 2
    assert flow.do(lambda connection: clean(connection, NOW + timedelta(days=101), 100)) == 0
    assert [row.id for row in flow.store.read_now(listed)] == [waiting, young]
    assert (_rows(flow, body), _rows(flow, version), _rows(flow, message)) == (2, 1, 2)
    found = flow.counts()
    assert (found.total, found.stages[Stage.EXPORTED], found.stages[Stage.DUPLICATE]) == (4, 2, 1)


def test_a_message_stays_while_another_of_its_report_does(flow: Flow) -> None:
    _export(flow, flow.arrive("old"), "S1", "final")
    _export(flow, flow.arrive("young", when=NOW + timedelta(days=50)), "S1", "appended")
    assert flow.do(lambda connection: clean(connection, NOW + timedelta(days=120), 100)) == 0
    assert flow.do(lambda connection: clean(connection, NOW + timedelta(days=160), 100)) == 2


def test_a_late_correction_knows_what_the_server_has(flow: Flow) -> None:
    _export(flow, flow.arrive("old"), "S1", "final")
    flow.do(lambda connection: clean(connection, NOW + timedelta(days=101), 100))
    flow.read(flow.arrive("late"), ("S1", "corrected"))
    report = flow.claim()
    assert (report.versions, report.sent.resources) == ((b"corrected",), ("Observation/a",))


def test_removing_goes_on_where_it_stopped(flow: Flow) -> None:
    for number in range(5):
        _export(flow, flow.arrive(str(number)), f"S{number}", f"text {number}")
    late = NOW + timedelta(days=200)
    assert [flow.do(lambda connection: clean(connection, late, 100, limit=2)) for _ in range(4)] == [2, 2, 1, 0]
    assert flow.store.read_now(counts).total == 5


def test_nothing_is_removed_within_90_days(flow: Flow) -> None:
    with pytest.raises(ValueError, match="at least 90 days"):
        flow.do(lambda connection: clean(connection, NOW, 89))
