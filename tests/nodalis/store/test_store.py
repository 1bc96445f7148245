"""What was written is durable, a work that fails fails alone, and the store comes back when its trouble is over."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, func, insert, select, text

from nodalis.exits import UsageError
from nodalis.settings import StoreSettings
from nodalis.store import Stage, Store, StoreError, upgrade
from nodalis.store.arrivals import Arrival, record
from nodalis.store.queue import counts, listed
from nodalis.store.schema import body, message

from .flow import NOW, Flow
from .postgresql import Cluster

CANARY = "Quillfeather-Marsh"


def _arrival(control_id: str, content: bytes = b"MSH|") -> Arrival:
    return Arrival("lab", "LIS", "PATH", control_id, content, NOW, "t")


def _recorded(control_id: str) -> Callable[[Connection], int]:
    return lambda connection: record(connection, _arrival(control_id)).id


def _open(url: str) -> Store:
    store = Store(StoreSettings(url=SecretStr(url)))
    upgrade(store)
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.db"


@pytest.fixture
def sqlite(path: Path) -> Iterator[Store]:
    store = _open(f"sqlite:///{path}")
    yield store
    store.close()


def test_many_callers_at_once_get_each_their_own_answer(store: Store) -> None:
    async def write(number: int) -> str:
        id = await store.write(_recorded(str(number)))
        return (await store.read(lambda connection: listed(connection, after_id=id - 1, limit=1)))[0].control_id

    async def everything() -> list[str]:
        return await asyncio.gather(*(write(number) for number in range(300)))

    assert asyncio.run(everything()) == [str(number) for number in range(300)]


def test_a_work_that_fails_takes_nothing_with_it(store: Store) -> None:
    """All wait behind one that holds the writer, so that they are one group."""
    entered, go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        entered.set()
        go.wait()

    def fail(connection: Connection) -> None:
        record(connection, _arrival("gone"))
        raise ValueError("of the work")

    def wrong(connection: Connection) -> None:
        connection.execute(insert(body), {"message_id": 999, "content": CANARY.encode()})

    async def everything() -> list[Any]:
        first = asyncio.ensure_future(store.write(hold))
        await asyncio.to_thread(entered.wait)
        works: list[Callable[[Connection], Any]] = [_recorded("1"), fail, wrong, _recorded("2")]
        rest = [asyncio.ensure_future(store.write(work)) for work in works]
        await asyncio.sleep(0)
        go.set()
        return await asyncio.gather(first, *rest, return_exceptions=True)

    _, one, failed, refused, two = asyncio.run(everything())
    assert (type(failed), str(failed), type(refused)) == (ValueError, "of the work", StoreError)
    assert [row.id for row in store.read_now(listed)] == [one, two]


def test_no_error_of_the_store_holds_a_value(store: Store) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            connection.execute(insert(message), {**values, "application": CANARY})

    values = {"received_at": NOW, "stage": "received", "reason": "", "peer": "", "facility": "", "control_id": "", "sha256": b"1"}
    values |= {"size": 0, "trace": ""}
    with pytest.raises(StoreError) as caught:
        store.write_now(twice)
    shown: BaseException | None = caught.value
    while shown is not None:
        assert CANARY not in repr(shown)
        shown = shown.__cause__ or shown.__context__
    with pytest.raises(StoreError):
        store.read_now(lambda connection: connection.execute(text(f"SELECT '{CANARY}' FROM nothing")))


def test_what_waits_is_written_before_the_store_is_closed_and_nothing_after(url: str) -> None:
    store = _open(url)
    futures = [store._writer.submit(_recorded(str(number))) for number in range(600)]
    store.close()
    assert len({future.result(0) for future in futures}) == 600
    with pytest.raises(StoreError, match="closed"):
        store.write_now(counts)
    store.close()


def test_a_caller_that_went_away_stops_nobody(store: Store) -> None:
    async def everything() -> None:
        gone = [asyncio.ensure_future(store.write(_recorded(str(number)))) for number in range(50)]
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await store.write(_recorded("stays"))

    asyncio.run(everything())
    assert "stays" in {row.control_id for row in store.read_now(lambda connection: listed(connection, limit=100))}


def test_a_commit_waits_for_the_disk(sqlite: Store) -> None:
    names = ("synchronous", "journal_mode", "foreign_keys", "temp_store")
    found = sqlite.write_now(lambda connection: [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names])
    assert found == [2, "wal", 1, 2]


def test_only_the_owner_can_read_the_files(sqlite: Store, path: Path) -> None:
    Flow(sqlite).arrive("1")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_locked_store_fails_whoever_waits_and_comes_back(sqlite: Store, path: Path) -> None:
    """The others fail with the first: they get the lock no more than it did, and their senders have waited as long."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first = sqlite._writer.submit(_recorded("1"))
    while not first.running():
        pass
    others = [sqlite._writer.submit(_recorded(str(number))) for number in range(2, 5)]
    assert isinstance(first.exception(), StoreError)
    other.execute("ROLLBACK")
    other.close()
    errors = [future.exception() for future in (first, *others)]
    assert {str(error) for error in errors} == {"the store is locked by another process: OperationalError SQLITE_BUSY"}
    Flow(sqlite).arrive("1")
    assert sqlite.read_now(counts).total == 1


