"""An application behind the sign-in, served over real HTTP, and people who sign in on it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.requests import Request

from nodalis.settings import ReviewSettings, Settings
from nodalis.store import Store, accounts, sessions
from nodalis.store.audit import Audit, AuditAction, entries
from nodalis.web.roles import Role
from nodalis.web.server import bound, server
from nodalis.web.sign_in import DECIDE, MANAGE, OPEN, SEE, Table, add_sign_in, csrf_token
from nodalis.web.sign_in.csrf import form, token_of
from nodalis.web.sign_in.passwords import hashed

PASSWORD = "four words of a person"
_HASHED = hashed(PASSWORD)
_LASTING = sessions.Lasting(timedelta(days=1), timedelta(days=1))


class Route(StrEnum):
    """The routes of the application of these tests."""

    HOME = "GET /"
    REPORT = "GET /reports/{id}"
    DECIDE = "POST /reports/{id}"
    MANAGE = "GET /manage"
    PICTURE = "GET /picture"
    BROKEN = "GET /broken"


TABLE: Table = {
    Route.HOME: SEE,
    Route.REPORT: SEE,
    Route.DECIDE: DECIDE,
    Route.MANAGE: MANAGE,
    Route.PICTURE: OPEN,
    Route.BROKEN: SEE,
}


def application() -> FastAPI:
    """Some routes; one of them stands in no table."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def home(request: Request) -> dict[str, Any]:
        person = request.state.person
        return {"id": person.id, "name": person.name, "roles": sorted(person.roles), "csrf": csrf_token(request)}

    async def report(id: int) -> int:
        return id

    async def decide(id: int, request: Request) -> dict[str, str]:
        return form(await request.body())

    async def broken() -> None:
        raise ValueError("DOE^JANE")

    async def nothing() -> None:
        """Gives null."""

    app.add_api_route("/", home)
    app.add_api_route("/reports/{id}", report)
    app.add_api_route("/reports/{id}", decide, methods=["POST"])
    app.add_api_route("/broken", broken, response_model=None)
    for path in ("/manage", "/picture", "/forgotten"):
        app.add_api_route(path, nothing, response_model=None)
    return app


@dataclass
class Clock:
    """The time, as the tests have it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def go(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Running:
    """A page that answers."""

    url: str
    store: Store
    audit: Audit
    clock: Clock

    def add(self, name: str, *roles: Role) -> None:
        """An account with the password of all."""
        self.store.write_now(lambda connection: accounts.add(connection, name, f"{name} Doe", roles, _HASHED, self.clock()))

    @contextmanager
    def client(self, **options: Any) -> Iterator[httpx.Client]:
        """A browser that is not signed in and does not follow."""
        with httpx.Client(base_url=self.url, timeout=30, **options) as client:
            yield client

    @contextmanager
    def signed_in(self, *roles: Role, name: str = "") -> Iterator[httpx.Client]:
        """A browser in which somebody with these roles is signed in; its header has the token of its session."""
        name = name or "-".join(("only", *roles))
        if self.store.read_now(lambda connection: accounts.found(connection, name)) is None:
            self.add(name, *roles)
        token = sessions.new_token()

        def begin(connection: Connection) -> bool:
            known = accounts.found(connection, name)
            return known is not None and sessions.begin(connection, known, token, self.clock(), _LASTING)

        assert self.store.write_now(begin)
        with self.client() as client:
            client.cookies.set("nodalis", token, "127.0.0.1")
            client.headers["X-CSRF-Token"] = token_of(token)
            yield client

    def recorded(self) -> Sequence[tuple[str, AuditAction, Mapping[str, Any]]]:
        """Who did what, with which details but the address."""
        rows = self.store.read_now(entries)
        assert self.store.read_now(self.audit.verify) == []
        return [(row.event.actor, row.event.action, {k: v for k, v in row.event.detail.items() if k != "address"}) for row in rows]


def form_token(answer: httpx.Response) -> str:
    """The token in the form that was answered."""
    return re.findall(r'name="csrf" value="([0-9a-f]{64})"', answer.text)[0]  # type: ignore[no-any-return]


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    """As a browser does it: the form is loaded, filled in and sent."""
    client.headers.pop("X-CSRF-Token", None)
    given = {"csrf": form_token(client.get("/sign-in")), "name": name, "password": password, **fields}
    return client.post("/sign-in", data=given)


@contextmanager
def running(store: Store, settings: Settings) -> Iterator[Running]:
    """The application of these tests with its sign-in."""
    app, clock = application(), Clock()
    audit = add_sign_in(app, store, settings, TABLE, clock)
    with served(app, settings.review) as url:
        yield Running(url, store, audit, clock)


@contextmanager
def served(app: FastAPI, settings: ReviewSettings) -> Iterator[str]:
    """An application as ``nodalis`` serves it: its address."""
    with ExitStack() as ending:
        listener = ending.enter_context(bound(settings))
        serving = server(app, settings, 1)
        thread = threading.Thread(target=serving.run, args=([listener],))
        thread.start()
        ending.callback(thread.join)
        ending.callback(setattr, serving, "should_exit", True)
        while not serving.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"{'https' if settings.tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"


def routes_of(app: FastAPI) -> set[str]:
    """All routes of an application, as tables name them."""
    return {f"{method} {getattr(route, 'path', '?')}" for route in app.routes for method in getattr(route, "methods", None) or ["GET"]}


def call(client: httpx.Client, route: str, **options: Any) -> httpx.Response:
    """Call a route, with a number wherever it has a parameter."""
    method, path = route.split(" ")
    return client.request(method, re.sub(r"\{\w+(:\w+)?\}", "7", path), **options)


def wrong_by_role(page: Running, table: Table) -> list[str]:
    """Every route of a table by every role and by nobody: where the answer is not what the table says."""
    wrong = []
    for role in Role:
        with page.signed_in(role) as client:
            for route, roles in table.items():
                status = call(client, route).status_code
                if (status == 403) == (roles == OPEN or role in roles) or status == 401:
                    wrong.append(f"{route} by {role}: {status}")
    with page.client() as stranger:
        for route, roles in table.items():
            answer = call(stranger, route)
            asked = answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in?next=")
            if roles != OPEN and not asked:
                wrong.append(f"{route} by nobody: {answer.status_code}")
    return wrong
