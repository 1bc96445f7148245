"""Where the characters of a report come from: words with the values of the message they stand in, and the map of a whole text.

A run of characters that follow each other in one value is one piece, so a map has about as many of them as the text has lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, NamedTuple, TypeAlias


class Origin(NamedTuple):
    """A value of a message, by numbers from 1, and where in it, from 0."""

    segment: str  # "OBX[7]": the seventh OBX of the message
    field: int
    repetition: int
    component: int  # 0: of a repetition that has none
    offset: int | None  # of characters, decoded and without escapes; None: a document, of which nothing is known but that it is this value


Piece: TypeAlias = tuple[str, Origin | None]  # characters, and the origin of the first; None: they are ours


class Words(NamedTuple):
    """A text with the origins of its characters."""

    text: str
    pieces: tuple[Piece, ...]


def words(text: str, origin: Origin | None = None) -> Words:
    """Characters that follow each other in a value; without an origin they are ours."""
    return Words(text, ((text, origin),))


def spaced(text: str, origin: Origin) -> Words:
    r"""A value without outer white space, and one blank for each run of it within.

    >>> spaced(" Nodes\t  examined", Origin("OBX[1]", 3, 1, 2, 0)).text
    'Nodes examined'
    """
    found = text.split()
    if text == " ".join(found):
        return words(text, origin)
    pieces: list[Piece] = []
    end = 0
    for word in found:
        start = text.index(word, end)
        if pieces:
            pieces.append((" ", origin._replace(offset=end)))
        end = start + len(word)
        pieces.append((word, origin._replace(offset=start)))
    return Words(" ".join(found), tuple(pieces))


def linked(parts: Iterable[Words], link: str = "") -> Words:
    """Words one after the other, with something of ours between them."""
    parts = list(parts)
    pieces = [piece for part in parts for piece in (*part.pieces, (link, None))][:-1]
    return Words(link.join(part.text for part in parts), tuple(piece for piece in pieces if piece[0]))


@dataclass(frozen=True, slots=True)
class Origins:
    """The map of a text: where each piece begins, and the origin of its first character."""

    starts: tuple[int, ...] = ()
    pieces: tuple[Origin | None, ...] = ()

    def origin_at(self, offset: int) -> Origin | None:
        """Where a character of the text comes from; None for one that is ours, such as a heading."""
        at = bisect_right(self.starts, offset) - 1
        origin = self.pieces[at] if at >= 0 else None
        if origin is None or origin.offset is None:
            return origin
        return origin._replace(offset=origin.offset + offset - self.starts[at])


NOWHERE: Final = Origins()


def mapped(text: Words) -> tuple[str, Origins]:
    """A text that begins and ends without a line break, with one at its end, and its map."""
    body = text.text.lstrip("\n")
    cut = len(text.text) - len(body)
    body = body.rstrip("\n")
    starts = [start - cut for start in accumulate((len(piece) for piece, _ in text.pieces), initial=0)]
    kept = [
        (start, origin) for (start, end), (_, origin) in zip(pairwise(starts), text.pieces, strict=True) if end > 0 and start < len(body)
    ]
    kept.append((len(body), None))
    return f"{body}\n", Origins(tuple(start for start, _ in kept), tuple(origin for _, origin in kept))
