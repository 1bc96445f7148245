"""A store that is locked, full or read-only: the sender hears AE and keeps its message, and all goes on when the fault is over."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from nodalis.store import Stage
from nodalis.store.schema import message
from tests.nodalis.delivery.fault_server import FaultServer
from tests.nodalis.engine.orders import day
from tests.nodalis.engine.running import Engine, Sender, send, sent, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="makes its faults as Linux does")]

BEFORE, MEANWHILE = (list(day(20, seed)) for seed in (1, 2))
ROOT = os.geteuid() == 0
LEASE_SECONDS = 120  # of the reading: what was on its way when the fault came does not wait for that


def accepted(senders: Sequence[Sender]) -> set[str]:
    return {control_id for sender in senders for control_id in sender.accepted}


def checked(engine: Engine, senders: Sequence[Sender]) -> None:
    """When nothing waits any more: all is stored, delivered or with a person, and nothing is lost."""
    until(lambda: not any(sender.is_alive() for sender in senders), "not all messages are taken")
    counts = engine.settled(LEASE_SECONDS / 2)
    with engine.store() as store:
        stored = store.read_now(lambda connection: connection.scalars(select(message.c.control_id)).all())
    assert accepted(senders) == {order.control_id for order in (*BEFORE, *MEANWHILE)}
    assert accepted(senders) <= set(stored)
    assert counts.total == sum(counts.stages.values())
    assert counts.stages[Stage.DEAD] == counts.stages[Stage.QUARANTINED] == counts.stages[Stage.RECEIVED] == 0
    assert engine.stop() == 0


def errors(senders: Sequence[Sender], times: int) -> Callable[[], bool]:
    """Whether each sender was answered AE so often."""
    return lambda: all(sender.errors >= times for sender in senders)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the store."""
    other = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        other.close()


def test_while_the_store_is_locked_every_message_is_answered_ae_and_taken_afterwards(engine: Engine, tmp_path: Path) -> None:
    before = sent(engine, BEFORE)
    with locked(tmp_path / "store.db"):
        senders = send(engine.port, MEANWHILE)
        until(errors(senders, 3))
        assert accepted(senders) == set()
    checked(engine, [*before, *senders])


def test_while_the_store_cannot_grow_every_message_is_answered_ae_and_taken_afterwards(engine: Engine) -> None:
    """The system lets the listener write no file beyond its beginning, as on a quota that is used up."""
    before = sent(engine, BEFORE)
    assert engine.process is not None
    resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))  # less than any transaction writes
    senders = send(engine.port, MEANWHILE)
    until(errors(senders, 3))
    assert accepted(senders) == set()
    resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    checked(engine, [*before, *senders])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB: four times what the log of the store may take."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ROOT and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, check=False)
    if not mounted or mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(path: Path) -> None:
    """Take all room that is left on a disk."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_while_the_disk_is_full_no_message_is_lost(disk: Path, server: FaultServer, tmp_path: Path) -> None:
    with Engine(tmp_path, server.url, f"sqlite:///{disk / 'store.db'}") as engine:
        before = sent(engine, BEFORE)
        fill(disk / "filler")
        senders = send(engine.port, MEANWHILE)
        until(lambda: any(sender.errors > 3 for sender in senders))
        (disk / "filler").unlink()
        checked(engine, [*before, *senders])


def test_while_the_store_is_read_only_every_message_is_answered_ae_and_taken_afterwards(engine: Engine, tmp_path: Path) -> None:
    """What is open stays writable: the files are made read-only while the store is locked, since then it is opened again and again."""
    if ROOT and not shutil.which("setpriv"):
        pytest.skip("root may write what is read-only, and there is no setpriv")
    assert engine.stop() == 0
    engine.start(*(["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if ROOT else []))
    before = sent(engine, BEFORE)
    files = list(tmp_path.glob("store.db*"))
    with locked(tmp_path / "store.db"):
        senders = send(engine.port, MEANWHILE)
        until(errors(senders, 1))
        for path in files:
            path.chmod(0o400)
        until(errors(senders, 4))
    until(errors(senders, 6))
    assert accepted(senders) == set()
    for path in files:
        path.chmod(0o600)
    checked(engine, [*before, *senders])
