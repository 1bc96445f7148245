"""INPUT... -> Documents: files of the kinds in ``kinds``, folders of texts, standard input.

Each kind is a module with one generator, ``read(source)``. An input that cannot be read gives a ReadError among the
Documents, and the others are read on. Nothing larger than a report may be is ever held in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from . import rows, text
from .document import COLUMNS, MAX_CHARACTERS, Columns, Document, Item, ReadError, Source, os_reason
from .kinds import EXPECTED, reader_of, split
from .lines import again

__all__ = ["COLUMNS", "MAX_CHARACTERS", "STDIN", "Columns", "Document", "ReadError", "read", "total_bytes"]

STDIN: Final = "-"
_HEAD: Final = 4096


def read(inputs: Iterable[str], columns: Columns = COLUMNS) -> Iterator[Document | ReadError]:
    """Every report of the inputs, in order; folders by sorted names. ``columns`` are those of tables."""
    for name in inputs:
        try:
            yield from _stdin() if name == STDIN else _path(Path(name), columns)
        except OSError as error:
            yield ReadError(name, os_reason(error))


def total_bytes(inputs: Iterable[str]) -> int | None:
    """The size of all inputs for a progress bar; None where it cannot be known beforehand."""
    total = 0
    for name in inputs:
        if name == STDIN:
            return None
        path = Path(name)
        try:
            total += sum(file.stat().st_size for file in _text_files(path)) if path.is_dir() else path.stat().st_size
        except OSError:
            continue
    return total


def _path(path: Path, columns: Columns) -> Iterator[Item]:
    if path.is_dir():
        yield from _folder(path)
        return
    stem, suffix = split(path.name)
    reader = reader_of(suffix)
    if not path.exists():
        yield ReadError(str(path), "no such file or folder")
    elif reader is None:
        yield ReadError(str(path), f"unsupported kind of file: expected {EXPECTED}, a folder or -")
    else:
        with path.open("rb") as stream:
            yield from reader(Source(stream, str(path), stem, columns))


def _folder(folder: Path) -> Iterator[Item]:
    found = False
    for file in _text_files(folder):
        found = True
        try:
            with file.open("rb") as stream:
                yield from text.read(Source(stream, str(file), file.stem))
        except OSError as error:
            yield ReadError(str(file), os_reason(error))
    if not found:
        yield ReadError(str(folder), "no .txt file in this folder")


def _text_files(folder: Path) -> Iterator[Path]:
    """The .txt files below a folder, names sorted at each level. Links to folders are not followed."""
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(".txt"):
                yield Path(base, name)


def _stdin() -> Iterator[Item]:
    """Rows of JSON if the first character is a brace, else one text with the id ``stdin``."""
    stream = sys.stdin.buffer
    head = stream.read(_HEAD)
    reader = rows.read if head.lstrip(rows.MARKS_AND_SPACE).startswith(b"{") else text.read
    yield from reader(Source(again(head, stream), "stdin", "stdin"))
