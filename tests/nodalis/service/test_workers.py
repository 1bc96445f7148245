"""The worker processes: what they answer, and that none of them can hold up the others, the event loop or the reports."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from multiprocessing import active_children
from pathlib import Path
from typing import TypeVar

import pytest

from nodalis.exits import FatalError
from nodalis.service.extraction import Extractor, Seen
from nodalis.service.reading import Read, read
from nodalis.service.workers import Workers
from nodalis.settings import FhirSettings, ReadingSettings, Settings
from nodalis.store import Alarm, Stage
from nodalis.store.work import Sent, State
from nodalis.worker_pool import _Worker
from tests.nodalis.service.messages import POSITIVE, message, obx

T = TypeVar("T")
SAMPLES = Path(__file__).parents[3] / "samples"

MESSAGE = message(obx(POSITIVE))
SENT = Sent(b"", ("Observation/1",))
# takes a second or two: many statements of nodes that contradict each other
LONG = message(
    *(obx(f"Left axillary lymph node {number}: metastatic carcinoma in one of two lymph nodes (1/2).") for number in range(2000))
)


def settings(**reading: object) -> Settings:
    return Settings(reading=ReadingSettings(**reading))  # type: ignore[arg-type]


def pooled(work: Callable[[Workers], Awaitable[T]], given: Settings, ended: Callable[[], None] = lambda: None) -> T:
    """What work does with a pool; nothing of the pool is left then."""

    async def run() -> T:
        async with Workers(given, ended) as pool:
            return await work(pool)

    found = asyncio.run(run())
    assert active_children() == []
    return found


def payloads(body: bytes) -> list[bytes]:
    return [new.payload for new in read(body, "urn:nodalis:reports", "cp1252").versions]


def test_a_process_answers_what_the_functions_answer() -> None:
    async def work(pool: Workers) -> tuple[Read, State]:
        found = await pool.read(MESSAGE)
        return found, await pool.extract([new.payload for new in found.versions], None)

    found, state = pooled(work, settings())
    assert found == read(MESSAGE, "urn:nodalis:reports", "cp1252")
    assert state == Extractor(ReadingSettings()).extract(payloads(MESSAGE), None)


def test_every_sample_is_shown_as_the_functions_show_it() -> None:
    """A report comes whole out of its process, with all that its findings hold."""
    bodies = [message(obx(path.read_text(encoding="utf-8").replace("\n", "\\.br\\"))) for path in sorted(SAMPLES.glob("*.txt"))]

    async def work(pool: Workers) -> list[Seen]:
        return [await pool.view(payloads(body)) for body in bodies]

    extractor = Extractor(ReadingSettings())
    assert pooled(work, settings()) == [extractor.view(payloads(body)) for body in bodies]


def test_several_processes_work_at_once_and_the_loop_goes_on() -> None:
    async def work(pool: Workers) -> tuple[list[State], int]:
        long = asyncio.ensure_future(pool.extract(payloads(LONG), None))
        short = [await pool.extract(payloads(MESSAGE), None) for _ in range(5)]  # while the other process is at the long one
        turns = 0
        while not long.done():
            await asyncio.sleep(0)
            turns += 1
        return short, turns

    short, turns = pooled(work, settings(workers=2, seconds=60))
    assert {state.stage for state in short} == {Stage.EXTRACTED}
    assert turns > 0


def test_what_takes_too_long_needs_review_and_the_next_report_does_not() -> None:
    ended: list[None] = []

    async def work(pool: Workers) -> tuple[State, State]:
        return await pool.extract(payloads(LONG), SENT), await pool.extract(payloads(MESSAGE), None)

    late, next_one = pooled(work, settings(seconds=0.3), lambda: ended.append(None))
    assert (late.stage, late.reason, late.alarm) == (Stage.REVIEW, "timeout", Alarm.WITHDRAWN)
    assert b'"DELETE","url":"Observation/1"' in (late.bundle or b"")
    assert next_one.stage is Stage.EXTRACTED
    assert len(ended) == 2


def test_a_message_that_takes_too_long_says_so() -> None:
    async def work(pool: Workers) -> Read:
        return await pool.read(message(*(obx("Left breast: carcinoma. " * 200) for _ in range(9_000))))

    assert pooled(work, settings(seconds=0.001)).refused == "timeout"


def test_a_message_with_a_document_has_more_time() -> None:
    rtf = message(r"OBX|1|FT|22637-3^Final diagnosis^LN||{\E\rtf1 Left breast: carcinoma. Nodes (1/2).}||||||F")

    async def work(pool: Workers) -> Read:
        return await pool.read(rtf)

    assert pooled(work, settings(seconds=0.001)) == read(rtf, "urn:nodalis:reports", "cp1252")


async def _killed(times: int, work: Awaitable[T]) -> tuple[T, set[int]]:
    """The result of work while the first processes that there are get killed, and these."""
    task = asyncio.ensure_future(work)
    killed: set[int] = set()
    while not task.done():
        for process in active_children():
            if process.pid and process.pid not in killed and len(killed) < times:
                await asyncio.sleep(0.2)
                os.kill(process.pid, signal.SIGKILL)
                killed.add(process.pid)
        await asyncio.sleep(0.01)
    return await task, killed


def test_a_report_whose_process_is_killed_once_is_extracted() -> None:
    async def work(pool: Workers) -> tuple[State, set[int]]:
        return await _killed(1, pool.extract(payloads(LONG), None))

    state, killed = pooled(work, settings(seconds=60))
    assert (len(killed), state) == (1, Extractor(ReadingSettings()).extract(payloads(LONG), None))


def test_a_report_that_ends_its_process_twice_needs_review_and_the_next_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ask, asked = _Worker._ask, []

    def ends(worker: _Worker[object, object], job: object, seconds: float) -> object:
        asked.append(job)
        if len(asked) <= 2:
            for process in active_children():
                os.kill(process.pid or 0, signal.SIGKILL)
        return ask(worker, job, seconds)

    async def work(pool: Workers) -> tuple[State, State]:
        return await pool.extract(payloads(MESSAGE), SENT), await pool.extract(payloads(MESSAGE), None)

    monkeypatch.setattr(_Worker, "_ask", ends)
    ended, next_one = pooled(work, settings())
    assert (ended.stage, ended.reason, ended.alarm) == (Stage.REVIEW, "the process that read it ended", Alarm.WITHDRAWN)
    assert next_one.stage is Stage.EXTRACTED


def test_a_process_that_is_killed_while_idle_is_replaced() -> None:
    async def work(pool: Workers) -> tuple[set[int | None], State]:
        (old,) = active_children()
        old.kill()
        while not (new := {process.pid for process in active_children()} - {old.pid}):
            await asyncio.sleep(0.01)
        return new, await pool.extract(payloads(MESSAGE), None)

    new, state = pooled(work, settings())
    assert (len(new), state.stage) == (1, Stage.EXTRACTED)


def test_who_no_longer_waits_costs_no_process() -> None:
    async def work(pool: Workers) -> State:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.extract(payloads(LONG), None), 0.05)
        return await pool.extract(payloads(MESSAGE), None)

    assert pooled(work, settings(seconds=60)).stage is Stage.EXTRACTED


def test_wrong_rules_or_options_are_said_at_the_start(tmp_path: Path) -> None:
    async def work(_: Workers) -> None: ...

    with pytest.raises(FatalError, match="no such file or folder"):
        pooled(work, settings(grammar=tmp_path / "none"))
    with pytest.raises(FatalError, match="there are tables for"):
        pooled(work, settings(edition="9"))


def test_the_patient_is_named_as_the_settings_say() -> None:
    async def work(pool: Workers) -> State:
        return await pool.extract(payloads(MESSAGE), None)

    found = pooled(work, Settings(fhir=FhirSettings(patients="conditional")))
    assert b'"reference":"Patient?identifier=' in (found.bundle or b"")


ORPHANED = """
import asyncio, os, signal
from multiprocessing import active_children
from nodalis.service.workers import Workers
from nodalis.settings import Settings

async def main():
    async with Workers(Settings()):
        print(*(os.getpriority(os.PRIO_PROCESS, process.pid) for process in active_children()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_process_gives_way_to_others_and_ends_with_its_parent(tmp_path: Path, root: Path) -> None:
    script = tmp_path / "orphaned.py"
    script.write_text(ORPHANED)
    environment = {**os.environ, "PYTHONPATH": str(root)}
    # communicate() ends when all who could write have ended: a process that stays would hold the pipe
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert int(done.stdout) == os.getpriority(os.PRIO_PROCESS, 0) + 5
