"""HTTPS to one server: certificates that may be replaced at any time, bounded answers, errors of a closed list."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Final

import httpx
import structlog

from ..exits import UsageError
from ..files import stamp
from ..settings import FhirSettings
from .answers import Answer

_LONGEST_ANSWER: Final = 8 * 1024 * 1024  # of a transaction, even of a server that sends all resources back
_log = structlog.get_logger()


class Unavailable(Exception):
    """No answer: why, of a closed list. ``unsettled``: the server may have got the request, and may still be at work on it."""

    def __init__(self, reason: str, *, unsettled: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unsettled = unsettled


class Connection:
    """Posts to a server. Its files of certificates are read again as soon as they change."""

    def __init__(self, settings: FhirSettings) -> None:
        self._settings = settings
        self._seconds = httpx.Timeout(settings.timeout_seconds)
        self._files = [path for path in (settings.ca, settings.certificate, settings.key) if path]
        self._seen = self._stamps()
        try:
            self._client = self._connected()
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"fhir.ca, fhir.certificate, fhir.key: cannot be used ({type(error).__name__})") from None
        self._used: Counter[httpx.AsyncHTTPTransport] = Counter()

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer, read up to a bound.

        Raises:
            Unavailable: there was none within the seconds of the settings.
        """
        await self._renew()
        client = self._client
        sent = {"Accept-Encoding": "identity", "User-Agent": "nodalis", **headers}
        request = httpx.Request("POST", url, headers=sent, content=content, extensions={"timeout": self._seconds.as_dict()})
        self._used[client] += 1
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await _posted(client, request)
        except httpx.ConnectTimeout:
            raise Unavailable("no connection") from None
        except (TimeoutError, httpx.TimeoutException):
            raise Unavailable("no answer in time", unsettled=True) from None
        except (httpx.HTTPError, OSError) as error:  # httpx lets some of ssl's errors through, such as a refused certificate of ours
            if _is_of_tls(error):
                raise Unavailable("no trusted connection") from None
            raise Unavailable("no connection" if isinstance(error, httpx.ConnectError) else "the connection was lost") from None
        finally:
            self._used[client] -= 1
            await self._close_unused()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _renew(self) -> None:
        if (stamps := self._stamps()) == self._seen:
            return
        try:
            self._client, old = self._connected(), self._client
        except (OSError, ssl.SSLError) as error:  # half written, such as the certificate before its key: the old ones serve until then
            _log.warning("certificates_not_usable", reason=type(error).__name__)
            return
        self._seen = stamps
        self._used[old] += 0
        await self._close_unused()
        _log.info("certificates_renewed")

    async def _close_unused(self) -> None:
        for client in [client for client, users in self._used.items() if not users]:
            del self._used[client]
            if client is not self._client:
                await client.aclose()

    def _stamps(self) -> list[tuple[int, ...] | None]:
        return [stamp(path) for path in self._files]

    def _connected(self) -> httpx.AsyncHTTPTransport:
        """Not a client, which would be slower, keep cookies, follow redirects and look for a proxy in the environment."""
        return httpx.AsyncHTTPTransport(verify=trusted(self._settings), trust_env=False, limits=httpx.Limits(max_connections=None))


def trusted(settings: FhirSettings) -> ssl.SSLContext:
    """Whom we trust, and the certificate that we show.

    Raises:
        OSError: a file cannot be used.
    """
    context = ssl.create_default_context(cafile=settings.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.certificate and settings.key:
        context.load_cert_chain(settings.certificate, settings.key)
    return context


async def _posted(client: httpx.AsyncHTTPTransport, request: httpx.Request) -> Answer:
    answer = await client.handle_async_request(request)
    try:
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > _LONGEST_ANSWER:
                break
    finally:
        await answer.aclose()
    plain = _decoded(bytes(body), answer.headers.get("content-encoding", "identity"))
    return Answer(answer.status_code, answer.headers, plain[:_LONGEST_ANSWER], is_cut=len(plain) > _LONGEST_ANSWER)


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body of a server that packs although nobody asked for it, up to one byte more than is read."""
    if encoding.lower() not in ("gzip", "deflate"):
        return body
    try:
        return zlib.decompressobj(wbits=47).decompress(body, _LONGEST_ANSWER + 1)
    except zlib.error:
        return b""


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