def test_a_full_disk_fails_all_that_waits_and_the_store_comes_back(sqlite: Store) -> None:
    flow = Flow(sqlite)
    flow.arrive("1")

    def limit(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count = 1"))  # SQLite then has no more pages than it has

    sqlite.write_now(limit)
    with pytest.raises(StoreError, match="no room"):
        flow.arrive("2", b"x" * 1_000_000)
    flow.arrive("3", b"x" * 1_000_000)  # on a new connection, which has no such limit
    assert [row.control_id for row in sqlite.read_now(listed)] == ["1", "3"]


def test_a_store_whose_file_is_gone_is_an_error(path: Path) -> None:
    store = Store(StoreSettings(url=SecretStr(f"sqlite:///{path}")))
    with pytest.raises(StoreError, match="not there"):
        store.read_now(counts)
    with pytest.raises(StoreError, match="not there"):
        store.write_now(counts)
    assert not path.exists()
    upgrade(store)
    assert store.read_now(counts).total == 0
    store.close()


def test_a_server_that_stops_fails_what_waits_and_is_found_again(postgresql: Cluster, postgresql_url: str) -> None:
    store = _open(postgresql_url)
    flow = Flow(store)
    flow.arrive("1")
    postgresql.stop()
    try:
        with pytest.raises(StoreError):
            flow.arrive("2")
        with pytest.raises(StoreError):
            flow.counts()
    finally:
        postgresql.start()
    flow.arrive("3")
    assert flow.counts().total == 2
    store.close()


def test_a_connection_that_was_cut_is_no_failure(postgresql_url: str) -> None:
    store, other = _open(postgresql_url), _open(postgresql_url)
    cut = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    assert other.write_now(lambda connection: connection.execute(cut).scalar_one()) > 0
    Flow(store).arrive("1")
    assert store.read_now(counts).total == 1
    store.close()
    other.close()


def test_writers_that_block_each_other_both_end(postgresql_url: str) -> None:
    """Each group takes the keys of the other in the opposite order: PostgreSQL ends one of them, which is tried again."""
    stores = [_open(postgresql_url) for _ in range(2)]
    keys = [str(number) for number in range(40)]

    def all_of(order: list[str]) -> Any:
        def work(connection: Connection) -> list[int | None]:
            return [record(connection, _arrival(key)).first for key in order]

        return work

    futures = [store._writer.submit(all_of(order)) for store, order in zip(stores, (keys, keys[::-1]), strict=True)]
    firsts = [first for future in futures for first in future.result(60)]
    assert sorted(first is None for first in firsts) == [False] * 40 + [True] * 40
    for store in stores:
        store.close()


def test_several_writers_keep_one_message_once_and_share_the_work(postgresql_url: str) -> None:
    stores = [_open(postgresql_url) for _ in range(3)]

    async def everything() -> None:
        await asyncio.gather(*(stores[number % 3].write(_recorded(str(number % 50))) for number in range(300)))

    asyncio.run(everything())
    found = stores[0].read_now(counts)
    assert (found.stages[Stage.RECEIVED], found.stages[Stage.DUPLICATE]) == (50, 250)
    for store in stores:
        store.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", f"mysql://u:{CANARY}@h/d", f"nonsense {CANARY}"])
def test_what_can_be_no_store_is_said_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Store(StoreSettings(url=SecretStr(url)))
    assert CANARY not in str(caught.value)


_WRITE = """
import asyncio, itertools, sys
from datetime import UTC, datetime
from pydantic import SecretStr
from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade
from nodalis.store.arrivals import Arrival, record

async def main():
    store = Store(StoreSettings(url=SecretStr(sys.argv[1])))
    upgrade(store)
    async def caller(name):
        for number in itertools.count():
            key = f"{sys.argv[2]}-{name}-{number}"
            await store.write(lambda c: record(c, Arrival("lab", "LIS", "PATH", key, key.encode() * 100, datetime.now(UTC), key)))
            print(key, flush=True)
    await asyncio.gather(*(caller(name) for name in range(16)))

asyncio.run(main())
"""


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_missing_after_kills(path: Path) -> None:
    url = f"sqlite:///{path}"
    acknowledged: set[str] = set()
    for life in range(12):
        process = subprocess.Popen([sys.executable, "-c", _WRITE, url, str(life)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for line, _ in zip(process.stdout, range(100 + 37 * life), strict=False):
            acknowledged.add(line.strip())
        process.kill()
        acknowledged |= {line.strip() for line in process.stdout if line.endswith("\n")}
        process.wait()
        process.stdout.close()
    opened = _open(url)
    kept = opened.read_now(lambda connection: set(connection.scalars(select(message.c.control_id).join(body))))
    assert acknowledged - kept == set()
    assert len(acknowledged) > 2_000
    assert opened.read_now(lambda connection: connection.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
    opened.close()


@pytest.mark.slow
def test_a_copy_made_while_the_store_writes_is_a_store(path: Path, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", _WRITE, f"sqlite:///{path}", "life"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    before = {line.strip() for line, _ in zip(process.stdout, range(500), strict=False)}
    source, target = sqlite3.connect(path), sqlite3.connect(tmp_path / "copy.db")
    source.backup(target)
    source.close()
    target.close()
    process.kill()
    process.wait()
    process.stdout.close()
    copy = _open(f"sqlite:///{tmp_path}/copy.db")
    found = copy.read_now(counts)
    assert found.total == found.stages[Stage.RECEIVED] >= len(before)
    assert before <= copy.read_now(lambda connection: set(connection.scalars(select(message.c.control_id))))
    bodies = copy.read_now(lambda connection: connection.execute(select(func.count()).select_from(body)).scalar())
    Flow(copy).arrive("after")
    assert (bodies, copy.read_now(counts).total) == (found.total, found.total + 1)
    copy.close()


def test_who_reads_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    def twice(connection: Connection) -> tuple[int, int]:
        before = counts(connection).total
        store.write_now(_recorded("meanwhile"))
        return before, counts(connection).total

    assert store.read_now(twice) == (0, 0)
    assert store.read_now(counts).total == 1


@pytest.mark.slow
def test_a_line_that_is_lost_while_an_answer_is_waited_for_is_noticed(postgresql: Cluster, postgresql_url: str) -> None:
    """Without a word of the network: the system itself would ask the other side after two hours."""
    alone = ["unshare", "--net"]
    if not shutil.which("unshare") or subprocess.run([*alone, "ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own here")
    database = postgresql_url.partition("@/")[2].partition("?")[0]
    script = Path(__file__).with_name("lost_line.py")
    command = [*alone, sys.executable, str(script), str(postgresql.folder), database]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("noticed back\n", 0), done.stderr
