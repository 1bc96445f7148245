"""Signing in by an OIDC issuer: the authorization code flow with PKCE, state and nonce.

All three follow from one secret in a cookie of ten minutes, so that nothing is kept here, and a code is of use only to the browser that
asked for it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from ...settings import OidcSettings, SignInOidcSettings
from ..tokens import Tokens, TokensError, discovery, document

_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Issuer:
    """Who signs people in."""

    def __init__(self, settings: SignInOidcSettings, back: str) -> None:
        """``back``: the address to which the issuer sends the browser."""
        self._settings = settings
        self._back = back
        self._tokens = Tokens(OidcSettings(issuer=settings.issuer, audience=settings.client_id, roles_claim=settings.roles_claim))
        self._known: Mapping[str, Any] = {}

    async def address(self, secret: str) -> str:
        """Where the browser is sent.

        Raises:
            TokensError: the issuer does not answer.
        """
        endpoint = str((await self._described())["authorization_endpoint"])
        challenge = base64.urlsafe_b64encode(sha256(_derived(secret, "verifier").encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._back,
            "scope": self._settings.scope,
            "state": _derived(secret, "state"),
            "nonce": _derived(secret, "nonce"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def asked(self, secret: str, answer: Mapping[str, str]) -> bool:
        """Whether an answer is to what this browser was sent with."""
        state = answer.get("state", "").encode("utf-8", "surrogatepass")
        is_ours = bool(secret) and hmac.compare_digest(_derived(secret, "state").encode(), state)
        return is_ours and answer.get("iss", self._settings.issuer) == self._settings.issuer

    async def claims(self, secret: str, code: str) -> Mapping[str, Any] | None:
        """What the issuer says of who signed in; None if it takes the code for nothing, or its ID token is not right.

        Raises:
            TokensError: the issuer does not answer.
        """
        described = await self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": _derived(secret, "verifier"),
            "client_id": self._settings.client_id,
        }
        options: dict[str, Any] = {"data": form, "headers": {"Accept": "application/json"}}
        if self._settings.client_secret:
            key = self._settings.client_secret.get_secret_value()
            if "client_secret_basic" in (described.get("token_endpoint_auth_methods_supported") or ("client_secret_basic",)):
                options["auth"] = (quote(self._settings.client_id, safe=""), quote(key, safe=""))
            else:
                form["client_secret"] = key
        try:
            async with _client() as client:
                token = (await document(client, "POST", described["token_endpoint"], **options)).get("id_token")
        except httpx.HTTPError:
            raise TokensError from None
        except ValueError:
            return None
        return await self._tokens.identity(token, _derived(secret, "nonce")) if isinstance(token, str) else None

    def roles_in(self, claims: Mapping[str, Any]) -> object:
        """The claim that says the roles."""
        return claims.get(self._settings.roles_claim)

    async def _described(self) -> Mapping[str, Any]:
        if not self._known:
            try:
                async with _client() as client:
                    self._known = await discovery(client, self._settings.issuer, *_ENDPOINTS)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                raise TokensError from None
        return self._known


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=5, follow_redirects=False)


def _derived(secret: str, what: str) -> str:
    """43 signs, as a verifier of PKCE must have at least."""
    digest = hmac.new(secret.encode("utf-8", "surrogatepass"), what.encode(), "sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
