"""A pattern as a tree: mirrored, with lookbehinds of fixed width, and compiled.

Short matches at an anchor are most of the work of a report. ``re`` makes them in less than half the time of ``regex``, but reads
forwards only and wants each lookbehind of one width. So what stands left of an anchor is mirrored and read in the mirrored text,
and ``(?<! of | not \\s{1,2} )`` is written out width by width. The meaning stays; ``oracle`` reads the rules as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple, TypeAlias

import regex

from .patterns import Token, tokens

_MIRRORED = {"(?=": "(?<=", "(?!": "(?<!", "(?<=": "(?=", "(?<!": "(?!"}
_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_WIDTHS = 64  # combinations of widths at most that are written out for a lookbehind


class Item(NamedTuple):
    """A sign, a class or a call; or a group, which has alternatives. ``repeat`` is how often it stands, empty for once."""

    kind: str
    text: str  # of a group: what opens it
    alternatives: Tree
    repeat: str

    @property
    def bounds(self) -> tuple[int, int]:
        """How often it stands at least and at most; repeats without an end are not written out, so their most is no matter.

        >>> [read(f"a{repeat}")[0][0].bounds for repeat in ("", "?", "{2,5}", "{,3}+", "{4}")]
        [(1, 1), (0, 1), (2, 5), (0, 3), (4, 4)]
        """
        if not self.repeat:
            return 1, 1
        if found := _REPEAT.match(self.repeat):
            least = int(found[1] or 0)
            return least, (int(found[3] or _WIDTHS) if found[2] else least)
        return int(self.repeat[0] == "+"), 1 if self.repeat[0] == "?" else _WIDTHS


Branch: TypeAlias = tuple[Item, ...]
Tree: TypeAlias = tuple[Branch, ...]  # the alternatives of a pattern or of a group
Pattern: TypeAlias = "re.Pattern[str] | regex.Pattern[str]"


@lru_cache(maxsize=4096)
def compile_left(source: str) -> Pattern:
    """A left half, to be matched in the mirrored text from where the anchor begins there."""
    return _compiled(mirrored(read(source)))


@lru_cache(maxsize=4096)
def compile_right(source: str) -> Pattern:
    """A right half, to be matched from the end of the anchor."""
    return _compiled(read(source))


def _compiled(tree: Tree) -> Pattern:
    try:
        return re.compile(write(fixed(tree)))
    except (re.error, _TooManyWidths):  # what only ``regex`` can: a name twice, properties of characters
        return regex.compile(write(tree))


def read(pattern: str) -> Tree:
    """The tree of a pattern, without its spaces and comments."""
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
        if token.kind == "close":
            end = repeat
            break
        if token.kind == "bar":
            branches.append([])
        elif token.kind == "open":
            branches[-1].append(Item(token.kind, token.text, *_read(pieces)))
        else:
            branches[-1].append(Item(token.kind, token.text, (), repeat))
    return tuple(map(tuple, branches)), end


def write(tree: Tree) -> str:
    """The pattern of a tree.

    >>> write(read("a (?: b | [cd]{2} )? e"))
    'a(?:b|[cd]{2})?e'
    """
    return "|".join("".join(map(_written, branch)) for branch in tree)


def _written(item: Item) -> str:
    inside = f"{write(item.alternatives)})" if item.kind == "open" else ""
    return f"{item.text}{inside}{item.repeat}"


def mirrored(tree: Tree) -> Tree:
    """What matches the mirrored text where ``tree`` matches the text.

    >>> write(mirrored(read(r"(?<! \\. ) (?P<n> \\d | ten ) \\s?")))
    '\\\\s?(?P<n>\\\\d|net)(?!\\\\.)'
    """
    return tuple(tuple(map(_mirror, reversed(branch))) for branch in tree)


def _mirror(item: Item) -> Item:
    return Item(item.kind, _MIRRORED.get(item.text, item.text), mirrored(item.alternatives), item.repeat)


class _TooManyWidths(Exception):
    """A lookbehind that cannot be written out."""


def fixed(tree: Tree) -> Tree:
    """The tree with each lookbehind of several widths as several lookbehinds.

    >>> write(fixed(read(r"(?<! no \\s? | of ) x (?<= y | zz )")))
    '(?<!no|of)(?<!no\\\\s)x(?:(?<=y)|(?<=zz))'
    """
    return tuple(tuple(part for item in branch for part in _fix(item)) for branch in tree)


def _fix(item: Item) -> Branch:
    if item.kind != "open":
        return (item,)
    item = item._replace(alternatives=fixed(item.alternatives))
    if item.text not in ("(?<=", "(?<!"):
        return (item,)
    each = tuple(item._replace(alternatives=branches) for _, branches in sorted(_by_width(item.alternatives).items()))
    return each if item.text == "(?<!" or len(each) == 1 else (Item("open", "(?:", tuple((one,) for one in each), ""),)


def _by_width(tree: Tree) -> dict[int, Tree]:
    """The alternatives by their width; one of several widths stands under each of them."""
    found: dict[int, Tree] = {}
    for branch in tree:
        choices = [_choices(item) for item in branch]
        if prod(map(len, choices)) > _WIDTHS:
            raise _TooManyWidths
        for chosen in product(*(each.items() for each in choices)):
            width = sum(width for width, _ in chosen)
            found[width] = (*found.get(width, ()), tuple(item for _, items in chosen for item in items))
    return found


def _choices(item: Item) -> dict[int, Branch]:
    """By width, what an item may be: standing as often as its repeat allows, a group with its alternatives of one width."""
    if item.text in _MIRRORED:
        return {0: (item,)}
    least, most = item.bounds
    widths = _by_width(item.alternatives) if item.kind == "open" else {1: ()}
    gives_back = item.text != "(?>" and not item.repeat.endswith("+")
    if (len(widths) > 1 and most > 1) or (len(widths) * (1 + most - least) > 1 and not gives_back):
        raise _TooManyWidths
    return {
        width * times: (item._replace(alternatives=branches, repeat="" if times == 1 else f"{{{times}}}"),) if times else ()
        for width, branches in widths.items()
        for times in range(least, most + 1)
    }
