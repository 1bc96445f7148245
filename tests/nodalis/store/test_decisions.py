"""People's decisions in the store: for one set of versions each, never lost, never taken for those of others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, select, text

from nodalis.review.decision import Action, Correction, Decision, ReviewState, digest_of_set, holding
from nodalis.settings import StoreSettings
from nodalis.store import Stage, Store, StoreError, upgrade
from nodalis.store.decision_schema import decision as table
from nodalis.store.decisions import (
    DecidedError,
    Filter,
    NewerVersionError,
    Opened,
    Page,
    Sort,
    SortBy,
    beside,
    decide,
    opened,
    settled,
    worklist,
)
from nodalis.store.deliveries import delivered
from nodalis.store.engines import make_file
from nodalis.store.overview import open_reports, settled_reports
from nodalis.store.retention import clean
from nodalis.store.upgrading import MIGRATIONS
from nodalis.store.work import State, next_of_report, next_reports, record_state

from .flow import LEASE, NOW, Flow, at, bundle, nothing

EVERY = Filter(state=None)


@pytest.fixture
def flow(store: Store) -> Flow:
    return Flow(store)


def looked_at(flow: Flow, report_id: int) -> Opened:
    found = flow.do(lambda connection: opened(connection, report_id))
    assert found is not None
    return found


def made(seen: Opened, action: Action = Action.ACCEPT, reviewer: str = "kim") -> Decision:
    return Decision(
        action=action,
        reviewer=reviewer,
        at=NOW,
        versions=seen.versions,
        reading=b"read",
        reason="because",
        corrections=(Correction("nodes.itc", "", "1"),) if action is Action.CORRECT else (),
    )


def decided(flow: Flow, seen: Opened, decision: Decision) -> int:
    return flow.do(lambda connection: decide(connection, seen.item.id, decision, seen.last))


def doubtful(flow: Flow, number: str = "S1", text: str = "one", kinds: tuple[str, ...] = ("counts_differ",)) -> int:
    """A report that needs review."""
    message = flow.arrive(f"{number}-{text}")
    (report_id,) = flow.read(message, (number, text))
    flow.extract(replace(nothing(Stage.REVIEW, ", ".join(kinds)), doubts=kinds, category="pN1a"))
    return report_id


def test_a_decision_is_given_out_with_the_versions_that_it_is_about(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    assert (seen.holds, seen.last, seen.payloads, seen.item.state) == (None, None, (b"one",), ReviewState.OPEN)
    id = decided(flow, seen, made(seen, Action.CORRECT))
    report = flow.claim()
    assert report.decision == made(seen, Action.CORRECT)
    after = looked_at(flow, seen.item.id)
    assert (after.last, after.holds and after.holds.id, after.item.waits, after.may_undo) == (id, id, True, True)


def test_what_was_decided_about_fewer_versions_does_not_hold_for_more(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen))
    flow.read(flow.arrive("2"), ("S1", "two"))
    assert flow.claim().decision is None
    after = looked_at(flow, seen.item.id)
    assert (after.holds, [item.decision.versions for item in after.decisions]) == (None, [seen.versions])


def test_who_decides_about_versions_that_are_not_all_is_told(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    flow.read(flow.arrive("2"), ("S1", "two"))
    with pytest.raises(NewerVersionError):
        decided(flow, seen, made(seen))
    assert looked_at(flow, seen.item.id).decisions == ()


def test_a_version_that_comes_while_the_decision_is_followed_makes_it_void(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen))
    report = flow.claim()
    flow.read(flow.arrive("2"), ("S1", "two"))
    state = replace(bundle("as decided"), decided=ReviewState.ACCEPTED)
    assert not flow.do(lambda connection: record_state(connection, report.id, report.revision, state))
    assert flow.dues() == []
    assert flow.claim().decision is None


def test_a_decision_while_the_report_is_extracted_has_the_last_word(flow: Flow) -> None:
    report_id = doubtful(flow)
    flow.read(flow.arrive("2"), ("S1", "two"))
    report = flow.claim()
    seen = looked_at(flow, report_id)
    decided(flow, seen, made(seen))
    assert not flow.do(lambda connection: record_state(connection, report.id, report.revision, bundle("undecided")))
    assert flow.claim().decision == made(seen)


def test_of_two_who_decide_at_once_the_second_is_told(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen, reviewer="kim"))
    with pytest.raises(DecidedError):
        decided(flow, seen, made(seen, Action.SET_ASIDE, reviewer="lee"))
    assert [item.decision.reviewer for item in looked_at(flow, seen.item.id).decisions] == ["kim"]


def test_undo_makes_the_decision_before_hold_again(flow: Flow) -> None:
    report_id = doubtful(flow)
    held = []
    for action in (Action.ACCEPT, Action.CORRECT, Action.SET_ASIDE, Action.UNDO, Action.UNDO, Action.CORRECT, Action.UNDO, Action.UNDO):
        seen = looked_at(flow, report_id)
        decided(flow, seen, made(seen, action))
        holds = looked_at(flow, report_id).holds
        held.append(holds and holds.decision.action)
    assert held == [
        Action.ACCEPT, Action.CORRECT, Action.SET_ASIDE, Action.CORRECT, Action.ACCEPT, Action.CORRECT, Action.ACCEPT, None,
    ]  # fmt: skip
    seen = looked_at(flow, report_id)
    assert (len(seen.decisions), seen.may_undo) == (8, False)
    with pytest.raises(DecidedError, match="undo"):
        decided(flow, seen, made(seen, Action.UNDO))


def test_undo_reaches_no_decision_about_other_versions(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen))
    flow.read(flow.arrive("2"), ("S1", "two"))
    seen = looked_at(flow, seen.item.id)
    with pytest.raises(DecidedError, match="undo"):
        decided(flow, seen, made(seen, Action.UNDO))


def test_a_decision_keeps_every_word(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    given = Decision(
        action=Action.CORRECT, reviewer="kim", at=NOW + timedelta(microseconds=7), versions=seen.versions, reading=b"\0read",
        corrections=(Correction("nodes.itc", "", "1"), Correction("pN AJCC 8", "pN1mi", "ypN1a(sn)")), reason="‹ß› 'quoted' \"\n",
        said=(("nodes.itc", "1"), ("pN AJCC 8", "ypN1a(sn)"), ("tumor.er", "")),
    )  # fmt: skip
    decided(flow, seen, given)
    assert looked_at(flow, seen.item.id).decisions[0].decision == given


def test_a_report_without_versions_cannot_be_decided_about(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    flow.do(lambda connection: connection.exec_driver_sql("DELETE FROM version"))
    assert flow.do(lambda connection: opened(connection, seen.item.id)) is None
    with pytest.raises(NewerVersionError):
        decided(flow, seen, replace(made(seen), versions=digest_of_set(())))
    assert flow.do(lambda connection: opened(connection, 4711)) is None


def test_what_a_person_accepts_goes_out_and_their_undo_takes_it_back(flow: Flow) -> None:
    message = flow.arrive("1")
    (report_id,) = flow.read(message, ("S1", "one"))
    flow.extract(nothing(Stage.REVIEW, "counts_differ"))
    seen = looked_at(flow, report_id)
    decided(flow, seen, made(seen))
    flow.extract(replace(bundle("accepted"), decided=ReviewState.ACCEPTED))
    due = flow.due()
    flow.do(lambda connection: delivered(connection, due, NOW))
    assert (flow.stage(message), looked_at(flow, report_id).item.state) == (Stage.EXPORTED, ReviewState.ACCEPTED)
    seen = looked_at(flow, report_id)
    decided(flow, seen, made(seen, Action.UNDO))
    report = flow.extract(bundle("delete it", Stage.REVIEW, "withdrawn", ()))
    assert (report.decision, report.sent and report.sent.resources) == (None, ("Observation/a",))
    assert (flow.stage(message), looked_at(flow, report_id).item.state) == (Stage.REVIEW, ReviewState.OPEN)


def test_nothing_of_a_report_that_may_be_under_review_again_is_removed(flow: Flow) -> None:
    message = flow.arrive("1")
    (report_id,) = flow.read(message, ("S1", "one"))
    flow.extract(nothing(Stage.EXPORTED, "no_fact"))
    seen = looked_at(flow, report_id)
    decided(flow, seen, made(seen))
    late = NOW + timedelta(days=500)
    assert flow.do(lambda connection: clean(connection, late, 400)) == 0
    flow.extract(nothing(Stage.REVIEW, "counts_differ"))
    assert flow.do(lambda connection: clean(connection, late, 400)) == 0
    seen = looked_at(flow, report_id)
    decided(flow, seen, made(seen, Action.SET_ASIDE))
    flow.extract(replace(nothing(Stage.EXPORTED, "set_aside"), decided=ReviewState.SET_ASIDE))
    assert flow.stage(message) is Stage.EXPORTED
    assert flow.do(lambda connection: clean(connection, late, 400)) == 1
    assert flow.do(lambda connection: opened(connection, report_id)) is None
    assert len(flow.do(lambda connection: connection.execute(select(table)).all())) == 2
    assert flow.do(lambda connection: next_reports(connection, "one", 9, late, LEASE)) == []
    flow.read(flow.arrive("1 again", when=late), ("S1", "one"))
    assert looked_at(flow, report_id).holds == looked_at(flow, report_id).decisions[-1], "it was about just this version"
    flow.read(flow.arrive("2", when=late), ("S1", "two"))
    assert looked_at(flow, report_id).holds is None


def test_a_decision_that_changes_nothing_makes_no_duplicate_of_the_first_message(flow: Flow) -> None:
    message = flow.arrive("1")
    (report_id,) = flow.read(message, ("S1", "one"))
    flow.extract(bundle("as read"))
    due = flow.due()
    flow.do(lambda connection: delivered(connection, due, NOW))
    seen = looked_at(flow, report_id)
    decided(flow, seen, made(seen))
    flow.extract(replace(nothing(Stage.DUPLICATE), digest=due.digest, resources=due.resources))
    assert (flow.stage(message), flow.counts().stages[Stage.DUPLICATE]) == (Stage.EXPORTED, 0)


def test_one_report_is_given_out_once(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen))
    first = flow.do(lambda connection: next_of_report(connection, seen.item.id, "page", NOW, LEASE))
    assert first is not None
    assert first.decision == made(seen)
    assert flow.do(lambda connection: next_of_report(connection, seen.item.id, "other", NOW, LEASE)) is None
    assert flow.do(lambda connection: next_reports(connection, "listener", 9, NOW, LEASE)) == []
    assert flow.do(lambda connection: next_of_report(connection, seen.item.id, "other", at(LEASE + 1), LEASE)) is not None


def test_a_state_cannot_be_decided_and_under_review() -> None:
    with pytest.raises(ValueError, match="not under review"):
        replace(nothing(Stage.REVIEW), decided=ReviewState.ACCEPTED)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"action": Action.CORRECT}, "names the values"),
        ({"corrections": (Correction("nodes.itc", "", "1"),)}, "names the values"),
        ({"action": Action.SET_ASIDE, "reason": " "}, "reason is needed"),
        ({"action": Action.CORRECT, "corrections": (Correction("a", "", "1"),), "reason": ""}, "reason is needed"),
        ({"action": Action.CORRECT, "corrections": (Correction("a", "", "1"), Correction("a", "", "2"))}, "once"),
        ({"reason": "x" * 2001}, "at most 2,000"),
    ],
)
def test_a_decision_says_what_it_must(more: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"action": Action.ACCEPT, "reviewer": "kim", "at": NOW, "versions": b"", "reading": b"", "reason": "because"}
    with pytest.raises(ValueError, match=said):
        Decision(**{**given, **more})  # type: ignore[arg-type]


def test_the_digest_of_a_set_is_that_of_its_members_in_any_order() -> None:
    one, two = (hashlib.sha256(text).digest() for text in (b"one", b"two"))
    assert digest_of_set([one, two]) == digest_of_set([two, one])
    assert len({digest_of_set(some) for some in ((), (one,), (two,), (one, two))}) == 4
    assert holding((), b"") is None


# The work list


def listed(flow: Flow, wanted: Filter = EVERY, sort: Sort = Sort(), page: int = 1, limit: int = 50) -> Page:  # noqa: B008
    return flow.do(lambda connection: worklist(connection, wanted, sort, page, limit))


def filled(flow: Flow) -> dict[str, int]:
    """Six reports, one a minute: by number."""
    states: dict[str, State] = {
        "a": replace(nothing(Stage.REVIEW, "counts_differ, sides_differ"), doubts=("counts_differ", "sides_differ"), category="pN2a"),
        "b": replace(bundle("b"), category="pN0", cohorts=("sentinel-1-2-no-dissection",)),
        "c": replace(nothing(Stage.REVIEW, "timeout"), decision=""),
        "d": replace(
            bundle("d"), decided=ReviewState.CORRECTED, doubts=("count_missing",), category="pN1mi(sn)", cohorts=("ihc-only", "micro")
        ),
        "e": replace(nothing(Stage.REVIEW, "counts_differ"), doubts=("counts_differ",), category="pN1a"),
        "f": replace(nothing(Stage.EXPORTED, "set_aside"), decided=ReviewState.SET_ASIDE, doubts=("not_breast",)),
    }
    ids = {}
    for minute, (number, state) in enumerate(states.items()):
        (ids[number],) = flow.read(flow.arrive(number, when=NOW + timedelta(minutes=minute)), (number, number))
        flow.extract(state)
    flow.read(flow.arrive("later", when=NOW + timedelta(hours=1)), ("g", "not extracted yet"))
    return ids


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (EVERY, "abcdef"),
        (Filter(), "ace"),
        (Filter(state=ReviewState.CLEAR), "b"),
        (Filter(state=ReviewState.CORRECTED), "d"),
        (Filter(reason="counts_differ"), "ae"),
        (Filter(reason="differ"), ""),
        (Filter(reason=""), "c"),
        (Filter(state=None, reason="not_breast"), "f"),
        (Filter(state=None, category="pN1mi(sn)"), "d"),
        (Filter(category=""), "c"),
        (Filter(state=None, cohort="micro"), "d"),
        (Filter(cohort="micro"), ""),
        (Filter(state=None, cohort="sentinel"), ""),
        (Filter(state=None, status="accepted"), "bd"),
        (Filter(state=None, stage=Stage.EXTRACTED), "bd"),
        (Filter(state=None, since=NOW + timedelta(minutes=2), until=NOW + timedelta(minutes=4)), "cd"),
    ],
    ids=repr,
)
def test_a_filter_lets_through_what_it_says(flow: Flow, wanted: Filter, numbers: str) -> None:
    filled(flow)
    found = listed(flow, wanted)
    assert ("".join(item.number for item in found.items), found.total) == (numbers, len(numbers))


def test_settled_is_what_needs_nobody_or_was_accepted_or_corrected(flow: Flow) -> None:
    ids = filled(flow)

    def found(after: int = 0, since: datetime | None = None, limit: int = 100) -> list[int]:
        return list(flow.do(lambda connection: settled(connection, after, since, limit=limit)))

    assert found() == [ids["b"], ids["d"]]
    assert found(limit=1) == [ids["b"]]
    assert found(after=ids["b"]) == [ids["d"]]
    assert found(since=NOW + timedelta(minutes=2)) == [ids["d"]]
    assert flow.do(lambda connection: (settled_reports(connection), open_reports(connection))) == (2, 3)


@pytest.mark.parametrize(
    ("sort", "numbers"),
    [
        (Sort(), "abcdef"),
        (Sort(descending=True), "fedcba"),
        (Sort(SortBy.CATEGORY), "cfbeda"),
        (Sort(SortBy.CATEGORY, descending=True), "adebfc"),
        (Sort(SortBy.REASON), "bcdeaf"),
        (Sort(SortBy.DECISION), "cbdaef"),
    ],
    ids=repr,
)
def test_the_list_has_an_order_and_each_report_its_neighbours_in_it(flow: Flow, sort: Sort, numbers: str) -> None:
    ids = filled(flow)
    whole = [item.number for item in listed(flow, EVERY, sort).items]
    pages = [item.number for page in (1, 2, 3, 4) for item in listed(flow, EVERY, sort, page, 2).items]
    assert "".join(whole) == numbers
    assert pages == whole
    for place, number in enumerate(numbers):
        before, behind = flow.do(lambda connection, id=ids[number]: beside(connection, EVERY, sort, id))  # type: ignore[misc]
        assert before == (ids[numbers[place - 1]] if place else None)
        assert behind == (ids[numbers[place + 1]] if place + 1 < len(numbers) else None)


def test_a_report_that_left_the_list_still_has_neighbours_in_it(flow: Flow) -> None:
    ids = filled(flow)
    assert flow.do(lambda connection: beside(connection, Filter(), Sort(), ids["d"])) == (ids["c"], ids["e"])
    assert flow.do(lambda connection: beside(connection, Filter(), Sort(), 4711)) == (None, None)


def test_the_states_are_counted_whichever_is_asked_for(flow: Flow) -> None:
    filled(flow)
    expected = {ReviewState.CLEAR: 1, ReviewState.OPEN: 3, ReviewState.ACCEPTED: 0, ReviewState.CORRECTED: 1, ReviewState.SET_ASIDE: 1}
    assert listed(flow, Filter()).states == listed(flow).states == expected


def test_a_report_is_as_old_as_the_message_that_changed_it_last(flow: Flow) -> None:
    doubtful(flow)
    flow.read(flow.arrive("2", when=datetime(2026, 3, 9, tzinfo=UTC)), ("S1", "two"))
    flow.extract(nothing(Stage.REVIEW))
    assert [item.changed_at for item in listed(flow).items] == [datetime(2026, 3, 9, tzinfo=UTC)]


# What was decided stays


REFUSED = (
    "UPDATE decision SET reviewer = 'lee'",
    "UPDATE decision SET reason = reason WHERE id = 1",
    "DELETE FROM decision",
    "DELETE FROM decision WHERE id = 2",
    "DELETE FROM report",
)
REFUSED_BY = {
    "sqlite": (
        *REFUSED,
        "INSERT OR REPLACE INTO decision SELECT id, report_id, versions, reading, action, '[]', 'other', said, 'lee', at FROM decision",
        "REPLACE INTO decision SELECT * FROM decision WHERE id = 1",
        "INSERT INTO decision SELECT * FROM decision WHERE true ON CONFLICT DO UPDATE SET reviewer = 'lee'",
    ),
    "postgresql": (
        *REFUSED,
        "TRUNCATE decision",
        "TRUNCATE report CASCADE",
        "INSERT INTO decision SELECT * FROM decision ON CONFLICT (id) DO UPDATE SET reviewer = 'lee'",
    ),
}


def rows_of(store: Store) -> Sequence[object]:
    return store.read_now(lambda connection: connection.execute(select(table).order_by(table.c.id)).all())


def test_the_database_refuses_to_change_and_to_remove_a_decision(flow: Flow) -> None:
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen, Action.CORRECT))
    decided(flow, looked_at(flow, seen.item.id), made(seen, Action.UNDO))
    before = rows_of(flow.store)
    assert len(before) == 2
    for statement in REFUSED_BY[flow.store.engine.dialect.name]:
        with pytest.raises(StoreError):
            flow.do(lambda connection, statement=statement: connection.execute(text(statement)).rowcount)  # type: ignore[misc]
        assert rows_of(flow.store) == before
    decided(flow, looked_at(flow, seen.item.id), made(seen))
    assert len(rows_of(flow.store)) == 3, "one more may always be made"


def test_decisions_of_before_are_kept_by_an_upgrade_and_from_then_on(url: str) -> None:
    store = Store(StoreSettings(url=SecretStr(url)))
    make_file(store.engine)
    store.write_now(partial(upgraded_to, revision="0003"))
    flow = Flow(store)
    # What writes here is of this version: for it a column of later stands there meanwhile.
    flow.do(lambda connection: connection.execute(text("ALTER TABLE report ADD COLUMN cohorts TEXT DEFAULT ''")).rowcount)
    seen = looked_at(flow, doubtful(flow))
    decided(flow, seen, made(seen, Action.CORRECT))
    before = rows_of(store)
    assert flow.do(lambda connection: connection.execute(text("UPDATE decision SET reason = reason")).rowcount) == 1, "not yet refused"
    flow.do(lambda connection: connection.execute(text("ALTER TABLE report DROP COLUMN cohorts")).rowcount)
    upgrade(store)
    assert rows_of(store) == before
    with pytest.raises(StoreError):
        flow.do(lambda connection: connection.execute(text("DELETE FROM decision")).rowcount)
    decided(flow, looked_at(flow, seen.item.id), made(seen, Action.UNDO))
    assert [item.decision.action for item in looked_at(flow, seen.item.id).decisions] == [Action.CORRECT, Action.UNDO]
    store.close()


def upgraded_to(connection: Connection, revision: str) -> None:
    """A store of an older version."""
    scripts, context = ScriptDirectory(str(MIGRATIONS)), MigrationContext.configure(connection)
    with Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions(revision, None))):
            script.module.upgrade()
            context.stamp(scripts, script.revision)
