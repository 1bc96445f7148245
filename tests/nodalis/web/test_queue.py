"""The queue over HTTP: counts that add up, messages without text, replay by id or range."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from nodalis.web.roles import Role
from tests.nodalis.web.serving import Running, serving, some_messages


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Running]:
    """A server with a store of three messages."""
    with serving(tmp_path, {"NODALIS_STORE__URL": some_messages(tmp_path / "store.db")}) as running:
        yield running


def _replay(client: httpx.Client, which: object) -> Any:
    answer = client.post("/queue/replay", json=which)
    assert answer.status_code == 200, answer.text
    return answer.json()["replayed"]


def test_the_queue_is_counted_listed_and_replayed(queue: Running) -> None:
    with queue.client(queue.key("admin", Role.ADMIN)) as client:
        counts = client.get("/queue").json()
        assert counts["total"] == 3 == sum(counts["stages"].values())
        assert {stage: number for stage, number in counts["stages"].items() if number} == {"received": 1, "duplicate": 1, "quarantined": 1}
        assert counts["oldest"] == "2026-03-02T10:15:00Z"
        assert counts["alarms"] == {"control_id_reused": 1}
        listed = client.get("/queue/messages").json()
        assert [item["stage"] for item in listed["messages"]] == ["received", "duplicate", "quarantined"]
        assert listed["next"] is None
        first, second, third = (item["id"] for item in listed["messages"])
        assert listed["messages"][1]["first"] == first
        assert listed["messages"][2]["reason"] == "no delimiters"

        page = client.get("/queue/messages", params={"limit": 2}).json()
        rest = client.get("/queue/messages", params={"limit": 2, "after": page["next"]}).json()
        assert ([item["id"] for item in page["messages"]], [item["id"] for item in rest["messages"]]) == ([first, second], [third])
        some = client.get("/queue/messages", params={"stage": ["quarantined", "dead"], "since": "2026-03-02T11:16:00+01:00"}).json()
        assert [item["id"] for item in some["messages"]] == [third]
        assert client.get("/queue/messages", params={"until": "2026-03-02T10:15:00Z"}).json()["messages"] == []

        assert _replay(client, {"ids": [first, second, third]}) == 1, "the first waits anyway, a duplicate has no text"
        assert client.get("/queue").json()["stages"]["received"] == 2
        assert _replay(client, {"stages": ["quarantined"]}) == 0
        assert _replay(client, {"since": "2026-03-02T10:15:00Z", "until": "2026-03-03T00:00:00Z"}) == 0


def test_a_message_is_shown_without_its_text(admin: httpx.Client) -> None:
    (first, *_) = admin.get("/queue/messages").json()["messages"]
    answer = admin.get(f"/queue/messages/{first['id']}")
    assert answer.json() == {**first, "reports": []}
    assert "DOE" not in answer.text
    assert "CARCINOMA" not in answer.text
    assert admin.get("/queue/messages/4711").status_code == 404


@pytest.mark.parametrize("path", ["/queue", "/queue/messages", "/queue/messages/1"])
def test_answers_are_as_the_document_says(admin: httpx.Client, path: str) -> None:
    declared = admin.get("/openapi.json").json()["paths"][path.replace("/1", "/{id}")]["get"]
    answer = admin.get(path)
    jsonschema_rs.validator_for(declared["responses"]["200"]["content"]["application/json"]["schema"]).validate(answer.json())


@pytest.mark.parametrize(
    ("which", "detail"),
    [
        ({}, "body: value_error"),
        ({"ids": []}, "ids: too_short"),
        ({"ids": [0]}, "ids: greater_than"),
        ({"ids": [2**63]}, "ids: less_than"),
        ({"stages": ["Quillfeather"]}, "stages: enum"),
        ({"since": "2026-03-02T10:15:00"}, "since: timezone_aware"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since: greater_than_equal"),
        ({"Quillfeather": 1}, "unknown member: extra_forbidden"),
        ([], "body: model_type"),
    ],
    ids=str,
)
def test_a_replay_of_nobody_knows_what_is_refused_in_our_words(admin: httpx.Client, which: object, detail: str) -> None:
    answer = admin.post("/queue/replay", json=which)
    assert (answer.status_code, answer.json()["detail"]) == (422, f"not as declared: {detail}")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("stage=Quillfeather", "query.stage: enum"),
        ("limit=0", "query.limit: greater_than_equal"),
        ("since=Quillfeather", "query.since: datetime_from_date_parsing"),
    ],
)
def test_a_wrong_query_is_refused_without_its_words(admin: httpx.Client, query: str, detail: str) -> None:
    answer = admin.get(f"/queue/messages?{query}")
    assert (answer.status_code, answer.json()["detail"]) == (422, f"not as declared: {detail}")


def test_a_store_that_is_gone_is_said_and_extraction_goes_on(queue: Running) -> None:
    with queue.client(queue.key("admin", Role.ADMIN)) as client:
        assert client.get("/health/ready").json() == {"ready": True, "checks": {"rules": True, "store": True}}
        store = queue.keys_file.parent / "store.db"
        store.write_bytes(b"no database" * 1000)
        for leftover in ("store.db-wal", "store.db-shm"):
            (queue.keys_file.parent / leftover).unlink(missing_ok=True)
        assert client.get("/health/ready").status_code == 503
        for answer in (client.get("/queue"), client.get("/queue/messages"), client.post("/queue/replay", json={"ids": [1]})):
            assert (answer.status_code, answer.json()["detail"]) == (503, "the store cannot be used now")
        assert client.post("/extract", content="1 OF 2 LYMPH NODES", headers={"Content-Type": "text/plain"}).status_code == 200


def test_without_a_store_there_is_no_queue(tmp_path: Path) -> None:
    with serving(tmp_path, {}) as server, server.client(server.key("admin", Role.ADMIN)) as client:
        assert client.get("/queue").status_code == 404
        assert client.get("/health/ready").json()["checks"] == {"rules": True}
