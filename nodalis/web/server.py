"""Serves an application: uvicorn on a socket of ours, with TLS, with an end to every connection that only waits."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Final

from fastapi import FastAPI
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..exits import FatalError, UsageError, say
from ..settings import ServerSettings, is_loopback

_IDLE_SECONDS: Final = 60.0
_MAX_CONNECTIONS: Final = 1024
_MAX_HEADER_BYTES: Final = 32 * 1024


class _Connection(H11Protocol):
    """Ends a connection without an answer for a minute that waits for none: one that sends a header for ever, or a body nobody reads."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._answered = False
        self._look_later()

    def on_response_complete(self) -> None:
        self._answered = True
        super().on_response_complete()

    def _look_later(self) -> None:
        self.loop.call_later(_IDLE_SECONDS, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        if self._answered or (self.cycle is not None and not self.cycle.response_complete):
            self._answered = False
            self._look_later()
        else:
            self.transport.abort()


class _Server(Server):
    """Says what and where it is when it is ready."""

    def __init__(self, config: Config, what: str) -> None:
        super().__init__(config)
        self._what = what

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            say(f"{self._what} at {'https' if self.config.ssl else 'http'}://{f'[{host}]' if ':' in host else host}:{port}")


def bound(settings: ServerSettings) -> socket.socket:
    """The socket that is listened on.

    Raises:
        UsageError: without TLS beyond this machine.
        FatalError: it cannot be had.
    """
    if settings.tls is None and not is_loopback(settings.host) and not settings.plain_text_beyond_loopback:
        raise UsageError("http: without tls only on loopback; plain_text_beyond_loopback = true if something before it does the TLS")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)  # where it is not named, asyncio sets no TCP_NODELAY: 40 ms more each answer
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise FatalError(f"{settings.host}:{settings.port}: {(error.strerror or 'cannot be listened on').lower()}") from None
    return listener


def server(app: FastAPI, settings: ServerSettings, drain_seconds: float, what: str = "HTTP interface") -> Server:
    """A server of the application; it logs no request, that is done inside.

    Raises:
        UsageError: a certificate or key cannot be used.
    """
    tls: dict[str, Any] = {}
    if settings.tls is not None:
        tls = {"ssl_certfile": settings.tls.certificate, "ssl_keyfile": settings.tls.key}
        if settings.tls.client_ca is not None:
            tls |= {"ssl_ca_certs": settings.tls.client_ca, "ssl_cert_reqs": ssl.CERT_REQUIRED}
    config = Config(
        app,
        http=_Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # whoever sends X-Forwarded-For would choose whose requests are counted
        server_header=False,
        limit_concurrency=_MAX_CONNECTIONS,
        h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
        timeout_graceful_shutdown=int(drain_seconds),
        **tls,
    )
    try:
        config.load()
    except OSError as error:
        raise UsageError(f"http.tls: {(error.strerror or 'not a certificate and its key').lower()}") from None
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return _Server(config, what)
