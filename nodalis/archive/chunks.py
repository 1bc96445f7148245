"""Some documents at a time: what goes to a worker process, and what comes back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from ..conversion import Converter, Task
from ..facts import Fact
from ..readers import ReadError
from .compression import Compression, compress

if TYPE_CHECKING:
    from ..registry.abstract import Abstract

INPUTS: Final = 128  # of a chunk: enough that handing it over costs little, few enough that all workers end together
_BYTES: Final = 4 * 1024 * 1024  # of a chunk: long reports make it end earlier


class Failure(NamedTuple):
    """An input that gave nothing. ``reason`` never holds report text."""

    number: int  # among all inputs of the run
    origin: str
    reason: str


def operation_outcome(failure: Failure) -> bytes:
    """A failure as a line of NDJSON."""
    issue = {"severity": "error", "code": "processing", "details": {"text": failure.reason}, "diagnostics": failure.origin}
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]}, option=orjson.OPT_APPEND_NEWLINE)


@dataclass(slots=True)
class Chunk:
    """Inputs that stand one after the other in the run."""

    first: int  # the number of its first input
    tasks: list[Task] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)  # what the readers could not read
    size: int = 0  # bytes read for it

    def __len__(self) -> int:
        return len(self.tasks) + len(self.failures)

    def add(self, number: int, item: Task | ReadError) -> None:
        """Put one more input into it."""
        if isinstance(item, ReadError):
            self.failures.append(Failure(number, item.origin, item.reason))
            self.size += item.size
        else:
            self.tasks.append(item)
            self.size += item.document.size


@dataclass(slots=True)
class Outcome:
    """What became of a chunk."""

    accepted: int = 0
    needs_review: int = 0
    failures: list[Failure] = field(default_factory=list)
    facts: list[tuple[Fact, ...]] = field(default_factory=list)
    lines: dict[str, bytes] = field(default_factory=dict)  # by resourceType; compressed where that is wanted
    counts: Counter[str] = field(default_factory=Counter)  # resources by type
    bundles: list[tuple[str, bytes]] = field(default_factory=list)  # id and JSON, where each report gives a Bundle
    abstracts: list[Abstract] = field(default_factory=list)  # where reports become abstracts for a registry


def chunks(items: Iterable[tuple[int, Task | ReadError]], boundary: int) -> Iterator[Chunk]:
    """The inputs in chunks; none of them crosses a multiple of ``boundary``."""
    chunk = Chunk(0)
    for number, item in items:
        if chunk and (number - chunk.first >= INPUTS or chunk.size >= _BYTES or number % boundary == 0):
            yield chunk
            chunk = Chunk(number)
        chunk.add(number, item)
    if chunk:
        yield chunk


def convert(converter: Converter, compression: Compression, chunk: Chunk) -> Outcome:
    """What becomes of a chunk."""
    outcome = Outcome(failures=list(chunk.failures))
    lines: dict[str, list[bytes]] = defaultdict(list)
    for task in chunk.tasks:
        done = converter.convert(task)
        if isinstance(done, ReadError):
            outcome.failures.append(Failure(task.number, done.origin, done.reason))
            continue
        if done.accepted:
            outcome.accepted += 1
        else:
            outcome.needs_review += 1
        outcome.facts.append(done.facts)
        for kind, line in done.resources:
            if kind == "Bundle":
                outcome.bundles.append((done.id, line))
            else:
                lines[kind] += (line, b"\n")
                outcome.counts[kind] += 1
    outcome.failures.sort()
    outcome.lines = {kind: compress(b"".join(found), compression) for kind, found in lines.items()}
    return outcome
