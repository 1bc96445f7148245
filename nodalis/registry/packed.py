"""Files of registries as they are kept: plain, or packed by gzip where the name ends with ``.gz``."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from ..readers.entries import Measured, RefusedError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BROKEN: Final = (EOFError, zlib.error, gzip.BadGzipFile, RefusedError)  # what reading a packed file may raise
_SUFFIX: Final = ".gz"
_PIECE: Final = 256 * 1024


class _Told(RawIOBase):
    """A file that says of how many bytes it was read."""

    def __init__(self, stream: BinaryIO, told: Callable[[int], object]) -> None:
        self._stream, self._told = stream, told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        data = self._stream.read(len(view := memoryview(buffer)))
        view[: len(data)] = data
        self._told(len(data))
        return len(data)


@contextmanager
def unpacked(path: Path, told: Callable[[int], object] = lambda size: None) -> Iterator[BinaryIO]:
    """The bytes of a file as they were before they were packed, as far as they are read; bounded by the size of the file.

    ``told`` hears of the bytes of the file itself as they are read.
    """
    with path.open("rb") as file, BufferedReader(_Told(file, told), _PIECE) as stream:
        if path.suffix.lower() != _SUFFIX:
            yield stream
            return
        with gzip.GzipFile(fileobj=stream) as unzipped:
            yield BufferedReader(Measured(unzipped, path.stat().st_size))


@contextmanager
def packed(stream: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    """Where to write what a file of this name is to hold. The same bytes are packed into the same bytes."""
    if path.suffix.lower() != _SUFFIX:
        yield stream
        return
    with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as zipped:
        yield cast(BinaryIO, zipped)


def broken(error: Exception) -> str:
    """Why a packed file is not read on, without anything of it."""
    return str(error) if isinstance(error, RefusedError) else "no gzip file, cut off or damaged"
