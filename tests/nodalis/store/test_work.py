"""Messages become versions, versions a state, and each message stands where its reports do."""

from __future__ import annotations

import pytest

from nodalis.store import Stage, Store
from nodalis.store.leases import release
from nodalis.store.queue import alarms, listed
from nodalis.store.work import next_messages, next_reports, quarantine, record_state, record_versions

from .flow import LEASE, NOW, Flow, at, bundle, nothing


@pytest.fixture
def flow(store: Store) -> Flow:
    return Flow(store)


def test_messages_are_given_out_once_and_in_their_order(flow: Flow) -> None:
    ids = [flow.arrive(str(number)) for number in range(5)]
    first = flow.do(lambda connection: next_messages(connection, "one", 2, NOW, LEASE))
    rest = flow.do(lambda connection: next_messages(connection, "two", 100, NOW, LEASE))
    assert [message.id for message in first + rest] == ids
    assert [(message.body, message.trace, message.peer, message.received_at, message.attempts) for message in first[:1]] == [
        (b"0", "trace-0", "lab", NOW, 0)
    ]


def test_what_nobody_finished_is_given_out_again_after_its_lease(flow: Flow) -> None:
    flow.arrive("1")
    assert len(flow.do(lambda connection: next_messages(connection, "one", 9, NOW, LEASE))) == 1
    assert flow.do(lambda connection: next_messages(connection, "two", 9, at(LEASE - 1), LEASE)) == []
    (again,) = flow.do(lambda connection: next_messages(connection, "two", 9, at(LEASE), LEASE))
    assert again.attempts == 1


def test_an_owner_that_starts_again_gets_its_own_back_at_once(flow: Flow) -> None:
    read, extracted, delivered = (flow.arrive(str(number)) for number in range(3))
    flow.read(delivered, ("S1", "one"))
    flow.extract(bundle("one"))
    flow.due()
    flow.read(extracted, ("S2", "two"))
    flow.claim()
    flow.do(lambda connection: release(connection, "two"))
    assert flow.do(
        lambda connection: (next_messages(connection, "one", 9, NOW, LEASE), next_reports(connection, "one", 9, NOW, LEASE))
    ) == ([], [])
    assert flow.dues() == []
    flow.do(lambda connection: release(connection, "one"))
    assert [message.id for message in flow.do(lambda connection: next_messages(connection, "one", 9, NOW, LEASE))] == [read]
    assert flow.claim().number == "S2"
    assert flow.due().bundle == b"one"


def test_a_report_is_extracted_from_all_its_versions_whatever_their_order(flow: Flow) -> None:
    one, two = flow.arrive("1"), flow.arrive("2")
    flow.read(two, ("S1", "final"))
    before = flow.claim()
    flow.read(one, ("S1", "preliminary"))
    report = flow.claim()
    assert (before.versions, set(report.versions)) == ((b"final",), {b"final", b"preliminary"})
    assert (report.issuer, report.number, report.sent, report.trace) == ("lab", "S1", None, "trace-1")


def test_a_version_that_is_there_already_makes_its_message_a_duplicate(flow: Flow) -> None:
    one, two = flow.arrive("1"), flow.arrive("2")
    assert flow.read(one, ("S1", "final")) == flow.read(two, ("S1", "final"))
    assert (flow.stage(one), flow.stage(two)) == (Stage.RECEIVED, Stage.DUPLICATE)
    assert flow.claim().revision == 1


def test_a_message_is_read_once(flow: Flow) -> None:
    one = flow.arrive("1")
    reports = flow.read(one, ("S1", "final"))
    flow.extract(bundle("final"))
    assert flow.read(one, ("S1", "final"), ("S2", "other")) == reports
    assert flow.stage(one) is Stage.EXTRACTED


def test_a_state_of_an_older_revision_has_no_effect(flow: Flow) -> None:
    one, two = flow.arrive("1"), flow.arrive("2")
    flow.read(one, ("S1", "final"))
    old = flow.claim()
    flow.read(two, ("S1", "corrected"))
    assert not flow.do(lambda connection: record_state(connection, old.id, old.revision, bundle("final")))
    assert (flow.dues(), flow.stage(one), flow.stage(two)) == ([], Stage.RECEIVED, Stage.RECEIVED)
    assert flow.claim().revision == old.revision + 1


def test_a_preliminary_report_waits_and_its_message_ends_with_the_final_one(flow: Flow) -> None:
    one, two = flow.arrive("1"), flow.arrive("2")
    flow.read(one, ("S1", "preliminary"))
    flow.extract(nothing(Stage.EXTRACTED, "preliminary"))
    assert (flow.dues(), flow.stage(one)) == ([], Stage.EXTRACTED)
    flow.read(two, ("S1", "final"))
    flow.extract(nothing(Stage.EXPORTED))
    assert (flow.stage(one), flow.stage(two)) == (Stage.EXPORTED, Stage.EXPORTED)


