"""What every answer has, of the interface and of the listener's status: headers, a trace id, a line in the log, no traceback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from time import perf_counter
from typing import Final

import structlog
from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..service.logs import new_trace
from .errors import answer
from .measures import Measures
from .roles import Route

Headers = Sequence[tuple[bytes, bytes]]
Named = Callable[[str, str], StrEnum]
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)

_log: Final = structlog.get_logger()


class Envelope:
    """Wraps an application; paths and queries are never logged, since somebody may have put a name there."""

    def __init__(self, app: ASGIApp, routes: FastAPI, measures: Measures, headers: Headers = _HEADERS, named: Named = Route.of) -> None:
        self._app = app
        self._routes = routes
        self._measures = measures
        self._headers = headers
        self._named = named

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = perf_counter()
        trace = new_trace()
        route, declared = self._route(scope)
        scope.setdefault("state", {}).update(trace=trace, route=route, declared=declared)
        status = 0

        async def send_all(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                has = {name.lower() for name, _ in given}
                ours = [header for header in self._headers if header[0] not in has]  # a style may be kept, where all else may not
                message = {**message, "headers": [*given, *ours, (b"x-trace-id", trace.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, send_all)
        except Exception as error:  # uvicorn would log its message, which may quote the body
            _log.error("request_failed", route=route, trace=trace, error=error)
            if not status:
                await answer(scope, 500, "a fault of this server; its log has the trace id")(scope, receive, send_all)
        seconds = perf_counter() - begin
        self._measures.count(route, status, seconds)
        _log.info("request", route=route, status=status, seconds=seconds, trace=trace)

    def _route(self, scope: Scope) -> tuple[StrEnum, bool]:
        """The route of a request, and whether the application has one for it, known to the table or not."""
        for route in self._routes.routes:
            if route.matches(scope)[0] is Match.FULL:
                return self._named(scope["method"], getattr(route, "path", "")), True
        return self._named("", ""), False
