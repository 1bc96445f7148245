"""tar and tar.gz: the reports of each entry, in the order of the archive.

``tarfile`` ends quietly at a header that is broken, and loads the name of an entry whatever its length. So the headers are
walked here; what each of them says is still read by ``tarfile``.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, Final

from parser.model import Issue, IssueKind

from .document import Item, ReadError, Source
from .entries import Measured, RefusedError, drain, origin_of, passed_over, refusal, reports

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK: Final = tarfile.BLOCKSIZE
_GZIP: Final = b"\x1f\x8b"
_MAX_EXTENSION: Final = 64 * 1024  # of a long name, or of the records of an entry
_PAX_RECORD: Final = re.compile(rb"(\d{1,6}) ([^=]{1,64})=")
_CUT_OFF: Final = "cut off: the archive ends within an entry"
_BROKEN: Final = (EOFError, zlib.error, gzip.BadGzipFile)


def read(source: Source) -> Iterator[Item]:
    """The reports of each entry. Those of a damaged tar.gz need review: its one checksum, at the end, holds for all of them."""
    stream = source.stream
    if not stream.seekable():
        yield ReadError(source.origin, "a tar archive is read from a file, not from a pipe")
        return
    packed = stream.seek(0, 2)
    stream.seek(0)
    damage: tuple[Issue, ...] = ()
    unpacked = packed
    if stream.read(2) == _GZIP:
        stream.seek(0)
        measured = Measured(gzip.GzipFile(fileobj=stream), packed)
        try:
            drain(measured)
        except RefusedError as error:
            yield ReadError(source.origin, str(error), packed)
            return
        except _BROKEN:
            damage = (Issue(IssueKind.UNREADABLE_TEXT, "the archive is cut off or its checksum is wrong", ()),)
        unpacked = measured.size
        stream.seek(0)
        stream = BufferedReader(Measured(gzip.GzipFile(fileobj=stream), packed))
    else:
        stream.seek(0)
    found = False
    try:
        for item in _entries(stream, source, packed / max(unpacked, 1)):
            found = True
            yield item if isinstance(item, ReadError) else replace(item, issues=(*item.issues, *damage))
        if damage:
            yield ReadError(source.origin, "its checksum is wrong: all reports in it need review")
        elif not found:
            yield ReadError(source.origin, "no report in this archive")
    except RefusedError as error:
        yield ReadError(source.origin, str(error))
    except _BROKEN:
        yield ReadError(source.origin, "cut off or damaged: what comes behind is not read, and all reports before it need review")


def _entries(stream: BinaryIO, source: Source, share: float) -> Iterator[Item]:
    for entry in _headers(stream):
        body = _Body(stream, entry.size if _has_body(entry) else 0)
        reason = _unreadable(entry) or refusal(entry.name)
        if not entry.isdir() and not passed_over(entry.name):
            if reason:
                yield ReadError(origin_of(source, entry.name), reason, int(entry.size * share))
            else:
                yield from reports(source, body, entry.name, share)
        drain(body)
        _exactly(stream, -entry.size % _BLOCK if _has_body(entry) else 0)


def _headers(stream: BinaryIO) -> Iterator[tarfile.TarInfo]:
    """The header of each entry with its long name and size; whoever takes one reads its body before the next."""
    name, size, sparse = None, None, False
    while True:
        block = _exactly(stream, _BLOCK)
        if not block.strip(b"\0"):
            return
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
        except tarfile.HeaderError:
            raise RefusedError("a header in it is broken: what comes behind is not read") from None
        if header.size < 0 or header.type == tarfile.GNUTYPE_SPARSE:
            raise RefusedError("a header in it is of a kind that is not read, nor is what comes behind")
        if header.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE):
            extension = _extension(stream, header)
            if header.type == tarfile.GNUTYPE_LONGNAME:
                name = extension.rstrip(b"\0").decode("utf-8", "replace")
            elif header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                records = _pax_records(extension)
                if b"path" in records:
                    name = records[b"path"].decode("utf-8", "replace")
                if records.get(b"size", b"").isdigit():
                    size = int(records[b"size"])
                sparse = any(key.startswith(b"GNU.sparse") for key in records)
            continue
        header.name = header.name if name is None else name
        header.size = header.size if size is None else size
        header.type = tarfile.GNUTYPE_SPARSE if sparse else header.type
        name, size, sparse = None, None, False
        yield header


def _extension(stream: BinaryIO, header: tarfile.TarInfo) -> bytes:
    if header.size > _MAX_EXTENSION:
        raise RefusedError(f"a name in it is longer than {_MAX_EXTENSION:,} bytes: what comes behind is not read")
    return _exactly(stream, header.size + -header.size % _BLOCK)[: header.size]


def _pax_records(data: bytes) -> dict[bytes, bytes]:
    r"""The records of an extended header: length, name and value.

    >>> _pax_records(b"18 path=S26-1.txt\n")
    {b'path': b'S26-1.txt'}
    """
    records: dict[bytes, bytes] = {}
    start = 0
    while start < len(data):
        record = _PAX_RECORD.match(data, start)
        end = start + int(record[1]) if record else 0
        if not record or end <= record.end() or end > len(data):
            raise RefusedError("a header in it is broken: what comes behind is not read")
        records[record[2]] = data[record.end() : end - 1]
        start = end
    return records


def _has_body(entry: tarfile.TarInfo) -> bool:
    """Whether bytes follow the header; links, folders and devices have none, whatever size they say."""
    return entry.isreg() or entry.type not in tarfile.SUPPORTED_TYPES


def _unreadable(entry: tarfile.TarInfo) -> str | None:
    if entry.issym() or entry.islnk():
        return "a link"
    return None if entry.isreg() and not entry.issparse() else "not a file"


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise RefusedError("cut off: the archive has no end mark" if not data else _CUT_OFF)
    return data


class _Body(RawIOBase):
    """The bytes of one entry."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.read(min(len(view), self._left, 65536))
        if self._left and view and not data:
            raise RefusedError(_CUT_OFF)
        self._left -= len(data)
        view[: len(data)] = data
        return len(data)
