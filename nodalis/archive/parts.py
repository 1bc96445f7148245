"""The files of a run in the folder where they wait: NDJSON by resource type, and facts; new ones every ``SHARD`` inputs.

They only ever grow. Once a second, and at the end, they are on the disk and the ledger says how long they are; after a kill they are cut
to that length, and the run goes on behind it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final

from .. import facts
from .chunks import INPUTS, Chunk, Failure, Outcome
from .compression import SUFFIXES, Compression
from .ledger import File, Ledger

if TYPE_CHECKING:
    import pyarrow

SHARD: Final = 64 * INPUTS  # inputs of a set of files
FACTS: Final = "facts"
_SECONDS: Final = 1.0  # between two entries of the ledger: what a kill may cost, besides the time to start


@dataclass(slots=True)
class _Part:
    """A file that grows."""

    stream: BinaryIO
    digest: hashlib._Hash
    name: str
    kind: str
    lines: int

    def write(self, data: bytes, lines: int) -> None:
        self.stream.write(data)
        self.digest.update(data)
        self.lines += lines

    def on_disk(self) -> File:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        return File(self.name, self.kind, self.lines, self.stream.tell(), self.digest.hexdigest())


class Parts:
    """Takes the outcomes of a run in their order, from where the ledger says that it stands."""

    def __init__(self, folder: Path, ledger: Ledger, compression: Compression) -> None:
        self._folder = folder
        self._ledger = ledger
        self._suffix = f"ndjson{SUFFIXES[compression]}"
        self._parts: dict[str, _Part] = {}
        self._open = ExitStack()
        self._done = ledger.done
        self._failures: list[Failure] = []
        self._last = monotonic()
        self._known = {file.name: file for file in ledger.files()}
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path.name not in self._known:
                path.unlink()

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._open:
            if kind is None:
                self._record()

    def add(self, chunk: Chunk, outcome: Outcome) -> None:
        """Write what became of a chunk."""
        shard = chunk.first // SHARD
        if chunk.first % SHARD == 0 and chunk.first:
            self._record()
            self._open.close()
            self._parts.clear()
        for kind, lines in outcome.lines.items():
            self._part(kind, f"{kind}.{shard:05}.{self._suffix}").write(lines, outcome.counts[kind])
        if outcome.facts:
            self._part(FACTS, f"{FACTS}.{shard:05}.arrow").write(facts.packed(outcome.facts), len(outcome.facts))
        self._failures += outcome.failures
        self._done = self._done.plus(len(chunk), outcome.accepted, outcome.needs_review)
        if monotonic() - self._last > _SECONDS:
            self._record()

    def _part(self, kind: str, name: str) -> _Part:
        if kind not in self._parts:
            self._parts[kind] = self._opened(kind, name)
        return self._parts[kind]

    def _opened(self, kind: str, name: str) -> _Part:
        """A new file, or what the ledger knows of one that was begun."""
        known = self._known.get(name)
        stream = self._open.enter_context((self._folder / name).open("r+b" if known else "wb"))
        digest = hashlib.sha256()
        if known:
            stream.truncate(known.bytes)
            while data := stream.read(1024 * 1024):
                digest.update(data)
        return _Part(stream, digest, name, kind, known.lines if known else 0)

    def _record(self) -> None:
        """Have all of it on the disk, then tell the ledger."""
        files = [part.on_disk() for part in self._parts.values()]
        sync_folder(self._folder)
        self._ledger.record(self._done, files, self._failures)
        self._failures.clear()
        self._last = monotonic()


def facts_of(path: Path) -> Iterator[pyarrow.Table]:
    """The facts of a part, chunk by chunk."""
    import pyarrow

    with pyarrow.OSFile(str(path)) as stream:
        while stream.tell() < stream.size():
            with pyarrow.ipc.open_stream(stream) as reader:
                yield reader.read_all()


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on the disk, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
