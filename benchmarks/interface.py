"""The interface engine as a hospital runs it: HL7 v2 over MLLP in, FHIR out, with a FHIR server that takes 20 ms for each Bundle.

    python -m benchmarks.interface loads [--seconds 10]
    python -m benchmarks.interface overload [--seconds 300]

``nodalis listen`` in processes of its own keeps every message, reads it and delivers it. Measured are durable answers a second with one
and with 32 senders, the time to an answer at 200 messages a second, and the time from an answer to the Bundle that the server has
taken at 50 a second; messages are sent at fixed times, and late sends are counted. (For 20 seconds, 32 senders would fill the queue, and
then wait: that is the overload.) In the overload 32 senders send as fast as they are
answered, for five minutes: nothing may be lost, the memory of all processes is watched, and how long it takes until nothing waits any
more. The results go to benchmarks/results/interface.json and overload.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from itertools import count, cycle
from pathlib import Path
from time import monotonic, sleep

from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, queue
from tests.nodalis.delivery.fault_server import FaultServer
from tests.receivers.servers import free_port

from .machine import ROOT, commit, described, today
from .mllp import Sent, as_fast_as_answered, at_fixed_times, message
from .results import Figures, goal, write
from .texts import load
from .watch import family, megabytes

_SERVER_SECONDS = 0.02
_NUMBER = re.compile(rb'"value":"(S\d{8})"')
_PATIENCE = 1800.0


class Memory(threading.Thread):
    """The most memory that a process and those it started used at one time."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(1):
            with suppress(OSError, ValueError):
                self.most = max(self.most, megabytes(family(self.pid)))


@contextmanager
def engine(folder: Path, fhir: str) -> Iterator[tuple[int, Store, subprocess.Popen[bytes]]]:
    """Port, store and process of ``nodalis listen``."""
    port, url = free_port(), f"sqlite:///{folder / 'store.db'}"
    settings: Mapping[str, object] = {
        "STORE__URL": url, "MLLP__PORT": port, "STATUS__PORT": free_port(), "FHIR__URL": fhir, "READING__ISSUER": "urn:oid:1.2.3",
    }  # fmt: skip
    environment = {**os.environ, **{f"NODALIS_{name}": str(value) for name, value in settings.items()}}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "nodalis", "listen"], cwd=ROOT, env=environment, stderr=log)
    try:
        while b'"listening"' not in (folder / "log").read_bytes():
            if process.poll() is not None:
                sys.exit((folder / "log").read_text())
            sleep(0.05)
        store = Store(StoreSettings(url=SecretStr(url)))
        yield port, store, process
        store.close()
    finally:
        process.terminate()
        process.wait()


def drained(store: Store) -> float:
    """Seconds until nothing waits any more."""
    start = monotonic()
    while store.read_now(queue.counts).oldest is not None:
        if monotonic() - start > _PATIENCE:
            sys.exit("it does not come to rest")
        sleep(0.5)
    return monotonic() - start


class Server:
    """The FHIR server, in a process of its own so that it takes no time from the senders."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.interface", "fhir"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()

    def taken(self) -> dict[str, float]:
        """When the first Bundle of each report had been taken, by time.monotonic; then it forgets all, and what comes later too."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        taken: dict[str, float] = json.loads(self._process.stdout.readline())
        return taken

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def serve_fhir() -> None:
    """Be that server: print the URL, and for each line of standard input what was taken."""
    with FaultServer(delay_seconds=_SERVER_SECONDS) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            taken: dict[str, float] = {}
            for request in server.sent:
                if found := _NUMBER.search(request.body):
                    taken.setdefault(found[1].decode(), request.at + _SERVER_SECONDS)
            server.forget()
            print(json.dumps(taken), flush=True)


def to_the_server(taken: Mapping[str, float], sent: Sent) -> list[float]:
    """Milliseconds from each answer to the Bundle of its report that the server has taken, sorted."""
    found = ((taken.get(number.decode()), at) for number, at in sent.answered.items())
    return sorted(1000 * (there - at) for there, at in found if there is not None)


