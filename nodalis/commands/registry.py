"""``nodalis registry export`` and ``check``: reports -> abstracts for a cancer registry; NAACCR XML files checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fhir_export import Context
from parser.model import DecisionStatus, Report

from ..archive.chunks import Chunk, Failure, Outcome, chunks
from ..archive.parts import SHARD
from ..archive.workers import Workers, cores
from ..context_csv import load_context
from ..conversion import Converter, Settings, Task
from ..exits import Exit, say, unexpected
from ..files import whole_file
from ..intake import Intake
from ..pipeline import Tally
from ..printable import one_line
from ..progress import Progress
from ..readers import Columns, ReadError, Unread, items, opened, total_bytes
from ..registry.abstract import Abstract, abstract
from ..registry.checks import MAX_BYTES, Problem, problems
from ..registry.dictionary import RecordType, Release, load_dictionary
from ..registry.naaccr_xml import ItemError, fitting, write
from ..registry.packed import BROKEN, broken, packed, unpacked
from ..registry.tables import write_csv, write_text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported."""

    release: Release
    record_type: RecordType
    edition: str
    unreviewed: bool  # with the reports that need review


def export(
    inputs: Sequence[str],
    columns: Columns,
    output: Path,
    format: str,
    wanted: Wanted,
    sheet: Path | None,
    rules: Path | None,
    workers: int | None,
) -> Exit:
    """Write the abstracts of the reports that are accepted or that a person has read, and of the others where they are wanted."""
    settings = Settings(rules=rules, edition=wanted.edition)
    tally, converter = Tally(), Converter(settings)
    tasks = Intake({}, load_context(sheet) if sheet else None).tasks(items(inputs, columns))
    with (
        whole_file(output) as file,
        packed(file, output) as stream,
        Workers(partial(_abstracted, converter, wanted), partial(_work, settings, wanted), workers or cores()) as pool,
        Progress(total_bytes(inputs), lines=True) as progress,
    ):
        found = _abstracts(pool, tasks, tally, progress)
        if format == "xml":
            write(stream, found, wanted.release, wanted.record_type)
        else:
            (write_csv if format == "csv" else write_text)(stream, found)
    left_out = 0 if wanted.unreviewed else tally.needs_review
    say(f"{tally}; abstracts in {output}" + (f", without the {left_out} to review (--unreviewed)" if left_out else ""))
    return tally.exit


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
    """The abstracts to write; what cannot be read or does not fit is said and counted."""
    for chunk, outcome in pool.outcomes(chunks(tasks, SHARD)):
        tally.take(outcome.accepted, outcome.needs_review, outcome.failures)
        yield from outcome.abstracts
        progress.advance(chunk.size, len(chunk), tally.brief)


def _work(settings: Settings, wanted: Wanted) -> Callable[[Chunk], Outcome]:
    """The same work in another process, which loads the rules for itself."""
    return partial(_abstracted, Converter(settings), wanted)


def _abstracted(converter: Converter, wanted: Wanted, chunk: Chunk) -> Outcome:
    """What becomes of a chunk."""
    outcome, dictionary = Outcome(failures=list(chunk.failures)), load_dictionary(wanted.release)
    for task in chunk.tasks:
        read = _read(converter, task)
        if isinstance(read, ReadError):
            outcome.failures.append(Failure(task.number, read.origin, read.reason))
            continue
        origin, report, context = read
        settled = report.status is DecisionStatus.ACCEPTED or context.reviewer is not None
        try:
            one = fitting(abstract(report, context, wanted.edition), dictionary, wanted.record_type)
        except ItemError as error:
            outcome.failures.append(Failure(task.number, origin, str(error)))
        except Exception as error:  # one report that cannot be abstracted must not stop the others
            outcome.failures.append(Failure(task.number, origin, unexpected(error)))
        else:
            outcome.accepted += settled
            outcome.needs_review += not settled
            if settled or wanted.unreviewed:
                outcome.abstracts.append(one)
    outcome.failures.sort()
    return outcome


def _read(converter: Converter, task: Task) -> tuple[str, Report, Context] | ReadError:
    document = opened(task.document) if isinstance(task.document, Unread) else task.document
    if isinstance(document, ReadError):
        return document
    read = converter.read(document, task.sheet)
    return read if isinstance(read, ReadError) else (document.origin, *read)
