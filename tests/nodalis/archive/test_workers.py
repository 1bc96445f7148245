"""The worker processes: order, and what happens when one of them ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from nodalis.archive.chunks import Chunk, Outcome
from nodalis.archive.workers import Workers
from nodalis.conversion import Task
from nodalis.readers import Document

# What the processes import: it ends its process at documents that say so.
WORK = """
import os, signal
from pathlib import Path
from nodalis.archive.chunks import Outcome

def work(chunk):
    outcome = Outcome()
    for task in chunk.tasks:
        text = task.document.text
        if text == "end":
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("end once ") and not Path(text[9:]).exists():
            Path(text[9:]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        outcome.accepted += 1
        outcome.facts.append((task.document.id,))
    return outcome

def begin():
    return work
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "work_of_this_test.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("work_of_this_test")
    sys.modules.pop("work_of_this_test")


def chunks_of(*texts: list[str]) -> list[Chunk]:
    found, number = [], 0
    for group in texts:
        chunk = Chunk(number)
        for text in group:
            chunk.add(number, Task(number, Document(str(number), text, f"place {number}")))
            number += 1
        found.append(chunk)
    return found


def outcomes(module: Any, given: list[Chunk]) -> list[tuple[Chunk, Outcome]]:
    with Workers(module.work, module.begin, 2) as workers:
        return list(workers.outcomes(given))


def ids(done: list[tuple[Chunk, Outcome]]) -> list[str]:
    return [str(row[0]) for _, outcome in done for row in outcome.facts]


def test_outcomes_come_in_the_order_of_the_chunks(module: Any) -> None:
    given = chunks_of(*[["a"] * (1 + number % 3) for number in range(30)])
    done = outcomes(module, given)
    assert [chunk for chunk, _ in done] == given
    assert ids(done) == [str(number) for number in range(sum(map(len, given)))]


def test_a_worker_that_ends_once_costs_no_report(module: Any, tmp_path: Path) -> None:
    given = chunks_of(*[["a", f"end once {tmp_path / 'mark'}" if number == 3 else "a"] for number in range(12)])
    done = outcomes(module, given)
    assert (tmp_path / "mark").exists()
    assert ids(done) == [str(number) for number in range(24)]
    assert not any(outcome.failures for _, outcome in done)


def test_only_the_document_that_ends_its_worker_fails(module: Any) -> None:
    given = chunks_of(*[["a", "end" if number in (2, 9) else "a", "a"] for number in range(12)])
    done = outcomes(module, given)
    failures = [failure for _, outcome in done for failure in outcome.failures]
    assert [failure.origin for failure in failures] == ["place 7", "place 28"]
    assert {failure.reason for failure in failures} == {"the process that read it ended, twice: left out"}
    assert ids(done) == [str(number) for number in range(36) if number not in (7, 28)]


def test_one_chunk_needs_no_other_process(module: Any) -> None:
    here: list[Chunk] = []

    def work(chunk: Chunk) -> Outcome:
        here.append(chunk)
        return Outcome()

    begin: Callable[[], Callable[[Chunk], Outcome]] = lambda: work  # noqa: E731  # cannot be sent to another process
    with Workers(work, begin, 8) as workers:
        list(workers.outcomes(chunks_of(["a", "a"])))
    assert len(here) == 1
