"""Patterns of words, written so that ``re`` finds them fast.

``re`` runs over a text at the speed of a table if it knows which characters a pattern begins with. It does not where the pattern
begins with a lookaround, as in ``(?<![a-z])(?:lymph|nodes?)``. So the word's first letter goes first, and looks behind itself.
"""

from __future__ import annotations

import regex


def word_start(*words: str) -> str:
    """A pattern of words, each of which begins with a plain letter that stands behind no letter. The first that matches counts.

    >>> word_start("lymph", "nodes?")
    '(?:l(?<![a-z]l)ymph|n(?<![a-z]n)odes?)'
    """
    return f"(?:{'|'.join(f'{word[0]}(?<![a-z]{word[0]}){word[1:]}' for word in words)})"


def holds(text: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    """Whether a stretch of text holds one of some words: a fast look before a slow pattern, each match of which holds one.

    >>> holds("see parts 1-6", 0, 13, ("part", "specimen"))
    True
    """
    return any(map(text[low:high].__contains__, words))


def before(pattern: str) -> regex.Pattern[str]:
    """A pattern of what ends at an offset, for ``.match(text, low, offset)``: it is tried from there backwards, and not at every place.

    >>> before(r"(?P<number>\\d{1,2})\\s").match("3 of 14 nodes", 0, 8)["number"]
    '14'
    """
    return regex.compile(f"(?r){pattern}")
