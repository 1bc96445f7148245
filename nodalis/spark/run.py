"""``nodalis convert --engine spark``: Parquet in, the output of the local engine in many parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson

from ..archive.chunks import Failure, operation_outcome
from ..archive.manifest import MANIFEST, Listed, listed, manifest
from ..archive.run import SAID
from ..conversion import Settings
from ..exits import FatalError, UsageError, complain
from ..facts import schema
from ..pipeline import AGAIN, Tally, now
from ..readers import Columns, ReadError
from ..surroundings import ISSUER
from .frame import ddl
from .identity import decided
from .inputs import reports
from .store import Store
from .worker import FACTS, FAILED, LINES, PARTS, lines, shipped, unpacked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_WORK: Final = ".nodalis-spark"  # in the output folder, until all is done
_FACTS: Final = "facts.parquet"
_DIGESTS: Final = 4  # files that are read at once for their digests
_ROWS: Final = 20_000  # of a part, about: some seconds of work
_PARTS: Final = 200  # what Spark begins with for a small input; it puts them together itself


class SparkRun:
    """One conversion into one folder, from the beginning to the manifest."""

    def __init__(self, spark: SparkSession, out: str, settings: Settings, compression: str) -> None:
        self._spark = spark
        self._out = out
        self._store = Store(spark, out)
        self._settings = settings
        self._compression = compression
        self._started = settings.flags.get("recorded") or now()

    def run(self, inputs: Sequence[str], columns: Columns, about: Mapping[str, str]) -> Tally:
        """Convert all of it.

        Raises:
            FatalError: the folder holds something else.
            UsageError: an input is no Parquet, or the folder lies in it.
        """
        for name in inputs:
            if self._store.lies_in(Store(self._spark, name)):
                raise UsageError(f"-o: {self._out} lies in a folder that is read: expected a place outside of it")
        found, rows, unread = reports(self._spark, inputs, columns)
        self._clear()
        if found is not None:
            self._write_lines(found, rows)
        counts, ends = self._counted()
        tally = self._tally(ends, unread)
        kinds = sorted({kind for part in counts.values() for kind in part})
        for kind in kinds:
            self._store.move(f"{_WORK}/kind={kind}", f"{kind}.ndjson")
        self._write_facts()
        files = {kind: self._listed(f"{kind}.ndjson", kind, counts) for kind in kinds}
        if unread:
            files[FAILED] = [*files.get(FAILED, ()), self._write_unread(unread)]
        error = files.pop(FAILED, [])
        ended = {"accepted": tally.accepted, "needsReview": tally.needs_review, "failed": tally.failed}
        output = [file for kind in kinds for file in files.get(kind, ())]
        facts = self._listed(_FACTS, FACTS)
        self._store.write(MANIFEST, manifest(self._started, about, ended, output, error, facts))
        self._store.remove(_WORK)
        return tally

    def _clear(self) -> None:
        """Make room: a run that was stopped is begun anew, and nothing else is ever removed."""
        if self._store.is_folder("") is False:
            raise FatalError(f"{self._out}: not a folder")
        names = self._store.names()
        if MANIFEST in names:
            raise FatalError(f"{self._out}: holds a finished run; choose another folder, or remove it")
        if names and _WORK not in names:
            raise FatalError(f"{self._out}: not empty; Spark writes to a folder of its own")
        for name in names:
            if name == _FACTS or name.endswith(".ndjson"):
                self._store.remove(name)
        self._store.make(_WORK)

    def _write_lines(self, found: DataFrame, rows: int) -> None:
        """Convert: all kinds of file in one pass over the reports."""
        self._spark.conf.set("spark.sql.shuffle.partitions", max(_PARTS, rows // _ROWS))
        made = decided(found, self._settings.flags.get("issuer", ISSUER)).mapInArrow(partial(lines, shipped(self._settings)), LINES)
        made.write.partitionBy("kind").option("compression", self._compression).mode("overwrite").text(self._store.place(_WORK))

    def _counted(self) -> tuple[dict[int, Counter[str]], Counter[str]]:
        """How many lines of each kind are in each part, and what became of the rows."""
        parts: dict[int, Counter[str]] = {}
        ends = Counter[str]()
        for line in self._lines_of(PARTS).collect() if self._has(PARTS) else ():
            row = orjson.loads(line.value)
            parts[row.pop("part")] = Counter(row.pop("counts"))
            ends.update(row)
        return parts, ends

    def _tally(self, ends: Mapping[str, int], unread: Iterable[ReadError]) -> Tally:
        """The tally; the first failures are said, and how many reports were there again."""
        tally = Tally(ends["accepted"], ends["needs_review"], most_said=SAID)
        for error in unread:
            tally.fail(error.origin, error.reason)
        failed = tally.failed + ends["failed"]
        for line in self._lines_of(FAILED).take(SAID + 1) if ends["failed"] else ():
            (issue,) = orjson.loads(line.value)["issue"]
            tally.fail(issue["diagnostics"], issue["details"]["text"])
        tally.failed = failed
        if ends["again"]:
            complain(f"{ends['again']:,} row{'s' * (ends['again'] > 1)}: {AGAIN}", "warning")
        return tally

    def _write_facts(self) -> None:
        if self._has(FACTS):
            facts = self._lines_of(FACTS).mapInArrow(unpacked, ddl(schema()))
        else:
            facts = self._spark.createDataFrame([], ddl(schema()))
        facts.write.option("compression", "zstd").parquet(self._store.place(_FACTS))

    def _write_unread(self, unread: Sequence[ReadError]) -> Listed:
        """A file for the inputs that Spark cannot read; gives how the manifest lists it."""
        path = f"{FAILED}.ndjson/inputs.ndjson"
        outcomes = [operation_outcome(Failure(number, error.origin, error.reason)) for number, error in enumerate(unread)]
        self._store.write(path, b"".join(outcomes))
        stored = self._store.stored(path)
        return listed(path, "OperationOutcome", stored.bytes, stored.sha256, len(unread))

    def _listed(self, folder: str, kind: str, counts: Mapping[int, Mapping[str, int]] | None = None) -> list[Listed]:
        """The files of a folder as the manifest lists them."""
        with ThreadPoolExecutor(_DIGESTS) as pool:
            found = pool.map(self._store.stored, self._store.files(folder))
        shown = "OperationOutcome" if kind == FAILED else kind
        return [listed(file.path, shown, file.bytes, file.sha256, counts[file.part][kind] if counts else None) for file in found]

    def _lines_of(self, kind: str) -> DataFrame:
        return self._spark.read.text(self._store.place(f"{_WORK}/kind={kind}"))

    def _has(self, kind: str) -> bool:
        return self._store.is_folder(f"{_WORK}/kind={kind}") is True
