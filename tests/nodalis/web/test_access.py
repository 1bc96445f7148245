"""Nobody gets in whom the table does not let in: every route by every role, and by nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from nodalis.settings import HttpSettings, Settings, StoreSettings
from nodalis.store import Store
from nodalis.web import keys
from nodalis.web.application import application
from nodalis.web.roles import OPEN, ROLES, Role, Route
from tests.nodalis.web.serving import TEXT, Running

DECLARED = sorted({*ROLES, *OPEN})
every_route = pytest.mark.parametrize("route", DECLARED)


def call(client: httpx.Client, route: Route, **options: object) -> httpx.Response:
    method, path = route.split(" ")
    return client.request(method, path.replace("{id}", "7"), **options)  # type: ignore[arg-type]


def test_every_route_of_the_application_is_declared_and_no_other(server: Running) -> None:
    store = Store(StoreSettings(url=SecretStr(f"sqlite:///{server.keys_file.parent}/store.db")))
    app = application(Settings(http=HttpSettings(keys_file=server.keys_file)), store)
    store.close()
    found = {Route.of(method, getattr(route, "path", "")) for route in app.routes for method in getattr(route, "methods", ("?",))}
    assert Route.UNKNOWN not in found
    assert found == set(DECLARED)
    assert not set(ROLES) & OPEN


@every_route
@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_the_table_says_and_nothing_else(
    server: Running, keys_by_role: dict[Role, str], route: Route, role: Role
) -> None:
    with server.client(keys_by_role[role]) as client:
        status = call(client, route).status_code
    allowed = route in OPEN or role in ROLES[route]
    assert (status != 403) == allowed, status
    assert status != 401


@every_route
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "nodalis_"},
        {"X-API-Key": "nodalis_" + "A" * 43},
        {"Authorization": "Bearer nodalis_" + "A" * 43},
        {"Authorization": "Basic Zmlyc3Q6Zmlyc3Q="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a.b.c"},
        {"X-Forwarded-User": "admin", "X-Forwarded-For": "127.0.0.1"},
    ],
    ids=str,
)
def test_nobody_is_let_in_without_proof(server: Running, route: Route, headers: dict[str, str]) -> None:
    with server.client() as client:
        answer = call(client, route, headers=headers)
    if route in OPEN:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/docs"), ("GET", "/redoc"), ("PUT", "/extract"), ("BREW", "/extract")])
def test_a_stranger_cannot_tell_what_is_there(server: Running, method: str, path: str) -> None:
    with server.client() as client:
        assert client.request(method, path).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/docs", 404),
        ("GET", "/extract/", 404),
        ("GET", "/fhir/Patient/7", 404),
        ("GET", "/extract", 405),
        ("PUT", "/fhir/metadata", 405),
    ],
)
def test_who_is_known_is_told(admin: httpx.Client, method: str, path: str, status: int) -> None:
    answer = admin.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == ("application/fhir+json" if path.startswith("/fhir/") else "application/problem+json")
    assert status != 405 or answer.headers["allow"]


def test_a_key_is_taken_as_bearer_token_too(server: Running, keys_by_role: dict[Role, str]) -> None:
    with server.client() as client:
        assert call(client, Route.METRICS, headers={"Authorization": f"Bearer {keys_by_role[Role.READER]}"}).status_code == 200


def test_a_key_is_refused_when_it_is_revoked_and_when_it_has_expired(server: Running) -> None:
    now = datetime.now(UTC)
    lasting = server.key("lasting", Role.READER, days=1)
    over = server.key("over", Role.READER, days=1, now=now - timedelta(days=1))
    with server.client() as client:
        assert call(client, Route.METRICS, headers={"X-API-Key": lasting}).status_code == 200
        assert call(client, Route.METRICS, headers={"X-API-Key": over}).status_code == 401
        keys.revoke(server.keys_file, "lasting")
        assert call(client, Route.METRICS, headers={"X-API-Key": lasting}).status_code == 401


def test_nobody_is_let_in_while_the_keys_cannot_be_trusted(server: Running, keys_by_role: dict[Role, str]) -> None:
    mode = server.keys_file.stat().st_mode
    with server.client(keys_by_role[Role.READER]) as client:
        server.keys_file.chmod(0o644)
        try:
            assert call(client, Route.METRICS).status_code == 503
        finally:
            server.keys_file.chmod(mode)
        assert call(client, Route.METRICS).status_code == 200


@every_route
def test_every_answer_has_the_headers_and_none_says_what_runs_here(admin: httpx.Client, server: Running, route: Route) -> None:
    with server.client() as stranger:
        for client in (admin, stranger):
            headers = call(client, route).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert len(headers["x-trace-id"]) == 16
            assert "server" not in headers


def test_a_web_socket_is_refused(server: Running) -> None:
    upgrade = {"Connection": "upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x" * 22 + "=="}
    with server.client() as client:
        assert client.get("/extract", headers=upgrade).status_code == 401


def test_a_text_with_a_key_is_read_and_without_is_not(server: Running, ingest: httpx.Client) -> None:
    headers = {"Content-Type": "text/plain"}
    assert ingest.post("/extract", content=TEXT, headers=headers).status_code == 200
    with server.client() as stranger:
        assert stranger.post("/extract", content=TEXT, headers=headers).status_code == 401
