"""Several reviewers at once, on two page processes of one store, while newer versions come: each decision takes or is told why not."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from nodalis.settings import StoreSettings
from nodalis.store import Store
from nodalis.store.arrivals import Arrival, record
from nodalis.store.audit import Audit, AuditAction, entries
from nodalis.store.audit_key import AuditKey
from nodalis.store.decision_schema import decision
from nodalis.store.decisions import opened
from tests.nodalis.store.conftest import postgresql, postgresql_url, url
from tests.nodalis.web.review.reviewers import Attempt, Reviewer
from tests.nodalis.web.review.serving_review import (
    BEGIN,
    DOUBTFUL,
    add_account,
    environment_of,
    message,
    opened_store,
    send,
    serving,
    settled,
)

__all__ = ["postgresql", "postgresql_url", "url"]
REPORTS = 8
ROUNDS = 12


def of_messages(store: Store, stop: Event) -> None:
    """A laboratory that corrects the first half of the reports, one after the other."""
    number = 0
    while not stop.wait(0.4):
        number += 1
        at = BEGIN + timedelta(days=60, minutes=number)
        body = message(f"S26-{1 + number % (REPORTS // 2):05}", f"{DOUBTFUL}Version {number}.", at, "C")
        store.write_now(partial(record, arrival=Arrival("laboratory", "LAB", "NORTH", f"later{number}", body, at, "")))


def of_files(folder: Path, place: str, stop: Event) -> None:
    """Somebody who loads newer versions of the other half, again and again."""
    number = 0
    while not stop.is_set():
        number += 1
        loaded(folder, place, number)


def loaded(folder: Path, place: str, number: int) -> None:
    status = "corrected" if number else "final"
    issued = f"2026-03-02T10:{number:02}:00Z"
    rows = [{"id": f"F{id}", "text": f"{DOUBTFUL}Version {number}.", "status": status, "issued": issued} for id in range(REPORTS // 2)]
    path = folder / f"reports-{number}.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    command = [sys.executable, "-m", "nodalis", "review", "load", str(path)]
    done = subprocess.run(command, env=environment_of(folder, place), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=[2, 8], ids=["two", "eight"])
def people(request: pytest.FixtureRequest) -> Sequence[str]:
    return [f"reviewer{number}" for number in range(request.param)]


@pytest.fixture
def store(url: str, people: Sequence[str], tmp_path: Path) -> Iterator[Store]:
    with opened_store(url) as made:
        for name in people:
            add_account(made, name, name, "reviewer")
        send(made, [DOUBTFUL] * (REPORTS // 2))
        loaded(tmp_path, url, 0)
        yield made


@pytest.mark.slow
def test_each_decision_takes_or_is_told_that_it_does_not(store: Store, url: str, people: Sequence[str], tmp_path: Path) -> None:
    stop = Event()
    with ExitStack() as stack:
        addresses = [stack.enter_context(serving(tmp_path, url)) for _ in range(2)]
        settled(store)
        reviewers = [Reviewer.signed_in(name, addresses[place % 2]) for place, name in enumerate(people)]
        for reviewer in reviewers:
            stack.callback(reviewer.client.close)
        with ThreadPoolExecutor(len(people) + 2) as pool:
            others = [pool.submit(of_messages, store, stop), pool.submit(of_files, tmp_path, url, stop)]
            working = [pool.submit(reviewer.work, range(1, REPORTS + 1), ROUNDS, reviewer.name) for reviewer in reviewers]
            try:
                for work in working:
                    work.result()
            finally:
                stop.set()
            for other in others:
                other.result()
        settled(store)
    answers = sum((reviewer.answers for reviewer in reviewers), Counter[int]())
    attempts = [attempt for reviewer in reviewers for attempt in reviewer.attempts]
    print(dict(answers), Counter((attempt.action, attempt.status) for attempt in attempts))
    assert not {status for status in answers if status >= 500}, answers
    assert {attempt.status for attempt in attempts} <= {303, 409, 422}
    _is_as_answered(store, attempts)
    _is_recorded(store, tmp_path, attempts, answers)
    _did_not_wait_for_each_other(store)


def _is_as_answered(store: Store, attempts: Sequence[Attempt]) -> None:
    """The table has what was said to have been taken, and of all who saw the same one decided, unless a newer version came first."""
    took = [attempt for attempt in attempts if attempt.status == 303]
    kept = store.read_now(lambda connection: connection.execute(select(decision)).all())
    assert Counter((row.report_id, row.versions.hex(), row.action, row.reviewer) for row in kept) == Counter(
        (attempt.report_id, attempt.versions, attempt.action, attempt.reviewer) for attempt in took
    )
    seen: dict[tuple[int, str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        seen[attempt.report_id, attempt.versions, attempt.last].append(attempt)
    now = {id: store.read_now(partial(opened, report_id=id)) for id in {attempt.report_id for attempt in attempts}}
    for (report_id, versions, _), sent in seen.items():
        winners = sum(attempt.status == 303 for attempt in sent)
        found = now[report_id]
        assert found is not None
        told = any(attempt.status == 422 for attempt in sent)
        assert winners == 1 or (winners == 0 and (told or found.versions.hex() != versions)), sent


def _is_recorded(store: Store, folder: Path, attempts: Sequence[Attempt], answers: Counter[int]) -> None:
    """The audit is right, with a row for each decision and each page."""
    audit = Audit(AuditKey(StoreSettings(audit_key=folder / "audit.key")))
    assert store.read_now(audit.verify) == []
    rows = store.read_now(partial(entries, limit=100_000))
    actions = Counter(row.event.action for row in rows)
    took = Counter(attempt.action == "undo" for attempt in attempts if attempt.status == 303)
    assert (actions[AuditAction.UNDO], actions[AuditAction.DECIDE]) == (took[True], took[False])
    assert actions[AuditAction.VIEW] + actions[AuditAction.LIST] == answers[200] + answers[409]


def _did_not_wait_for_each_other(store: Store) -> None:
    if store.engine.dialect.name == "postgresql":
        of_database = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        found: Any = store.read_now(lambda connection: connection.execute(of_database).scalar_one())
        assert found == 0
