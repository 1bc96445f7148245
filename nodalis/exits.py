"""How a command ends: exit codes, and errors of one line that never hold report text."""

from __future__ import annotations

import sys
import traceback
from enum import IntEnum
from pathlib import Path

from .printable import one_line


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0  # every report accepted; a check found nothing
    PROBLEMS = 1  # `grammar check` found problems
    USAGE = 2  # the command line is wrong
    REVIEW = 3  # all read, and at least one report needs review
    SOME_FAILED = 4  # at least one input could not be read; the others were
    FATAL = 10  # nothing more could be done: output not writable, grammar wrong
    INTERRUPTED = 130  # Ctrl-C
    PIPE_CLOSED = 141  # the reader of our output went away, as `| head` does


class FatalError(Exception):
    """Ends a command: its message, one error a line, is printed as it is. It never holds report text."""

    def __init__(self, *messages: str, code: Exit = Exit.FATAL) -> None:
        super().__init__(*messages)
        self.messages = messages
        self.code = code


class UsageError(FatalError):
    """The command line asks for something that is not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=Exit.USAGE)


def say(message: str) -> None:
    """Print one line on stderr: ``nodalis: message``."""
    print(f"nodalis: {one_line(message)}", file=sys.stderr, flush=True)


def complain(message: str, kind: str = "error") -> None:
    """Print one line on stderr: ``nodalis: error: message``."""
    say(f"{kind}: {message}")


def unexpected(error: BaseException) -> str:
    """What to say of an error that should not happen: its type and the line of code, never its message.

    The message of an exception may quote the value it stumbled over, and that may be report text.

    >>> try:
    ...     int("MRN 12345")
    ... except ValueError as error:
    ...     "MRN" in unexpected(error)
    False
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"internal error, {type(error).__name__}{place}"
