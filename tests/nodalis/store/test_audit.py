"""Whatever is done to the rows of the audit without its key is found, and the database itself refuses most of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Connection, select, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError

from nodalis.exits import FatalError, UsageError
from nodalis.settings import StoreSettings
from nodalis.store import Store, StoreError, upgrade
from nodalis.store.audit import Audit, AuditAction, Event, Head, Problem, entries, head
from nodalis.store.audit_key import AuditKey
from nodalis.store.engines import make_file
from nodalis.store.schema import report
from nodalis.store.upgrading import MIGRATIONS

AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
EVENTS = (
    Event("jane", AuditAction.SIGN_IN, detail={"way": "password", "address": "192.0.2.7"}),
    Event("jane", AuditAction.LIST, detail={"count": 50}),
    Event("jane", AuditAction.VIEW, 7),
    Event("jane", AuditAction.DECIDE, 7, 'says "two", not three', {"decision": "correct", "fields": "positive"}),
    Event("john", AuditAction.UNDO, 7, "übersehen \0 \ud83d"),
    Event("os:root", AuditAction.EXPORT, detail={"format": "fhir", "count": 3}),
)
COLUMNS = ("number", "at", "actor", "action", "report_id", "reason", "detail", "previous", "seal")


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """An audit with a key of its own."""
    return Audit(AuditKey(StoreSettings(audit_key=tmp_path / "audit.key")))


@pytest.fixture
def written(store: Store, audit: Audit) -> Store:
    """A store with some rows."""
    for minute, event in enumerate(EVENTS):
        store.write_now(partial(audit.record, event=event, at=AT + timedelta(minutes=minute)))
    return store


def without_triggers(connection: Connection) -> None:
    """As somebody may who owns the database."""
    if connection.dialect.name == "postgresql":
        for table in ("audit", "audit_head"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    else:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))


def tampered(store: Store, audit: Audit, *statements: str, kept: Head | None = None, **values: Any) -> list[Problem]:
    """The problems after statements of somebody without the key; all is as before afterwards."""
    with store.engine.connect() as connection, connection.begin() as transaction:
        without_triggers(connection)
        for statement in statements:
            connection.execute(text(statement), values)
        found = list(audit.verify(connection, kept))
        transaction.rollback()
    return found


def test_what_is_recorded_is_read_again_and_is_right(written: Store, audit: Audit) -> None:
    assert written.read_now(audit.verify) == []
    rows = written.read_now(entries)
    assert [row.number for row in rows] == list(range(1, len(EVENTS) + 1))
    assert [row.event.detail for row in rows] == [dict(event.detail) for event in EVENTS]
    assert rows[3].event == EVENTS[3]
    assert rows[3].at == AT + timedelta(minutes=3)
    assert rows[4].event.reason == "übersehen \ufffd ?", "as databases take it"
    assert [row.number for row in written.read_now(partial(entries, report_id=7))] == [3, 4, 5]
    assert [row.number for row in written.read_now(partial(entries, after=2, limit=2))] == [3, 4]
    assert str(written.read_now(head)) == f"6:{rows[-1].seal.hex()}"


def test_an_audit_without_rows_is_right_and_needs_no_key(store: Store, audit: Audit, tmp_path: Path) -> None:
    assert store.read_now(audit.verify) == []
    assert str(store.read_now(head)) == "0:"
    assert not (tmp_path / "audit.key").exists()


_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_VALUES = st.one_of(st.integers(-(2**40), 2**40), _TEXTS, st.binary(max_size=40))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_any_column_of_any_row_is_found(written: Store, audit: Audit, data: st.DataObject) -> None:
    """In SQLite a column takes a value of any type; in PostgreSQL only of its own."""
    table, columns = data.draw(st.sampled_from([("audit", COLUMNS), ("audit_head", ("number", "last", "seal"))]))
    column = data.draw(st.sampled_from(columns))
    key = data.draw(st.sampled_from(range(1, len(EVENTS) + 1))) if table == "audit" else 1
    id_ = "number" if table == "audit" else "id"
    with written.engine.connect() as connection:
        before = connection.execute(text(f"SELECT {column} FROM {table} WHERE {id_} = :key"), {"key": key}).scalar_one()
    value = data.draw(_VALUES | st.none() | st.just(_other(before)))
    try:
        found = tampered(written, audit, f"UPDATE {table} SET {column} = :value WHERE {id_} = :key", value=value, key=key)
    except DBAPIError:  # of another type, not unique, or none where there must be one
        return
    with written.engine.connect() as connection, connection.begin() as transaction:
        without_triggers(connection)
        connection.execute(text(f"UPDATE {table} SET {column} = :value WHERE {id_} = :key"), {"value": value, "key": key})
        kept = column != id_ and connection.execute(text(f"SELECT {column} FROM {table} WHERE {id_} = :key"), {"key": key}).scalar_one()
        transaction.rollback()
    changed = (column == id_ and value != before) or (column != id_ and (type(kept), kept) != (type(before), before))
    assert bool(found) == changed, (table, column, before, value)


def _other(value: Any) -> Any:
    """A value of the same type that is a little different."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\0"
    return value + 1 if isinstance(value, int) else f"{value} " if isinstance(value, str) else 8


