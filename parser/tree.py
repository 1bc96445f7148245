"""A pattern as a tree of alternatives and items, which can be turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from .patterns import Token, tokens

_SPACES = 40  # what ``\s*`` and ``\s+`` stand for at most: an indented line of a hard-wrapped report
_ENDLESS = 64  # what any other repeat without an end counts as

_MIRRORED = {"(?=": "(?<=", "(?!": "(?<!", "(?<=": "(?=", "(?<!": "(?!"}
LOOKAROUNDS = frozenset(_MIRRORED)
_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}")


class Item(NamedTuple):
    """A sign, a class or a call; or a group, which has alternatives. ``repeat`` is how often it stands, empty for once."""

    kind: str
    text: str  # of a group: what opens it
    alternatives: Tree
    repeat: str

    @property
    def bounds(self) -> tuple[int, int]:
        """How often it stands at least and at most.

        >>> [read(f"a{repeat}")[0][0].bounds for repeat in ("", "?", "{2,5}", "{,3}+", "{4}")]
        [(1, 1), (0, 1), (2, 5), (0, 3), (4, 4)]
        """
        if not self.repeat:
            return 1, 1
        if found := _REPEAT.match(self.repeat):
            least = int(found[1] or 0)
            return least, (int(found[3] or _ENDLESS) if found[2] else least)
        return int(self.repeat[0] == "+"), 1 if self.repeat[0] == "?" else _ENDLESS


Branch: TypeAlias = tuple[Item, ...]
Tree: TypeAlias = tuple[Branch, ...]  # the alternatives of a pattern or of a group


def read(pattern: str) -> Tree:
    """The tree of a pattern, without its spaces and comments, and with ``\\s*`` and ``\\s+`` bounded.

    >>> read(r"\\s+ x # why")[0][0].repeat
    '{1,40}+'
    """
    return _read(_pieces(pattern))[0]


def _pieces(pattern: str) -> Iterator[tuple[Token, str]]:
    """The tokens of a pattern, each with the repeat behind it."""
    held: Token | None = None
    for token in tokens(pattern):
        if token.kind not in ("space", "comment"):
            if held is not None:
                yield held, token.text if token.kind == "repeat" else ""
            held = None if token.kind == "repeat" else token
    if held is not None:
        yield held, ""


def _read(pieces: Iterator[tuple[Token, str]]) -> tuple[Tree, str]:
    """The alternatives up to the end of their group or of the pattern, and the repeat behind that end."""
    branches: list[list[Item]] = [[]]
    end = ""
    for token, repeat in pieces:
        kind, text, _ = token
        if kind == "close":
            end = repeat
            break
        if kind == "bar":
            branches.append([])
        elif kind == "open":
            branches[-1].append(Item(kind, text, *_read(pieces)))
        else:
            branches[-1].append(Item(kind, text, (), _bounded(repeat) if text == r"\s" else repeat))
    return tuple(map(tuple, branches)), end


def _bounded(repeat: str) -> str:
    """The repeat of a white space, with an end and giving nothing back unless it is lazy."""
    if repeat[:1] not in ("*", "+"):
        return repeat
    return f"{{{int(repeat[0] == '+')},{_SPACES}}}{'?' if repeat.endswith('?') else '+'}"


def mirrored(tree: Tree) -> Tree:
    """What matches the mirrored text where ``tree`` matches the text."""
    return tuple(tuple(map(_mirror, reversed(branch))) for branch in tree)


def _mirror(item: Item) -> Item:
    return Item(item.kind, _MIRRORED.get(item.text, item.text), mirrored(item.alternatives), item.repeat)
