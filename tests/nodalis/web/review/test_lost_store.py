"""A page whose PostgreSQL goes away says so, loses nothing, and goes on by itself when it is back."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from sqlalchemy import func, select

from nodalis.settings import StoreSettings
from nodalis.store.audit import Audit, AuditAction, entries
from nodalis.store.audit_key import AuditKey
from nodalis.store.decision_schema import decision
from tests.nodalis.store.postgresql import cluster
from tests.nodalis.web.review.reviewers import Reviewer
from tests.nodalis.web.review.serving_review import DOUBTFUL, add_account, opened_store, send, serving, settled

_AWAY = 5.0  # seconds


@pytest.mark.slow
def test_a_page_without_its_database_answers_503_and_goes_on_by_itself(tmp_path: Path) -> None:
    with cluster() as server:
        url = server.url("postgres")
        with opened_store(url) as store, serving(tmp_path, url) as address:
            add_account(store, "kim", "Kim", "reviewer")
            send(store, [DOUBTFUL] * 2)
            settled(store)
            reviewer = Reviewer.signed_in("kim", address)
            page = reviewer.look(1).text
            server.stop()
            until, answers = monotonic() + _AWAY, []
            try:
                while monotonic() < until:
                    answers += [
                        reviewer.look(1),
                        reviewer.client.get("/"),
                        reviewer.client.get("/overview"),
                        reviewer.client.get("/sign-in"),
                    ]
                    assert reviewer.decide(1, page, random.Random(1)) == 503
            finally:
                server.start()
            assert {(answer.url.path, answer.status_code) for answer in answers} == {
                *((path, 503) for path in ("/reports/1", "/", "/overview")),
                ("/sign-in", 503),
            }
            for answer in answers:
                assert "Not at the moment" in answer.text
                assert not [word for word in ("Traceback", "psycopg", "sqlalchemy", "carcinoma") if word in answer.text]
            _comes_back(lambda: reviewer.look(1))
            assert reviewer.decide(1, page, random.Random(1)) == 303, "what was refused was not done, and can be done now"
            send(store, [DOUBTFUL], first=2, status="C")
            settled(store)
            reviewer.client.close()
            assert store.read_now(lambda connection: connection.execute(select(func.count()).select_from(decision)).scalar_one()) == 1
            assert store.read_now(Audit(AuditKey(StoreSettings(audit_key=tmp_path / "audit.key"))).verify) == []
            rows = store.read_now(partial(entries, limit=10_000))
            assert sum(row.event.action in (AuditAction.DECIDE, AuditAction.UNDO) for row in rows) == 1


def _comes_back(ask: Callable[[], httpx.Response]) -> None:
    for _ in range(300):
        if ask().status_code == 200:
            return
        sleep(0.1)
    raise AssertionError("the page did not come back")
