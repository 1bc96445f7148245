"""Files of registries as they are kept: plain, or packed by gzip where the name ends with ``.gz``."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, cast

from ..readers.entries import Measured, RefusedError

BROKEN: Final = (EOFError, zlib.error, gzip.BadGzipFile, RefusedError)  # what reading a packed file may raise
_SUFFIX: Final = ".gz"


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file as they were before they were packed, as far as they are read; bounded by the size of the file."""
    with path.open("rb") as stream:
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
