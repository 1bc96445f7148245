"""What a run has finished, in SQLite: after a kill the next start knows where to go on.

A shard is recorded in one transaction, after its files are on the disk. What the ledger does not name does not count.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, NamedTuple

from ..exits import FatalError
from .chunks import Failure

State = Literal["converting", "publishing", "finished"]
_FORMAT: Final = 1  # of the ledger; another one is not read
_TABLES: Final = (
    "run (key TEXT NOT NULL, started TEXT NOT NULL, state TEXT NOT NULL)",
    "shard (number INTEGER PRIMARY KEY, accepted INTEGER NOT NULL, needs_review INTEGER NOT NULL)",
    "file (name TEXT PRIMARY KEY, shard INTEGER, kind TEXT, lines INTEGER, bytes INTEGER, sha256 TEXT)",
    "failure (number INTEGER PRIMARY KEY, origin TEXT, reason TEXT)",
    "published (name TEXT PRIMARY KEY)",
)


class File(NamedTuple):
    """A finished file of a shard."""

    name: str
    kind: str  # resourceType, or "facts"
    lines: int  # or rows
    bytes: int
    sha256: str


class Counts(NamedTuple):
    """How many inputs came to which end."""

    accepted: int
    needs_review: int
    failed: int


class Ledger:
    """The ledger of one output folder: of the run that writes there, and of the files of the last one.

    Raises:
        FatalError: another process has it, or it is none.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=0.5, isolation_level=None)
        try:
            self._open(path)
        except sqlite3.OperationalError as error:
            self._database.close()
            locked = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            raise FatalError(f"{path}: {'another run is writing there' if locked else 'cannot be used as a ledger'}") from None
        except sqlite3.DatabaseError:
            self._database.close()
            raise FatalError(f"{path}: damaged; remove it to begin anew") from None

    def _open(self, path: Path) -> None:
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")  # from the first transaction on: two runs would spoil each other
        with self._transaction():
            found = self._one("PRAGMA user_version")
            if found == 0:
                for table in _TABLES:
                    self._database.execute(f"CREATE TABLE {table}")
                self._database.execute(f"PRAGMA user_version = {_FORMAT}")
            elif found != _FORMAT:
                raise FatalError(f"{path}: of another version of nodalis; remove it to begin anew")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._database.close()

    def finished(self, key: str) -> bool:
        """Whether the run of this key is done."""
        return self._one("SELECT key FROM run WHERE state = 'finished'") == key

    def begin(self, key: str, started: str) -> bool:
        """Begin a run, or go on with the one of this key, and say whether it is a new one.

        What was there of another run is forgotten, but not the names of its files, which the new ones will replace.
        """
        if self._one("SELECT key FROM run WHERE state != 'finished'") == key:
            return False
        with self._transaction():
            for table in ("run", "shard", "file", "failure"):
                self._database.execute(f"DELETE FROM {table}")
            self._database.execute("INSERT INTO run VALUES (?, ?, 'converting')", (key, started))
        return True

    @property
    def started(self) -> str:
        """When the run began, as a FHIR instant."""
        return str(self._one("SELECT started FROM run"))

    @property
    def state(self) -> State:
        """How far the run has come."""
        state: State = self._one("SELECT state FROM run")  # type: ignore[assignment]
        return state

    def reach(self, state: State) -> None:
        """The run has come so far."""
        self._database.execute("UPDATE run SET state = ?", (state,))

    @property
    def shards(self) -> int:
        """How many shards are finished: they are the first ones."""
        return int(str(self._one("SELECT count(*) FROM shard")))

    def record(self, shard: int, accepted: int, needs_review: int, files: Iterable[File], failures: Iterable[Failure]) -> None:
        """A shard is finished and its files are on the disk."""
        with self._transaction():
            self._database.execute("INSERT INTO shard VALUES (?, ?, ?)", (shard, accepted, needs_review))
            self._database.executemany(
                "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", ((f.name, shard, f.kind, f.lines, f.bytes, f.sha256) for f in files)
            )
            self._database.executemany("INSERT INTO failure VALUES (?, ?, ?)", failures)

    def counts(self) -> Counts:
        """The counts of all finished shards."""
        ((accepted, needs_review),) = self._database.execute("SELECT coalesce(sum(accepted), 0), coalesce(sum(needs_review), 0) FROM shard")
        return Counts(accepted, needs_review, int(str(self._one("SELECT count(*) FROM failure"))))

    def files(self) -> list[File]:
        """The files of all finished shards, by kind and shard."""
        return [File(*row) for row in self._database.execute("SELECT name, kind, lines, bytes, sha256 FROM file ORDER BY kind, shard")]

    def failures(self) -> Iterator[Failure]:
        """All failures, in the order of the inputs."""
        for row in self._database.execute("SELECT number, origin, reason FROM failure ORDER BY number"):
            yield Failure(*row)

    @property
    def published(self) -> set[str]:
        """The names of our files in the output folder, of this run or an earlier one."""
        return {name for (name,) in self._database.execute("SELECT name FROM published")}

    def publish(self, names: Sequence[str], gone: Iterable[str] = ()) -> None:
        """These names are about to be taken by files of ours; those are gone."""
        with self._transaction():
            self._database.executemany("INSERT OR IGNORE INTO published VALUES (?)", ((name,) for name in names))
            self._database.executemany("DELETE FROM published WHERE name = ?", ((name,) for name in gone))

    def _one(self, query: str) -> object:
        row = self._database.execute(query).fetchone()
        return row[0] if row else None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN EXCLUSIVE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
