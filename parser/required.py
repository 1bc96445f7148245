"""What a text must hold for half a rule to match: a look for these few words spares most calls of the costly pattern.

``[(] (?&_count) (?: of | / ) (?&_count) [)]`` can match only where there is a "(": a search for one character takes a tenth of a
microsecond, the pattern tens of them. The words are found from the pattern itself; a rule says nothing about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .patterns import callee
from .tree import LOOKAROUNDS, Branch, Item, Tree, read

MOST = 12  # words to look for at most: looking for more costs as much as the pattern
CHEAP = 3  # words that are worth while even before a pattern that fails at once
COMMON = 0.012  # words as frequent as this stand in nearly every window

_LARGE_REPEAT = re.compile(r"\{\d*+,(?:[6-9]|\d{2,})\}(?!\+)")
_SMALL_CLASS = re.compile(r"\[((?:[^\]\\^\-\[]|\\[^a-zA-Z0-9]){1,5})\]")
# How often a character stands in a report, roughly; what is not listed is as rare as "/".
_FREQUENCIES = dict.fromkeys("etaoinrs", 0.07) | dict.fromkeys("dlcumphgf", 0.03) | dict.fromkeys("bvwykxqjz", 0.01)
_FREQUENCIES |= dict.fromkeys(".,:-0123456789", 0.01) | dict.fromkeys("()", 0.005) | {" ": 0.16}


Required = frozenset[str] | None  # None: nothing in particular


def required(half: str, patterns: Mapping[str, str], done: dict[str, Required]) -> tuple[str, ...]:
    """Words of which each text matched by this half holds at least one; empty where looking for them is not worth while.

    ``done`` keeps what the sub-patterns require, since many rules share them.

    >>> required(r"\\s{1,3} (?&_of) \\s? (?: 1 | 2 )", {"_of": r"(?: out \\s of | / )"}, {})
    ('out', '/')
    """
    found = _Reader(patterns, done).one_of(read(half))
    if found is None or len(found) > MOST or sum(map(_frequency, found)) > COMMON:
        return ()
    costly = len(found) <= CHEAP or _LARGE_REPEAT.search(half) or "(?&" in half
    return tuple(sorted(found, key=lambda word: (-len(word), word))) if costly else ()


class _Reader:
    """Reads the trees of patterns that call each other."""

    def __init__(self, patterns: Mapping[str, str], done: dict[str, Required]) -> None:
        self.patterns = patterns
        self.done = done

    def one_of(self, alternatives: Tree) -> Required:
        """What alternatives require: one word of any of them."""
        union: set[str] = set()
        for branch in alternatives:
            words = self.rarest(branch)
            if words is None:
                return None
            union |= words
        return frozenset(_shortest(union))

    def rarest(self, branch: Branch) -> Required:
        """The rarest of what the items of one alternative require."""
        candidates: list[frozenset[str]] = []
        run = ""
        for item in branch:
            if item.text in LOOKAROUNDS:
                continue
            least = item.bounds[0]
            literal = _literal(item)
            run += literal if least else ""
            if literal and not item.repeat:
                continue
            candidates.extend([frozenset({run})] if run else [])
            run = ""
            inside = self.inside(item) if least else None
            candidates.extend([inside] if inside else [])
        candidates.extend([frozenset({run})] if run else [])
        return min(candidates, key=lambda words: sum(map(_frequency, words)), default=None)

    def inside(self, item: Item) -> Required:
        """What a group, a call or a small class requires."""
        if item.kind == "open":
            return self.one_of(item.alternatives)
        if item.kind == "call":
            name = callee(item.text)
            if name not in self.done:
                self.done[name] = self.one_of(read(self.patterns[name]))
            return self.done[name]
        small = _SMALL_CLASS.fullmatch(item.text)
        return frozenset(small[1].replace("\\", "")) if small else None


def _literal(item: Item) -> str:
    """The character an item stands for, empty if it is not exactly one."""
    if item.kind == "char" and item.text != ".":
        return item.text
    return item.text[1] if item.kind == "escape" and not item.text[1].isalnum() else ""


def _frequency(word: str) -> float:
    product = 1.0
    for char in word:
        product *= _FREQUENCIES.get(char, 0.004)
    return product


def _shortest(words: set[str]) -> Iterator[str]:
    """The words that hold no other of them."""
    return (word for word in words if not any(other != word and other in word for other in words))
