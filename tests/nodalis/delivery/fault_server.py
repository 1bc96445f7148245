"""A FHIR server on loopback that fails as it is told to, and knows everything that it was ever asked.

It takes transactions of PUT and DELETE, all or nothing, and keeps every version of every resource. Each request takes the next
fault of the script; when there is none it is answered as it should be. It also gives tokens for SMART assertions, whose signatures
it checks.

    with FaultServer([outcome(503, "transient"), COMMIT_THEN_DROP], delay_seconds=0.02) as server:
        ...  # send to server.url
    assert server.live == {"Observation/1"} and server.versions("Observation/1") == 2
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs

import jwt

Json: TypeAlias = dict[str, Any]
_BOMB = gzip.compress(b" " * 200_000_000, 9)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done instead of a right answer. Without a status the right answer is made, and sent as ``how`` says."""

    status: int | None = None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    commit: bool = False  # what was asked for is done all the same
    change: Callable[[Json], Json] = lambda answer: answer  # of a right answer
    how: Literal["whole", "drop", "cut", "slow", "endless", "hang"] = "whole"


def http(status: int, **headers: str) -> Fault:
    """A bare status, with headers as ``Retry_After="7"``."""
    return Fault(status, headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def outcome(status: int, code: str, severity: str = "error", diagnostics: str = "", *, commit: bool = False) -> Fault:
    """An OperationOutcome of one issue."""
    body = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code, "diagnostics": diagnostics}]}
    return Fault(status, json.dumps(body).encode(), (("Content-Type", "application/fhir+json"),), commit)


def _with_entries(change: Callable[[list[Json]], list[Json]]) -> Callable[[Json], Json]:
    return lambda answer: answer | {"entry": change(answer["entry"])}


def _refused(entries: list[Json], status: str) -> list[Json]:
    return [*entries[:-1], {"response": {"status": status}}]


def redirect(to: str, status: int = 307) -> Fault:
    """Another place to go to."""
    return http(status, Location=to)


def last_entry(status: str) -> Fault:
    """All is done but the last entry: what a batch does."""
    return Fault(commit=True, change=_with_entries(lambda entries: _refused(entries, status)))


