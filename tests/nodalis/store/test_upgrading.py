"""A store is made and brought to the newest schema whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, text

from nodalis.settings import StoreSettings
from nodalis.store import Store, StoreError, upgrade
from nodalis.store.queue import counts
from nodalis.store.schema import metadata

from .flow import Flow


def test_the_migrations_make_the_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_comparison_would_see_a_difference(store: Store) -> None:
    other = MetaData()
    Table("message", other, Column("id", Text))
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), other)


def test_an_upgrade_of_the_newest_schema_changes_nothing(store: Store) -> None:
    Flow(store).arrive("1")
    upgrade(store)
    assert store.read_now(counts).total == 1


def test_several_processes_may_start_at_once(url: str) -> None:
    stores = [Store(StoreSettings(url=SecretStr(url))) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, stores))
    assert stores[0].read_now(counts).total == 0
    for store in stores:
        store.close()


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    store.write_now(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")).rowcount)
    with pytest.raises(StoreError, match="newer version"):
        upgrade(store)


def test_an_upgrade_that_fails_leaves_no_table(url: str) -> None:
    """The last statement of the migration fails on a table that is there already."""
    store = Store(StoreSettings(url=SecretStr(url)))
    upgrade(store)
    store.write_now(_without_all_but_one)
    with pytest.raises(StoreError):
        upgrade(store)
    with store.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["version"]
    store.close()


def _without_all_but_one(connection: Connection) -> None:
    for name in ("alembic_version", *(table.name for table in reversed(metadata.sorted_tables))):
        connection.execute(text(f"DROP TABLE {name}"))
    connection.execute(text("CREATE TABLE version (id INTEGER)"))


_UPGRADE = """
import os, signal, sys
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.engine import Engine
from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(*arguments):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

store = Store(StoreSettings(url=SecretStr(sys.argv[1])))
upgrade(store)
store.close()
"""


@pytest.mark.slow
def test_an_upgrade_killed_before_any_statement_goes_on_at_the_next_start(tmp_path: Path) -> None:
    killed = 0
    for statements in range(200):
        path = tmp_path / f"{statements}.db"
        done = subprocess.run([sys.executable, "-c", _UPGRADE, f"sqlite:///{path}", str(statements)], check=False, env=os.environ)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        killed += 1
        with sqlite3.connect(path) as left:
            assert left.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        left.close()
        store = Store(StoreSettings(url=SecretStr(f"sqlite:///{path}")))
        upgrade(store)
        Flow(store).arrive("1")
        store.close()
    assert killed > 15
