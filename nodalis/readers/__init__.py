"""INPUT... -> Documents: files of the kinds in ``kinds``, folders of them, standard input.

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
from .attachments import opened
from .document import COLUMNS, MAX_CHARACTERS, Columns, Document, Item, ReadError, Source, Unread, os_reason
from .entries import passed_over
from .kinds import EXPECTED, reader_of, split
from .lines import again

__all__ = [
    "COLUMNS", "MAX_CHARACTERS", "STDIN", "Columns", "Document", "Item", "ReadError", "Unread", "items", "opened", "read", "total_bytes",
]  # fmt: skip

STDIN: Final = "-"
_HEAD: Final = 4096


def read(inputs: Iterable[str], columns: Columns = COLUMNS) -> Iterator[Document | ReadError]:
    """Every report of the inputs, in order; folders by sorted names. ``columns`` are those of tables."""
    for item in items(inputs, columns):
        yield opened(item) if isinstance(item, Unread) else item


def items(inputs: Iterable[str], columns: Columns = COLUMNS) -> Iterator[Item]:
    """The same, with reports whose reading takes long as they are: ``opened`` reads them, in this process or another."""
    for name in inputs:
        try:
            if name == STDIN:
                yield from _stdin()
            elif Path(name).is_dir():
                yield from _folder(Path(name), columns)
            else:
                yield from _file(Path(name), columns)
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
            files = filter(_is_read_in_folders, _files(path)) if path.is_dir() else (path,)
            total += sum(file.stat().st_size for file in files)
        except OSError:
            continue
    return total


def _file(path: Path, columns: Columns) -> Iterator[Item]:
    stem, suffix = split(path.name)
    reader = reader_of(suffix)
    if not path.exists():
        yield ReadError(str(path), "no such file or folder")
    elif reader is None:
        yield ReadError(str(path), f"unsupported kind of file: expected {EXPECTED}, a folder or -")
    else:
        with path.open("rb") as stream:
            yield from reader(Source(stream, str(path), stem, columns))


def _folder(folder: Path, columns: Columns) -> Iterator[Item]:
    """The reports of every file below a folder; a file of another kind is an error of its own, for it may hold reports."""
    found = False
    for file in _files(folder):
        found = True
        try:
            if not _is_read_in_folders(file):
                yield ReadError(str(file), f"unsupported kind of file in a folder: expected {EXPECTED}")
            elif file.is_file():
                yield from _file(file, columns)
            else:  # a pipe would wait for ever
                yield ReadError(str(file), "not a file, or a link that leads nowhere")
        except OSError as error:
            yield ReadError(str(file), os_reason(error))
    if not found:
        yield ReadError(str(folder), "no file in this folder")


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, names sorted at each level, without hidden ones and those that systems add. Links are not followed."""
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not passed_over(f"{name}/x"))
        for name in sorted(files):
            if not name.startswith(".") and not passed_over(name):
                yield Path(base, name)


def _is_read_in_folders(file: Path) -> bool:
    """Whether a file is of a kind that we read; one without suffix is a text only where the user names it."""
    suffix = split(file.name)[1]
    return bool(suffix) and reader_of(suffix) is not None


def _stdin() -> Iterator[Item]:
    """Rows of JSON if the first character is a brace, else one text with the id ``stdin``."""
    stream = sys.stdin.buffer
    head = stream.read(_HEAD)
    reader = rows.read if head.lstrip(rows.MARKS_AND_SPACE).startswith(b"{") else text.read
    yield from reader(Source(again(head, stream), "stdin", "stdin"))
