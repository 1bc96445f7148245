"""A text file: one report, its id is the name of the file without suffix."""

from __future__ import annotations

from collections.abc import Iterator

from .document import MAX_TEXT_BYTES, Item, Source, whole


def read(source: Source) -> Iterator[Item]:
    """The one report."""
    yield whole(source.stream.read(MAX_TEXT_BYTES + 1), source.stem, source.origin)
