"""Bytes -> lines, none longer than a row may be held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from . import document


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
