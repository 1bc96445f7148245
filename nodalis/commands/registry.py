"""``nodalis registry export`` and ``check``: reports -> abstracts for a cancer registry; NAACCR XML files checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fhir_export import Context
from parser.model import DecisionStatus, Report

from ..context_csv import load_context
from ..conversion import Converter, Settings, Task
from ..exits import Exit, complain, say, unexpected
from ..files import whole_file
from ..intake import Intake
from ..pipeline import Tally
from ..printable import one_line
from ..progress import Progress
from ..readers import Columns, ReadError, Unread, items, opened, total_bytes
from ..registry.abstract import abstract
from ..registry.abstract_files import Form, abstract_file
from ..registry.checks import MAX_BYTES, problems
from ..registry.identity import left_out


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


def export(inputs: Sequence[str], columns: Columns, output: Path, wanted: Wanted, sheet: Path | None, rules: Path | None) -> Exit:
    """Write the abstracts of the reports that are accepted or that a person has read, and of the others where they are wanted."""
    converter = Converter(Settings(rules=rules, edition=wanted.edition))
    intake = Intake({}, load_context(sheet) if sheet else None)
    tally = Tally()
    with Progress(total_bytes(inputs)) as progress:
        write(_of_files(converter, intake.tasks(items(inputs, columns)), tally, progress), output, wanted, tally)
    left_out = 0 if wanted.unreviewed else tally.needs_review
    say(f"{tally}; abstracts in {output}" + (f", without the {left_out} to review (--unreviewed)" if left_out else ""))
    return tally.exit


def check(path: Path) -> Exit:
    """Print each problem of a file on a line of its own, or that there is none."""
    with path.open("rb") as stream:
        found = problems(stream.read(MAX_BYTES + 1))
    for problem in found:
        print(one_line(f"{path}:{problem.line}: {problem.message}"))
    if found:
        say(f"{len(found)} problem{'s' * (len(found) != 1)}")
        return Exit.PROBLEMS
    print(one_line(f"{path}: no problem"))
    return Exit.OK


def write(sources: Iterable[Source | ReadError], output: Path, wanted: Wanted, tally: Tally) -> None:
    """Write the abstracts of these reports; what cannot be read or does not fit is said and counted."""
    unfitting: Counter[str] = Counter()
    with whole_file(output) as stream, abstract_file(stream, wanted.form) as add:
        for source in sources:
            if isinstance(source, ReadError):
                tally.fail(source.origin, source.reason)
                continue
            unfitting.update(left_out(source.context))
            settled = source.report.status is DecisionStatus.ACCEPTED or source.context.reviewer is not None
            try:
                if settled or wanted.unreviewed:
                    add(abstract(source.report, source.context, wanted.edition))
                tally.take(int(settled), int(not settled), ())
            except Exception as error:  # one report that cannot be abstracted must not stop the others
                tally.fail(source.origin, unexpected(error))
    for problem, number in unfitting.items():
        complain(f"{problem}: left out of {number} abstract{'s' * (number != 1)}", "warning")


def _of_files(
    converter: Converter, tasks: Iterable[tuple[int, Task | ReadError]], tally: Tally, progress: Progress
) -> Iterator[Source | ReadError]:
    for _, task in tasks:
        yield _read(converter, task)
        progress.advance(task.size if isinstance(task, ReadError) else task.document.size, counts=tally.brief)


def _read(converter: Converter, task: Task | ReadError) -> Source | ReadError:
    if isinstance(task, ReadError):
        return task
    document = opened(task.document) if isinstance(task.document, Unread) else task.document
    if isinstance(document, ReadError):
        return document
    read = converter.read(document, task.sheet)
    return read if isinstance(read, ReadError) else Source(document.origin, document.id, *read)
