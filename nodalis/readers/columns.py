"""Tables of reports: which columns are read, and one row of them as a Document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..decoding import Decoded
from ..surroundings import NAMES
from .document import Columns, Item, ReadError, document

_OPTIONS: Final = {"id": "--id-column", "text": "--text-column"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row the columns stand that are read; other columns are passed over."""

    width: int
    id: int
    text: int
    context: Mapping[str, int]


def layout_of(header: Sequence[str], columns: Columns) -> Layout:
    """The places of the columns in a header.

    >>> layout_of(["id", "ward", "text", "subject"], Columns())
    Layout(width=4, id=0, text=2, context={'subject': 3})

    Raises:
        ValueError: one is missing or there twice; names it, and never shows the header, which may be a row of values.
    """
    wanted = {"id": columns.id, "text": columns.text}
    for option, name in wanted.items():
        if name not in header:
            raise ValueError(f"no column {name!r}: expected names in the first row; {_OPTIONS[option]} gives another name for it")
    for name in (*wanted.values(), *NAMES):
        if header.count(name) > 1:
            raise ValueError(f"two columns {name!r}")
    context = {name: header.index(name) for name in NAMES if name in header and name != columns.text}
    return Layout(len(header), header.index(columns.id), header.index(columns.text), context)


def not_read(column: str, name: str) -> str:
    """What to say of a column, read as ``name``, of a type that is not read."""
    return f"the column {column!r} is not text{', nor of whole numbers' * (name == 'id')}"


def row(id_: str, text: Decoded, context: Mapping[str, str], origin: str, size: int) -> Item:
    """The report of one row, outer spaces off its id and context; the text stays as it is."""
    if not id_.strip():
        return ReadError(origin, "no id", size)
    return document(id_.strip(), text, origin, size, {name: value.strip() for name, value in context.items()})
