"""The store: whether it is there, durable, of this version and private, with room on its disk. Nothing in it is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ...exits import UsageError
from ...settings import Settings
from ...store import Store, StoreError
from ...store.upgrading import MIGRATIONS
from .finding import Finding, ok, problem, warning

_ROOM: Final = 1024**3  # bytes; a message of 6 KB takes about 20 KB with its versions and its bundle
_PLENTY: Final = 10 * _ROOM
_DURABLE: Final = {"journal_mode": "wal", "synchronous": "2"}  # 2: FULL, a commit is on the disk
_DURABLE_ON_POSTGRESQL: Final = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def store(settings: Settings) -> Iterator[Finding]:
    """The store of the settings."""
    try:
        opened = Store(settings.store)
    except UsageError as error:
        yield problem("store", error.messages[0], "expected sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE")
        return
    with closing(opened):
        name = opened.engine.url.database
        path = Path(name) if opened.engine.dialect.name == "sqlite" and name else None
        if path:
            yield from _file(path)
            if not path.exists():
                return
        try:
            yield from opened.read_now(lambda connection: list(_state(connection)))
            yield _written(opened)
        except StoreError as error:
            advice = "start the database, and compare store.url" if path is None else f"run as the user of the service: {path}"
            yield problem("store", str(error), advice)


def _file(path: Path) -> Iterator[Finding]:
    """The folder and the file of a SQLite store."""
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        yield problem("store.folder", "is not there, or cannot be written", f"make it for the service alone: install -d -m 700 {folder}")
        return
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        yield warning("store.folder", f"others may look into it (mode {mode:04o})", f"chmod 700 {folder}")
    else:
        yield ok("store.folder", f"is private (mode {mode:04o})")
    free = shutil.disk_usage(folder).free
    said = f"{free // 1024**3} GiB free"
    if free < _ROOM:
        yield problem("store.disk", said, "make room: a store that is full takes no message (AE)")
    elif free < _PLENTY:
        yield warning("store.disk", said, "make room soon")
    else:
        yield ok("store.disk", said)
    if not path.exists():
        yield ok("store", "is not there yet; `nodalis listen` makes it")
        return
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if file.exists() and (mode := file.stat().st_mode & 0o777) & 0o077:
            yield problem("store.file", f"others may read it (mode {mode:04o})", f"chmod 600 {file}")


def _state(connection: Connection) -> Iterator[Finding]:
    """What the database says of itself."""
    if connection.dialect.name == "sqlite":
        held = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in _DURABLE}
        yield from _durable(held, _DURABLE)
    else:
        held = {name: str(connection.scalar(text("SELECT current_setting(:name)"), {"name": name})) for name in _DURABLE_ON_POSTGRESQL}
        yield from _durable(held, _DURABLE_ON_POSTGRESQL)
        if connection.scalar(text("SELECT current_setting('transaction_read_only')")) == "on":
            yield problem("store", "can only be read", "give the address of the primary, and a user who may write")
    scripts = ScriptDirectory(str(MIGRATIONS))
    revision, newest = MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head()
    if revision == newest:
        yield ok("store.schema", "is of this version")
    elif revision is None or any(one.revision == revision for one in scripts.walk_revisions()):
        yield warning("store.schema", "is not of this version yet", "back it up; the next start of `nodalis listen` brings it there")
    else:
        yield problem("store.schema", "is of a newer version", "install the newer version again")


def _durable(held: dict[str, str], wanted: dict[str, str]) -> Iterator[Finding]:
    wrong = [name for name, value in wanted.items() if held[name] != value]
    if wrong:
        yield problem("store.durable", f"a commit may be lost with the power ({', '.join(wrong)})", "expected " + str(wanted).strip("{}"))
    else:
        yield ok("store.durable", "a commit is on the disk when it is done")


def _written(opened: Store) -> Finding:
    """Whether it can be written: a transaction that would write is begun and taken back."""
    opened.write_now(lambda connection: connection.execute(text("SELECT 1")))
    return ok("store", "can be read and written")
