"""Durable answers over MLLP: how many a second, and how long one takes, from a listener in a process of its own that keeps all in SQLite.

    python -m benchmarks.mllp [--seconds 20] [--store URL]

One sender and 32 senders send as fast as they are answered. Then messages are sent at fixed times whether or not those before are
answered, over 32 connections: a message that waits for its turn in the sender has begun to wait, and its time is counted from when it
was due. At the end the store must hold every message that was answered. The result goes to benchmarks/results/mllp.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from time import monotonic, perf_counter

import structlog
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import func, select

from nodalis.mllp.counters import Counters
from nodalis.mllp.receiver import Receiver
from nodalis.mllp.server import serve
from nodalis.settings import MllpSettings, StoreSettings
from nodalis.store import Store, upgrade
from nodalis.store.schema import message as messages

from .machine import commit, described, today
from .results import Figures, goal, write
from .texts import load

_LATE_SECONDS = 0.005  # behind its time a send is late
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"})


def message(number: int, text: str) -> bytes:
    """A report as a laboratory sends it, one OBX for each line."""
    lines = "".join(
        f"OBX|{row}|TX|22634-0^Path report^LN||{line.translate(_ESCAPES)}||||||F\r" for row, line in enumerate(text.splitlines(), 1)
    )
    return (
        f"MSH|^~\\&|LAB|HOSP|NODALIS||20260304100000+0100||ORU^R01^ORU_R01|B{number:08}|P|2.5.1\r"
        f"PID|1||{number}^^^HOSP^MR||DOE^JANE\rOBR|1||S{number:08}|22634-0^Path report^LN|||20260304|||||||||||||||20260304||PAT|F\r{lines}"
    ).encode()


@dataclass(slots=True)
class Sent:
    """What was answered, with the seconds each answer took, and what was sent late."""

    seconds: list[float] = field(default_factory=list)
    answered: dict[bytes, float] = field(default_factory=dict)  # when, by time.monotonic, for the number of each report
    late: int = 0
    took: float = 0.0

    def figures(self, what: str, connections: int) -> Figures:
        """A row of the table."""
        ordered = sorted(self.seconds)
        at = {f"p{part:g}_ms": round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))], 1) for part in (50, 99, 99.9)}
        rate = round(len(ordered) / self.took)
        return {"load": what, "connections": connections, "answers": len(ordered), "answers_per_s": rate, **at, "sent_late": self.late}


class Sender:
    """A connection whose answers are checked against what was sent, in their order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: Sent) -> None:
        self._reader, self._writer, self._sent = reader, writer, sent
        self._waiting: deque[tuple[float, bytes]] = deque()

    def send(self, body: bytes, due: float) -> None:
        """Send a message that was due at a time."""
        self._waiting.append((due, body.split(b"|", 10)[9]))
        self._writer.write(b"\x0b" + body + b"\x1c\r")

    async def answer(self) -> None:
        """Take the next answer."""
        answer = await self._reader.readuntil(b"\x1c\r")
        due, control_id = self._waiting.popleft()
        if b"\rMSA|AA|" + control_id + b"\r" not in answer:
            raise AssertionError("an answer that is none to this message, or not AA")
        self._sent.seconds.append(perf_counter() - due)
        self._sent.answered[b"S" + control_id[1:]] = monotonic()

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def as_fast_as_answered(port: int, connections: int, seconds: float, bodies: Iterator[bytes]) -> Sent:
    """Each connection sends when it is answered."""
    sent = Sent()
    start = perf_counter()

    async def one() -> None:
        sender = Sender(*await asyncio.open_connection("127.0.0.1", port), sent)
        while perf_counter() < start + seconds:
            sender.send(next(bodies), perf_counter())
            await sender.answer()
        await sender.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    sent.took = perf_counter() - start
    return sent


async def at_fixed_times(port: int, connections: int, seconds: float, rate: float, bodies: Iterator[bytes]) -> Sent:
    """Messages are sent when they are due, whatever became of those before."""
    sent = Sent()
    senders = [Sender(*await asyncio.open_connection("127.0.0.1", port), sent) for _ in range(connections)]
    total = int(rate * seconds)

    async def answers(sender: Sender, expected: int) -> None:
        for _ in range(expected):
            await sender.answer()

    reading = [asyncio.create_task(answers(sender, len(range(at, total, connections)))) for at, sender in enumerate(senders)]
    start = perf_counter()
    for number in range(total):
        due = start + number / rate
        if (wait := due - perf_counter()) > 0:
            await asyncio.sleep(wait)
        sent.late += perf_counter() > due + _LATE_SECONDS
        senders[number % connections].send(next(bodies), due)
    await asyncio.gather(*reading)
    sent.took = perf_counter() - start
    for sender in senders:
        await sender.close()
    return sent


async def _listen(url: str) -> None:
    """Listen and print the port, until standard input ends; every message has its lines in the log, on standard error."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    store = Store(StoreSettings(url=SecretStr(url)))
    upgrade(store)
    settings = MllpSettings(port=0)
    counters = Counters(CollectorRegistry())
    listener = await serve(settings, Receiver(store, settings, counters).receive, counters)
    print(listener.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop(10)
    store.close()


@contextmanager
def listening(url: str, *before: str) -> Iterator[int]:
    """The port of a listener in a process of its own; ``before`` stands before its command."""
    command = [*before, sys.executable, "-m", "benchmarks.mllp", "--listen", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield int(process.stdout.readline())
        process.stdin.close()
        process.stdout.read()


def measure(url: str, seconds: float) -> Figures:
    """All loads, one after the other."""
    texts = load()
    numbers, rows = count(), cycle(texts.rows)
    bodies = (message(number, next(rows).text) for number in numbers)
    found: list[Figures] = []
    with listening(url) as port:
        asyncio.run(as_fast_as_answered(port, 1, 2, bodies))  # warms up
        for connections in (1, 32):
            sent = asyncio.run(as_fast_as_answered(port, connections, seconds, bodies))
            found.append(sent.figures("as fast as answered", connections))
        for rate in (200, 1000):
            sent = asyncio.run(at_fixed_times(port, 32, seconds, rate, bodies))
            found.append(sent.figures(f"{rate} a second", 32))
    store = Store(StoreSettings(url=SecretStr(url)))
    stored = store.read_now(lambda connection: connection.execute(select(func.count()).select_from(messages)).scalar_one())
    store.close()
    sent_in_all = next(numbers)
    goals = [
        goal("durable answers a second, 1 connection", "150", found[0]["answers_per_s"], found[0]["answers_per_s"] >= 150),
        goal("durable answers a second, 32 connections", "1,000", found[1]["answers_per_s"], found[1]["answers_per_s"] >= 1000),
        goal("p99 at 200 a second, ms", "50", found[2]["p99_ms"], found[2]["p99_ms"] <= 50),
        goal("p99 at 1,000 a second, ms", "100", found[3]["p99_ms"], found[3]["p99_ms"] <= 100),
        goal("answered and not stored", "0", sent_in_all - stored, sent_in_all == stored),
    ]
    return {"texts": texts.described(), "rows": found, "goals": goals}


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.mllp", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=20, help="of each load")
    options.add_argument("--store", help="an empty database; default: SQLite in a folder of its own")
    options.add_argument("--listen", metavar="URL", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.listen:
        asyncio.run(_listen(chosen.listen))
        return 0
    about = {"date": today(), "commit": commit(), "machine": described()}
    with tempfile.TemporaryDirectory() as folder:
        result = {**about, **measure(chosen.store or f"sqlite:///{Path(folder, 'store.db')}", chosen.seconds)}
    write("mllp", result)
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
