"""What is said when the store fails: never a value of a statement, since that may be a name or a report."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

_TRY_AGAIN = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock
_SAID = {
    "SQLITE_BUSY": "is locked by another process",
    "SQLITE_CANTOPEN": "is not there or cannot be opened",
    "SQLITE_CORRUPT": "is damaged",
    "SQLITE_FULL": "has no room left on its disk",
    "SQLITE_NOTADB": "is no SQLite database",
    "SQLITE_READONLY": "is read-only",
    "53100": "has no room left on its disk",
}


class StoreError(Exception):
    """The store is down, full, locked or broken; nothing of what was asked for is stored."""


def store_error(error: DBAPIError) -> StoreError:
    """The same as one of ours, by the names of its kind only: texts of databases quote rows."""
    original = error.orig
    name = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or ""
    return StoreError(f"the store {_SAID.get(name, 'failed')}: {type(original).__name__} {name}".rstrip())


def is_of_the_statement(error: DBAPIError) -> bool:
    """Whether the statement is at fault and not the database."""
    return isinstance(error, IntegrityError | ProgrammingError) or type(error.orig).__name__ == "DataError"


def may_go_better(error: DBAPIError) -> bool:
    """Whether the same is worth doing again at once: a deadlock, a connection that was cut."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _TRY_AGAIN
