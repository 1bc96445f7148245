"""Whatever happens in whatever order: every message stands at one stage, and the server ends with the newest of each report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from pydantic import SecretStr
from sqlalchemy import Connection, delete, select

from nodalis.settings import StoreSettings
from nodalis.store import Stage, Store, upgrade
from nodalis.store.arrivals import Arrival, record
from nodalis.store.deliveries import Due, dead, delivered, next_deliveries, retry
from nodalis.store.leases import release
from nodalis.store.people_schema import audit, audit_head
from nodalis.store.queue import counts, replay
from nodalis.store.retention import clean
from nodalis.store.schema import metadata, part, report
from nodalis.store.work import State, WaitingReport, next_messages, next_reports, quarantine, record_state, record_versions

from .flow import LEASE, at, bundle, nothing, version

_DAY = 86_400.0


class Engine(RuleBasedStateMachine):
    """Processes that take work, end it, lose it or forget it, beside a FHIR server that keeps the last bundle of each report."""

    opened: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.opened
        self.seconds = 0.0
        self.arrived = 0
        self.messages: list[Any] = []
        self.reports: list[WaitingReport] = []
        self.dues: list[Due] = []
        self.server: dict[int, bytes] = {}
        self.do(self._emptied)

    @staticmethod
    def _emptied(connection: Connection) -> None:
        for table in reversed(metadata.sorted_tables):
            if table not in (audit, audit_head):  # whose rows stay
                connection.execute(delete(table))

    def do(self, work: Callable[[Connection], Any]) -> Any:
        return self.store.write_now(work)

    @rule(control_id=st.sampled_from("123"), text=st.sampled_from("abcd"), refused=st.sampled_from(["", "", "", "bad"]))
    def arrive(self, control_id: str, text: str, refused: str) -> None:
        arrival = Arrival("lab", "LIS", "PATH", control_id, text.encode(), at(self.seconds), "t", refused)
        self.do(lambda connection: record(connection, arrival))
        self.arrived += 1

    @rule(seconds=st.sampled_from([1.0, LEASE, LEASE * 3, 50 * _DAY]))
    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    @rule(limit=st.integers(1, 3))
    def take(self, limit: int) -> None:
        now = at(self.seconds)
        self.messages += self.do(lambda connection: next_messages(connection, "one", limit, now, LEASE))
        self.reports += self.do(lambda connection: next_reports(connection, "one", limit, now, LEASE))

    @precondition(lambda self: self.messages)
    @rule(numbers=st.sampled_from([{"S1"}, {"S1"}, {"S2"}, {"S1", "S2"}, set()]))
    def read(self, numbers: set[str]) -> None:
        taken = self.messages.pop(0)
        versions = [version(number, taken.body.decode()) for number in sorted(numbers)]
        if versions:
            self.do(lambda connection: record_versions(connection, taken.id, versions))
        else:
            self.do(lambda connection: quarantine(connection, taken.id, "no OBR segment"))

    @precondition(lambda self: self.reports)
    @rule(stage=st.sampled_from([Stage.EXTRACTED] * 4 + [Stage.REVIEW, Stage.DEAD]), empty=st.sampled_from([False, False, True]))
    def extract(self, stage: Stage, empty: bool) -> None:
        taken = self.reports.pop(0)
        made = bundle(f"{taken.id} {[*taken.versions]}", stage) if stage in (Stage.EXTRACTED, Stage.REVIEW) and not empty else None
        state: State | None = made
        if made is not None and taken.sent and taken.sent.digest == made.digest:
            state = nothing(Stage.DUPLICATE)
        elif made is None and stage not in (Stage.RECEIVED, Stage.QUARANTINED, Stage.EXPORTED, Stage.DUPLICATE):
            state = nothing(stage)
        if state is not None:
            chosen = state
            self.do(lambda connection: record_state(connection, taken.id, taken.revision, chosen))

    @rule()
    def send(self) -> None:
        """At most one bundle of a report is on its way, since whoever sends ends before its lease."""
        taken = self.do(lambda connection: next_deliveries(connection, "one", 3, at(self.seconds), 1e9))
        on_their_way = [due.report_id for due in self.dues]
        assert [due for due in taken if due.report_id in on_their_way] == []
        assert len({due.report_id for due in taken}) == len(taken)
        self.dues += taken

    @rule(text=st.sampled_from("efgh"))
    def correct(self, text: str) -> None:
        """A message goes on its way without anything between."""
        self.arrive(control_id=str(self.arrived + 10), text=text, refused="")
        self.take(limit=9)
        while self.messages:
            self.read(numbers={"S1"})
        self.take(limit=9)
        while self.reports:
            self.extract(stage=Stage.EXTRACTED, empty=False)

    @precondition(lambda self: self.dues)
    @rule(end=st.sampled_from(["delivered", "answer lost", "refused", "down"]))
    def answer(self, end: str) -> None:
        due, now = self.dues.pop(0), at(self.seconds)
        if end in ("delivered", "answer lost"):
            self.server[due.report_id] = due.bundle
        if end == "delivered":
            self.do(lambda connection: delivered(connection, due, now))
        elif end == "refused":
            self.do(lambda connection: dead(connection, due, "422", now))
        else:
            self.do(lambda connection: retry(connection, due, at(self.seconds + 30), "503", now))

    @rule()
    def restart(self) -> None:
        """Killed: whatever was on its way may have come to the server."""
        for due in self.dues:
            self.server[due.report_id] = due.bundle
        self.messages, self.reports, self.dues = [], [], []
        self.do(lambda connection: release(connection, "one"))

    @rule(stages=st.sets(st.sampled_from(Stage)))
    def replay(self, stages: set[Stage]) -> None:
        self.do(lambda connection: replay(connection, stages=stages))

    @rule()
    def clean(self) -> None:
        self.do(lambda connection: clean(connection, at(self.seconds), 90))

    @invariant()
    def every_message_stands_at_one_stage(self) -> None:
        found = self.store.read_now(counts)
        assert found.total == sum(found.stages.values()) == self.arrived

    @invariant()
    def what_is_known_to_be_sent_is_what_the_server_has(self) -> None:
        on_their_way = {due.report_id for due in self.dues}
        for row in self.store.read_now(lambda connection: connection.execute(select(report)).all()):
            if row.sent_digest is not None and row.id not in on_their_way:
                assert row.sent_digest == bundle(self.server[row.id].decode()).digest

    def teardown(self) -> None:
        """When no more comes and the server answers, all is read, extracted and delivered, and the server has the newest."""
        self.restart()
        self.seconds += 1e10
        for _ in range(20):
            self.take(limit=3)
            while self.messages:
                self.read(numbers={"S1"})
            while self.reports:
                self.extract(stage=Stage.EXTRACTED, empty=False)
            self.send()
            while self.dues:
                self.answer(end="delivered")
        for row in self.store.read_now(lambda connection: connection.execute(select(report)).all()):
            assert (row.extract_at, row.deliver_at) == (None, None)
            if row.stage is Stage.EXPORTED and row.sent_digest is not None and row.digest:
                assert row.sent_digest == row.digest == bundle(self.server[row.id].decode()).digest
        found = self.store.read_now(counts)
        assert (found.stages[Stage.RECEIVED], found.total) == (0, self.arrived)
        parts = self.store.read_now(lambda connection: connection.execute(select(part.c.stage)).scalars().all())
        assert Stage.RECEIVED not in parts


def _run(url: str, examples: int, steps: int) -> None:
    Engine.opened = Store(StoreSettings(url=SecretStr(url)))
    upgrade(Engine.opened)
    try:
        run_state_machine_as_test(Engine, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None))
    finally:
        Engine.opened.close()


def test_counts_are_true_whatever_happens(tmp_path: Path) -> None:
    _run(f"sqlite:///{tmp_path}/store.db", 20, 30)


@pytest.mark.slow
def test_counts_are_true_whatever_happens_for_long(tmp_path: Path) -> None:
    _run(f"sqlite:///{tmp_path}/store.db", 200, 60)


@pytest.mark.slow
def test_counts_are_true_whatever_happens_on_postgresql(postgresql_url: str) -> None:
    _run(postgresql_url, 20, 30)
