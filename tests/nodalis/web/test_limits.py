"""Too long, too often, too many at once, too slow: each has its answer, and the server goes on."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from nodalis.settings import HttpSettings
from nodalis.web import server as module
from nodalis.web.application import status_application
from nodalis.web.roles import Role
from tests.nodalis.web.serving import TEXT, Running, serving

MOST = 400_000
PLAIN = {"Content-Type": "text/plain"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that takes little of anything."""
    settings = {
        "NODALIS_HTTP__REQUESTS_PER_MINUTE": "20",
        "NODALIS_HTTP__CONCURRENT": "1",
        "NODALIS_HTTP__MAX_BODY_BYTES": str(MOST),
        "NODALIS_READING__SECONDS": "0.02",
    }
    with serving(tmp_path_factory.mktemp("strict"), settings) as running:
        yield running


def test_a_body_may_be_as_long_as_the_limit_and_no_longer(strict: Running) -> None:
    with strict.client(strict.key("long", Role.INGEST)) as client:
        assert client.post("/extract", content=b"x" * MOST, headers=PLAIN).status_code != 413
        answer = client.post("/extract", content=b"x" * (MOST + 1), headers=PLAIN)
        assert (answer.status_code, answer.json()["detail"]) == (413, "longer than 400,000 bytes")


