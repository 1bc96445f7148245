"""The pool of worker processes: whatever a job does to its process, it has an end, and the next one is done."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from multiprocessing import active_children
from pathlib import Path
from typing import Any, TypeVar

import pytest

from nodalis.exits import FatalError
from nodalis.worker_pool import FailedError, Pool, Reason

T = TypeVar("T")

# What the processes import. A job is a word, and perhaps the file that says that it was begun before.
WORK = """
import os, signal, time
from pathlib import Path
from nodalis.exits import FatalError

def answer(job):
    word, _, path = job.partition(" ")
    if path and Path(path).exists():
        word = "echo"
    elif path:
        Path(path).touch()
    match word:
        case "end":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "hang":
            time.sleep(1000)
    return os.getpid(), job[:100]

def begin():
    return answer

def wrong():
    raise FatalError("one line", "another line")

def ends():
    os._exit(1)

def hardly(path="hardly"):
    if Path(path).exists():
        Path(path).unlink()
        os._exit(1)
    return answer
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "work_of_the_pool.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield import_module("work_of_the_pool")
    sys.modules.pop("work_of_the_pool")


def pooled(pool: Pool[str, Any], done: Callable[[Pool[str, Any]], Awaitable[T]]) -> T:
    """What is done with a pool; nothing of it is left then."""

    async def run() -> T:
        async with pool:
            return await done(pool)

    found = asyncio.run(run())
    assert active_children() == []
    return found


def failure(job: str, seconds: float) -> Callable[[Pool[str, Any]], Awaitable[tuple[Reason, bool, str]]]:
    """Why a job failed, whether the pool was ready when it was said, and the answer to the next job."""

    async def done(pool: Pool[str, Any]) -> tuple[Reason, bool, str]:
        with pytest.raises(FailedError) as failed:
            await pool.ask(job, seconds)
        return failed.value.reason, pool.ready, (await pool.ask("next", 60))[1]

    return done


@pytest.mark.parametrize("job", ["hang", "stop"])
def test_a_job_that_hangs_is_ended_at_its_limit_and_not_tried_again(work: Any, job: str) -> None:
    ended: list[None] = []
    pool = Pool(work.begin, 1, ended=lambda: ended.append(None))
    assert pooled(pool, failure(job, 0.2)) == (Reason.TIMEOUT, True, "next")
    assert len(ended) == 1


def test_a_job_is_ended_at_its_limit_where_its_process_does_not_even_take_it(work: Any) -> None:
    async def done(pool: Pool[str, Any]) -> Any:
        (process,) = active_children()
        os.kill(process.pid or 0, signal.SIGSTOP)
        return await failure("x" * 10_000_000, 0.2)(pool)

    assert pooled(Pool(work.begin, 1), done) == (Reason.TIMEOUT, True, "next")


def test_a_job_that_ends_its_process_is_tried_once_more(work: Any, tmp_path: Path) -> None:
    ended: list[None] = []
    pool = Pool(work.begin, 1, ended=lambda: ended.append(None))
    _, answer = pooled(pool, lambda pool: pool.ask(f"end {tmp_path / 'begun'}", 60))
    assert (answer, len(ended)) == (f"end {tmp_path / 'begun'}", 1)


def test_a_job_that_ends_its_process_twice_fails_and_the_next_one_does_not(work: Any) -> None:
    assert pooled(Pool(work.begin, 1), failure("end", 60)) == (Reason.ENDED, True, "next")


def test_what_is_tried_again_can_be_chosen(work: Any, tmp_path: Path) -> None:
    pool = Pool(work.begin, 1, again=(Reason.TIMEOUT,))
    assert pooled(pool, lambda pool: pool.ask(f"hang {tmp_path / 'begun'}", 0.5))[1] == f"hang {tmp_path / 'begun'}"
    assert pooled(Pool(work.begin, 1, again=()), failure(f"end {tmp_path / 'ended'}", 60)) == (Reason.ENDED, True, "next")


def test_a_job_that_no_process_is_free_for_in_time_is_not_begun(work: Any, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    async def done(pool: Pool[str, Any]) -> Reason:
        long = asyncio.ensure_future(pool.ask("hang", 2))
        await asyncio.sleep(0)
        with pytest.raises(FailedError) as failed:
            await pool.ask(f"end {begun}", 60)
        with pytest.raises(FailedError, match="timeout"):
            await long
        await pool.ask("next", 60)
        return failed.value.reason

    assert pooled(Pool(work.begin, 1, patience=1), done) is Reason.BUSY
    assert not begun.exists()


def test_a_job_that_nobody_waits_for_any_more_is_not_begun(work: Any, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    async def done(pool: Pool[str, Any]) -> None:
        long = asyncio.ensure_future(pool.ask("hang", 1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.ask(f"end {begun}", 60), 0.1)
        with pytest.raises(FailedError, match="timeout"):
            await long
        await pool.ask("next", 60)

    pooled(Pool(work.begin, 1), done)
    assert not begun.exists()


def test_processes_that_are_killed_while_idle_are_replaced_and_until_then_the_pool_is_not_ready(work: Any) -> None:
    async def done(pool: Pool[str, Any]) -> set[int | None]:
        old = {process.pid for process in active_children()}
        for process in active_children():
            process.kill()
        while pool.ready:
            await asyncio.sleep(0.01)
        while len({process.pid for process in active_children()} - old) < 2 or not pool.ready:
            await asyncio.sleep(0.01)
        return {(await pool.ask("next", 60))[0]} & old

    assert pooled(Pool(work.begin, 2), done) == set()


def test_a_process_that_cannot_be_replaced_at_first_is_later(work: Any, tmp_path: Path) -> None:
    async def done(pool: Pool[str, Any]) -> Any:
        (tmp_path / "hardly").touch()
        return await pool.ask(f"end {tmp_path / 'begun'}", 60)

    pooled(Pool(work.hardly, 1), done)
    assert not (tmp_path / "hardly").exists()


@pytest.mark.parametrize(("begin", "lines"), [("wrong", ("one line", "another line")), ("ends", None)])
def test_what_cannot_begin_is_said_at_the_start(work: Any, begin: str, lines: tuple[str, ...] | None) -> None:
    async def done(_: Pool[str, Any]) -> None: ...

    with pytest.raises(FatalError) as failed:
        pooled(Pool(getattr(work, begin), 2), done)
    assert failed.value.messages == (lines or ("a process to read reports does not start: the process that read it ended",))
    assert active_children() == []


def test_a_signal_to_the_whole_group_leaves_the_processes_to_their_parent(work: Any) -> None:
    async def done(pool: Pool[str, Any]) -> tuple[int | None, Any]:
        (process,) = active_children()
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(process.pid or 0, number)
        return process.pid, await pool.ask("next", 60)

    before, (after, _) = pooled(Pool(work.begin, 1), done)
    assert before == after


def test_the_end_of_the_pool_ends_what_hangs(work: Any) -> None:
    async def done(pool: Pool[str, Any]) -> asyncio.Future[Any]:
        asked = asyncio.ensure_future(pool.ask("hang", 1000))
        await asyncio.sleep(0.1)
        return asked

    async def run() -> Reason:
        async with Pool[str, Any](work.begin, 1) as pool:
            asked = await done(pool)
        with pytest.raises(FailedError) as failed:
            await asked
        return failed.value.reason

    assert asyncio.run(run()) is Reason.ENDED
    assert active_children() == []
