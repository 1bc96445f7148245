"""Streams read in lines, none of them longer than a row may be, and from their beginning again."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO

from . import document

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def again(head: bytes, rest: BinaryIO) -> BinaryIO:
    """A stream from its beginning, of which some bytes were read already."""
    return BufferedReader(_Again(head, rest))


def bounded_lines(stream: BinaryIO) -> Iterator[tuple[bytes | None, int]]:
    """Each line and its size; None for a line longer than a row may be, which is passed over in pieces."""
    limit = document.MAX_ROW_BYTES
    while line := stream.readline(limit):
        size = len(line)
        if size >= limit and not line.endswith(b"\n"):
            while piece := stream.readline(limit):
                size += len(piece)
                if piece.endswith(b"\n"):
                    break
            yield None, size
        else:
            yield line, size


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
