"""The two halves of a rule, put together from its sub-patterns and compiled.

Short matches at an anchor are most of the work of a report. ``re`` makes them in less than half the time of ``regex``, but reads
forwards only and wants each lookbehind of one width. So what stands left of an anchor is mirrored and read in the mirrored text,
and ``(?<! of | not \\s{1,2} )`` is written out width by width. The meaning stays; ``oracle`` reads the rules as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from math import prod
from typing import TypeAlias

import regex

from .beginnings import Beginnings
from .patterns import callee
from .tree import LOOKAROUNDS, Branch, Item, Tree, mirrored, read

_WIDTHS = 64  # combinations of widths at most that are written out for a lookbehind

Pattern: TypeAlias = "re.Pattern[str] | regex.Pattern[str]"


class Assembler:
    """Puts halves together; each sub-pattern is read once, when it is first called.

    Calls must be known and free of cycles (``lint`` sees to it); else KeyError or RecursionError is raised.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._plain = _Writer(patterns)
        self._mirrored = _Writer(patterns, mirror=True)
        self._left = _OneWidthWriter(patterns, mirror=True)
        self._right = _OneWidthWriter(patterns)

    def plain(self, half: str) -> str:
        """A half as its author wrote it, with its calls replaced by what they name.

        >>> Assembler({"_of": "of | /"}).plain("(?&_of) \\\\s+ x # why")
        '(?:of|/)\\\\s{1,40}+x'
        """
        return self._plain.write(half)

    def left(self, half: str) -> Pattern:
        """A left half, to be matched in the mirrored text from where the anchor begins there."""
        return _compiled(self._left, self._mirrored, half)

    def right(self, half: str) -> Pattern:
        """A right half, to be matched from the end of the anchor."""
        return _compiled(self._right, self._plain, half)


def _compiled(quick: _OneWidthWriter, safe: _Writer, half: str) -> Pattern:
    try:
        return re.compile(quick.write(half))
    except (re.error, _TooManyWidths):  # what only ``regex`` can: a name twice, properties of characters
        return regex.compile(safe.write(half))


class _Writer:
    """Writes patterns without calls, spaces and comments; with ``mirror`` as what matches the mirrored text."""

    def __init__(self, patterns: Mapping[str, str], mirror: bool = False) -> None:
        self._patterns = patterns
        self._mirror = mirror
        self._trees: dict[str, Tree] = {}
        self._written: dict[str, str] = {}

    def write(self, pattern: str) -> str:
        """The pattern."""
        return self.tree(self._read(pattern))

    def _read(self, pattern: str) -> Tree:
        return mirrored(read(pattern)) if self._mirror else read(pattern)

    def called(self, call: Item) -> Tree:
        """What a call names."""
        name = callee(call.text)
        if name not in self._trees:
            self._trees[name] = self._read(self._patterns[name])
        return self._trees[name]

    def tree(self, tree: Tree) -> str:
        """The pattern of a tree."""
        return "|".join("".join(map(self.item, branch)) for branch in tree)

    def item(self, item: Item) -> str:
        """The pattern of an item."""
        if item.kind == "open":
            return f"{item.text}{self.tree(item.alternatives)}){item.repeat}"
        if item.kind != "call":
            return item.text + item.repeat
        if item.text not in self._written:
            self._written[item.text] = f"(?:{self.tree(self.called(item))})"
        return self._written[item.text] + item.repeat


class _TooManyWidths(Exception):
    """A lookbehind that cannot be written out."""


class _OneWidthWriter(_Writer):
    """Writes each lookbehind of several widths as several lookbehinds, and a possessive group, which CPython before 3.11.5 misreads,
    as an atomic one (https://github.com/python/cpython/issues/106052). For speed it puts looks at the next character before long
    lookarounds, and makes an optional group an alternative to nothing, for which ``re`` need not count.

    >>> _OneWidthWriter({}).write("(?<! no | not | of ) x (?<= y | zz ) (?: a b? )?+")
    '(?=[x])(?<!no|of)(?<!not)x(?:(?<=y)|(?<=zz))(?>(?:(?:ab?)|))'
    """

    def __init__(self, patterns: Mapping[str, str], mirror: bool = False) -> None:
        super().__init__(patterns, mirror)
        self._beginnings = Beginnings(self.called)

    def tree(self, tree: Tree) -> str:
        """The pattern of a tree."""
        return super().tree(tuple(map(self._beginnings.looking, tree)))

    def item(self, item: Item) -> str:
        """The pattern of an item."""
        if item.kind in ("open", "call") and item.repeat[1:].endswith("+"):
            return f"(?>{self.item(item._replace(repeat=item.repeat[:-1]))})"
        if item.kind in ("open", "call") and item.repeat in ("?", "??") and item.text not in LOOKAROUNDS:
            once = self.item(item._replace(repeat=""))
            return f"(?:{once}|)" if item.repeat == "?" else f"(?:|{once})"
        if item.text not in ("(?<=", "(?<!"):
            return super().item(item)
        each = [f"{item.text}{self.tree(branches)})" for _, branches in sorted(self._by_width(item.alternatives).items())]
        if item.text == "(?<!" and not item.repeat:
            return "".join(each)
        return f"(?:{('' if item.text == '(?<!' else '|').join(each)}){item.repeat}"

    def _by_width(self, tree: Tree) -> dict[int, Tree]:
        """The alternatives by their width; one of several widths stands under each of them."""
        found: dict[int, Tree] = {}
        for branch in tree:
            choices = [self._choices(item) for item in branch]
            if prod(map(len, choices)) > _WIDTHS:
                raise _TooManyWidths
            for chosen in product(*(each.items() for each in choices)):
                width = sum(width for width, _ in chosen)
                found[width] = (*found.get(width, ()), tuple(item for _, items in chosen for item in items))
        return found

    def _choices(self, item: Item) -> dict[int, Branch]:
        """By width, what an item may be: standing as often as its repeat allows, a group with its alternatives of one width."""
        if item.text in LOOKAROUNDS:
            return {0: (item,)}
        if item.kind == "call":
            item = Item("open", "(?:", self.called(item), item.repeat)
        least, most = item.bounds
        widths = self._by_width(item.alternatives) if item.kind == "open" else {1: ()}
        gives_back = item.text != "(?>" and not item.repeat.endswith("+")
        if (len(widths) > 1 and most > 1) or (len(widths) * (1 + most - least) > 1 and not gives_back):
            raise _TooManyWidths
        return {
            width * times: (item._replace(alternatives=branches, repeat="" if times == 1 else f"{{{times}}}"),) if times else ()
            for width, branches in widths.items()
            for times in range(least, most + 1)
        }
