"""Signing in and out: the routes, and the guard and the headers around all routes of an application."""

from __future__ import annotations

import time
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...settings import Settings
from ...store import Store, accounts, sessions
from ...store.audit import Audit, AuditAction, Event
from ...store.audit_key import AuditKey
from ..envelope import Envelope
from ..limits import Buckets, network
from ..measures import Measures
from ..tokens import TokensError, roles
from .backoff import Backoff
from .csrf import csrf_token, form
from .guard import Guard, Now, utc_now
from .oidc import Issuer
from .origin import Origin
from .page import STYLE, refusal, sign_in_form, step
from .passwords import Passwords
from .people import SEE, SIGN_IN_ROUTES, NoRoute, SignInRoute, Table

_TRIES: Final = 30  # in a minute, of one network
_AWAY: Final = timedelta(minutes=10)  # at the issuer
_WRONG: Final = "The name or the password is not right."
_LONGEST_NAME: Final = 100


def add_sign_in(app: FastAPI, store: Store, settings: Settings, table: Table, now: Now = utc_now) -> Audit:
    """Add the routes of signing in, and put all routes of an application behind them; gives the audit of the store.

    ``table`` says who may call each of the application's routes. To be called once, after the application's own middleware was added.

    Raises:
        FatalError: the key of the audit cannot be used.
    """
    key = AuditKey(settings.store)
    if key.exists:
        key.secret()
    audit = Audit(key)
    origin = Origin(settings.review)
    lasting = sessions.Lasting(timedelta(minutes=settings.review.idle_minutes), timedelta(hours=settings.review.session_hours))
    SignIn(store, audit, origin, lasting, _issuer(settings), now).add_to(app)
    whole = {**table, **SIGN_IN_ROUTES}
    by_name: dict[str, StrEnum] = {str(route): route for route in whole}

    def named(method: str, path: str) -> StrEnum:
        return by_name.get(f"{'GET' if method == 'HEAD' else method} {path}", NoRoute.UNKNOWN)

    app.add_middleware(Guard, store=store, origin=origin, lasting=lasting, table=whole, now=now)
    app.add_middleware(Envelope, routes=app, measures=Measures(), headers=origin.headers, named=named)
    return audit


def _issuer(settings: Settings) -> Issuer | None:
    review = settings.review
    return Issuer(review.oidc, f"{str(review.url).rstrip('/')}{_path(SignInRoute.OIDC_BACK)}") if review.oidc else None


