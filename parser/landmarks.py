"""Where the words stand that searches over a whole text begin with: one pass finds them all, and patterns are tried only there.

``re`` needs microseconds to look for one of several words in a text, one Aho-Corasick automaton finds all of them in the time of one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import ahocorasick_rs

_TAILS_OF_NUMBERS = ("ne", "nc", "wo", "hree", "our", "ive", "ix")
# No word lies within another of its kind, so that the places of a kind are found in ascending order.
_WORDS = {
    "negative": ("free", "negative", "uninvolved", "benign", "without"),
    "positive": ("positive", "involved", "metastatic"),
    "further": ("further", "additional", "other", "second", "third", "fourth", "fifth", "separate", "different"),
    "size_class": ("micrometasta", "macrometasta", "micro-metasta", "macro-metasta"),
    "category": ("n0", "n1", "n2", "n3"),
    "node": ("lymphn", "lymphs", "sln", *(f"n{o}{end}e" for o in ("o", "0", "oo", "o0", "0o", "00") for end in "dca")),
    "misread": (*(f"{digit}{tail}" for digit in range(2, 10) for tail in _TAILS_OF_NUMBERS), *(f"tw{digit}" for digit in range(1, 10))),
    "slash": ("/",),
    "kind": ("sentinel", "axillary", "additional", "further", "other", "remaining", "rest"),
}


class Landmarks(NamedTuple):
    """Where the words of each kind begin in a clean text, ascending."""

    negative: list[int]
    positive: list[int]
    further: list[int]
    size_class: list[int]
    category: list[int]
    node: list[int]
    misread: list[int]  # words for numbers that begin with a digit
    slash: list[int]
    kind: list[int]  # of nodes


def landmarks(text: str) -> Landmarks:
    """The landmarks of a clean text.

    >>> landmarks("sentinel node 1/3 positive, the other two negative").slash
    [15]
    """
    automaton, kinds = _automaton()
    found = Landmarks(*[list[int]() for _ in Landmarks._fields])
    for number, start, _ in automaton.find_matches_as_indexes(text, overlapping=True):
        found[kinds[number]].append(start)
    return found


@lru_cache(maxsize=1)
def _automaton() -> tuple[ahocorasick_rs.AhoCorasick, list[int]]:
    """The automaton of all words, and the kind of each by its place in ``Landmarks``."""
    words = [(word, Landmarks._fields.index(kind)) for kind in _WORDS for word in _WORDS[kind]]
    automaton = ahocorasick_rs.AhoCorasick([word for word, _ in words], implementation=ahocorasick_rs.Implementation.DFA)
    return automaton, [kind for _, kind in words]


def matches(pattern: re.Pattern[str], text: str, places: Sequence[int], start: int, end: int) -> Iterator[re.Match[str]]:
    """What ``pattern.finditer(text, start, end)`` finds where each match begins at one of these places."""
    for place in places[bisect_left(places, start) : bisect_left(places, end)]:
        if place >= start and (found := pattern.match(text, place, end)):
            yield found
            start = found.end()


def matches_near(
    pattern: re.Pattern[str], text: str, places: Sequence[int], window: tuple[int, int], start: int, end: int
) -> Iterator[re.Match[str]]:
    """What ``pattern.finditer(text, start, end)`` finds where each match holds one of these places.

    ``window``: how many characters before a place a match can begin, and how many from it on it can look at.
    """
    before, behind = window
    for place in places[bisect_left(places, start) : bisect_left(places, end)]:
        found = pattern.search(text, max(start, place - before), min(end, place + behind))
        if found and found.start() <= place < found.end():
            yield found
            start = found.end()
