"""No answer leaves before the message is on the disk: seen from outside, in the calls to the system."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path

import pytest

from benchmarks.mllp import listening
from tests.nodalis.mllp.listening import Client, framed, oru

pytestmark = pytest.mark.slow
MESSAGES = 1000
_CALL = re.compile(
    r"^(?P<thread>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<name>\w+)\((?P<file>\d+)?)(?P<rest>.*)$",
)


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed here")
def test_the_log_of_the_store_is_synced_between_each_message_and_its_answer(tmp_path: Path) -> None:
    """One message at a time, so that each answer needs a write of the log and a sync of its own that returned before."""
    trace = tmp_path / "trace"
    calls = "trace=openat,write,pwrite64,writev,send,sendto,sendmsg,recvfrom,fsync,fdatasync"
    strace = ["strace", "-f", "-qq", "-s", "64", "-e", calls, "-o", str(trace)]
    with (
        listening(f"sqlite:///{tmp_path}/store.db", *strace) as port,
        Client(socket.create_connection(("127.0.0.1", port), timeout=60)) as client,
    ):
        for number in range(MESSAGES):
            client.send(framed(oru(str(number))))
            assert client.code() == "AA"
    logs: set[str] = set()
    opening: dict[str, bool] = {}  # by thread: a call that has not returned, and whether it is of the log
    written = synced = answers = early = 0
    for line in trace.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if not found:
            continue
        name, rest = found["name"] or found["resumed"], found["rest"]
        if name == "openat":
            if "-wal" in line or opening.get(found["thread"]):
                opening[found["thread"]] = "unfinished" in line
                logs |= set(re.findall(r"= (\d+)$", line))
        elif name == "pwrite64" and found["file"] in logs:
            written, synced = written + 1, False
        elif name in ("fsync", "fdatasync"):
            of_log = found["file"] in logs if found["name"] else opening.get(found["thread"], False)
            opening[found["thread"]] = of_log
            if of_log and "unfinished" not in rest and re.search(r"= 0\b", rest):
                synced = True
        elif name in ("write", "send", "sendto", "sendmsg", "writev") and "\\vMSH" in rest:
            answers += 1
            early += not (written and synced)
            written = synced = 0
    assert (answers, early) == (MESSAGES, 0)
