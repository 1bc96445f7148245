"""A listener with a store of its own in a thread, and a plain client of it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, func, select

from nodalis.mllp.connection import Receive
from nodalis.mllp.counters import Counters
from nodalis.mllp.receiver import Receiver
from nodalis.mllp.server import Listener, serve
from nodalis.settings import MllpSettings
from nodalis.store import Stage, Store
from nodalis.store.schema import message

TIMEOUT = 20.0  # of anything here: a test that meets it fails
T = TypeVar("T")


def settings(**chosen: Any) -> MllpSettings:
    """Settings with short limits."""
    return MllpSettings(**{"port": 0, "frame_seconds": 2, "idle_seconds": 60, **chosen})


def oru(control_id: str = "0815", text: str = "1/2", *, header: str = "", kind: str = "ORU^R01") -> bytes:
    """A message with one line of text; ``header`` stands behind the version."""
    return (
        f"MSH|^~\\&|LAB|HOSP|NODALIS||20260304100000+0100||{kind}|{control_id}|P|2.5{header}\r"
        f"PID|1||4711^^^HOSP^MR||DOE^JANE\rOBR|1||S26-1|PATH|||20260304|||||||||||||||20260304||PAT|F\r"
        f"OBX|1|TX|TEXT||{text}||||||F\r"
    ).encode()


def framed(body: bytes) -> bytes:
    """A message between its marks."""
    return b"\x0b" + body + b"\x1c\r"


@dataclass
class Running:
    """A listener that runs, from outside of its thread."""

    listener: Listener
    counters: Counters
    registry: CollectorRegistry
    loop: asyncio.AbstractEventLoop
    store: Store | None

    @property
    def address(self) -> tuple[str, int]:
        return self.listener.addresses[0]

    def client(self) -> Client:
        """A new connection."""
        return Client(socket.create_connection(self.address, timeout=TIMEOUT))

    def stop(self, grace: float = 5.0) -> None:
        """Stop it, and see that nothing is left."""
        asyncio.run_coroutine_threadsafe(self.listener.stop(grace), self.loop).result(TIMEOUT)

    def stages(self) -> dict[str, int]:
        """How many messages are in the store, by stage."""
        assert self.store
        return {
            str(stage): count
            for stage, count in self.store.read_now(
                lambda connection: connection.execute(select(message.c.stage, func.count()).group_by(message.c.stage)).all()
            )
        }

    def read(self, work: Callable[[Connection], T]) -> T:
        assert self.store
        return self.store.read_now(work)

    def closed(self) -> dict[str, float]:
        """How many connections ended, by reason."""
        return self.counted("nodalis_mllp_closed_total", "reason")

    def counted(self, name: str, label: str) -> dict[str, float]:
        return {
            sample.labels[label]: sample.value for metric in self.registry.collect() for sample in metric.samples if sample.name == name
        }


class Client:
    """A socket that speaks bytes."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.read = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> bytes | None:
        """The next answer without its marks; None if the connection ends before."""
        while b"\x1c\r" not in self.read:
            try:
                data = self.socket.recv(65536)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
                return None
            if not data:
                return None
            self.read += data
        answer, _, self.read = self.read.partition(b"\x1c\r")
        assert answer[:1] == b"\x0b"
        return answer[1:]

    def code(self) -> str | None:
        """MSA-1 of the next answer."""
        answer = self.answer()
        return answer.partition(b"\rMSA")[2][1:3].decode() if answer is not None else None

    def is_closed(self) -> bool:
        """Whether the other side closes, without another answer."""
        return self.answer() is None


def eventually(check: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + TIMEOUT
    while not check():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.01)


@contextmanager
def listening(chosen: MllpSettings, store: Store | None = None, receive: Callable[[Counters], Receive] | None = None) -> Iterator[Running]:
    """A listener that keeps messages in the store, or gives them to another function."""
    registry = CollectorRegistry()
    counters = Counters(registry)
    if receive:
        taken = receive(counters)
    else:
        assert store
        taken = Receiver(store, chosen, counters).receive
    loop = asyncio.new_event_loop()
    wrong: list[str] = []
    loop.set_exception_handler(lambda _, context: wrong.append(str(context)))
    thread = threading.Thread(target=loop.run_forever, name="listener", daemon=True)
    thread.start()
    try:
        listener = asyncio.run_coroutine_threadsafe(serve(chosen, taken, counters), loop).result(TIMEOUT)
        running = Running(listener, counters, registry, loop, store)
        try:
            yield running
        finally:
            running.stop()
        assert running.listener.connections == 0
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT)
        loop.close()
    assert not wrong


def bodies(connection: Connection, ids: Sequence[int] = ()) -> list[bytes]:
    """The messages as they are stored, in their order."""
    from nodalis.store.schema import body

    return list(connection.execute(select(body.c.content).order_by(body.c.message_id)).scalars())


__all__ = ["Client", "Running", "Stage", "bodies", "eventually", "framed", "listening", "oru", "settings"]
