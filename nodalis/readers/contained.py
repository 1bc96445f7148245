"""The result of a job on bytes that nobody trusts, done in a process of its own, with an end in sight.

PDF and RTF are old and large formats, and their readers meet what people made to break them. So each document gets a process: forked
from a server that has the code loaded and looks into no document, and gone with the document, or with whoever asked. A start of Python
for each would cost many times as much, and one process for all would let a document change how the next is read.

The process has the job's seconds of CPU and bytes of memory, and no core dump. It cannot open a file or a socket, since it may have no
descriptor more than its pipe; only the job that calls another program may. It inherits no variable but those named here. What comes
back is bytes, or one of the reasons below: never words of its own, which may quote the report.

Where a system cannot fork (Windows), the server does the jobs itself: the wall clock holds, limits of CPU, memory and files do not.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct
from threading import Lock, Timer
from typing import Final

REQUEST: Final = Struct(">8sIQ")  # name of the job, a number for it, length of the data that follow
ANSWER: Final = Struct(">?Q")  # whether it is the result, else a reason; its length
MAX_RESULT: Final = 64 * 1024 * 1024
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT", "TESSDATA_PREFIX")
PATIENCE: Final = 12  # seconds of the clock for one of CPU, on a busy machine; then the process ends whatever it does
_MORE: Final = 60  # seconds that the server has to load, and to say so; then it ends too


class Reason(StrEnum):
    """Why there is no result: all that a job can say."""

    TIME = "takes too long to read: refused"
    BROKEN = "damaged, or made to need more memory than a report may: refused"
    NOT_RTF = "not an RTF document"
    RTF_CUT_OFF = "not a whole RTF document: it is cut off or its braces do not match"
    RTF_DEPTH = "an RTF document nested deeper than any report needs: refused"
    NOT_PDF = "not a PDF"
    DAMAGED_PDF = "a damaged PDF, or one that is cut off"
    ENCRYPTED_PDF = "an encrypted PDF: save it without a password"
    NO_PAGES = "a PDF without pages"
    TOO_MANY_PAGES = "a PDF of more than 200 pages: expected one report"
    TOO_MANY_PARTS = "a PDF of more parts than any report needs: refused"
    TESSERACT = "tesseract could not read a page: are its data for eng installed?"


class ContainedError(Exception):
    """A job without a result."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Job:
    """A function ``(data, number) -> bytes`` and what it may use."""

    module: str
    function: str
    cpu: int = 5  # seconds; reliability goal S-5, as the memory
    memory: int = 512 * 1024 * 1024  # bytes of address space
    opens: bool = False  # whether it may open files, and so run a program


JOBS: Final = {
    "rtf": Job("rtf_text", "job"),
    "pdf": Job("pdf_pages", "texts"),
    "page": Job("pdf_pages", "picture"),
    "ocr": Job("ocr", "job", cpu=30, memory=1024 * 1024 * 1024, opens=True),
}


def run(name: str, data: bytes, number: int = 0) -> bytes:
    """The result of a job.

    Raises:
        ContainedError: it has none.
    """
    global _server
    with _lock:
        if _server is not None and not _server.usable():
            _server.close()
            _server = None
        _server = _server or _Server()
        answer = None
        try:
            answer = _server.ask(name, data, number)
        finally:
            if answer is None:  # also where we were interrupted: its answer to this must not be taken for one to the next
                _server.close()
                _server = None
    if answer is None:  # what ended the server may have been this document: it gets no second try
        raise ContainedError(Reason.BROKEN)
    done, found = answer
    if done:
        return found
    with suppress(ValueError):
        raise ContainedError(Reason(found.decode("ascii", "replace")))
    raise ContainedError(Reason.BROKEN)


class _Server:
    """The process that forks, and the pipes to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", f"{__package__}.contained_server"],  # -P: no module out of the current folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # a group of its own, so that all of it can be ended
        )

    def ask(self, name: str, data: bytes, number: int) -> tuple[bool, bytes] | None:
        """Whether the job has a result, with this or the reason; None if the server is no more."""
        assert self._process.stdin is not None
        timer = Timer(JOBS[name].cpu * PATIENCE + _MORE, self._end)
        timer.start()
        try:
            self._process.stdin.write(REQUEST.pack(name.encode(), number, len(data)))
            self._process.stdin.write(data)
            self._process.stdin.flush()
            done, size = ANSWER.unpack(self._exactly(ANSWER.size))
            return (done, self._exactly(size)) if size <= MAX_RESULT else None
        except (OSError, EOFError):
            return None
        finally:
            timer.cancel()

    def usable(self) -> bool:
        """Whether it runs and is ours: a fork of the owner has the pipes too, and must not use them."""
        return self.owner == os.getpid() and self._process.poll() is None

    def close(self) -> None:
        """End the server and all it started; a fork of the owner only lets go of it."""
        if self.owner == os.getpid():
            self._end()
            self._process.wait()
        else:
            self._process.poll()  # so that it is not taken for a process of ours that was forgotten
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()

    def _end(self) -> None:
        if self._process.poll() is not None:
            return
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _exactly(self, size: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(size)
        if len(data) < size:
            raise EOFError
        return data


_lock: Final = Lock()
_server: _Server | None = None


@atexit.register
def close() -> None:
    """End the server, if one runs; the next job starts another."""
    global _server
    if _server is not None:
        _server.close()
    _server = None
