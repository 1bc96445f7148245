"""INPUT... -> Documents: files of the kinds in ``kinds``, folders of texts, standard input.

Each kind is a module with one generator, ``read(source)``. An input that cannot be read gives a ReadError among the
Documents, and the others are read on. Nothing larger than a report may be is ever held in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from . import rows, text
from .document import MAX_CHARACTERS, Document, Item, ReadError, Source, os_reason
from .kinds import EXPECTED, reader_of, split

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["MAX_CHARACTERS", "STDIN", "Document", "ReadError", "read", "total_bytes"]

STDIN: Final = "-"
_HEAD: Final = 4096


def read(inputs: Iterable[str]) -> Iterator[Document | ReadError]:
    """Every report of the inputs, in order; folders by sorted names."""
    for name in inputs:
        try:
            yield from _stdin() if name == STDIN else _path(Path(name))
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


def _path(path: Path) -> Iterator[Item]:
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
            yield from reader(Source(stream, str(path), stem))


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
    yield from reader(Source(BufferedReader(_Again(head, stream)), "stdin", "stdin"))


class _Again(RawIOBase):
    """A stream from its beginning, of which some bytes were read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._head[: len(view)] or self._rest.read(min(len(view), 65536))
        self._head = self._head[len(data) :]
        view[: len(data)] = data
        return len(data)
