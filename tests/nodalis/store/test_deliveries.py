"""One bundle of a report is on its way at a time, and the server ends with the newest."""

from __future__ import annotations

import pytest

from nodalis.store import Stage, Store
from nodalis.store.deliveries import Due, dead, delivered, next_deliveries, retry
from nodalis.store.queue import alarms
from nodalis.store.work import Sent

from .flow import LEASE, NOW, Flow, at, bundle, nothing


@pytest.fixture
def flow(store: Store) -> Flow:
    return Flow(store)


def _deliver(flow: Flow, due: Due) -> None:
    flow.do(lambda connection: delivered(connection, due, NOW))


def _arrive(flow: Flow, control_id: str, text: str) -> int:
    message_id = flow.arrive(control_id)
    flow.read(message_id, ("S1", text))
    return message_id


def test_a_delivered_bundle_makes_its_message_exported(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    due = flow.due()
    assert (due.bundle, due.resources, due.attempts, due.first_attempt, due.trace) == (b"final", ("Observation/a",), 0, None, "trace-1")
    _deliver(flow, due)
    assert (flow.stage(one), flow.dues(at(9_999))) == (Stage.EXPORTED, [])


def test_two_owners_never_get_bundles_of_one_report(flow: Flow) -> None:
    _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    assert len(flow.dues()) == 1
    assert flow.do(lambda connection: next_deliveries(connection, "two", 9, at(LEASE - 1), LEASE)) == []
    (again,) = flow.do(lambda connection: next_deliveries(connection, "two", 9, at(LEASE), LEASE))
    assert (again.attempts, again.first_attempt) == (1, NOW)


def test_what_could_not_be_delivered_is_given_out_again_at_its_time(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    due = flow.due()
    flow.do(lambda connection: retry(connection, due, at(30), "503", at(1)))
    assert (flow.dues(at(29)), flow.stage(one)) == ([], Stage.EXTRACTED)
    again = flow.due(at(30))
    assert (again.bundle, again.attempts, again.first_attempt) == (b"final", 1, NOW)


def test_what_the_server_refuses_is_dead_and_raises_an_alarm(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    due = flow.due()
    flow.do(lambda connection: dead(connection, due, "422", at(5)))
    assert (flow.stage(one), flow.dues(at(9_999))) == (Stage.DEAD, [])
    (raised,) = flow.store.read_now(alarms)
    assert (raised.kind, raised.at, raised.report_id) == ("not_delivered", at(5), due.report_id)


def test_a_correction_brings_a_dead_report_back(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    due = flow.due()
    flow.do(lambda connection: dead(connection, due, "422", NOW))
    two = _arrive(flow, "2", "corrected")
    flow.extract(bundle("corrected"))
    _deliver(flow, flow.due())
    assert (flow.stage(one), flow.stage(two)) == (Stage.EXPORTED, Stage.EXPORTED)


def test_a_bundle_waits_while_its_report_has_news(flow: Flow) -> None:
    _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    _arrive(flow, "2", "corrected")
    assert flow.dues() == []
    flow.extract(bundle("corrected"))
    assert flow.due().bundle == b"corrected"


def test_a_correction_during_a_delivery_is_delivered_after_it_and_is_the_last(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    on_its_way = flow.due()
    two = _arrive(flow, "2", "corrected")
    extracted = flow.extract(bundle("corrected", resources=("Observation/b",)))
    assert extracted.sent == Sent(b"", ("Observation/a",))  # the server may have it, so that it must be taken back
    assert flow.dues() == []
    _deliver(flow, on_its_way)
    assert (flow.stage(one), flow.stage(two)) == (Stage.EXTRACTED, Stage.EXTRACTED)
    last = flow.due()
    assert (last.bundle, last.attempts) == (b"corrected", 0)
    _deliver(flow, last)
    assert (flow.stage(one), flow.stage(two), flow.dues()) == (Stage.EXPORTED, Stage.EXPORTED, [])


def test_a_correction_not_yet_extracted_stays_due_when_the_older_bundle_is_delivered(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    on_its_way = flow.due()
    two = _arrive(flow, "2", "corrected")
    _deliver(flow, on_its_way)
    assert (flow.stage(one), flow.stage(two)) == (Stage.EXPORTED, Stage.RECEIVED)
    assert flow.extract(bundle("corrected")).sent == Sent(on_its_way.digest, ("Observation/a",))
    assert flow.due().bundle == b"corrected"


@pytest.mark.parametrize("end", [retry, dead], ids=["retried", "dead"])
def test_the_end_of_an_older_bundle_does_nothing_to_the_newer(flow: Flow, end: object) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    on_its_way = flow.due()
    _arrive(flow, "2", "corrected")
    flow.extract(bundle("corrected"))
    if end is retry:
        flow.do(lambda connection: retry(connection, on_its_way, at(300), "503", NOW))
    else:
        flow.do(lambda connection: dead(connection, on_its_way, "422", NOW))
    assert flow.stage(one) is Stage.EXTRACTED
    newer = flow.due()
    assert (newer.bundle, newer.attempts, newer.first_attempt) == (b"corrected", 0, None)


def test_what_is_on_its_way_need_not_be_sent_again_if_the_news_are_the_same(flow: Flow) -> None:
    _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    on_its_way = flow.due()
    two = _arrive(flow, "2", "final, with another time")
    flow.extract(bundle("final"))
    _deliver(flow, on_its_way)
    assert (flow.stage(two), flow.dues()) == (Stage.EXPORTED, [])


def test_a_report_in_review_takes_back_what_was_sent_and_stays_in_review(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    _deliver(flow, flow.due())
    two = _arrive(flow, "2", "wrong patient")
    assert flow.extract(bundle("taken back", Stage.REVIEW, "wrong_patient")).sent == Sent(bundle("final").digest, ("Observation/a",))
    _deliver(flow, flow.due())
    assert (flow.stage(one), flow.stage(two), flow.dues()) == (Stage.EXPORTED, Stage.REVIEW, [])


def test_a_withdrawal_that_is_refused_is_dead(flow: Flow) -> None:
    one = _arrive(flow, "1", "wrong patient")
    flow.extract(bundle("taken back", Stage.REVIEW))
    due = flow.due()
    flow.do(lambda connection: dead(connection, due, "422", NOW))
    assert flow.stage(one) is Stage.DEAD


def test_a_state_without_a_bundle_drops_the_one_that_waits(flow: Flow) -> None:
    _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    two = _arrive(flow, "2", "unclear")
    flow.extract(nothing(Stage.REVIEW))
    assert (flow.dues(), flow.stage(two)) == ([], Stage.REVIEW)


def test_what_the_server_has_is_not_known_while_an_attempt_was_not_answered(flow: Flow) -> None:
    """Else a report that goes back to what was sent first would not be delivered again."""
    _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    _deliver(flow, flow.due())
    _arrive(flow, "2", "corrected")
    flow.extract(bundle("corrected", resources=("Observation/b",)))
    unanswered = flow.due()
    flow.do(lambda connection: retry(connection, unanswered, at(30), "time-out", NOW))
    _arrive(flow, "3", "corrected back")
    assert flow.claim().sent == Sent(b"", ("Observation/a", "Observation/b"))


def test_after_two_deliveries_at_once_the_report_is_delivered_once_more(flow: Flow) -> None:
    """A process that slept longer than its lease may send what is old after what is new."""
    _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    sleeper = flow.due()
    _arrive(flow, "2", "corrected")
    flow.extract(bundle("corrected", resources=("Observation/b",)))
    newer = flow.due(at(LEASE))
    _deliver(flow, sleeper)
    _deliver(flow, newer)
    assert flow.extract(bundle("corrected"), at(LEASE)).sent == Sent(b"", ("Observation/a", "Observation/b"))
    assert flow.due(at(3 * LEASE)).bundle == b"corrected"


def test_a_late_failure_of_a_lost_lease_does_nothing(flow: Flow) -> None:
    one = _arrive(flow, "1", "final")
    flow.extract(bundle("final"))
    sleeper = flow.due()
    current = flow.due(at(LEASE))
    flow.do(lambda connection: dead(connection, sleeper, "422", NOW))
    flow.do(lambda connection: retry(connection, sleeper, at(9_999), "503", NOW))
    assert (flow.stage(one), flow.dues(at(LEASE))) == (Stage.EXTRACTED, [])
    _deliver(flow, current)
    assert flow.stage(one) is Stage.EXPORTED


def test_what_waits_longest_is_delivered_first_and_new_ones_before_those_that_failed(flow: Flow) -> None:
    for number in ("S1", "S2", "S3"):
        flow.read(flow.arrive(number), (number, "final"))
        flow.extract(bundle(number))
        if number == "S1":
            failed = flow.due()
    flow.do(lambda connection: retry(connection, failed, at(30), "503", NOW))
    assert [due.bundle for due in flow.dues(at(31))] == [b"S2", b"S3", b"S1"]