def test_a_message_that_changed_nothing_is_a_duplicate_and_the_report_stays_what_it_was(flow: Flow) -> None:
    one, two = flow.arrive("1"), flow.arrive("2")
    flow.read(one, ("S1", "final"))
    flow.extract(nothing(Stage.EXPORTED))
    flow.read(two, ("S1", "final, sent again"))
    flow.extract(nothing(Stage.DUPLICATE))
    assert (flow.stage(one), flow.stage(two)) == (Stage.EXPORTED, Stage.DUPLICATE)


@pytest.mark.parametrize(
    ("first", "second", "least"),
    [
        (Stage.EXPORTED, Stage.REVIEW, Stage.REVIEW),
        (Stage.DEAD, Stage.REVIEW, Stage.DEAD),
        (Stage.EXPORTED, Stage.DUPLICATE, Stage.EXPORTED),
        (Stage.EXTRACTED, Stage.EXPORTED, Stage.EXTRACTED),
    ],
)
def test_a_message_has_the_least_final_stage_of_its_reports(flow: Flow, first: Stage, second: Stage, least: Stage) -> None:
    one = flow.arrive("1")
    flow.read(one, ("S1", "text"), ("S2", "text"))
    reports = flow.do(lambda connection: next_reports(connection, "one", 9, NOW, LEASE))
    for report, stage in zip(reports, (first, second), strict=True):
        assert flow.stage(one) in (Stage.RECEIVED, Stage.REVIEW, Stage.DEAD)
        state = nothing(stage)
        flow.do(lambda connection, report=report, state=state: record_state(connection, report.id, report.revision, state))  # type: ignore[misc]
    assert flow.stage(one) is least


def test_a_later_version_ends_the_review_of_an_earlier_one_but_never_what_was_exported(flow: Flow) -> None:
    one, two, three = (flow.arrive(str(number)) for number in range(3))
    flow.read(one, ("S1", "unclear"))
    flow.extract(nothing(Stage.REVIEW, "times are missing"))
    (row,) = flow.store.read_now(lambda connection: listed(connection, [Stage.REVIEW]))
    assert (row.id, row.reason) == (one, "times are missing")
    flow.read(two, ("S1", "clear"))
    flow.extract(nothing(Stage.EXPORTED))
    flow.read(three, ("S1", "wrong patient"))
    flow.extract(nothing(Stage.REVIEW, "taken back"))
    assert [flow.stage(id) for id in (one, two, three)] == [Stage.EXPORTED, Stage.EXPORTED, Stage.REVIEW]


def test_an_alarm_is_raised_when_the_report_comes_to_it_and_not_while_it_stays(flow: Flow) -> None:
    for number, alarm in enumerate(["", "wrong_patient", "wrong_patient", "", "wrong_patient"]):
        flow.read(flow.arrive(str(number), when=at(number)), ("S1", f"version {number}"))
        flow.extract(nothing(Stage.REVIEW, alarm=alarm))
    raised = flow.store.read_now(alarms)
    assert [(alarm.kind, alarm.at, alarm.message_id) for alarm in raised] == [("wrong_patient", at(1), 2), ("wrong_patient", at(4), 5)]


def test_a_quarantined_message_is_not_given_out_again(flow: Flow) -> None:
    one = flow.arrive("1")
    flow.do(lambda connection: quarantine(connection, one, "no OBR segment"))
    assert flow.do(lambda connection: next_messages(connection, "one", 9, NOW, LEASE)) == []
    (row,) = flow.store.read_now(listed)
    assert (row.stage, row.reason) == (Stage.QUARANTINED, "no OBR segment")


def test_a_message_without_a_version_is_a_fault_of_the_caller(flow: Flow) -> None:
    one = flow.arrive("1")
    with pytest.raises(ValueError, match="quarantined"):
        flow.do(lambda connection: record_versions(connection, one, []))
    assert flow.stage(one) is Stage.RECEIVED


@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.QUARANTINED])
def test_a_report_is_never_put_into_a_stage_of_messages(stage: Stage) -> None:
    with pytest.raises(ValueError, match="no stage"):
        nothing(stage)


@pytest.mark.parametrize("stage", [Stage.EXPORTED, Stage.DUPLICATE, Stage.DEAD])
def test_only_what_is_to_be_delivered_has_a_bundle(stage: Stage) -> None:
    with pytest.raises(ValueError, match="nothing to deliver"):
        bundle("text", stage)


def test_an_alarm_that_is_none_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not a valid Alarm"):
        nothing(Stage.REVIEW, alarm="something")
