"""FHIR servers on loopback, each in a process of its own, and a client that knows only HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.receivers.environments import clean_environment

_PATIENCE_S = 120  # until a server answers, on a slow machine; nothing is measured


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at 127.0.0.1."""

    name: str
    port: int

    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer; ``path`` is relative to the base and may hold ``|`` and spaces."""
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json", "Prefer": "handling=strict"}
        # http.client asks no proxy, whatever the environment says
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)) as connection:
            target = quote(f"/fhir/{path}".rstrip("/"), safe="/?&=:,.$%")
            connection.request(method, target, body.encode() if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
        found = json.loads(content) if content else {}
        return answer.status, found if isinstance(found, dict) else {}

    def search(self, url: str) -> tuple[int, list[dict[str, Any]]]:
        """Status and every resource that a search finds, included ones as well."""
        status, found = self.call("GET", f"{url}&_count=1000")
        assert all(link["relation"] != "next" for link in found.get("link", [])), "one page holds the whole answer"
        return status, [entry["resource"] for entry in found.get("entry", []) if entry["resource"]["resourceType"] != "OperationOutcome"]

    def count(self, kind: str) -> int:
        """How many resources of a type the server holds."""
        status, found = self.call("GET", f"{kind}?_summary=count")
        assert status == 200, f"{self.name} does not count {kind}: {status}"
        return int(found["total"])


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(name: str, port: int, command: Sequence[str | Path], folder: Path, **environment: str) -> Iterator[Server]:
    """The server of a command, from its first answer to the end of the block; it writes its log to ``folder``."""
    server = Server(name, port)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, env=clean_environment(**environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait(server, process, folder / "server.log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + _PATIENCE_S
    while time.monotonic() < last and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if server.call("GET", "metadata")[0] == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"{server.name} does not answer:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def statuses(answer: Mapping[str, Any]) -> list[str]:
    """The status of each entry of the answer to a transaction."""
    return [entry["response"]["status"][:3] for entry in answer.get("entry", [])]
