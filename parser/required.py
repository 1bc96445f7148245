"""What a text must hold for half a rule to match: a look for these few words spares most calls of the costly pattern.

``[(] (?&_count) (?: of | / ) (?&_count) [)]`` can match only where there is a "(": a search for one character takes a tenth of a
microsecond, the pattern tens of them. The words are found from the pattern itself; a rule says nothing about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import regex

from .patterns import Token, callee, tokens

MOST = 12  # words to look for at most: looking for more costs as much as the pattern
CHEAP = 3  # words that are worth while even before a pattern that fails at once
COMMON = 0.012  # words as frequent as this stand in nearly every window

_REPEAT_FROM = regex.compile(r"\{(\d++)")
_LARGE_REPEAT = regex.compile(r"\{\d*+,(?:[6-9]|\d{2,})\}(?!\+)")
_SMALL_CLASS = regex.compile(r"\[((?:[^\]\\^\-\[]|\\[^a-zA-Z0-9]){1,5})\]")
_LOOKAROUNDS = frozenset({"(?=", "(?!", "(?<=", "(?<!"})
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
    found = _Reader(half, patterns, done).alternatives()
    if found is None or len(found) > MOST or sum(map(_frequency, found)) > COMMON:
        return ()
    costly = len(found) <= CHEAP or _LARGE_REPEAT.search(half) or "(?&" in half
    return tuple(sorted(found, key=lambda word: (-len(word), word))) if costly else ()


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, patterns: Mapping[str, str], done: dict[str, Required]) -> None:
        self.pieces: Sequence[Token] = [token for token in tokens(pattern) if token.kind not in ("space", "comment")]
        self.patterns = patterns
        self.done = done
        self.position = 0

    def kind(self) -> str:
        """The kind of the next token, empty at the end."""
        return self.pieces[self.position].kind if self.position < len(self.pieces) else ""

    def alternatives(self) -> Required:
        """What the alternatives up to the end of their group require."""
        branches = [self.sequence()]
        while self.kind() == "bar":
            self.position += 1
            branches.append(self.sequence())
        union: set[str] = set()
        for branch in branches:
            if branch is None:
                return None
            union |= branch
        return frozenset(_shortest(union))

    def sequence(self) -> Required:
        """The rarest of what the items of one alternative require."""
        candidates: list[frozenset[str]] = []
        run = ""
        while self.kind() not in ("bar", "close", ""):
            token = self.pieces[self.position]
            self.position += 1
            inside = self.inside(token)
            if token.text in _LOOKAROUNDS:
                continue
            literal = _literal(token)
            if self.kind() != "repeat":
                least = 1
                if literal:
                    run += literal
                    continue
            else:
                least = _least(self.pieces[self.position].text)
                self.position += 1
            run += literal if least else ""
            candidates.extend([frozenset({run})] if run else [])
            run = ""
            candidates.extend([inside] if inside and least else [])
        candidates.extend([frozenset({run})] if run else [])
        return min(candidates, key=lambda words: sum(map(_frequency, words)), default=None)

    def inside(self, token: Token) -> Required:
        """What a group, a call or a small class requires; the group is read to its end."""
        if token.kind == "open":
            found = self.alternatives()
            self.position += 1
            return found
        if token.kind == "call":
            name = callee(token.text)
            if name not in self.done:
                self.done[name] = _Reader(self.patterns[name], self.patterns, self.done).alternatives()
            return self.done[name]
        small = _SMALL_CLASS.fullmatch(token.text)
        return frozenset(small[1].replace("\\", "")) if small else None


def _literal(token: Token) -> str:
    """The character a token stands for, empty if it is not exactly one."""
    if token.kind == "char" and token.text != ".":
        return token.text
    return token.text[1] if token.kind == "escape" and not token.text[1].isalnum() else ""


def _least(repeat: str) -> int:
    found = _REPEAT_FROM.match(repeat)
    return int(found[1]) if found else int(repeat[0] == "+")


def _frequency(word: str) -> float:
    product = 1.0
    for char in word:
        product *= _FREQUENCIES.get(char, 0.004)
    return product


def _shortest(words: set[str]) -> Iterator[str]:
    """The words that hold no other of them."""
    return (word for word in words if not any(other != word and other in word for other in words))
