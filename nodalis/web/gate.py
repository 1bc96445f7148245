"""The gate before every route: who calls, how often, how much at once, whether they may. What is not open is closed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..settings import HttpSettings
from .errors import RefusedError, refused
from .keys import PREFIX, Keys, KeysError
from .limits import Buckets, network
from .roles import OPEN, Caller, may
from .tokens import Tokens, TokensError

_log: Final = structlog.get_logger()
_MOST_BYTES: Final = 64 * 1024 * 1024  # of all bodies at once, since each is held in memory until it is answered
_BUSY: Final = "too many requests at once"
_SOON: Final = {"Retry-After": "1"}
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


class Gate:
    """Lets requests through to the application, or answers them."""

    def __init__(self, app: ASGIApp, settings: HttpSettings, keys: Keys | None, tokens: Tokens | None) -> None:
        self._app = app
        self._keys = keys
        self._tokens = tokens
        self._concurrent = settings.concurrent
        self._most_bytes = max(_MOST_BYTES, settings.max_body_bytes)
        self._now = 0  # requests let through and not answered
        self._bytes = 0  # of their bodies
        self._known = Buckets(settings.requests_per_minute)
        self._strangers = Buckets(settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._check(scope)
        except HTTPException as error:
            if error.status_code in (401, 403):
                state, host = scope["state"], ip_address((scope.get("client") or ("0.0.0.0",))[0].partition("%")[0])
                _log.warning("denied", route=state["route"], status=error.status_code, address=host, trace=state["trace"])
            await (await refused(Request(scope), error))(scope, receive, send)
            return
        held = 0

        async def counted() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            held += size
            self._bytes += size
            if self._bytes > self._most_bytes:
                raise RefusedError(503, _BUSY, _SOON)
            return message

        self._now += 1
        try:
            await self._app(scope, counted, send)
        finally:
            self._now -= 1
            self._bytes -= held

    async def _check(self, scope: Scope) -> None:
        route = scope["state"]["route"]
        is_open = route in OPEN
        caller = None if is_open else await self._caller(Headers(scope=scope))
        address = network((scope.get("client") or ("",))[0])
        # Apart, so that strangers who ask too often do not make this server look ill to what watches over it.
        stranger = f"{address} health" if is_open else address
        seconds = self._known.take(caller.id, time.monotonic()) if caller else self._strangers.take(stranger, time.monotonic())
        if seconds:
            raise RefusedError(429, "too many requests", {"Retry-After": str(seconds)})
        if is_open:
            return
        if caller is None:
            raise RefusedError(401, "expected a valid key in X-API-Key, or a key or token as Authorization: Bearer", _CHALLENGE)
        if scope["state"]["declared"] and not may(caller.roles, route):
            raise RefusedError(403, "your roles do not include this")
        if self._now >= self._concurrent:
            raise RefusedError(503, _BUSY, _SOON)

    async def _caller(self, headers: Headers) -> Caller | None:
        """Who calls; None if that is not proved."""
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        secret = headers.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
        try:
            if secret.startswith(PREFIX):
                return self._keys.caller(secret, datetime.now(UTC)) if self._keys else None
            return await self._tokens.caller(secret) if secret and self._tokens else None
        except KeysError:
            raise RefusedError(503, "the keys cannot be read", {"Retry-After": "30"}) from None
        except TokensError:
            raise RefusedError(503, "the keys of the tokens' issuer cannot be had", {"Retry-After": "30"}) from None
