"""What a request shows to be let in: nothing, a token out of a file, or one of SMART Backend Services.

https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Protocol
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, Field, ValidationError

from ..exits import UsageError
from ..files import stamp
from ..settings import FhirSettings
from .connection import Connection, Unavailable

_ASSERTION_SECONDS: Final = 240  # five minutes at most by the other clock, which may be behind ours
_JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750


class Authorization(Protocol):
    """Where tokens come from."""

    async def token(self) -> str | None:
        """The token to show; None for none.

        Raises:
            Unavailable: there is none to be had now.
        """

    async def renewed(self, refused: str | None) -> str | None:
        """The token to show after the server refused one: the same if there is no other.

        Raises:
            Unavailable: there is none to be had now.
        """


def authorization(settings: FhirSettings, connection: Connection) -> Authorization:
    """What the settings ask for.

    Raises:
        UsageError: the signing key cannot be used.
    """
    if settings.token_file:
        return TokenFile(settings.token_file)
    if not (settings.token_url and settings.client_id and settings.signing_key):  # the settings hold all of them, or none
        return Nothing()
    try:
        signing_of(settings.signing_key)
    except Unavailable as error:
        raise UsageError(f"fhir.signing_key: {error.reason}") from None
    return BackendServices(settings, settings.token_url, settings.client_id, settings.signing_key, connection)


class Nothing:
    """No token: a server that knows us by our certificate, or everybody."""

    async def token(self) -> None:
        """None."""

    async def renewed(self, refused: str | None) -> None:
        """None."""


class TokenFile:
    """A bearer token in a file, read again when the file changes or the server refuses the token."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] | None = None
        self._token = ""

    async def token(self) -> str:
        """The token of the file."""
        seen = stamp(self._path)
        if not self._token or seen != self._seen:
            self._token, self._seen = _read(self._path), seen
        return self._token

    async def renewed(self, refused: str | None) -> str:
        """The token of the file, read again."""
        self._token = ""
        return await self.token()


def _read(path: Path) -> str:
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Unavailable("the file of the token cannot be read") from None
    if not _TOKEN.fullmatch(token):
        raise Unavailable("the file of the token holds none")
    return token


class _Granted(BaseModel):
    access_token: Annotated[str, Field(pattern=rf"^{_TOKEN.pattern}$")]
    expires_in: float = 300


class BackendServices:
    """Tokens for assertions that we sign; one is kept until shortly before it expires."""

    def __init__(self, settings: FhirSettings, url: str, client: str, key: Path, connection: Connection) -> None:
        self._settings, self._url, self._client, self._key, self._connection = settings, url, client, key, connection
        self._elapsed: Callable[[], float] = time.monotonic
        self._one_at_a_time = asyncio.Lock()
        self._token, self._until = "", 0.0

    async def token(self) -> str:
        """A token that is not about to expire."""
        async with self._one_at_a_time:
            if self._elapsed() >= self._until:
                granted = await self._granted()
                self._token = granted.access_token
                self._until = self._elapsed() + granted.expires_in - min(30.0, granted.expires_in / 10)
            return self._token

    async def renewed(self, refused: str | None) -> str:
        """Another token than the refused one."""
        if refused == self._token:
            self._until = 0.0
        return await self.token()

    async def _granted(self) -> _Granted:
        form = {
            "grant_type": "client_credentials",
            "scope": self._settings.scope,
            "client_assertion_type": _JWT_BEARER,
            "client_assertion": self._assertion(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = await self._connection.post(self._url, urlencode(form).encode(), headers)
        except Unavailable as error:
            raise Unavailable(f"token: {error.reason}") from None
        if answer.status != 200:
            raise Unavailable(f"token: http {answer.status}")
        try:
            return _Granted.model_validate_json(answer.body)
        except ValidationError:
            raise Unavailable("token: the answer holds none") from None

    def _assertion(self) -> str:
        key, algorithm = signing_of(self._key)  # read each time: it may have been replaced
        claims = {
            "iss": self._client,
            "sub": self._client,
            "aud": self._url,
            "exp": int(time.time()) + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        named = {"kid": self._settings.signing_key_id} if self._settings.signing_key_id else None
        return jwt.encode(claims, key, algorithm, named)


def signing_of(path: Path) -> tuple[RSAPrivateKey | EllipticCurvePrivateKey, str]:
    """The key and the algorithm that SMART names for it."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise Unavailable("the signing key cannot be read") from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= 2048:
        return key, "RS384"
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP384R1):
        return key, "ES384"
    raise Unavailable("the signing key is neither RSA of 2048 bits or more nor P-384")