DROP = Fault(how="drop")
COMMIT_THEN_DROP = Fault(commit=True, how="drop")
CUT = Fault(commit=True, how="cut")
SLOW = Fault(commit=True, how="slow")
HANG = Fault(how="hang")  # the request is taken, and no answer comes
COMMIT_THEN_HANG = Fault(commit=True, how="hang")
HTML = Fault(200, b"<!DOCTYPE html><html><title>Please log in</title></html>", (("Content-Type", "text/html"),))
EMPTY = Fault(200)
BOMB = Fault(200, _BOMB, (("Content-Type", "application/fhir+json"), ("Content-Encoding", "gzip")))
ENDLESS = Fault(200, how="endless")  # a gigabyte
FEWER = Fault(commit=True, change=_with_entries(lambda entries: entries[:-1]))
REWRITTEN = Fault(
    commit=True,
    change=_with_entries(lambda entries: [{"response": {"status": "201", "location": "Observation/77/_history/1"}}, *entries[1:]]),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and how it was answered."""

    at: float  # by time.monotonic()
    path: str
    headers: dict[str, str]
    body: bytes
    status: int | None = None  # none: no answer


@dataclass
class Tokens:
    """The SMART token endpoint: whose assertions it takes, and what it gives."""

    public_key: Any
    client: str
    algorithm: str = "RS384"
    expires_in: float = 300
    faults: deque[Fault] = field(default_factory=deque)
    assertions: list[Json] = field(default_factory=list)  # claims of all that were taken, with their headers under "header"
    valid: set[str] = field(default_factory=set)

    def grant(self, form: dict[str, list[str]], url: str) -> tuple[int, Json]:
        """Status and body for an assertion."""
        try:
            claims = jwt.decode(form["client_assertion"][0], self.public_key, [self.algorithm], audience=url, issuer=self.client)
            header = jwt.get_unverified_header(form["client_assertion"][0])
        except (jwt.PyJWTError, KeyError) as error:
            return 401, {"error": "invalid_client", "error_description": type(error).__name__}
        right = (
            form.get("grant_type") == ["client_credentials"]
            and form.get("client_assertion_type") == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
            and claims["sub"] == self.client
            and 0 < claims["exp"] - time.time() <= 300
            and claims["jti"] not in {known["jti"] for known in self.assertions}
        )
        if not right:
            return 400, {"error": "invalid_request"}
        self.assertions.append(claims | {"header": header})
        token = f"token-{len(self.assertions)}"
        self.valid.add(token)
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": self.expires_in, "scope": form["scope"][0]}


class FaultServer:
    """The server, from the beginning to the end of a ``with`` block."""

    def __init__(
        self,
        script: Iterable[Fault | None] = (),
        *,
        always: Fault | None = None,
        delay_seconds: float = 0.0,
        tls: ssl.SSLContext | None = None,
        tokens: Tokens | None = None,
        port: int = 0,
    ) -> None:
        self.script = deque(script)
        self.always = always  # of a request for which the script has nothing
        self.delay_seconds = delay_seconds
        self.tls, self.tokens, self.port = tls, tokens, port
        self.bearer: set[str] | None = None  # the tokens that are taken; none: no token is asked for
        self.by_patient: Callable[[Json], Fault | None] = lambda bundle: None  # a fault for what is in the Bundle
        self.requests: list[Asked] = []
        self.history: dict[str, list[Json | None]] = {}  # all versions of "Type/id"; None: deleted
        self.most_at_once = 0
        self._keeps = True
        self._at_once = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self) -> FaultServer:
        self._ended.clear()
        self._http = _Http(("127.0.0.1", self.port), self)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._http.shutdown()
        self._http.server_close()
        for connection in list(self._http.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The FHIR base."""
        return f"{self.base}/fhir"

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.base}/token"

    @property
    def live(self) -> set[str]:
        """ "Type/id" of every resource that is there."""
        return {resource for resource, versions in self.history.items() if versions[-1:] not in ([], [None])}

    def versions(self, resource: str) -> int:
        """How often a resource was written or deleted."""
        return len(self.history.get(resource, ()))

    @property
    def sent(self) -> list[Asked]:
        """The requests to the FHIR base."""
        return [request for request in self.requests if request.path == "/fhir"]

    def forget(self) -> None:
        """Keep nothing of what came until now, nor of what comes: for loads that would not fit into memory."""
        self._keeps = False
        self.requests.clear()
        self.history.clear()

    # What the handlers do

    def keep(self, asked: Asked) -> None:
        """A request was answered."""
        if self._keeps:
            self.requests.append(asked)

    def enter(self) -> None:
        """One more request is under way."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        """One less."""
        with self._lock:
            self._at_once -= 1

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server is there."""
        self._ended.wait(seconds)

    @property
    def has_ended(self) -> bool:
        """Whether the server is gone."""
        return self._ended.is_set()

    def fault_for(self, path: str, body: bytes) -> Fault | None:
        """The next of the script."""
        with self._lock:
            if path == "/token":
                return self.tokens.faults.popleft() if self.tokens and self.tokens.faults else None
            with contextlib.suppress(ValueError):
                if fault := self.by_patient(json.loads(body)):
                    return fault
            return self.script.popleft() if self.script else self.always

    def apply(self, bundle: Json) -> tuple[int, Json]:
        """Status and answer for a transaction, which is done whole or not at all."""
        if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
            return 400, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
        with self._lock:
            answered = [self._apply(entry) for entry in bundle.get("entry", [])]
        return 200, {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": each} for each in answered]}

    def _apply(self, entry: Json) -> Json:
        method, url = entry["request"]["method"], entry["request"]["url"]
        versions = self.history.setdefault(url, []) if self._keeps else []
        if method == "DELETE":
            if versions and versions[-1] is not None:
                versions.append(None)
            return {"status": "204"}
        assert (method, url) == ("PUT", f"{entry['resource']['resourceType']}/{entry['resource']['id']}")
        is_new = not versions or versions[-1] is None
        versions.append(entry["resource"])
        location = f"{self.url}/{url}/_history/{len(versions)}"
        return {"status": "201 Created" if is_new else "200 OK", "location": location, "etag": f'W/"{len(versions)}"'}


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], faults: FaultServer) -> None:
        super().__init__(address, _Handler)
        self.faults = faults
        self.connections: set[socket.socket] = set()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the connection, so that a handshake that hangs holds up nobody else."""
        try:
            if self.faults.tls:
                request.settimeout(10)
                request = self.faults.tls.wrap_socket(request, server_side=True)
            self.connections.add(request)
            super().finish_request(request, client_address)
        except (OSError, ValueError):
            pass
        finally:
            self.connections.discard(request)
            if self.faults.tls:  # what was wrapped is another socket than the one that is closed by the caller
                with contextlib.suppress(OSError):
                    request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever tests sees what was asked."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        """Any request."""
        faults = self.server.faults
        faults.enter()
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(time.monotonic(), self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self._answer(faults, asked, faults.fault_for(self.path, body))
        finally:
            faults.leave()

    do_GET = do_POST

    def _answer(self, faults: FaultServer, asked: Asked, fault: Fault | None) -> None:
        if faults.delay_seconds:
            time.sleep(faults.delay_seconds)
        fault, body = fault or Fault(commit=True), asked.body
        status, content, headers = fault.status, fault.body, dict(fault.headers)
        if self.path == "/token":
            if status is None and faults.tokens:
                status, given = faults.tokens.grant(parse_qs(body.decode()), faults.token_url)
                content = json.dumps(given).encode()
        elif faults.bearer is not None and self.headers.get("Authorization", "").removeprefix("Bearer ") not in faults.bearer:
            status, content = 401, b""
        elif fault.commit:
            applied, answer = faults.apply(json.loads(body))
            if status is None:
                status, content = applied, json.dumps(fault.change(answer)).encode()
                headers.setdefault("Content-Type", "application/fhir+json")
        is_answered = fault.how not in ("drop", "hang")
        faults.keep(replace(asked, status=(status or 200) if is_answered else None))
        if is_answered:
            self._send(faults, status or 200, content, headers, fault.how)
            return
        if fault.how == "hang":
            faults.pause(60)
        self.close_connection = True
        with contextlib.suppress(OSError):  # with RST
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _send(self, faults: FaultServer, status: int, content: bytes, headers: dict[str, str], how: str) -> None:
        self.send_response_only(status)
        length = 10**9 if how == "endless" else len(content)
        for name, value in {"Date": formatdate(usegmt=True), **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self._send_body(faults, content, how)

    def _send_body(self, faults: FaultServer, content: bytes, how: str) -> None:
        if how == "whole":
            self.wfile.write(content)
            return
        self.close_connection = True
        if how == "cut":
            self.wfile.write(content[: len(content) // 2])
        for place in range(len(content) if how == "slow" else 0):
            self.wfile.write(content[place : place + 1])
            self.wfile.flush()
            faults.pause(1)
            if faults.has_ended:
                return
        for _ in range(1000 if how == "endless" else 0):
            self.wfile.write(b" " * 1_000_000)
