"""``nodalis convert`` for archives: inputs -> FHIR Bulk Data, facts, failures and a manifest in one folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from ..conversion import Converter, Settings, Task
from ..exits import complain, say
from ..pipeline import Tally, now
from ..progress import Progress
from ..readers import Columns, ReadError
from .chunks import Chunk, chunks
from .compression import Compression
from .fingerprint import key_of
from .ledger import Ledger
from .manifest import about
from .parts import SHARD, Parts
from .publish import publish
from .workers import Workers

WORK: Final = ".nodalis"  # in the output folder: the ledger, and what waits to be published
SAID: Final = 20  # failures that are said one by one; all of them stand in a file


class BulkRun:
    """One archive into one folder. Started again after a kill it goes on, and when it is done it has nothing to do."""

    def __init__(self, out: Path, settings: Settings, converter: Converter, compression: Compression, columns: Columns) -> None:
        self._out = out
        self._parts = out / WORK / "parts"
        self._compression = compression
        self._about = about(settings, converter.rules)
        options = {"settings": asdict(replace(settings, rules=None)), "columns": asdict(columns), "compression": compression}
        self._made_of = {**self._about, **options}
        self._recorded = settings.flags.get("recorded")

    def run(self, files: Iterable[str], items: Iterator[tuple[int, Task | ReadError]], workers: Workers, progress: Progress) -> Tally:
        """Convert what is not yet converted, and publish all of it. ``files`` are those that the items come from.

        Raises:
            FatalError: another run has the folder.
        """
        key = key_of(self._made_of, files)
        with Ledger(self._out / WORK / "ledger.sqlite") as ledger:
            if ledger.finished(key) and all((self._out / name).is_file() for name in ledger.published):
                shutil.rmtree(self._parts, ignore_errors=True)  # a kill may have left them
                say(f"{self._out} holds all of this already: nothing to do")
                return _tally(ledger)
            if ledger.begin(key, self._recorded or now()):
                shutil.rmtree(self._parts, ignore_errors=True)
            tally = _tally(ledger)
            if ledger.state == "converting":
                try:
                    self._convert(items, ledger, workers, progress, tally)
                except KeyboardInterrupt:
                    complain(f"stopped after {ledger.done.inputs:,} inputs: the same command goes on", "warning")
                    raise
            publish(self._out, self._parts, ledger, self._about)
        return tally

    def _convert(
        self, items: Iterator[tuple[int, Task | ReadError]], ledger: Ledger, workers: Workers, progress: Progress, tally: Tally
    ) -> None:
        done = ledger.done.inputs
        if done:
            say(f"{self._out}: {done:,} inputs are converted already, going on")
        with Parts(self._parts, ledger, self._compression) as parts:
            for chunk, outcome in workers.outcomes(_behind(done, chunks(items, SHARD), progress)):
                parts.add(chunk, outcome)
                tally.take(outcome.accepted, outcome.needs_review, outcome.failures)
                progress.advance(chunk.size, len(chunk), tally.brief)


def _tally(ledger: Ledger) -> Tally:
    done = ledger.done
    return Tally(done.accepted, done.needs_review, done.failed, most_said=SAID)


def _behind(done: int, found: Iterable[Chunk], progress: Progress) -> Iterator[Chunk]:
    """The chunks from the input ``done`` on; those before are read, since only reading finds where an input begins, and passed over."""
    for chunk in found:
        if chunk.first >= done:
            yield chunk
        else:
            progress.skip(chunk.size)
