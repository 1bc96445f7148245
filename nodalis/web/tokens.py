"""OIDC: whose bearer token it is, by the public keys of its issuer."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx
import jwt
import orjson

from ..settings import OidcSettings, is_private
from .roles import Caller, Role

# Signatures only the issuer can make. "none" has no signature, and HS256 would take the public key for a shared secret.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_FRESH: Final = 300.0  # seconds that keys are used without asking again
_USABLE: Final = 3600.0  # seconds that they are used while the issuer cannot be reached
_AGAIN: Final = 10.0  # seconds between two askings, whatever tokens come
_LEEWAY: Final = 30.0  # seconds by which clocks may differ
_MAX_BYTES: Final = 1024 * 1024
_MAX_TOKEN: Final = 16 * 1024


class TokensError(Exception):
    """The issuer's keys cannot be had, so its tokens cannot be checked."""


class Tokens:
    """Checks tokens of one issuer; its keys are fetched when the first token comes, and kept."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched = self._asked = float("-inf")
        self._lock = asyncio.Lock()

    async def caller(self, token: str) -> Caller | None:
        """Whose token it is; None for one that is not valid.

        Raises:
            TokensError: it cannot be checked.
        """
        claims = await self._claims(token, "exp", "iss", "aud", "sub")
        return None if claims is None else Caller(f"oidc {claims['sub']}", roles(claims.get(self._settings.roles_claim)))

    async def identity(self, token: str, nonce: str) -> Mapping[str, Any] | None:
        """The claims of an ID token that was asked for with this nonce; None for another, or one that is not valid.

        Raises:
            TokensError: it cannot be checked.
        """
        claims = await self._claims(token, "exp", "iat", "iss", "aud", "sub", "nonce")
        if claims is None or not hmac.compare_digest(str(claims["nonce"]).encode("utf-8", "surrogatepass"), nonce.encode()):
            return None
        ours = self._settings.audience
        is_for_us = claims.get("azp", ours) == ours and (claims["aud"] in (ours, [ours]) or "azp" in claims)
        return claims if is_for_us and isinstance(claims["sub"], str) and claims["sub"] else None

    async def _claims(self, token: str, *required: str) -> Mapping[str, Any] | None:
        if len(token) > _MAX_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                return None
            key = await self._key(str(header.get("kid", "")))
            if key is None:
                return None
            return jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=_LEEWAY,
                options={"require": list(required), "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError, RecursionError):  # the last: a header nested as deep as it is long
            return None

    async def _key(self, kid: str) -> jwt.PyJWK | None:
        now = time.monotonic()
        if now - self._fetched > _FRESH or kid not in self._keys:
            async with self._lock:
                if now - self._asked > _AGAIN:
                    await self._fetch()
        failed = self._asked > self._fetched
        if failed and (kid not in self._keys or time.monotonic() - self._fetched > _USABLE):
            raise TokensError
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        """Ask the issuer; what it does not answer leaves the keys as they are."""
        self._asked = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
                url = self._settings.jwks_url or (await discovery(client, self._settings.issuer, "jwks_uri"))["jwks_uri"]
                listed = (await document(client, "GET", url)).get("keys")
            found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
            self._keys = dict(filter(None, map(_public_key, found)))
            self._fetched = time.monotonic()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return


async def discovery(client: httpx.AsyncClient, issuer: str, *addresses: str) -> dict[str, Any]:
    """What an issuer says of itself, with these addresses.

    Raises:
        ValueError: it is of another issuer, or an address is missing or none that nobody can read along.
    """
    found = await document(client, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer or not all(isinstance(url := found.get(name), str) and is_private(url) for name in addresses):
        raise ValueError("not the discovery document of the issuer")
    return found


async def document(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> dict[str, Any]:
    """The JSON object that an issuer answers.

    Raises:
        ValueError: it answers something else.
    """
    async with client.stream(method, url, **options) as response:
        if response.status_code != httpx.codes.OK:
            raise ValueError("no document")
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > _MAX_BYTES:
                raise ValueError("too long")
    found = orjson.loads(bytes(data))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _public_key(item: Mapping[str, Any]) -> tuple[str, jwt.PyJWK] | None:
    """A key for signatures that we take; None for others, which an issuer may list as well."""
    if item.get("kty") == "oct" or item.get("use", "sig") != "sig":
        return None
    try:
        return str(item.get("kid", "")), jwt.PyJWK.from_dict(dict(item))
    except jwt.PyJWTError:
        return None


def roles(claim: object) -> frozenset[Role]:
    """The roles of a claim, a list or words; others than ours are of other programs."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    known = frozenset(Role)
    return frozenset(Role(word) for word in words if isinstance(word, str) and word in known)
