"""``nodalis registry export`` and ``check``: reports -> abstracts for a cancer registry; NAACCR XML files checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fhir_export import Context
from parser.model import Report

from ..archive.chunks import Chunk, Failure, Outcome, chunks
from ..archive.parts import SHARD
from ..archive.workers import Workers, cores
from ..context_csv import load_context
from ..conversion import Converter, Settings, Task
from ..exits import Exit, complain, say, unexpected
from ..files import whole_file
from ..intake import Intake
from ..pipeline import Tally
from ..printable import one_line
from ..progress import Progress
from ..readers import Columns, ReadError, Unread, items, opened, total_bytes
from ..registry.abstract import Abstract, abstract, is_settled
from ..registry.abstract_files import Form, abstract_file
from ..registry.checks import MAX_BYTES, Problem, problems
from ..registry.packed import BROKEN, broken, packed, unpacked


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported."""

    form: Form
    edition: str
    unreviewed: bool = False  # with the reports that need review


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """A report as a registry takes it."""

    origin: str
    id: str  # of its file; its number may be another one
    report: Report
    context: Context


def export(
    inputs: Sequence[str], columns: Columns, output: Path, wanted: Wanted, sheet: Path | None, rules: Path | None, workers: int | None
) -> Exit:
    """Write the abstracts of the reports that are accepted or that a person has read, and of the others where they are wanted."""
    settings = Settings(rules=rules, edition=wanted.edition)
    tally, converter = Tally(), Converter(settings)
    tasks = Intake({}, load_context(sheet) if sheet else None).tasks(items(inputs, columns))
    with (
        Workers(partial(_abstracted, converter, wanted), partial(_work, settings, wanted), workers or cores()) as pool,
        Progress(total_bytes(inputs), lines=True) as progress,
    ):
        write(_abstracts(pool, tasks, tally, progress), output, wanted.form)
    left_out = 0 if wanted.unreviewed else tally.needs_review
    say(f"{tally}; abstracts in {output}" + (f", without the {left_out} to review (--unreviewed)" if left_out else ""))
    return tally.exit


def write(abstracts: Iterable[Abstract], output: Path, form: Form) -> None:
    """Write them, but for those without an item, and say how many these are, and of how many an item is left out since it does not fit."""
    unfitting: Counter[str] = Counter()
    empty = 0
    with whole_file(output) as file, packed(file, output) as stream, abstract_file(stream, form) as add:
        for one in abstracts:
            if one.is_empty:
                empty += 1
                continue
            add(one)
            unfitting.update(one.left_out)
    if empty:
        say(f"{empty} report{'s' * (empty != 1)} without an item for a registry left out")
    for problem, number in unfitting.items():
        complain(f"{problem}: left out of {number} abstract{'s' * (number != 1)}", "warning")


def check(path: Path) -> Exit:
    """Print each problem of a file on a line of its own, or that there is none."""
    try:
        with unpacked(path) as stream:
            found = problems(stream.read(MAX_BYTES + 1))
    except BROKEN as error:
        found = [Problem(1, broken(error))]
    for problem in found:
        print(one_line(f"{path}:{problem.line}: {problem.message}"))
    if found:
        say(f"{len(found)} problem{'s' * (len(found) != 1)}")
        return Exit.PROBLEMS
    print(one_line(f"{path}: no problem"))
    return Exit.OK


def _abstracts(pool: Workers, tasks: Iterable[tuple[int, Task | ReadError]], tally: Tally, progress: Progress) -> Iterator[Abstract]:
    """The abstracts to write; what cannot be read is said and counted."""
    for chunk, outcome in pool.outcomes(chunks(tasks, SHARD)):
        tally.take(outcome.accepted, outcome.needs_review, outcome.failures)
        yield from outcome.abstracts
        progress.advance(chunk.size, len(chunk), tally.brief)


def _work(settings: Settings, wanted: Wanted) -> Callable[[Chunk], Outcome]:
    """The same work in another process, which loads the rules for itself."""
    return partial(_abstracted, Converter(settings), wanted)


def _abstracted(converter: Converter, wanted: Wanted, chunk: Chunk) -> Outcome:
    """What becomes of a chunk."""
    outcome = Outcome(failures=list(chunk.failures))
    for task in chunk.tasks:
        source = _read(converter, task)
        if isinstance(source, ReadError):
            outcome.failures.append(Failure(task.number, source.origin, source.reason))
            continue
        try:
            one = abstract(source.report, source.context, wanted.edition)
        except Exception as error:  # one report that cannot be abstracted must not stop the others
            outcome.failures.append(Failure(task.number, source.origin, unexpected(error)))
            continue
        settled = is_settled(source.report, source.context)
        outcome.accepted += settled
        outcome.needs_review += not settled
        if settled or wanted.unreviewed:
            outcome.abstracts.append(one)
    outcome.failures.sort()
    return outcome


def _read(converter: Converter, task: Task) -> Source | ReadError:
    document = opened(task.document) if isinstance(task.document, Unread) else task.document
    if isinstance(document, ReadError):
        return document
    read = converter.read(document, task.sheet)
    return read if isinstance(read, ReadError) else Source(document.origin, document.id, *read)
