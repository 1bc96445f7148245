"""Consoles to print tables on: a terminal's own width and colours, wide and plain where output is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from rich.console import Console
from rich.text import Text

from .printable import one_line

_KEPT_WIDTH = 160  # columns of a table in a file or a pipe


def stdout_console() -> Console:
    """A console on standard output."""
    return _console(sys.stdout)


@contextmanager
def console_on(stream: BinaryIO) -> Iterator[Console]:
    """A console on a binary stream, which stays open."""
    if stream is getattr(sys.stdout, "buffer", None):
        yield stdout_console()
        sys.stdout.flush()
        return
    text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        yield _console(text)
    finally:
        text.detach()


def words(value: object, style: str = "") -> Text:
    """Text from outside as one line that rich neither reads as markup nor lets through as control characters."""
    return Text("" if value is None else one_line(str(value)), style=style)


def _console(file: TextIO) -> Console:
    kept = not file.isatty()
    return Console(file=file, width=_KEPT_WIDTH if kept else None, highlight=False, markup=False, emoji=False, soft_wrap=False)
