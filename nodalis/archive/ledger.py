"""How far a run has come, in SQLite: after a kill the next start knows where to go on.

It is told in one transaction, after the files are on the disk. What the ledger does not name does not count.
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
    "run (key TEXT NOT NULL, started TEXT NOT NULL, state TEXT NOT NULL, inputs INTEGER, accepted INTEGER, needs_review INTEGER)",
    "file (name TEXT PRIMARY KEY, kind TEXT, lines INTEGER, bytes INTEGER, sha256 TEXT)",
    "failure (number INTEGER PRIMARY KEY, origin TEXT, reason TEXT)",
    "published (name TEXT PRIMARY KEY)",
)


class File(NamedTuple):
    """A file that waits to be published."""

    name: str
    kind: str  # resourceType, or "facts"
    lines: int  # or rows
    bytes: int
    sha256: str


class Done(NamedTuple):
    """How many inputs are behind a run, and how those ended that did not fail."""

    inputs: int = 0
    accepted: int = 0
    needs_review: int = 0

    @property
    def failed(self) -> int:
        return self.inputs - self.accepted - self.needs_review

    def plus(self, inputs: int, accepted: int, needs_review: int) -> Done:
        """The same after some more."""
        return Done(self.inputs + inputs, self.accepted + accepted, self.needs_review + needs_review)


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
            for table in ("run", "file", "failure"):
                self._database.execute(f"DELETE FROM {table}")
            self._database.execute("INSERT INTO run VALUES (?, ?, 'converting', 0, 0, 0)", (key, started))
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
    def done(self) -> Done:
        """How far the run has come."""
        return Done(*self._database.execute("SELECT inputs, accepted, needs_review FROM run").fetchone())

    def record(self, done: Done, files: Iterable[File], failures: Iterable[Failure]) -> None:
        """The run has come so far: these files have this length on the disk, and these inputs failed since the last record."""
        with self._transaction():
            self._database.execute("UPDATE run SET inputs = ?, accepted = ?, needs_review = ?", done)
            self._database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", files)
            self._database.executemany("INSERT INTO failure VALUES (?, ?, ?)", failures)

    def files(self) -> list[File]:
        """All files, by kind and number."""
        return [File(*row) for row in self._database.execute("SELECT * FROM file ORDER BY name")]

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
