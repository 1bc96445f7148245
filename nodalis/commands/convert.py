"""``nodalis convert``: reports -> FHIR, as bulk data with facts and a summary, or one Bundle a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from ..archive.chunks import Chunk, Outcome, chunks, convert
from ..archive.compression import Compression
from ..archive.parts import SHARD
from ..archive.run import BulkRun
from ..archive.workers import Workers, cores
from ..context_csv import load_context
from ..conversion import Converter, Settings, Task
from ..exits import Exit, FatalError, UsageError, say
from ..files import Names, whole_file
from ..intake import Intake
from ..pipeline import Tally
from ..progress import Progress
from ..readers import Columns, ReadError, items, total_bytes


def run(
    inputs: Sequence[str],
    columns: Columns,
    out: Path,
    sheet: Path | None,
    settings: Settings,
    compression: Compression,
    workers: int | None,
) -> Exit:
    """Write the resources of every report."""
    converter = Converter(settings)
    table = load_context(sheet) if sheet else None
    _refuse(inputs, out, sheet)
    tasks = Intake(settings.flags, table).tasks(items(inputs, columns))
    with (
        Workers(partial(convert, converter, compression), partial(_work, settings, compression), workers or cores()) as pool,
        Progress(total_bytes(inputs), lines=True) as progress,
    ):
        if settings.format == "bulk":
            files = [*inputs, *([str(sheet)] if sheet else [])]
            tally = BulkRun(out, settings, converter, compression, columns).run(files, tasks, pool, progress)
        else:
            tally = _bundles(out, tasks, pool, progress)
    say(f"{tally}; FHIR in {out}")
    return tally.exit


def _refuse(inputs: Sequence[str], out: Path, sheet: Path | None) -> None:
    """No file of the run's own may be taken for a report of a folder."""
    if out.exists() and not out.is_dir():
        raise FatalError(f"{out}: not a folder")
    for folder in (Path(name).resolve() for name in inputs if Path(name).is_dir()):
        for option, path in (("-o", out), ("--context", sheet)):
            if path and path.resolve().is_relative_to(folder):
                raise UsageError(f"{option}: {path} lies in a folder that is read: expected a place outside of it")


def _work(settings: Settings, compression: Compression) -> Callable[[Chunk], Outcome]:
    """The same work in another process, which loads rules and options for itself."""
    return partial(convert, Converter(settings), compression)


def _bundles(out: Path, tasks: Iterator[tuple[int, Task | ReadError]], workers: Workers, progress: Progress) -> Tally:
    """One file a report."""
    names, tally = Names(), Tally()
    for chunk, outcome in workers.outcomes(chunks(tasks, SHARD)):
        for id_, bundle in outcome.bundles:
            with whole_file(out / f"{names.name(id_)}.json", durable=False) as stream:
                stream.write(bundle)
        tally.take(outcome.accepted, outcome.needs_review, outcome.failures)
        progress.advance(chunk.size, len(chunk), tally.brief)
    return tally
