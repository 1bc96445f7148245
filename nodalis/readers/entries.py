"""What ZIP and tar have in common: which entries are read, how large they may become, and what is said of the others.

Entries are read as streams and never written to a disk, so their names choose a reader and an id, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Final, Protocol

from .document import Item, ReadError, Source
from .kinds import ARCHIVES, ENTRIES, reader_of, split

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_RATIO: Final = 100  # reliability goal S-5; text is packed to a fifth, templates with much white space to a twentieth
_FREE: Final = 1024 * 1024  # bytes that no ratio refuses: little harm, and short texts of one character are packed well
_PIECE: Final = 64 * 1024
_MAX_NAME: Final = 1024
_SHOWN: Final = 200
_OTHER_ARCHIVES: Final = frozenset({".gz", ".bz2", ".xz", ".zst", ".7z", ".rar"})
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_NOT_REPORTS: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # systems put them into archives by themselves


class Readable(Protocol):
    """What ends with no bytes."""

    def read(self, size: int, /) -> bytes | None: ...


class RefusedError(Exception):
    """Why an entry, or an archive, is not read on: words of ours."""


def allowance(packed: int) -> int:
    """How many bytes so many packed ones may become."""
    return _FREE + MAX_RATIO * packed


class Measured(RawIOBase):
    """The unpacked bytes of a stream, as long as they are not too many for what they were packed into."""

    def __init__(self, stream: Readable, packed: int) -> None:
        self._stream = stream
        self._most = allowance(packed)
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.read(min(len(view), _PIECE)) or b""
        self.size += len(data)
        if self.size > self._most:
            raise RefusedError(f"unpacks to more than {MAX_RATIO} times its size")
        view[: len(data)] = data
        return len(data)


def drain(stream: Readable) -> None:
    """Read to the end without keeping anything."""
    while stream.read(_PIECE):
        pass


def origin_of(source: Source, name: str) -> str:
    """How messages name an entry."""
    return f"{source.origin}: {name if len(name) <= _SHOWN else name[:_SHOWN] + '…'}"


def passed_over(name: str) -> bool:
    """Whether an entry is no file, or one that a system added: nobody misses it.

    >>> passed_over("reports/"), passed_over("__MACOSX/._S26-00417.txt"), passed_over("S26-00417.txt")
    (True, True, False)
    """
    path = name.replace("\\", "/")
    last = path.rpartition("/")[2]
    return not last or path.startswith("__MACOSX/") or last.startswith("._") or last in _NOT_REPORTS


def refusal(name: str) -> str | None:
    """Why an entry of this name is not read.

    >>> refusal("../S26-00417.txt")
    'its path leads out of the archive'
    >>> refusal("2026/S26-00417.txt")
    """
    path = name.replace("\\", "/")
    suffix = split(path.rpartition("/")[2])[1]
    if path.startswith("/") or _DRIVE.match(path):
        return "its path is absolute"
    if ".." in path.split("/"):
        return "its path leads out of the archive"
    if len(path) > _MAX_NAME:
        return f"its path is longer than {_MAX_NAME:,} characters"
    if suffix in ARCHIVES or suffix in _OTHER_ARCHIVES:
        return "an archive within an archive"
    if suffix not in ENTRIES:
        return f"unsupported kind of file in an archive: expected {', '.join(ENTRIES)}"
    return None


def reports(source: Source, stream: RawIOBase, name: str, share: float) -> Iterator[Item]:
    """The reports of an entry that is not refused; ``share`` is how much of a byte of the archive one of its bytes takes."""
    stem, suffix = split(name.replace("\\", "/").rpartition("/")[2])
    reader = reader_of(suffix)
    assert reader is not None  # ENTRIES are kinds that have one
    entry = Source(BufferedReader(stream, _PIECE), origin_of(source, name), stem, source.columns)
    for item in reader(entry):
        if isinstance(item, ReadError):
            yield ReadError(item.origin, item.reason, int(item.size * share))
        else:
            yield replace(item, size=int(item.size * share))
