"""A store is made and brought to the newest schema whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, text

from nodalis.review.decision import ReviewState
from nodalis.settings import StoreSettings
from nodalis.store import Store, StoreError, upgrade
from nodalis.store.decisions import Filter, Sort, worklist
from nodalis.store.engines import make_file
from nodalis.store.queue import counts
from nodalis.store.schema import EPOCH, metadata
from nodalis.store.upgrading import MIGRATIONS
from nodalis.store.work import next_reports

from .flow import NOW, Flow


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


def test_what_needed_review_before_there_were_decisions_is_extracted_anew_for_the_work_list(url: str) -> None:
    store = Store(StoreSettings(url=SecretStr(url)))
    make_file(store.engine)
    store.write_now(_first_tables)
    upgrade(store)
    page = store.read_now(lambda connection: worklist(connection, Filter(state=None), Sort()))
    found = {item.number: (item.state, item.waits, item.changed_at) for item in page.items}
    assert found == {"open": (ReviewState.OPEN, True, EPOCH + timedelta(seconds=7)), "done": (ReviewState.CLEAR, False, EPOCH)}
    (due,) = store.write_now(lambda connection: next_reports(connection, "one", 9, NOW, 60))
    assert (due.number, due.revision) == ("open", 4)
    store.close()


def _first_tables(connection: Connection) -> None:
    """A store of the first release with three reports: one needs review, one is done, one was never extracted."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        scripts.get_revision("0001").module.upgrade()
    context.stamp(scripts, "0001")
    connection.execute(
        text(
            "INSERT INTO message (id, received_at, stage, reason, peer, application, facility, control_id, size, trace) "
            "VALUES (1, 7000000, 2, '', 'lab', '', '', '1', 0, '')"
        )
    )
    for number, stage, message, due in (("open", 2, "1", "NULL"), ("done", 5, "NULL", "NULL"), ("new", 3, "1", "99999999999999999")):
        connection.execute(
            text(
                "INSERT INTO report (issuer, number, revision, changed_by, stage, extract_at) "
                f"VALUES ('lab', '{number}', 3, {message}, {stage}, {due})"
            )
        )


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
