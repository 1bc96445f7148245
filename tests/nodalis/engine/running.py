"""The interface engine in a process of its own, a sender that never gives up, and what both must agree on in the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, queue
from tests.nodalis.engine.orders import Order
from tests.receivers.servers import free_port

ROOT = Path(__file__).resolve().parents[3]
_PATIENCE_S = 120  # until it listens, or has done all, on a slow machine; nothing is measured
_SETTLED_S = 600  # until all is done
_VT, _END = b"\x0b", b"\x1c\r"


class Engine:
    """``nodalis listen`` with a store in a folder, sending to a FHIR server."""

    def __init__(self, folder: Path, fhir: str, store: str | None = None, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = store or f"sqlite:///{folder / 'store.db'}"
        self.log = folder / "log.jsonl"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NODALIS_STORE__URL": self.url,
            "NODALIS_MLLP__PORT": str(self.port),
            "NODALIS_STATUS__PORT": str(free_port()),
            "NODALIS_FHIR__URL": fhir,
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, *under: str) -> None:
        """Start it, in another program if one is given, and wait until it listens."""
        assert self.begin(*under), f"it ended: {self.log.read_text()[-2000:]}"

    def begin(self, *under: str) -> bool:
        """Start it, and whether it comes to listen before it ends."""
        with self.log.open("ab") as log:
            command = [*under, sys.executable, "-m", "nodalis", "listen"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
            time.sleep(0.02)
        return False

    def wait(self, seconds: float) -> None:
        """Wait for its end, but no longer than this."""
        assert self.process is not None
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def kill(self) -> None:
        """End it as a loss of power would: all its processes at once."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it as an operator does, and give its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_S)

    def nodalis(self, *args: str) -> str:
        """What another command says with the same settings."""
        done = subprocess.run(
            [sys.executable, "-m", "nodalis", *args], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Its store."""
        opened = Store(StoreSettings(url=SecretStr(self.url)))
        try:
            yield opened
        finally:
            opened.close()

    def settled(self, seconds: float = _SETTLED_S) -> queue.Counts:
        """Where all messages stand when nothing waits any more."""
        deadline = time.monotonic() + seconds
        with self.store() as store:
            while time.monotonic() < deadline:
                counts = store.read_now(queue.counts)
                assert counts.total == sum(counts.stages.values())
                if counts.oldest is None:
                    return counts
                time.sleep(0.1)
        raise AssertionError(f"it does not come to rest: {counts.stages}")


class Sender(threading.Thread):
    """Sends messages on one connection, each until it has an answer; what was answered AA is kept."""

    def __init__(self, port: int, orders: Iterable[Order], pause: float) -> None:
        super().__init__(daemon=True)
        self._pause = pause
        self._port = port
        self._orders = list(orders)
        self.accepted: list[str] = []
        self.refused: list[tuple[str, bytes]] = []
        self.errors = 0  # answers AE
        self.stopped = threading.Event()

    def run(self) -> None:
        connection: socket.socket | None = None
        for order in self._orders:
            frame = _VT + order.message() + _END
            while not self.stopped.is_set():
                try:
                    connection = connection or socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE_S)
                    connection.sendall(frame)
                    answer = _answer(connection)
                except OSError:
                    if connection:
                        connection.close()
                    connection = None
                    time.sleep(0.02)
                    continue
                time.sleep(self._pause)
                code, control_id = _acknowledged(answer)
                assert control_id == order.control_id, "an answer to another message"
                if code == b"AA":
                    self.accepted.append(order.control_id)
                    break
                if code == b"AR":
                    self.refused.append((order.control_id, answer))
                    break
                self.errors += 1
                time.sleep(0.05)
        if connection:
            connection.close()


def until(what: Callable[[], bool], said: str = "it does not come", seconds: float = _PATIENCE_S) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, said
        time.sleep(0.05)


def sent(engine: Engine, orders: Sequence[Order], connections: int = 4) -> list[Sender]:
    """Senders that are done."""
    senders = send(engine.port, orders, connections)
    until(lambda: not any(sender.is_alive() for sender in senders), "not all messages are taken")
    return senders


def send(port: int, orders: Sequence[Order], connections: int = 4, pause: float = 0) -> list[Sender]:
    """Senders of some orders, started; messages about one report stay on one connection, as a laboratory's do."""
    shares: list[list[Order]] = [[] for _ in range(connections)]
    for order in orders:
        shares[int(order.number.rsplit("-", 1)[-1]) % connections].append(order)
    senders = [Sender(port, share, pause) for share in shares]
    for sender in senders:
        sender.start()
    return senders


def _answer(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(_END):
        more = connection.recv(65536)
        if not more:
            raise ConnectionError
        data += more
    return data


def _acknowledged(answer: bytes) -> tuple[bytes, str]:
    fields = next(segment for segment in answer.strip(_VT + _END).split(b"\r") if segment.startswith(b"MSA")).split(b"|")
    return fields[1], fields[2].decode()