@pytest.mark.parametrize("number", range(1, len(EVENTS) + 1))
def test_every_removed_row_is_found_also_the_last(written: Store, audit: Audit, number: int) -> None:
    assert tampered(written, audit, "DELETE FROM audit WHERE number = :number", number=number)


def test_rows_removed_from_the_end_with_a_head_made_to_fit_are_found(written: Store, audit: Audit) -> None:
    """Whoever has no key can write no head; the seal of the old one does not fit."""
    fitting = "UPDATE audit_head SET number = 4, last = (SELECT seal FROM audit WHERE number = 4)"
    assert tampered(written, audit, "DELETE FROM audit WHERE number > 4", fitting)
    assert tampered(written, audit, "DELETE FROM audit", "UPDATE audit_head SET number = 0, last = :none, seal = :none", none=b"")
    assert tampered(written, audit, "DELETE FROM audit_head")


def test_rows_that_are_moved_repeated_or_put_in_are_found(written: Store, audit: Audit) -> None:
    swap = [f"UPDATE audit SET number = {new} WHERE number = {old}" for old, new in ((2, 99), (3, 2), (99, 3))]
    assert tampered(written, audit, *swap)
    closing = [f"UPDATE audit SET number = {number} WHERE number = {number + 1}" for number in (4, 5)]
    assert tampered(written, audit, "DELETE FROM audit WHERE number = 4", *closing)
    copied = ", ".join(COLUMNS[1:])
    assert tampered(written, audit, f"INSERT INTO audit (number, {copied}) SELECT 7, {copied} FROM audit WHERE number = 6")
    assert tampered(written, audit, f"INSERT INTO audit (number, {copied}) SELECT 0, {copied} FROM audit WHERE number = 1")


def test_another_key_finds_every_row(written: Store, tmp_path: Path) -> None:
    key = AuditKey(StoreSettings(audit_key=tmp_path / "other.key"))
    key.secret(first=True)
    other = Audit(key)
    assert {problem.number for problem in written.read_now(other.verify)} == {None, *range(1, len(EVENTS) + 1)}


def test_a_whole_audit_put_back_to_an_older_copy_is_found_by_a_head_that_was_kept(written: Store, audit: Audit) -> None:
    """The older head is one that was written with the key: alone it cannot be told from a right one."""
    kept = written.read_now(head)
    with written.engine.connect() as connection:
        older = connection.execute(text("SELECT number, last, seal FROM audit_head")).one()
    written.write_now(partial(audit.record, event=EVENTS[0], at=AT))
    later = written.read_now(head)
    assert written.read_now(partial(audit.verify, kept=kept)) == [], "what was added since is right"
    back = ("DELETE FROM audit WHERE number = 7", "UPDATE audit_head SET number = :number, last = :last, seal = :seal")
    values = {"number": older.number, "last": older.last, "seal": older.seal}
    assert tampered(written, audit, *back, **values) == []
    assert tampered(written, audit, *back, kept=later, **values) == [Problem(None, "rows up to that which the kept head names are missing")]
    strange = Head(3, "00" * 32)
    assert written.read_now(partial(audit.verify, kept=strange)) == [Problem(3, "it is not the row that the kept head names")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'john'",
        "UPDATE audit SET seal = seal WHERE number = 3",
        "DELETE FROM audit WHERE number = 6",
        "DELETE FROM audit",
        "UPDATE audit_head SET number = 3",
        "UPDATE audit_head SET last = seal",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head (id, number, last, seal) SELECT 2, number, last, seal FROM audit_head",
        "TRUNCATE audit",
        "TRUNCATE audit_head",
    ],
)
def test_the_database_refuses_to_change_and_to_remove(written: Store, audit: Audit, statement: str) -> None:
    with pytest.raises(StoreError):
        written.write_now(lambda connection: connection.execute(text(statement)).rowcount)
    assert written.read_now(audit.verify) == []


