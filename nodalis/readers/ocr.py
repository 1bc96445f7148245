"""Text out of the picture of a page, by tesseract where it is installed.

tesseract gets the picture and gives the text through pipes, so that no file is written. It uses one thread and no more CPU seconds and
memory than the job may, which it inherits. Its 1, l and i are not to be told apart ("pN1a" becomes "pNla"), so that a report that was
read by it always goes to review.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

from .contained import ContainedError, Reason

_PROGRAM: Final = "tesseract"
_OPTIONS: Final = ("stdin", "stdout", "-l", "eng", "--dpi", "300", "--psm", "3")


def is_installed() -> bool:
    """Whether a scan can be read here."""
    return shutil.which(_PROGRAM) is not None


def job(data: bytes, _: int) -> bytes:
    """The text of a picture, as UTF-8."""
    program = shutil.which(_PROGRAM)
    if program is None:
        raise ContainedError(Reason.TESSERACT)
    # Its words about the page would go to stderr: nobody reads them.
    done = subprocess.run(
        [program, *_OPTIONS],
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        check=False,
    )
    if done.returncode < 0:
        raise ContainedError(Reason.TIME if _is_time(-done.returncode) else Reason.BROKEN)
    if done.returncode:
        raise ContainedError(Reason.TESSERACT)
    return done.stdout


def _is_time(number: int) -> bool:
    import signal

    return hasattr(signal, "SIGXCPU") and number == signal.SIGXCPU
