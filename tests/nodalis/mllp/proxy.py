"""A proxy between a client and a server, in a thread, that does to the bytes what a list of faults says.

    with Proxy(("127.0.0.1", port), [Delay(0.1), Cut(100)]) as proxy:
        client.connect(proxy.address)

Faults are of one connection and one direction: `Proxy` takes those towards the server, and those towards the client as ``back``.
Each is met in turn, at a number of bytes. Later connections meet ``later``, which is nothing by default: the network heals.
It knows bytes only, so that it stands before an MLLP listener and before an HTTP server alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias


@dataclass(frozen=True, slots=True)
class Pass:
    """Let so many bytes through, then meet the next fault."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Delay:
    """Hold what comes for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Let so many bytes vanish."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Send the next so many bytes twice."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """Send the next so many bytes one by one, with a pause of so many seconds behind each."""

    bytes: int
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Swallow:
    """Let nothing through from here on, and keep the connection open: a peer that is gone without a word."""


@dataclass(frozen=True, slots=True)
class HalfClose:
    """Say that nothing more comes in this direction; the other one goes on."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Close both sides in order."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Break both sides off (RST)."""


Fault: TypeAlias = Pass | Delay | Drop | Duplicate | Pieces | Swallow | HalfClose | Cut | Reset
_COUNTED = (Pass, Drop, Duplicate, Pieces)


class _Over(Exception):
    """The connection ends."""


class Proxy:
    """Listens on loopback for as long as the context."""

    def __init__(
        self, target: tuple[str, int], forth: Sequence[Fault] = (), back: Sequence[Fault] = (), later: Sequence[Fault] = ()
    ) -> None:
        self._target, self._forth, self._back, self._later = target, forth, back, later
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._started = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.address = ("127.0.0.1", 0)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        self.address = listening.getsockname()
        accepting = self._loop.create_task(self._accept(listening))
        self._started.set()
        self._loop.run_forever()
        for task in (accepting, *self._tasks):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(accepting, *self._tasks, return_exceptions=True))
        listening.close()
        self._loop.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            client, _ = await self._loop.sock_accept(listening)
            task = asyncio.create_task(self._between(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _between(self, client: socket.socket) -> None:
        self.connections += 1
        forth, back = (self._forth, self._back) if self.connections == 1 else (self._later, ())
        server = socket.socket()
        server.setblocking(False)
        try:
            await self._loop.sock_connect(server, self._target)
            both = [
                asyncio.create_task(self._carry(client, server, forth)),
                asyncio.create_task(self._carry(server, client, back)),
            ]
            _, others = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
            for other in others:
                other.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    async def _carry(self, source: socket.socket, sink: socket.socket, faults: Sequence[Fault]) -> None:
        """One direction of one connection."""
        script = list(faults)
        held = b""
        while True:
            while script and not isinstance(script[0], _COUNTED):
                await self._meet(script.pop(0), source, sink)
            if not held:
                held = await self._loop.sock_recv(source, 65536)
            if not held:
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                return
            fault = script.pop(0) if script else Pass(len(held))
            assert isinstance(fault, _COUNTED)
            now, held = held[: fault.bytes], held[fault.bytes :]
            if len(now) < fault.bytes:  # the rest comes later
                rest = fault.bytes - len(now)
                script.insert(0, Pieces(rest, fault.pause) if isinstance(fault, Pieces) else type(fault)(rest))
            if isinstance(fault, Pieces):
                for at in range(len(now)):
                    await self._loop.sock_sendall(sink, now[at : at + 1])
                    await asyncio.sleep(fault.pause)
            elif not isinstance(fault, Drop):
                await self._loop.sock_sendall(sink, now * 2 if isinstance(fault, Duplicate) else now)

    async def _meet(self, fault: Fault, source: socket.socket, sink: socket.socket) -> None:
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        elif isinstance(fault, Swallow):
            while await self._loop.sock_recv(source, 65536):
                pass
            await asyncio.Event().wait()
        elif isinstance(fault, HalfClose):
            sink.shutdown(socket.SHUT_WR)
            await asyncio.Event().wait()
        elif isinstance(fault, Reset):
            for end in (source, sink):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _Over
        elif isinstance(fault, Cut):
            raise _Over