def test_a_row_is_there_with_what_it_tells_of_or_neither_is(written: Store, audit: Audit) -> None:
    def fails(connection: Connection) -> None:
        audit.record(connection, EVENTS[0], AT)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # as it was raised
        written.write_now(fails)
    assert written.read_now(head).number == len(EVENTS)
    assert written.read_now(audit.verify) == []


_MANY = """
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pydantic import SecretStr
from nodalis.settings import StoreSettings
from nodalis.store import Store
from nodalis.store.audit import Audit, AuditAction, Event
from nodalis.store.audit_key import AuditKey

settings = StoreSettings(url=SecretStr(sys.argv[1]), audit_key=Path(sys.argv[2]))
store, audit = Store(settings), Audit(AuditKey(settings))
for number in range(50):
    store.write_now(partial(audit.record, event=Event("jane", AuditAction.VIEW, number), at=datetime.now(UTC)))
store.close()
"""


def test_several_processes_write_one_chain_with_a_key_that_one_of_them_makes(store: Store, audit: Audit, url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _MANY, url, str(tmp_path / "audit.key")]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ), range(4)))
    assert [(process.returncode, process.stderr) for process in done] == [(0, "")] * 4
    assert store.read_now(audit.verify) == []
    assert store.read_now(head).number == 200
    assert [path.name for path in tmp_path.glob("audit.key*")] == ["audit.key"]


def test_rows_added_while_it_is_verified_are_no_problem(written: Store, audit: Audit, url: str) -> None:
    """Rows and head are one state of the database, though another adds to it between two rows."""
    stopped = False

    def write_on() -> None:
        while not stopped:
            written.write_now(partial(audit.record, event=EVENTS[2], at=AT))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_on)
        try:
            assert [written.read_now(audit.verify) for _ in range(30)] == [[]] * 30
        finally:
            stopped = True
        writing.result()
    assert written.read_now(head).number > len(EVENTS)


