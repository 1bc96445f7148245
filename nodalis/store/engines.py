"""The engine of a store's address: SQLite so that a commit is on the disk, PostgreSQL so that a cut line is noticed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from ..exits import UsageError

_PATIENCE = 4  # seconds for another process's lock or for a lost server; the sender hears of it within 5
_PAUSE = 0.05  # seconds
_PRAGMAS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",  # no report in a temporary file
    "wal_autocheckpoint = 4000",  # pages
)


def engine_of(address: str) -> Engine:
    """The engine of a URL, not connected yet.

    Raises:
        UsageError: no such database can be used; one line without the URL, which may hold a password.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise UsageError("store.url: not a URL of a database") from None
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return _sqlite(Path(url.database))
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    raise UsageError("store.url: only sqlite:///FILE and postgresql+psycopg://... are stores")


def of_one_state(engine: Engine) -> Engine:
    """The same engine for who reads: all statements of a transaction see one state, as those of SQLite do."""
    return engine.execution_options(isolation_level="REPEATABLE READ") if engine.dialect.name == "postgresql" else engine


def make_file(engine: Engine) -> None:
    """Make the file of a SQLite store, for its owner only, where there is none; SQLite gives -wal and -shm the same mode."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        path = Path(engine.url.database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):  # which is not opened: to close it would drop the locks that this process has on it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _sqlite(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        address = f"file:{quote(str(path.absolute()))}?mode=rw"  # a file that is gone is an error, not a new empty store
        connection = sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        _log_ahead(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, creator=connect, poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Use a write-ahead log. Where several processes begin with a new store, SQLite lets none of them wait, so that we do."""
    until = monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
        sleep(_PAUSE)


def _postgresql(url: URL) -> Engine:
    if find_spec("psycopg") is None:
        raise UsageError("store.url: PostgreSQL needs psycopg: pip install 'nodalis[postgresql]'")
    patience = {
        "connect_timeout": _PATIENCE,
        "tcp_user_timeout": _PATIENCE * 1000,
        "keepalives_idle": _PATIENCE,  # while an answer is waited for nothing is sent that could be unanswered
        "keepalives_interval": 1,
    }
    return create_engine(url.set(drivername="postgresql+psycopg"), connect_args=patience, pool_pre_ping=True, hide_parameters=True)
