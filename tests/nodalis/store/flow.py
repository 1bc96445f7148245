"""Short ways to bring messages and reports to a stage."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from nodalis.store import Stage, Store
from nodalis.store.arrivals import Arrival, record
from nodalis.store.deliveries import Due, next_deliveries
from nodalis.store.queue import Counts, counts, shown
from nodalis.store.work import NewVersion, State, WaitingReport, next_messages, next_reports, record_state, record_versions

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LEASE = 60.0
T = TypeVar("T")


def at(seconds: float) -> datetime:
    """So many seconds after the beginning."""
    return NOW + timedelta(seconds=seconds)


class Flow:
    """A store whose processes are all played by one test."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def do(self, work: Callable[[Connection], T]) -> T:
        """Write."""
        return self.store.write_now(work)

    def arrive(self, control_id: str, body: bytes | None = None, when: datetime = NOW) -> int:
        """A message comes in."""
        arrival = Arrival("lab", "LIS", "PATH", control_id, control_id.encode() if body is None else body, when, f"trace-{control_id}")
        return self.do(lambda connection: record(connection, arrival)).id

    def read(self, message_id: int, *versions: tuple[str, str], owner: str = "one") -> list[int]:
        """The message is read; it has these versions, (number, text) each."""
        new = [version(number, text) for number, text in versions]

        def work(connection: Connection) -> list[int]:
            next_messages(connection, owner, 1_000, NOW, LEASE)
            return record_versions(connection, message_id, new)

        return self.do(work)

    def claim(self, when: datetime = NOW) -> WaitingReport:
        """The one report that is to be extracted."""
        (report,) = self.do(lambda connection: next_reports(connection, "one", 100, when, LEASE))
        return report

    def extract(self, state: State, when: datetime = NOW) -> WaitingReport:
        """The one report that is to be extracted becomes this."""
        report = self.claim(when)
        assert self.do(lambda connection: record_state(connection, report.id, report.revision, state))
        return report

    def dues(self, when: datetime = NOW) -> list[Due]:
        """What is to be delivered."""
        return self.do(lambda connection: next_deliveries(connection, "one", 100, when, LEASE))

    def due(self, when: datetime = NOW) -> Due:
        """The one bundle that is to be delivered."""
        (due,) = self.dues(when)
        return due

    def stage(self, message_id: int) -> Stage:
        """Where a message stands."""
        found = self.store.read_now(lambda connection: shown(connection, message_id))
        assert found is not None
        return found.message.stage

    def counts(self) -> Counts:
        """How many messages stand where."""
        return self.store.read_now(counts)


def bundle(text: str, stage: Stage = Stage.EXTRACTED, alarm: str = "", resources: tuple[str, ...] = ("Observation/a",)) -> State:
    """A report with something to deliver."""
    return State(stage, "", text.encode(), hashlib.sha256(text.encode()).digest(), resources, "accepted", "pN1a", alarm)


def nothing(stage: Stage, reason: str = "", alarm: str = "") -> State:
    """A report with nothing to deliver."""
    return State(stage, reason, None, b"", (), "needs_review", "", alarm)


def version(number: str, text: str) -> NewVersion:
    """A version of a report of the laboratory."""
    return NewVersion("lab", number, hashlib.sha256(text.encode()).digest(), text.encode())
