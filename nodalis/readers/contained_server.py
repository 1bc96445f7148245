"""The server of ``contained``: forks a process for each job and hands on what it gives. It never looks into a document."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from select import select
from typing import BinaryIO, Final, TypeAlias

from .contained import ANSWER, JOBS, MAX_RESULT, PATIENCE, REQUEST, ContainedError, Job, Reason

with suppress(ImportError):  # Windows has none
    import resource

Work: TypeAlias = Callable[[bytes, int], bytes]
_DONE: Final = 0
_REASON: Final = 1
_MOST_AT_ONCE: Final = 1024 * 1024


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    works: dict[str, Work] = {}
    while header := requests.read(REQUEST.size):
        key, number, size = REQUEST.unpack(header)
        name = key.rstrip(b"\0").decode()
        if name not in works:
            works[name] = getattr(import_module(f".{JOBS[name].module}", __package__), JOBS[name].function)
            gc.freeze()  # what is loaded stays, and a fork that leaves it alone need not copy it
        data = requests.read(size)
        if hasattr(os, "fork"):
            done, found = _forked(JOBS[name], works[name], data, number, requests)
        else:
            done, found = _result(works[name], data, number)
        answers.write(ANSWER.pack(done, len(found)))
        answers.write(found)
        answers.flush()


def _result(work: Work, data: bytes, number: int) -> tuple[bool, bytes]:
    """What the work gives, or why it gives nothing; the message of an exception may quote the report, so it ends here."""
    try:
        return True, work(data, number)
    except ContainedError as error:
        return False, error.reason.encode()
    except Exception:
        return False, Reason.BROKEN.encode()


def _forked(job: Job, work: Work, data: bytes, number: int, requests: BinaryIO) -> tuple[bool, bytes]:
    """The same, found out by a process that ends then, or with whoever asked."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 2
        try:
            _limit(job)
            done, found = _result(work, data, number)
            with open(writing, "wb") as stream:
                stream.write(found)
            code = _DONE if done else _REASON
        finally:
            os._exit(code)  # without what Python does at its end, which is the server's to do
    os.close(writing)
    try:
        with open(reading, "rb", buffering=0) as stream:
            found = _all(stream, requests)
    finally:
        _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in (_DONE, _REASON) and len(found) <= MAX_RESULT:
        return code == _DONE, found
    return False, (Reason.TIME if _is_time(-code) else Reason.BROKEN).encode()


def _all(stream: BinaryIO, requests: BinaryIO) -> bytes:
    """Everything up to one byte more than a result may have; the writer of more ends when its pipe closes."""
    parts = []
    left = MAX_RESULT + 1
    while left > 0:
        if requests in select([stream, requests], [], [])[0]:  # before the answer comes no request: who would send it is gone
            os.killpg(0, signal.SIGKILL)  # us, and all that was started for it
        if not (part := stream.read(min(left, _MOST_AT_ONCE))):
            break
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _is_time(number: int) -> bool:
    """Whether a signal is one of those that end a process when its time is over."""
    return number in (signal.SIGXCPU, signal.SIGALRM)


def _limit(job: Job) -> None:
    """Take from this process what the job may not use."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdin.fileno())  # the requests, and the answers: both are the server's alone
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
    signal.alarm(job.cpu * PATIENCE)  # of the clock, for a process that waits instead of working
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (job.cpu, job.cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    if not job.opens:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
