"""A job has its limits and no way out: what breaks them is a reason in our words, and the next job is done."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nodalis.readers import contained
from nodalis.readers.contained import ContainedError, Reason, run
from tests.nodalis.pdf_files import pdf, show

RTF = rb"{\rtf1 pN1a}"
SCRIPT = """
import os, signal, socket, sys
from nodalis.readers.contained import Job
from nodalis.readers.contained_server import _forked

def file(data, number): open(__file__)
def connection(data, number): socket.socket()
def memory(data, number): return bytes(600_000_000)[:1]
def time(data, number):
    while True: pass
def crash(data, number): os.kill(os.getpid(), signal.SIGSEGV)
def words(data, number): raise ValueError(data.decode())
def answer(data, number): return data * number

work = globals()[sys.argv[1]]
asking = open(os.pipe()[0], "rb")
print(*_forked(Job("", "", cpu=1), work, b"Quillfeather", 2, asking))
"""


def done(root: Path, tmp_path: Path, script: str, *arguments: str) -> str:
    """What a script prints in a process of its own."""
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "script.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=300).stdout.strip()


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork, and has no such limits")


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        ("file", Reason.BROKEN),
        ("connection", Reason.BROKEN),
        ("memory", Reason.BROKEN),
        ("time", Reason.TIME),
        ("crash", Reason.BROKEN),
        ("words", Reason.BROKEN),
    ],
)
def test_a_job_that_does_more_than_it_may_gives_a_reason_in_our_words(root: Path, tmp_path: Path, work: str, reason: Reason) -> None:
    assert done(root, tmp_path, SCRIPT, work) == f"False {reason.encode()!r}"


def test_a_job_within_its_limits_gives_its_result(root: Path, tmp_path: Path) -> None:
    assert done(root, tmp_path, SCRIPT, "answer") == f"True {b'QuillfeatherQuillfeather'!r}"


def test_a_fork_of_a_process_with_a_server_has_a_server_of_its_own(root: Path, tmp_path: Path) -> None:
    script = f"""
import os
from nodalis.readers.contained import run
first = run("rtf", {RTF!r})
if os.fork() == 0:
    os._exit(run("rtf", {RTF!r}) != first)
print(os.wait()[1], run("rtf", {RTF!r}) == first)
"""
    assert done(root, tmp_path, script) == "0 True"


def _server_id() -> int:
    assert contained._server is not None
    return contained._server._process.pid


def test_one_server_does_many_jobs_and_another_takes_over_when_it_is_gone() -> None:
    first = run("rtf", RTF)
    server = _server_id()
    with pytest.raises(ContainedError, match="not an RTF document"):
        run("rtf", b"")
    assert _server_id() == server
    os.kill(server, signal.SIGKILL)
    os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
    assert run("rtf", RTF) == first
    assert _server_id() != server


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows the variables of a process")
def test_the_server_inherits_no_secret(monkeypatch: pytest.MonkeyPatch, canary: str) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", canary)
    contained.close()
    run("rtf", RTF)
    variables = Path(f"/proc/{_server_id()}/environ").read_bytes()
    assert b"PATH=" in variables
    assert canary.encode() not in variables


def _children(pid: int) -> Iterator[int]:
    """The processes that a process started, and those that they did."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from _children(int(child))


def _written(pid: int) -> Iterator[str]:
    """The files that a process has open to write."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            if file.lstat().st_mode & stat.S_IWUSR and (name := os.readlink(file)).startswith("/"):
                yield name


def _runs(pid: int) -> bool:
    """Whether a process does anything, or will."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


LONG = pdf(*[show("\n".join(["LEFT AXILLA: METASTATIC CARCINOMA IN TWO OF THREE LYMPH NODES (2/3)."] * 50))] * 200)
WORKER = """
import sys
from pathlib import Path
from nodalis.readers.contained import run

while True:
    run(sys.argv[1], Path(sys.argv[2]).read_bytes())
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux shows the children of a process")
@pytest.mark.parametrize(("job", "deep"), [("pdf", 2), ("ocr", 3)])
def test_a_worker_that_is_killed_while_it_reads_leaves_no_process_and_no_file(root: Path, tmp_path: Path, job: str, deep: int) -> None:
    """Not even one that had stopped, in the middle of a real PDF; nor the program that an OCR calls."""
    (tmp_path / "long").write_bytes(LONG)
    (tmp_path / "worker.py").write_text(WORKER)
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o700)
    before = set(tmp_path.iterdir())
    environment = {**os.environ, "PYTHONPATH": str(root), "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, tmp_path / "worker.py", job, tmp_path / "long"], cwd=tmp_path, env=environment) as worker:
        while len(started := list(_children(worker.pid))) < deep:
            assert worker.poll() is None
        os.kill(started[1], signal.SIGSTOP)
        written = {file for pid in started for file in _written(pid)}
        worker.kill()
    assert written == {"/dev/null"}
    deadline = time.monotonic() + 60
    while left := list(filter(_runs, started)):
        assert time.monotonic() < deadline, f"{len(left)} processes are left"
        time.sleep(0.01)
    assert set(tmp_path.iterdir()) == before