def test_the_key_is_its_owners_and_is_made_once(written: Store, tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    assert (path.stat().st_mode & 0o777, len(path.read_bytes())) == (0o600, 32)
    other = AuditKey(StoreSettings(audit_key=path))
    assert other.secret() == path.read_bytes()


def test_without_its_key_the_audit_goes_on_with_no_other(written: Store, tmp_path: Path) -> None:
    kept = (tmp_path / "audit.key").rename(tmp_path / "kept")
    audit = Audit(AuditKey(StoreSettings(audit_key=tmp_path / "audit.key")))
    with pytest.raises(FatalError, match="put it back from its backup"):
        written.write_now(partial(audit.record, event=EVENTS[0], at=AT))
    with pytest.raises(FatalError, match="put it back from its backup"):
        written.read_now(audit.verify)
    kept.rename(tmp_path / "audit.key")
    assert written.read_now(audit.verify) == []
    assert written.read_now(head).number == len(EVENTS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_a_key_that_root_makes_is_of_whom_its_folder_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    os.chown(tmp_path / "data", 4711, 4712)
    path = tmp_path / "data" / "audit.key"
    AuditKey(StoreSettings(audit_key=path)).secret(first=True)
    assert (path.stat().st_uid, path.stat().st_gid, path.stat().st_mode & 0o777) == (4711, 4712, 0o600)


def test_a_key_that_others_may_read_or_that_is_none_is_not_used(written: Store, tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    path.chmod(0o640)
    with pytest.raises(FatalError, match="mode 0600"):
        AuditKey(StoreSettings(audit_key=path)).secret()
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(FatalError, match="not a key"):
        AuditKey(StoreSettings(audit_key=path)).secret()
    with pytest.raises(FatalError, match="inside: "):
        AuditKey(StoreSettings(audit_key=path / "inside")).secret()


def test_the_key_is_beside_a_store_that_is_a_file_and_must_be_named_for_another() -> None:
    beside = AuditKey(StoreSettings(url=SecretStr("sqlite:////var/lib/nodalis/nodalis.db")))
    assert beside.path == Path("/var/lib/nodalis/nodalis.db.audit-key")
    with pytest.raises(UsageError, match="audit_key is not set"):
        AuditKey(StoreSettings(url=SecretStr("postgresql+psycopg://nodalis@host/nodalis")))


def test_an_event_has_details_of_the_list_and_no_long_ones() -> None:
    for wrong in ({"text": "x"}, {"fields": "x" * 201}):
        with pytest.raises(ValueError, match="detail"):
            Event("jane", AuditAction.VIEW, 7, detail=wrong)
    with pytest.raises(ValueError, match="too long"):
        Event("jane", AuditAction.VIEW, 7, "x" * 2_001)


@pytest.mark.parametrize("text", ["", "7", "x:" + "0" * 64, "7:00", "7:" + "g" * 64, "-7:" + "0" * 64])
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # also that of bytes.fromhex
        Head.of(text)


def test_an_upgrade_of_a_store_of_the_first_tables_keeps_its_rows(url: str) -> None:
    """The tables of people come to a store that has messages."""
    from tests.nodalis.store.flow import Flow

    def first_tables(connection: Connection) -> None:
        scripts, context = ScriptDirectory(str(MIGRATIONS)), MigrationContext.configure(connection)
        with Operations.context(context):
            scripts.get_revision("0001").module.upgrade()
            context.stamp(scripts, "0001")

    store = Store(StoreSettings(url=SecretStr(url)))
    make_file(store.engine)
    store.write_now(first_tables)
    Flow(store).arrive("1")
    upgrade(store)
    assert store.read_now(head).number == 0
    assert store.read_now(lambda connection: connection.execute(text("SELECT count(*) FROM message")).scalar_one()) == 1
    store.close()


def test_who_records_locks_nothing_behind_the_head_so_that_no_two_wait_for_each_other(audit: Audit, postgresql_url: str) -> None:
    """One process has recorded and would, in the same group, go on with a report that another has, who is about to record."""
    from tests.nodalis.store.flow import Flow

    store, other = (Store(StoreSettings(url=SecretStr(postgresql_url))) for _ in range(2))
    upgrade(store)
    (report_id,) = Flow(store).read(Flow(store).arrive("1"), ("S1", "one"))
    failed: list[BaseException | None] = []
    for engine in (store.engine, other.engine):
        listen(engine, "handle_error", lambda context: failed.append(context.original_exception))
    waiting, go, recorded, locked = (threading.Event() for _ in range(4))
    lock = select(report.c.id).where(report.c.id == report_id).with_for_update()

    def hold(_: Connection) -> None:
        waiting.set()
        go.wait(30)

    def view(connection: Connection) -> None:
        audit.record(connection, EVENTS[2], AT)
        recorded.set()

    def extract(connection: Connection) -> None:
        locked.wait(30)
        connection.execute(lock)

    def decide(connection: Connection) -> None:
        connection.execute(lock)
        locked.set()
        recorded.wait(30)
        audit.record(connection, EVENTS[3], AT)

    with ThreadPoolExecutor(4) as pool:
        works = [pool.submit(store.write_now, hold)]
        waiting.wait(30)
        for work in (view, extract):  # come to one group, in this order
            works.append(pool.submit(store.write_now, work))
            _until(lambda: len(store._writer._others) == len(works) - 1)
        go.set()
        recorded.wait(30)
        works.append(pool.submit(other.write_now, decide))
        for done in works:
            done.result(60)
    assert failed == []
    assert store.read_now(audit.verify) == []
    for one in (store, other):
        one.close()


def _until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("never came true")