@contextmanager
def prepared() -> Iterator[tuple[Server, int, Store, int, Iterator[bytes]]]:
    """A FHIR server, port, store and process of an engine that has read its first messages, and more messages."""
    numbers, rows = count(), cycle(load().rows)
    bodies = (message(number, next(rows).text) for number in numbers)
    with (
        tempfile.TemporaryDirectory() as name,
        closing(Server()) as server,
        engine(Path(name), server.url) as (port, store, process),
    ):
        asyncio.run(as_fast_as_answered(port, 1, 2, bodies))
        drained(store)
        yield server, port, store, process.pid, bodies


def loads(seconds: float) -> Figures:
    """Answers, and the way to the server, under loads that it must bear."""
    with prepared() as (server, port, store, _, bodies):
        calm = asyncio.run(at_fixed_times(port, 8, 3 * seconds, 50, bodies))
        drained(store)
        late = to_the_server(server.taken(), calm)
        steady = asyncio.run(at_fixed_times(port, 32, seconds, 200, bodies))
        drained(store)
        one, many = (_fast(port, connections, seconds, store, bodies) for connections in (1, 32))
    found = [calm.figures("50 a second", 8), steady.figures("200 a second", 32), one, many]
    p50, p99 = (round(late[len(late) * part // 100]) for part in (50, 99))
    goals = [
        goal("durable answers a second, 1 connection", "150", one["answers_per_s"], one["answers_per_s"] >= 150),
        goal("durable answers a second, 32 connections", "1,000", many["answers_per_s"], many["answers_per_s"] >= 1000),
        goal("p99 of an answer at 200 a second, ms", "50", found[1]["p99_ms"], found[1]["p99_ms"] <= 50),
        goal("from answer to server at 50 a second, p50, ms", "150", p50, p50 <= 150),
        goal("from answer to server at 50 a second, p99, ms", "2,000", p99, p99 <= 2000),
    ]
    return {"rows": found, "goals": goals}


def _fast(port: int, connections: int, seconds: float, store: Store, bodies: Iterator[bytes]) -> Figures:
    sent = asyncio.run(as_fast_as_answered(port, connections, seconds, bodies))
    drained(store)
    return sent.figures("as fast as answered", connections)


def overload(seconds: float) -> Figures:
    """More messages than can be worked off, for so long."""
    with prepared() as (server, port, store, pid, bodies):
        server.taken()  # keeps nothing from now on
        memory = Memory(pid)
        memory.start()
        before = store.read_now(queue.counts).total
        flood = asyncio.run(as_fast_as_answered(port, 32, seconds, bodies))
        minutes = round(drained(store) / 60, 1)
        memory.ended.set()
        counts = store.read_now(queue.counts)
    lost = before + len(flood.seconds) - counts.total
    goals = [
        goal("answered and lost", "0", lost, lost == 0),
        goal("memory of all processes, MB", "512", round(memory.most), memory.most <= 512),
        goal("minutes until nothing waits", "10", minutes, minutes <= 10),
    ]
    stages = {stage.value: number for stage, number in counts.stages.items()}
    return {"rows": [flood.figures(f"overload for {seconds:g} s", 32)], "goals": goals, "stages": stages}


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.interface", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("what", choices=("loads", "overload", "fhir"), help="fhir: be the FHIR server of a measurement")
    options.add_argument("--seconds", type=float, help="of each load")
    chosen = options.parse_args()
    if chosen.what == "fhir":
        serve_fhir()
        return 0
    command = f"python -m benchmarks.interface {chosen.what}"
    about = {"command": command, "date": today(), "commit": commit(), "machine": described(), "texts": load().described()}
    result = {**about, **(overload(chosen.seconds or 300) if chosen.what == "overload" else loads(chosen.seconds or 10))}
    write("overload" if chosen.what == "overload" else "interface", result)
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
