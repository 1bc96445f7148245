"""A run that is killed again and again ends with the bytes of one that nobody touched, and never shows a part of a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nodalis.archive.run import WORK

from . import kills
from .kills import contents, finish, start

Archive = Callable[..., Path]


@pytest.mark.slow
def test_killed_runs_end_with_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    assert kills.compare(archive(4000), tmp_path, kills=8, seed=5)[0] == 8


@pytest.mark.slow
def test_a_run_goes_on_where_it_was_killed(archive: Archive, tmp_path: Path) -> None:
    path, out = archive(3000), tmp_path / "out"
    process = start(path, "-o", out, "--workers", 1)
    parts = out / WORK / "parts"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (parts.exists() and sum(file.stat().st_size for file in parts.iterdir()) > 2_000_000):
        time.sleep(0.02)
    time.sleep(1.2)  # the ledger is written once a second
    assert process.poll() is None
    process.kill()
    process.communicate()
    assert not (out / "manifest.json").exists()
    again = start(path, "-o", out, "--workers", 1)
    _, errors = again.communicate()
    assert "inputs are converted already, going on" in errors
    finish(start(path, "-o", tmp_path / "whole", "--workers", 1))
    assert contents(out) == contents(tmp_path / "whole")


def test_workers_end_when_their_parent_is_killed(archive: Archive, tmp_path: Path) -> None:
    process = start(archive(4000), "-o", tmp_path / "out", "--workers", 2)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(found := _children(process.pid)) < 2:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(_alive, found)):
        time.sleep(0.05)
    assert not any(map(_alive, found))


def _children(pid: int) -> list[int]:
    """The worker processes of a run; Linux only."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    if not listed.exists():
        pytest.skip("this system does not tell the children of a process")
    found = listed.read_text().split()
    return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
