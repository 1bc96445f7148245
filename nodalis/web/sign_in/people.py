"""Somebody who is signed in, and the form of the tables that say who may call which route of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in; the id stands in decisions and in the audit, the name on the page."""

    id: str = field(repr=False)  # the account's name, "oidc:..." where an issuer signs them in
    name: str = field(repr=False)
    roles: frozenset[Role]

    def may(self, roles: frozenset[Role]) -> bool:
        """Whether one of the roles is enough, as a table of routes names them."""
        return not roles.isdisjoint(self.roles)


OPEN: Final[frozenset[Role]] = frozenset()  # to anybody, signed in or not: what holds no data, such as styles
SEE: Final = frozenset((Role.READER, Role.REVIEWER, Role.ADMIN))
DECIDE: Final = frozenset((Role.REVIEWER, Role.ADMIN))
MANAGE: Final = frozenset((Role.ADMIN,))

Table = Mapping[StrEnum, frozenset[Role]]
"""Who may call each route: ``Page.REPORT: SEE`` for ``REPORT = "GET /reports/{id}"``, as it is declared. What is in no table is closed."""


class SignInRoute(StrEnum):
    """The routes of signing in, as logs name them."""

    FORM = "GET /sign-in"
    PASSWORD = "POST /sign-in"
    STYLE = "GET /sign-in/style.css"
    OIDC = "GET /sign-in/oidc"
    OIDC_BACK = "GET /sign-in/oidc/callback"
    OUT = "POST /sign-out"


class NoRoute(StrEnum):
    """What is in no table; what was asked for stands nowhere."""

    UNKNOWN = "unknown"


SIGN_IN_ROUTES: Final[Table] = {
    **dict.fromkeys((SignInRoute.FORM, SignInRoute.PASSWORD, SignInRoute.STYLE, SignInRoute.OIDC, SignInRoute.OIDC_BACK), OPEN),
    SignInRoute.OUT: frozenset(Role),
}
