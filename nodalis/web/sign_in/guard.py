"""The guard before every route of the page: who it is, whether they may, and whether a page of ours asked. What is not open is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...store import Store, StoreError, sessions
from ..bodies import body, media_type
from ..errors import RefusedError
from ..roles import Role
from .csrf import FORM, HEADER, SAFE, is_of_our_page, is_right
from .origin import Origin
from .page import refusal, step
from .people import OPEN, Person, SignInRoute, Table

_log: Final = structlog.get_logger()
_MOST_BYTES: Final = 256 * 1024  # of a form
Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Guard:
    """Lets requests through to the application, or answers them; what it finds stands in ``request.state``: person and secret."""

    def __init__(self, app: ASGIApp, store: Store, origin: Origin, lasting: sessions.Lasting, table: Table, now: Now) -> None:
        self._app = app
        self._store = store
        self._origin = origin
        self._lasting = lasting
        self._table = table
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            data = await self._body(request)
            refused = await self._refused(request, data or b"")
        except StoreError:
            refused = refusal("Not at the moment", "The store cannot be read. Try again in a minute.", 503, {"Retry-After": "60"})
        except RefusedError as error:
            refused = refusal("Not taken", error.detail, error.status_code)
        if refused is not None:
            if refused.status_code in (403, 421):
                host = (scope.get("client") or ("",))[0].partition("%")[0]
                _log.warning(
                    "denied", route=scope["state"]["route"], status=refused.status_code, address=host, trace=scope["state"]["trace"]
                )
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive if data is None else _once(data, receive), send)

    async def _refused(self, request: Request, data: bytes) -> Response | None:
        """The answer to a request that goes no further."""
        state, route = request.state, request.state.route
        origin = self._origin.of(request.headers)
        if origin is None:
            return refusal("Not here", "This server is not reached by that name.", 421)
        state.origin = origin
        token = request.cookies.get(self._origin.session.name, "")
        state.person = person = await self._person(token) if token else None
        is_signing_in = route is SignInRoute.PASSWORD or person is None
        state.secret = request.cookies.get(self._origin.form.name, "") if is_signing_in else token
        roles = self._table.get(route)
        if person is None and roles != OPEN:
            return self._asked_to_sign_in(request)
        if roles != OPEN and state.declared and (roles is None or not (person and person.may(roles))):
            return refusal("Not yours", "Your roles do not include this.", 403)
        if request.method not in SAFE and not (is_of_our_page(request.headers, origin) and is_right(state.secret, request.headers, data)):
            return refusal("Not taken", "This form is no longer valid. Go back, load the page again, and send it once more.", 403)
        return None

    async def _person(self, token: str) -> Person | None:
        now = self._now()
        found = await self._store.read(partial(sessions.current, token=token, at=now, lasting=self._lasting))
        if found is None:
            return None
        if found.is_to_touch:
            await self._store.write(partial(sessions.touch, token=token, at=now))
        return Person(found.name, found.shown, frozenset(map(Role, found.roles)))

    def _asked_to_sign_in(self, request: Request) -> Response:
        path = quote(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
        form = SignInRoute.FORM.partition(" ")[2]
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": form})
        if request.method not in SAFE:
            return refusal("Not signed in", "You are not signed in, or no longer. Nothing was changed.", 401)
        if request.headers.get("sec-fetch-site") == "cross-site":  # by a link of another site: the cookie may be there and was not sent
            return step(request.state.origin + path)
        return RedirectResponse(f"{form}?next={quote(path, safe='')}", 303)

    async def _body(self, request: Request) -> bytes | None:
        """The body of a form whose token stands in it; None: nothing was read."""
        if request.method in SAFE or HEADER in request.headers or media_type(request) != FORM:
            return None
        return await body(request, _MOST_BYTES)


def _once(data: bytes, receive: Receive) -> Receive:
    """The body once more, for the application."""
    left: list[Message] = [{"type": "http.request", "body": data, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again
