"""Signing in on the review page: who somebody is, by a password or an OIDC issuer, what they may, and for how long."""

from __future__ import annotations

from .csrf import csrf_token
from .people import DECIDE, MANAGE, OPEN, SEE, Person, Table
from .sign_in import add_sign_in

__all__ = ["DECIDE", "MANAGE", "OPEN", "SEE", "Person", "Table", "add_sign_in", "csrf_token"]
