"""What Spark's Python workers do: rows as Arrow in, what ``nodalis.conversion`` makes of them out.

Nothing here raises with a value: Spark writes the messages of exceptions into its logs.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import orjson

from .. import facts
from ..archive import chunks
from ..archive.chunks import Chunk, Outcome, operation_outcome
from ..conversion import Converted, Converter, Settings, Task
from ..pipeline import AGAIN
from ..readers.document import COLUMNS, ReadError
from ..readers.parquet import report
from ..surroundings import NAMES

if TYPE_CHECKING:
    import pyarrow

FACTS: Final = "facts"
FAILED: Final = "failed"
PARTS: Final = "parts"
LINES: Final = "kind string, line string"
_AT_ONCE: Final = 256  # reports whose resources are held together, whatever the size of Spark's batches


@dataclass(frozen=True, slots=True)
class Shipped:
    """What a worker needs to convert as the driver does, with no file of the driver's machine."""

    settings: Settings
    rules: tuple[tuple[str, bytes], ...]  # names and contents of the user's own


_made: tuple[Shipped, Converter] | None = None  # of this process; Spark uses it for many tasks


def shipped(settings: Settings) -> Shipped:
    """The settings with the user's own rules as they are now."""
    path = settings.rules
    if path is None:
        return Shipped(settings, ())
    files = sorted(file for file in path.iterdir() if file.suffix == ".toml") if path.is_dir() else [path]
    return Shipped(replace(settings, rules=None), tuple((file.name, file.read_bytes()) for file in files))


def rows(what: Shipped, batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """The columns of ``facts``, ``error`` and ``resources``: a row for each row."""
    import pyarrow

    converter = _converter(what)
    nothing = (None,) * (len(facts.columns()) - 1)
    kind = pyarrow.list_(pyarrow.struct([("type", pyarrow.string()), ("json", pyarrow.string())]))
    for some in _some(batches):
        done = [converter.convert(item) if isinstance(item, Task) else item for item in _items(some)]
        ids = [id_ or None for id_ in _texts(some, "id")]
        good = [item if isinstance(item, Converted) else None for item in done]
        table = facts.table(item.facts if item else (id_, *nothing) for id_, item in zip(ids, good, strict=True))
        errors = [None if isinstance(item, Converted) else item.reason for item in done]
        resources = [[{"type": type_, "json": json} for type_, json in item.resources] if item else None for item in good]
        table = table.append_column("error", pyarrow.array(errors, pyarrow.string()))
        yield from table.append_column("resources", pyarrow.array(resources, kind)).combine_chunks().to_batches()


def lines(what: Shipped, batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """Lines of files, by kind of file: resources by type, failures, facts as Arrow in base 64, at last how many there were of each.

    A line of these rows is as many lines of NDJSON as there are, so that little is handed over.
    """
    converter = _converter(what)
    counts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for some in _some(batches):
        chunk, again = Chunk(ends.total()), 0
        for number, item in enumerate(_items(some), chunk.first):
            if isinstance(item, ReadError) and item.reason == AGAIN:
                again += 1
            else:
                chunk.add(number, item)
        outcome = chunks.convert(converter, "none", chunk)
        counts += outcome.counts
        counts.update({FAILED: len(outcome.failures)} if outcome.failures else {})
        ends.update(accepted=outcome.accepted, needs_review=outcome.needs_review, failed=len(outcome.failures), again=again)
        yield _pairs(_files(outcome))
    yield _pairs({PARTS: orjson.dumps({"part": _part(), "counts": dict(counts), **ends})})


def unpacked(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """The facts out of their lines."""
    import pyarrow

    for batch in batches:
        for line in _texts(batch, "value"):
            yield from pyarrow.ipc.open_stream(b64decode(line or ""))


def _files(outcome: Outcome) -> dict[str, bytes]:
    found = {kind: data[:-1] for kind, data in outcome.lines.items()}  # Spark writes the last line end
    if outcome.failures:
        found[FAILED] = b"".join(map(operation_outcome, outcome.failures))[:-1]
    if outcome.facts:
        found[FACTS] = b64encode(facts.packed(outcome.facts, "zstd"))
    return found


def _pairs(found: dict[str, bytes]) -> pyarrow.RecordBatch:
    import pyarrow

    arrays = [pyarrow.array(list(cells), pyarrow.string()) for cells in (found, found.values())]
    return pyarrow.RecordBatch.from_arrays(arrays, ["kind", "line"])


def _converter(what: Shipped) -> Converter:
    """The converter of this process, made when the settings are new."""
    global _made
    if _made is None or _made[0] != what:
        with TemporaryDirectory() as folder:
            for name, data in what.rules:
                Path(folder, name).write_bytes(data)
            _made = what, Converter(replace(what.settings, rules=Path(folder) if what.rules else None))
    return _made[1]


def _some(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, _AT_ONCE):
            yield batch.slice(start, _AT_ONCE)


def _items(batch: pyarrow.RecordBatch) -> Iterator[Task | ReadError]:
    """Each row as what it is: a report, or why it is none."""
    names = [name for name in batch.schema.names if name in NAMES]
    for at, (origin, reason) in enumerate(zip(_texts(batch, "origin"), _texts(batch, "reason"), strict=True)):
        item = ReadError(origin or "", reason) if reason else report(batch, at, COLUMNS, names, origin or "")
        yield item if isinstance(item, ReadError) else Task(at, item)


def _texts(batch: pyarrow.RecordBatch, name: str) -> list[str | None]:
    """A column as text; None for what is not UTF-8."""
    return [_text(value) for value in batch.column(name)]


def _text(value: Any) -> str | None:
    try:
        text: str | None = value.as_py()
    except UnicodeDecodeError:
        return None
    return text


def _part() -> int:
    """Which part of the output this is: the number in the names of its files."""
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context is not None
    return int(context.partitionId())
