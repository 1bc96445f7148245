"""The schema brought to the newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, text

from .engines import make_file
from .errors import StoreError
from .store import Store

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_360_211_009  # of PostgreSQL, while one of several processes migrates


def upgrade(store: Store) -> None:
    """Make the store, or bring it to the schema of this software.

    All revisions are one transaction: a process that is killed meanwhile leaves the store as it was.

    Raises:
        StoreError: the store cannot be written, or is of a newer version of this software.
    """
    try:
        make_file(store.engine)
    except OSError as error:
        raise StoreError(f"the store cannot be made: {(error.strerror or type(error).__name__).lower()}") from None
    store.write_now(_to_newest)


def _to_newest(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    scripts = ScriptDirectory(str(MIGRATIONS))
    context = MigrationContext.configure(connection)
    try:
        missing = list(scripts.iterate_revisions("head", context.get_current_revision()))
    except RevisionError:
        raise StoreError("the store is of a newer version of nodalis") from None
    with Operations.context(context):
        for revision in reversed(missing):
            revision.module.upgrade()
            context.stamp(scripts, revision.revision)