def test_a_body_that_does_not_say_how_long_it_is_is_refused_while_it_comes(strict: Running) -> None:
    with strict.client(strict.key("chunked", Role.INGEST)) as client:
        answer = client.post("/extract", content=(b"x" * 1000 for _ in range(MOST // 1000 + 1)), headers=PLAIN)
        assert "content-length" not in answer.request.headers
        assert answer.status_code == 413
        operation = client.post(
            "/fhir/DiagnosticReport/$extract-nodes",
            content=(b"x" * 1000 for _ in range(MOST // 1000 + 1)),
            headers={"Content-Type": "application/fhir+json"},
        )
        assert (operation.status_code, operation.json()["issue"][0]["code"]) == (413, "too-long")


def test_a_length_that_is_a_lie_does_not_help(strict: Running) -> None:
    """More than was announced is no part of the request; a length of many digits is a length."""
    key = strict.key("lie", Role.INGEST)
    head = f"POST /extract HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    assert _raw(strict, f"{head}Content-Length: {'9' * 20}\r\n\r\n").startswith(b"HTTP/1.1 413")
    assert _raw(strict, f"{head}Content-Length: {'9' * 5000}\r\n\r\n").startswith(b"HTTP/1.1 4")
    assert _raw(strict, f"{head}Content-Length: -1\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert _raw(strict, f"{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, identity"])
def test_a_packed_body_is_refused(strict: Running, coding: str) -> None:
    with strict.client(strict.key(f"packed-{coding[:3]}{len(coding)}", Role.INGEST)) as client:
        answer = client.post("/extract", content=gzip.compress(TEXT.encode()), headers={**PLAIN, "Content-Encoding": coding})
        assert answer.status_code == 415


def test_who_calls_too_often_waits_and_nobody_else_does(strict: Running) -> None:
    often, other = strict.key("often", Role.READER), strict.key("other", Role.READER)
    with strict.client() as client:
        answers = [client.get("/metrics", headers={"X-API-Key": often}) for _ in range(40)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert all(1 <= int(answer.headers["retry-after"]) <= 3 for answer in refused)
        assert client.get("/metrics", headers={"X-API-Key": other}).status_code == 200


def test_strangers_are_counted_by_their_address_whatever_they_say_it_is(strict: Running) -> None:
    with strict.client() as client:
        statuses = [client.get("/metrics", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code for number in range(40)]
    assert set(statuses) == {401, 429}


def test_more_requests_at_once_than_may_be_are_asked_to_come_again(strict: Running) -> None:
    slow, other = strict.key("slow", Role.INGEST), strict.key("while-slow", Role.READER)
    with _open(strict) as connection, strict.client(other) as client:
        connection.sendall(f"POST /extract HTTP/1.1\r\nHost: x\r\nX-API-Key: {slow}\r\nContent-Type: text/plain\r\n".encode())
        connection.sendall(b"Content-Length: 5\r\n\r\nab")
        answers = iter(lambda: client.get("/metrics"), None)
        busy = next(answer for _, answer in zip(range(15), answers, strict=False) if answer.status_code == 503)
        assert busy.headers["retry-after"] == "1"
        connection.sendall(b"cde")
        assert connection.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.1 422")  # where the machine is busy, 20 ms are little
        assert client.get("/metrics").status_code == 200


def test_long_bodies_that_come_at_once_are_held_up_to_a_limit_and_then_asked_to_come_again(server: Running, ingest: httpx.Client) -> None:
    """Four of 16 MiB fit; while they are there, nothing more does, and then everything does again."""
    most = HttpSettings().max_body_bytes
    head = f"POST /extract HTTP/1.1\r\nHost: x\r\nX-API-Key: {ingest.headers['x-api-key']}\r\nContent-Type: text/plain\r\n"
    with contextlib.ExitStack() as opened:
        for _ in range(4):
            connection = opened.enter_context(_open(server))
            connection.sendall(f"{head}Content-Length: {most}\r\n\r\n".encode() + b"x" * (most - 1))
        for _ in range(300):  # each is a turn of the loop, and in each it takes some of every body: then it has all of them
            assert ingest.get("/health/live").status_code == 200
        busy = ingest.post("/extract", content=TEXT, headers=PLAIN)
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
    answers = (ingest.post("/extract", content=TEXT, headers=PLAIN) for _ in range(1000))
    assert next(answer.status_code for answer in answers if answer.status_code != 503) == 200


def test_a_report_that_takes_too_long_is_refused_and_its_process_replaced(strict: Running) -> None:
    (before,) = strict.workers()
    with strict.client(strict.key("hard", Role.INGEST)) as client:
        body = json.dumps({"id": "7", "text": "2 OF 3 LYMPH NODES. " * 15_000})
        answer = client.post("/extract", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["detail"]) == (422, "takes longer to read than a report may")
        (after,) = strict.workers()
        assert after != before
        assert client.post("/extract", content=body, headers={"Content-Type": "application/json"}).status_code == 422


def test_a_worker_that_is_killed_is_replaced_and_its_report_is_read(server: Running, ingest: httpx.Client) -> None:
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    assert ingest.post("/extract", content=TEXT, headers=PLAIN).status_code == 200
    assert server.workers() != [worker]


def test_a_connection_that_only_waits_is_ended_and_one_that_is_answered_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.2)

    async def ready() -> dict[str, bool]:
        await asyncio.sleep(1)
        return {"store": True}

    async def figures() -> bytes:
        return b""

    settings = HttpSettings(port=0)
    serving = module.server(status_application(ready, figures), settings, 1)
    listener = module.bound(settings)
    address = listener.getsockname()
    assert listener.proto == socket.IPPROTO_TCP, "else asyncio leaves Nagle's algorithm on, and an answer waits 40 ms for its other half"
    thread = threading.Thread(target=serving.run, args=([listener],))
    thread.start()
    try:
        while not serving.started:
            time.sleep(0.01)
        with socket.create_connection(address, timeout=60) as silent, socket.create_connection(address, timeout=60) as slow:
            slow.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Part: ")
            assert httpx.get(f"http://127.0.0.1:{address[1]}/health/ready").status_code == 200
            for waiting in (silent, slow):
                with contextlib.suppress(ConnectionResetError):
                    assert waiting.recv(1) == b""
    finally:
        serving.should_exit = True
        thread.join()


def test_headers_that_never_end_are_refused(server: Running) -> None:
    assert _raw(server, "GET /health/live HTTP/1.1\r\n" + "X: y\r\n" * 20_000).startswith(b"HTTP/1.1 400")


def _open(server: Running) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)


def _raw(server: Running, request: str) -> bytes:
    """The beginning of the answer to some bytes."""
    with _open(server) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096)
