"""ZIP: the reports of each entry, in the order of the archive."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from io import RawIOBase
from typing import BinaryIO, Final, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from .document import Item, ReadError, Source
from .entries import MAX_RATIO, Measured, RefusedError, allowance, drain, origin_of, passed_over, refusal, reports

# zipfile loads the directory whole and takes 650 bytes for each entry (measured): 130 MB for as many as are allowed. Goal S-5 says
# 10,000, but an archive of 100,000 reports is to be read in 1 GB (goal L-8), and only the directory grows with their number.
MAX_ENTRIES: Final = 200_000
_MAX_READ: Final = 32 * 1024 * 1024  # of the directory: 160 bytes for each of them
_TAIL: Final = 128 * 1024  # of the end of the file, which a comment of 64 KiB makes long
_ENTRY: Final = b"PK\x01\x02"  # begins each entry of the directory
_ENCRYPTED: Final = 0x1
# What zipfile and zlib raise for bytes that are no archive; their messages quote names and bytes.
_BROKEN: Final = (BadZipFile, NotImplementedError, zlib.error, struct.error, EOFError, ValueError, OverflowError, IndexError)


def read(source: Source) -> Iterator[Item]:
    """The reports of each entry; what cannot be read of one does not stop the others."""
    if not source.stream.seekable():
        yield ReadError(source.origin, "a zip archive is read from a file, not from a pipe")
        return
    size = source.stream.seek(0, 2)
    try:
        archive = ZipFile(cast(BinaryIO, _Guarded(source.stream)))
        entries = archive.infolist()
    except RefusedError as error:
        yield ReadError(source.origin, str(error), size)
        return
    except _BROKEN:
        yield ReadError(source.origin, "not a zip archive, or one that is cut off", size)
        return
    entries = [entry for entry in entries if not passed_over(entry.filename)]
    if not entries:
        yield ReadError(source.origin, "no report in this archive", size)
    unpacked = 0
    for entry in entries:
        reason = refusal(entry.filename) or _unreadable(entry)
        if reason:
            yield ReadError(origin_of(source, entry.filename), reason, entry.compress_size)
            continue
        # Entries may share their bytes, so that each is honest and all together are a bomb.
        unpacked += entry.file_size
        if unpacked > allowance(size):
            yield ReadError(source.origin, f"unpacks to more than {MAX_RATIO} times its size, the rest is not read")
            return
        yield from _entry(archive, entry, source)


def _entry(archive: ZipFile, entry: ZipInfo, source: Source) -> Iterator[Item]:
    origin = origin_of(source, entry.filename)
    share = entry.compress_size / max(entry.file_size, 1)
    try:
        # Once through to its checksum, which stands at the end: a row before a wrong digit is as good as one behind it.
        with archive.open(entry) as stream:
            drain(Measured(stream, entry.compress_size))
        with archive.open(entry) as stream:
            yield from reports(source, Measured(stream, entry.compress_size), entry.filename, share)
    except RefusedError as error:
        yield ReadError(origin, str(error), entry.compress_size)
    except _BROKEN:
        yield ReadError(origin, "broken: cut off, or its checksum is wrong", entry.compress_size)


def _unreadable(entry: ZipInfo) -> str | None:
    """Why an entry is not opened, by what the directory says of it."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link"
    if kind not in (0, stat.S_IFREG):
        return "not a file"
    if entry.flag_bits & _ENCRYPTED:
        return "encrypted"
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # LZMA may ask for 4 GiB of memory
        return "packed by another method than deflate"
    if entry.file_size > allowance(entry.compress_size):
        return f"unpacks to more than {MAX_RATIO} times its size"
    return None


class _Guarded(RawIOBase):
    """A file of which nobody reads more at once than the directory of an archive may have, in bytes and in entries."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1, /) -> bytes:
        if size > _MAX_READ:
            raise RefusedError(f"its directory is larger than {_MAX_READ:,} bytes")
        data = self._stream.read(size if size >= 0 else _TAIL)
        if data.startswith(_ENTRY) and data.count(_ENTRY) > MAX_ENTRIES:
            raise RefusedError(f"more than {MAX_ENTRIES:,} entries")
        return data
