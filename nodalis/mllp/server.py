"""Listens for MLLP: takes connections of peers that may send, each within its limits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog

from ..exits import FatalError, unexpected
from ..settings import MllpSettings
from .connection import SMALL, Connection, Receive
from .counters import Counters
from .peers import address_of, candidates, ensure_safe, identified
from .tls import Certificates

_BACKLOG: Final = 128
_HANDSHAKE_SECONDS: Final = 10.0
_MAX_LARGE_BYTES: Final = 64 * 1024 * 1024  # of messages that are not small, of all connections together
_ANSWER_BYTES: Final = 32 * 1024  # that the system holds of a peer that does not read
_PAUSE_SECONDS: Final = 0.5  # after no connection could be taken, such as for want of file descriptors
# A peer that is gone without a word is found within a minute.
_KEEP_ALIVE: Final = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
_LOG: Final = structlog.get_logger()


class Refusal(StrEnum):
    """Why a connection was not taken."""

    TOO_MANY = "too many connections"
    ADDRESS = "not the address of a peer"
    CERTIFICATE = "not the certificate of a peer"
    TLS = "no TLS, or no certificate that is trusted"


@dataclass(eq=False, slots=True)
class Listener:
    """What listens, until it is stopped."""

    settings: MllpSettings
    receive: Receive
    counters: Counters
    certificates: Certificates | None
    sockets: Sequence[socket.socket]
    accepting: list[asyncio.Task[None]] = field(default_factory=list)
    tasks: dict[asyncio.Task[None], Connection | None] = field(default_factory=dict)  # None: not yet known who it is
    places: asyncio.Semaphore = field(init=False)
    addresses: list[tuple[str, int]] = field(init=False)  # where it listens
    number: int = 0

    def __post_init__(self) -> None:
        self.addresses = [listening.getsockname()[:2] for listening in self.sockets]
        self.places = asyncio.Semaphore(max(1, _MAX_LARGE_BYTES // self.settings.max_message_bytes))

    @property
    def connections(self) -> int:
        """How many there are, with those whose last messages are still on their way to be kept."""
        return len(self.tasks)

    async def stop(self, grace: float) -> None:
        """Take no other connection and no other message; messages that have begun may end, and are answered, within so many seconds."""
        for accepting in self.accepting:
            accepting.cancel()
        await asyncio.gather(*self.accepting, return_exceptions=True)
        for listening in self.sockets:
            listening.close()
        for task, connection in self.tasks.items():
            if connection:
                connection.stop()
            else:
                task.cancel()
        if self.tasks:
            _, late = await asyncio.wait(self.tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def accept(self, listening: socket.socket) -> None:
        """Take connections; those that are too many or of nobody known are closed at once."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, place = await loop.sock_accept(listening)
            except OSError as error:
                _LOG.error("mllp.failed", error=unexpected(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if len(self.tasks) >= self.settings.max_connections:
                self._refuse(place[0], Refusal.TOO_MANY)
                connected.close()
            elif self.settings.peers and not candidates(self.settings.peers, address_of(place[0])):
                self._refuse(place[0], Refusal.ADDRESS)
                connected.close()
            else:
                task = asyncio.create_task(self._serve(connected, place[0]))
                self.tasks[task] = None
                task.add_done_callback(self._gone)
                self.counters.connections.set(len(self.tasks))

    def _refuse(self, address: str, reason: Refusal) -> None:
        self.counters.refused.labels(reason=reason.name.lower()).inc()
        _LOG.warning("mllp.refused", reason=reason.value, address=address)

    def _gone(self, task: asyncio.Task[None]) -> None:
        del self.tasks[task]
        self.counters.connections.set(len(self.tasks))
        if not task.cancelled() and (error := task.exception()):
            _LOG.error("mllp.failed", error=unexpected(error))

    async def _serve(self, connected: socket.socket, address: str) -> None:
        """One connection: who it is, then its messages."""
        try:
            streams = await self._opened(connected)
        except (OSError, TimeoutError):  # of which ssl.SSLError is one
            self._refuse(address, Refusal.TLS)
            return
        writer = streams[1]
        found = candidates(self.settings.peers, address_of(address))
        peer = identified(found, writer.get_extra_info("peercert"))
        if self.settings.peers and not peer:
            self._refuse(address, Refusal.CERTIFICATE)
            writer.transport.abort()
            return
        self.number += 1
        connection = Connection(
            streams, peer.name if peer else address, self.number, self.settings, self.receive, self.counters, self.places
        )
        task = asyncio.current_task()
        assert task
        self.tasks[task] = connection
        await connection.run()

    async def _opened(self, connected: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWER_BYTES)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE.items():
            if hasattr(socket, name):  # by system
                connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        reader = asyncio.StreamReader(limit=SMALL // 2, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        context = self.certificates.context() if self.certificates else None
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, connected, ssl=context, ssl_handshake_timeout=_HANDSHAKE_SECONDS if context else None
        )
        transport.set_write_buffer_limits(high=_ANSWER_BYTES)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def serve(settings: MllpSettings, receive: Receive, counters: Counters) -> Listener:
    """Listen as the settings say.

    Raises:
        UsageError: the settings would let others read along, or name certificates that are none.
        FatalError: the address is taken, or none of this machine.
    """
    certificates = Certificates(settings.tls) if settings.tls else None
    try:
        found = await asyncio.get_running_loop().getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise FatalError("mllp.host: no address of this name") from None
    places = {(str(place[0]), settings.port): family for family, *_, place in found}
    ensure_safe(settings, [host for host, _ in places])
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(_listening(family, place)) for place, family in places.items()]
        opened.pop_all()
    listener = Listener(settings, receive, counters, certificates, sockets)
    listener.accepting += [asyncio.create_task(listener.accept(listening)) for listening in sockets]
    for host, port in listener.addresses:
        _LOG.info("listening", address=host, port=port)
    return listener


def _listening(family: int, place: tuple[str, int]) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(place)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise FatalError(
            f"mllp.port: cannot listen at {place[0]} port {place[1]}: {(error.strerror or 'no reason given').lower()}"
        ) from None
    return listening
