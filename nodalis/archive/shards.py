"""The files of a shard: one NDJSON file a resource type and one Parquet file of facts, in the folder where they wait."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from .. import facts
from ..facts import Fact
from .chunks import INPUTS, Failure, Outcome
from .compression import SUFFIXES, Compression
from .ledger import File, Ledger

SHARD: Final = 64 * INPUTS  # inputs of a shard: what a kill may cost, some seconds of work, and the rows of a group in the facts
FACTS: Final = "facts"


class Shard:
    """Takes the outcomes of one shard in their order; ``close`` has all of it on the disk before the ledger knows of it."""

    def __init__(self, folder: Path, number: int, compression: Compression) -> None:
        self._folder = folder
        self._number = number
        self._suffix = f"ndjson{SUFFIXES[compression]}"
        self._streams: dict[str, tuple[BinaryIO, hashlib._Hash]] = {}
        self._open = ExitStack()
        self._counts: Counter[str] = Counter()
        self._facts: list[tuple[Fact, ...]] = []
        self._failures: list[Failure] = []
        self._accepted = self._needs_review = 0

    def add(self, outcome: Outcome) -> None:
        """Write what became of a chunk."""
        for kind, lines in outcome.lines.items():
            if kind not in self._streams:
                self._streams[kind] = (self._open.enter_context((self._folder / self._name(kind)).open("wb")), hashlib.sha256())
            stream, digest = self._streams[kind]
            stream.write(lines)
            digest.update(lines)
        self._counts += outcome.counts
        self._facts += outcome.facts
        self._failures += outcome.failures
        self._accepted += outcome.accepted
        self._needs_review += outcome.needs_review

    def close(self, ledger: Ledger) -> None:
        """Finish the shard."""
        import pyarrow.parquet

        found = []
        for kind, (stream, digest) in sorted(self._streams.items()):
            stream.flush()
            os.fsync(stream.fileno())
            found.append(File(self._name(kind), kind, self._counts[kind], stream.tell(), digest.hexdigest()))
        self._open.close()
        path = self._folder / f"{FACTS}.{self._number:05}.parquet"
        with path.open("wb") as stream:
            pyarrow.parquet.write_table(facts.table(self._facts), stream, compression="zstd")
            stream.flush()
            os.fsync(stream.fileno())
        # Merged into one file at the end, which gets the digest.
        found.append(File(path.name, FACTS, len(self._facts), path.stat().st_size, ""))
        sync_folder(self._folder)
        ledger.record(self._number, self._accepted, self._needs_review, found, self._failures)

    def abandon(self) -> None:
        """Close the files as they are: the next run writes them anew."""
        self._open.close()

    def _name(self, kind: str) -> str:
        return f"{kind}.{self._number:05}.{self._suffix}"


@contextmanager
def shard(folder: Path, number: int, compression: Compression, ledger: Ledger) -> Iterator[Shard]:
    """A shard that is recorded when the block ends without an error."""
    one = Shard(folder, number, compression)
    try:
        yield one
        one.close(ledger)
    finally:
        one.abandon()


def sync_folder(folder: Path) -> None:
    """Have the names of a folder on the disk, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