class SignIn:
    """The routes, and what they share."""

    def __init__(self, store: Store, audit: Audit, origin: Origin, lasting: sessions.Lasting, issuer: Issuer | None, now: Now) -> None:
        self._store = store
        self._audit = audit
        self._origin = origin
        self._lasting = lasting
        self._issuer = issuer
        self._now = now
        self._passwords = Passwords()
        self._backoff = Backoff()
        self._networks = Buckets(_TRIES)

    def add_to(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        handlers = {
            SignInRoute.FORM: self.show,
            SignInRoute.STYLE: self.style,
            SignInRoute.PASSWORD: self.by_password,
            SignInRoute.OUT: self.out,
            **({SignInRoute.OIDC: self.to_issuer, SignInRoute.OIDC_BACK: self.from_issuer} if self._issuer else {}),
        }
        for route, handler in handlers.items():
            app.add_api_route(_path(route), handler, methods=[route.partition(" ")[0]], include_in_schema=False, response_model=None)

    async def show(self, request: Request) -> Response:
        """The form."""
        if request.state.person:
            return RedirectResponse("/", 303)
        return self._form(request, request.query_params.get("next", ""))

    async def style(self, request: Request) -> Response:
        """Its style."""
        return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    async def by_password(self, request: Request) -> Response:
        """Sign in by name and password."""
        fields = form(await request.body())
        goal, typed, password = (fields.get(name, "") for name in ("next", "name", "password"))
        try:
            name = accounts.account_name(typed)
        except accounts.AccountError:
            name = ""
        host = network(request.client.host if request.client else "")
        wait = self._networks.take(host, time.monotonic()) or self._backoff.begin(name, time.monotonic())
        if wait:
            return self._form(request, goal, f"Too many attempts. Try again in {wait} seconds.", 429, {"Retry-After": str(wait)})
        known = await self._store.read(partial(accounts.found, name=name))
        may = known is not None and known.disabled_at is None
        right = await self._passwords.is_right(password, known.password if known and may else None)
        response = RedirectResponse(_local(goal), 303)
        if not (known and right and await self._begin(request, response, known, "password", host)):
            await self._failed(known.name if known else "unknown", "password", "not_right", host)
            return self._form(request, goal, _WRONG, 401)
        self._backoff.succeeded(name)
        if known.password and (renewed := await self._passwords.renewed(password, known.password)):
            await self._store.write(partial(accounts.rehash, name=name, before=known.password, after=renewed))
        return response

    async def out(self, request: Request) -> Response:
        """Sign out."""
        token, event = request.cookies.get(self._origin.session.name, ""), Event(request.state.person.id, AuditAction.SIGN_OUT)

        def work(connection: Connection) -> None:
            sessions.end(connection, token)
            self._audit.record(connection, event, self._now())

        await self._store.write(work)
        response = RedirectResponse(_path(SignInRoute.FORM), 303)
        self._origin.session.unset(response)
        return response

    async def to_issuer(self, request: Request) -> Response:
        """Send the browser to the issuer."""
        assert self._issuer is not None
        secret = sessions.new_token()
        try:
            response = RedirectResponse(await self._issuer.address(secret), 303)
        except TokensError:
            return _issuer_away()
        self._origin.oidc.set(response, secret, _AWAY)
        return response

    async def from_issuer(self, request: Request) -> Response:
        """Sign in by what the issuer answers."""
        assert self._issuer is not None
        host = network(request.client.host if request.client else "")
        if wait := self._networks.take(host, time.monotonic()):
            return refusal("Not now", f"Too many attempts. Try again in {wait} seconds.", 429, {"Retry-After": str(wait)})
        secret, answer = request.cookies.get(self._origin.oidc.name, ""), dict(request.query_params)
        if not self._issuer.asked(secret, answer):
            response = await self._not_signed_in("unknown", "state", host)
        else:
            try:
                response = await self._by_code(request, secret, answer.get("code", ""), host)
            except TokensError:
                response = _issuer_away()
        self._origin.oidc.unset(response)
        return response

    async def _by_code(self, request: Request, secret: str, code: str, host: str) -> Response:
        assert self._issuer is not None
        claims = await self._issuer.claims(secret, code) if code else None
        if claims is None:
            return await self._not_signed_in("unknown", "token" if code else "issuer", host)
        given = [role for role in roles(self._issuer.roles_in(claims)) if role in SEE]
        said = next(
            (claim for name in ("name", "preferred_username") if isinstance(claim := claims.get(name), str) and claim), claims["sub"]
        )
        shown = "".join(sign for sign in said if sign.isprintable())[:_LONGEST_NAME]
        known = await self._store.write(
            lambda connection: accounts.signed_in_by_issuer(connection, claims["sub"], shown, given, self._now())
        )
        response = step(request.state.origin + "/")
        if not given or not await self._begin(request, response, known, "oidc", host):
            return await self._not_signed_in(known.name, "disabled" if given else "no_role", host)
        return response

    async def _begin(self, request: Request, response: Response, known: accounts.Account, way: str, host: str) -> bool:
        """A new session, whatever the browser had before; False if the account may no longer sign in."""
        before, token = request.cookies.get(self._origin.session.name, ""), sessions.new_token()
        event = Event(known.name, AuditAction.SIGN_IN, detail={"way": way, "address": host})

        def work(connection: Connection) -> bool:
            sessions.end(connection, before)
            if not sessions.begin(connection, known, token, self._now(), self._lasting):
                return False
            self._audit.record(connection, event, self._now())
            return True

        if not await self._store.write(work):
            return False
        self._origin.session.set(response, token)
        return True

    async def _failed(self, actor: str, way: str, why: str, host: str) -> None:
        event = Event(actor, AuditAction.SIGN_IN_FAILED, detail={"way": way, "why": why, "address": host})
        await self._store.write(lambda connection: self._audit.record(connection, event, self._now()))

    async def _not_signed_in(self, actor: str, why: str, host: str) -> Response:
        await self._failed(actor, "oidc", why, host)
        if why == "no_role":
            return refusal("Not yours", "Your organisation gives you no role here.", 403)
        return refusal("Not signed in", "Your organisation did not sign you in, or too long ago. Please try again.", 401)

    def _form(self, request: Request, goal: str, said: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
        is_new = not request.cookies.get(self._origin.form.name) or not request.state.secret
        if is_new:
            request.state.secret = sessions.new_token()
        response = sign_in_form(csrf_token(request), _local(goal), self._issuer is not None, said, status, headers)
        if is_new:
            self._origin.form.set(response, request.state.secret)
        return response


def _path(route: SignInRoute) -> str:
    return route.partition(" ")[2]


def _local(goal: str) -> str:
    """A path of ours, as an address; what is none is the first page.

    >>> _local("/reports/7?sort=age"), _local("//elsewhere.example"), _local("https://elsewhere.example"), _local("/\\\\elsewhere.example")
    ('/reports/7?sort=age', '/', '/', '/')
    """
    is_path = goal.startswith("/") and goal[1:2] not in ("/", "\\") and goal.isascii() and goal.isprintable()
    return quote(goal, safe="/?&=%+,:;@!$'()*-._~") if is_path else "/"


def _issuer_away() -> Response:
    return refusal("Not at the moment", "Your organisation's sign-in does not answer. Try again in a minute.", 503, {"Retry-After": "60"})
