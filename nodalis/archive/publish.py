"""A finished run -> the files of its output folder, each whole; the manifest, which names them all, comes last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO, Final

from ..exits import FatalError
from ..facts import schema
from ..spreadsheet import edition_column
from .chunks import operation_outcome
from .figures import Figures
from .ledger import Ledger
from .manifest import MANIFEST, Listed, listed, manifest
from .page import page
from .parts import FACTS, facts_of, sync_folder

_FACTS: Final = "facts.parquet"
_FAILED: Final = "failed.ndjson"
_PAGE: Final = "summary.html"


def publish(out: Path, parts: Path, ledger: Ledger, about: Mapping[str, str]) -> None:
    """Put the files of a run into place. ``about`` says by which software, rules and edition, for the manifest.

    A kill leaves the folder without a manifest, and the next start does the rest.
    """
    ledger.reach("publishing")
    files = [file for file in ledger.files() if file.kind != FACTS]
    done = ledger.done
    names = [*(file.name for file in files), _FACTS, *([_FAILED] if done.failed else []), _PAGE, MANIFEST]
    gone = ledger.published - set(names)
    ledger.publish(names)
    (out / MANIFEST).unlink(missing_ok=True)  # from here on until the new one stands, nobody can take the folder for complete
    for name in sorted(gone):
        (out / name).unlink(missing_ok=True)
    for file in files:
        _move(parts / file.name, out / file.name)
    figures = Figures()
    with _made(parts / _FACTS, out) as stream:
        _write_facts(stream, [parts / file.name for file in ledger.files() if file.kind == FACTS], about, figures)
    if done.failed:
        with _made(parts / _FAILED, out) as stream:
            stream.writelines(map(operation_outcome, ledger.failures()))
    with _made(parts / _PAGE, out) as stream:
        stream.write(page(figures, done, about).encode())
    with _made(parts / MANIFEST, out) as stream:
        stream.write(_manifest(out, ledger, about))
    sync_folder(out)
    ledger.publish([], gone)
    ledger.reach("finished")
    shutil.rmtree(parts)


def _manifest(out: Path, ledger: Ledger, about: Mapping[str, str]) -> bytes:
    """All files of the folder."""
    done = ledger.done
    return manifest(
        ledger.started,
        about,
        {"accepted": done.accepted, "needsReview": done.needs_review, "failed": done.failed},
        output=[_listed(out / file.name, file.kind, file.lines, file.sha256) for file in ledger.files() if file.kind != FACTS],
        error=[_listed(out / _FAILED, "OperationOutcome", done.failed)] if done.failed else [],
        files=[_listed(out / _FACTS, "facts"), _listed(out / _PAGE, "summary")],
    )


def _move(waiting: Path, place: Path) -> None:
    try:
        os.replace(waiting, place)
    except FileNotFoundError:
        if not place.exists():  # else a run that was killed has moved it
            raise FatalError(f"{waiting}: gone; remove {waiting.parent.parent} to convert anew") from None


@contextmanager
def _made(waiting: Path, out: Path) -> Iterator[BinaryIO]:
    """A file that is written where it is not seen, and goes to its place when it is on the disk."""
    with waiting.open("wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(waiting, out / waiting.name)


def _write_facts(stream: BinaryIO, parts: Sequence[Path], about: Mapping[str, str], figures: Figures) -> None:
    """The facts of all shards as one file, a group of rows a part."""
    import pyarrow
    from pyarrow import parquet

    # What a column means depends on rules and program, so the file names them.
    described = schema().with_metadata({f"nodalis.{name}": value for name, value in about.items()})
    with parquet.ParquetWriter(stream, described, compression="zstd") as writer:
        for part in parts:
            table = pyarrow.concat_tables(facts_of(part)).combine_chunks()
            figures.add(table, edition_column(about["edition"]))
            writer.write_table(table.replace_schema_metadata(described.metadata))


def _listed(path: Path, kind: str, count: int | None = None, digest: str | None = None) -> Listed:
    if digest is None:
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
    return listed(path.name, kind, path.stat().st_size, digest, count)
