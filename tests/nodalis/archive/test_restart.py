"""A run that is killed again and again ends with the bytes of one that nobody touched, and never shows a part of a file."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from nodalis.archive.run import WORK

from .conftest import contents

Archive = Callable[..., Path]
Start = Callable[..., "subprocess.Popen[str]"]
FAILED = 4


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate()
    assert process.returncode == FAILED, errors


def check_visible(out: Path) -> None:
    """Where a manifest stands, every file it names is whole; what else stands there has its final name only when it is whole."""
    names = {path.name for path in out.iterdir()} if out.exists() else set()
    assert {name for name in names if not name.startswith(".") and name.endswith((".part", ".tmp"))} == set()
    if "manifest.json" in names:
        manifest = json.loads((out / "manifest.json").read_text())
        for item in [*manifest["output"], *manifest["error"], *manifest["extension"]["files"]]:
            assert sha256((out / item["url"]).read_bytes()).hexdigest() == item["extension"]["sha256"], item["url"]


def kill_and_start_again(start: Start, arguments: list[object], out: Path, whole: dict[str, bytes], kills: int, seed: int) -> int:
    """Kill so many runs at random moments; how many of the kills hit one that worked."""
    chance = random.Random(seed)
    hits = 0
    for _ in range(kills):
        process = start(*arguments)
        time.sleep(chance.uniform(0.2, 3.0))
        if process.poll() is None:
            hits += 1
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()  # ends only when every worker has closed its standard error, too
        check_visible(out)
        for name, data in contents(out).items():
            if name != "manifest.json" and not name.startswith("."):
                assert data == whole[name], name  # not one byte less at any time
        if process.returncode == FAILED:
            (out / WORK / "ledger.sqlite").unlink()  # it came to its end: begin anew
    return hits


@pytest.mark.slow
def test_killed_runs_end_with_the_same_bytes(archive: Archive, start: Start, tmp_path: Path) -> None:
    path, out = archive(4000), tmp_path / "killed"
    finish(start(path, "-o", tmp_path / "whole", "--workers", 2))
    whole = contents(tmp_path / "whole")
    arguments: list[object] = [path, "-o", out, "--workers", 2]
    hits = kill_and_start_again(start, arguments, out, whole, kills=8, seed=5)
    assert hits >= 6
    finish(start(*arguments))
    assert contents(out) == whole
    assert not (out / WORK / "parts").exists()


@pytest.mark.slow
def test_a_run_goes_on_where_it_was_killed(archive: Archive, start: Start, tmp_path: Path) -> None:
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


def test_workers_end_when_their_parent_is_killed(archive: Archive, start: Start, tmp_path: Path) -> None:
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
