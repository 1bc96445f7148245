"""Versions of a report in any order with a person who decides in between: nothing that was decided about fewer of them is followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import permutations
from typing import NamedTuple

import pytest
from sqlalchemy import Connection

from nodalis.review.correction import changes
from nodalis.review.decision import Action, Decision, ReviewState
from nodalis.service.extraction import Extractor, Seen
from nodalis.service.reading import read
from nodalis.settings import ReadingSettings
from nodalis.store import Stage, Store
from nodalis.store.decisions import decide, opened
from nodalis.store.deliveries import Due, delivered
from nodalis.store.work import NewVersion, Sent, State, next_messages, record_state, record_versions
from tests.nodalis.service.messages import NEGATIVE, POSITIVE, message, obx

from .flow import LEASE, NOW, Flow


def version(text: str, status: str, day: int, sent: str = "20260309101500+0100") -> NewVersion:
    order = "F" if status == "B" else status
    body = message(obx(text, status), order=order, reported=f"202603{day:02}100000+0100", sent=sent)
    (new,) = read(body, "urn:nodalis:reports", "cp1252").versions
    return new


VERSIONS = {
    "P": version(NEGATIVE, "P", 2),
    "F": version(POSITIVE, "F", 3),
    "F again": version(POSITIVE, "F", 3, "20260310101500+0100"),
    "C": version(NEGATIVE, "C", 4),
    "B": version("Deeper levels of the sentinel nodes show no further deposit.", "B", 5),
}


@cache
def extractor() -> Extractor:
    return Extractor(ReadingSettings())


@cache
def extracted(versions: tuple[bytes, ...], sent: Sent | None, decision: Decision | None) -> State:
    return extractor().extract(versions, sent, decision)


@cache
def seen(versions: tuple[bytes, ...]) -> Seen:
    return extractor().view(versions)


class End(NamedTuple):
    """What is left of a report."""

    state: ReviewState | None
    stage: Stage
    category: str
    resources: tuple[str, ...]  # what the server has
    digest: bytes


class Played:
    """A report of a store whose every version is extracted and delivered as it comes."""

    def __init__(self, store: Store, name: str) -> None:
        self.flow = Flow(store)
        self.name = name
        self.report_id = 0
        self.last = b""

    def take(self, version: str) -> None:
        """A version comes."""
        new = replace(VERSIONS[version], number=self.name)
        message_id = self.flow.arrive(f"{self.name} {version}")

        def work(connection: Connection) -> int:
            next_messages(connection, "one", 9, NOW, LEASE)
            (report_id,) = record_versions(connection, message_id, [new])
            return report_id

        self.report_id = self.flow.do(work)
        self.follow()

    def decide(self, action: Action, given: dict[str, str]) -> None:
        """A person decides about what there is; of what cannot be read the only thing that can be."""
        found = self.flow.do(lambda connection: opened(connection, self.report_id))
        assert found is not None
        shown = seen(found.payloads)
        if shown.read is None:
            action = Action.SET_ASIDE
        made = Decision(
            action=action,
            reviewer="kim",
            at=NOW,
            versions=found.versions,
            reading=shown.reading,
            corrections=changes(shown.read, given) if shown.read and action is Action.CORRECT else (),
            reason="looked at it",
        )
        self.flow.do(lambda connection: decide(connection, self.report_id, made, found.last))
        assert self.follow() is not None

    def follow(self) -> Decision | None:
        """It is extracted and delivered, by what decision."""
        report = self.flow.claim()
        state = extracted(report.versions, report.sent, report.decision)
        assert self.flow.do(lambda connection: record_state(connection, report.id, report.revision, state))
        for due in self.flow.dues():
            self.flow.do(partial(_delivered, due))
        self.last = state.digest
        return report.decision

    def end(self) -> End:
        """What is left."""
        found = self.flow.do(lambda connection: opened(connection, self.report_id))
        assert found is not None
        sent = extracted(found.payloads, None, found.holds.decision if found.holds else None).resources
        return End(found.item.state, found.item.stage, found.item.category, sent, self.last)


def _delivered(due: Due, connection: Connection) -> None:
    delivered(connection, due, NOW)


def played(store: Store, order: Sequence[str], name: str, action: Action, cut: int) -> tuple[End, End]:
    """What is left of a report where a person decides after so many versions: at the end, and when they decide once more."""
    play = Played(store, name)
    for version in order[:cut]:
        play.take(version)
    play.decide(action, {"tumor.grade": "1"})
    for version in order[cut:]:
        play.take(version)
    undecided = play.end()
    play.decide(Action.CORRECT, {"tumor.grade": "3"})
    return undecided, play.end()


@pytest.mark.slow
def test_whatever_the_order_a_decision_about_fewer_versions_is_not_followed_and_one_about_all_is(store: Store) -> None:
    plain = Played(store, "plain")
    for version in VERSIONS:
        plain.take(version)
    assert (plain.end().state, plain.end().category) == (ReviewState.CLEAR, "pN0(sn)")
    ends = set()
    actions = (Action.SET_ASIDE, Action.CORRECT, Action.ACCEPT)
    for index, order in enumerate(permutations(VERSIONS)):
        undecided, decided = played(store, order, f"S{index}", actions[index % 3], 1 + index % 4)
        assert undecided == plain.end(), order
        ends.add(decided)
    assert len(ends) == 1
    (end,) = ends
    assert (end.state, end.stage, end.category) == (ReviewState.CORRECTED, Stage.EXPORTED, "pN0(sn)")
    assert end.digest != plain.end().digest
