"""``nodalis registry export`` and ``check``: reports -> abstracts for a cancer registry; NAACCR XML files checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fhir_export import Context
from parser.model import DecisionStatus, Report

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
from ..registry.checks import MAX_BYTES, problems
from ..registry.dictionary import RecordType, Release, load_dictionary
from ..registry.naaccr_xml import ItemError, fitting, write
from ..registry.tables import write_csv, write_text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported."""

    release: Release
    record_type: RecordType
    edition: str
    unreviewed: bool  # with the reports that need review


def export(
    inputs: Sequence[str], columns: Columns, output: Path, format: str, wanted: Wanted, sheet: Path | None, rules: Path | None
) -> Exit:
    """Write the abstracts of the reports that are accepted or that a person has read, and of the others where they are wanted."""
    tally = Tally()
    converter = Converter(Settings(rules=rules, edition=wanted.edition))
    intake = Intake({}, load_context(sheet) if sheet else None)
    with whole_file(output) as stream, Progress(total_bytes(inputs)) as progress:
        found = _abstracts(converter, intake.tasks(items(inputs, columns)), wanted, tally, progress)
        if format == "xml":
            write(stream, found, wanted.release, wanted.record_type)
        else:
            (write_csv if format == "csv" else write_text)(stream, found)
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


def _abstracts(
    converter: Converter, tasks: Iterable[tuple[int, Task | ReadError]], wanted: Wanted, tally: Tally, progress: Progress
) -> Iterator[Abstract]:
    """The abstracts to write; what cannot be read or does not fit is said and counted."""
    dictionary = load_dictionary(wanted.release)
    for _, task in tasks:
        size = task.size if isinstance(task, ReadError) else task.document.size
        read = _read(converter, task)
        if isinstance(read, ReadError):
            tally.fail(read.origin, read.reason)
        else:
            origin, report, context = read
            settled = report.status is DecisionStatus.ACCEPTED or context.reviewer is not None
            try:
                one = fitting(abstract(report, context, wanted.edition), dictionary, wanted.record_type)
            except ItemError as error:
                tally.fail(origin, str(error))
            except Exception as error:  # one report that cannot be abstracted must not stop the others
                tally.fail(origin, unexpected(error))
            else:
                tally.take(int(settled), int(not settled), ())
                if settled or wanted.unreviewed:
                    yield one
        progress.advance(size, counts=tally.brief)


def _read(converter: Converter, task: Task | ReadError) -> tuple[str, Report, Context] | ReadError:
    if isinstance(task, ReadError):
        return task
    document = opened(task.document) if isinstance(task.document, Unread) else task.document
    if isinstance(document, ReadError):
        return document
    read = converter.read(document, task.sheet)
    return read if isinstance(read, ReadError) else (document.origin, *read)
