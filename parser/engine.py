"""Runs a grammar over a text: one pass finds the anchors of all rules, then each rule is matched outwards from its anchors."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import ahocorasick_rs
import regex

from .grammar import CompiledRule, Grammar
from .halves import Pattern
from .patterns import GLUED, LEFT, RIGHT, WHOLE
from .values import NORMALISERS

Half: TypeAlias = "re.Match[str] | regex.Match[str]"
Matcher = Callable[[str, int, int], "Half | None"]
_NONE: frozenset[str] = frozenset()
Capture = tuple[str, Callable[[str], object]]  # name and normaliser


class Match(NamedTuple):
    """One place where a rule matches a text. Offsets are those of the text, spans are half-open."""

    rule: CompiledRule
    start: int
    end: int
    values: Mapping[str, object]  # capture -> normalised value, and the constants of the rule
    spans: Mapping[str, tuple[int, int]]  # capture -> where it stands
    anchor: tuple[int, int]  # where the anchor stands


_new = tuple.__new__  # makes a named tuple in half the time of calling its class


class _Entry:
    """A rule as it is tried at a hit; each half is compiled when it is first needed, which keeps the first report fast."""

    __slots__ = ("constants", "has_values", "left", "left_captures", "right", "right_captures", "rule", "whole")

    def __init__(self, rule: CompiledRule) -> None:
        self.rule = rule
        self.left: Matcher | None = self._first_left if rule.halves.left else None
        self.right: Matcher | None = self._first_right if rule.halves.right else None
        self.left_captures: tuple[Capture, ...] = ()
        self.right_captures: tuple[Capture, ...] = ()
        self.constants = dict(rule.constants)  # copied for each match: several times as fast as from a mapping proxy
        self.has_values = bool(rule.values)
        self.whole = _normaliser(rule.values[WHOLE]) if WHOLE in rule.values else None

    def _first_left(self, text: str, low: int, high: int) -> Half | None:
        pattern = self.rule.left_pattern
        self.left_captures = captures_of(self.rule, pattern)  # before the matcher: another thread may be scanning
        self.left = pattern.match
        return pattern.match(text, low, high)

    def _first_right(self, text: str, low: int, high: int) -> Half | None:
        pattern = self.rule.right_pattern
        self.right_captures = captures_of(self.rule, pattern)
        self.right = pattern.match
        return pattern.match(text, low, high)


class _Index:
    """All literals of a grammar in one automaton, and the rules to try at each."""

    def __init__(self, grammar: Grammar) -> None:
        rules_of: dict[tuple[str, bool], list[CompiledRule]] = {}
        for rule in grammar.rules:
            for literal in rule.literals:
                rules_of.setdefault((literal, rule.anchor.startswith(GLUED)), []).append(rule)
        self.literals = tuple(literal for literal, _ in rules_of)
        self.guards = tuple((not glued and _is_letter(literal[0]), not glued and _is_letter(literal[-1])) for literal, glued in rules_of)
        self._rules = tuple(map(tuple, rules_of.values()))
        self._entries = {rule: _Entry(rule) for rule in grammar.rules}
        self._tables: dict[frozenset[str], list[tuple[_Entry, ...]]] = {}
        automaton = ahocorasick_rs.AhoCorasick(self.literals, implementation=ahocorasick_rs.Implementation.ContiguousNFA)
        self.find = automaton.find_matches_as_indexes

    def table(self, without: frozenset[str]) -> list[tuple[_Entry, ...]]:
        """By literal, what to try where it stands, but for rules with these findings."""
        if without not in self._tables:
            tried: dict[tuple[CompiledRule, ...], tuple[_Entry, ...]] = {}  # the literals of an anchor have it in common
            for rules in self._rules:
                if rules not in tried:
                    tried[rules] = tuple(self._entries[rule] for rule in rules if rule.finding not in without)
            self._tables[without] = [tried[rules] for rules in self._rules]
        return self._tables[without]


@lru_cache(maxsize=16)
def _index(grammar: Grammar) -> _Index:
    return _Index(grammar)


def captures_of(rule: CompiledRule, pattern: Pattern) -> tuple[Capture, ...]:
    """The captures of a compiled pattern, with the normaliser that the rule gives each."""
    return tuple((name, _normaliser(normaliser)) for name, normaliser in rule.values.items() if name in pattern.groupindex)


@lru_cache(maxsize=64)
def _normaliser(name: str) -> Callable[[str], object]:
    """A normaliser that remembers: it is pure, its values are never changed, and reports say "3", "left" and "0.4 cm" again and again."""
    return lru_cache(maxsize=2048)(NORMALISERS[name])


def _is_letter(char: str) -> bool:
    return "a" <= char <= "z"


def scan(grammar: Grammar, text: str, passed: Sequence[tuple[int, int]] = (), findings: frozenset[str] = _NONE) -> list[Match]:
    """Every match of every rule in a cleaned text, sorted by start, then longest first, then rule id.

    Of overlapping matches of one rule the leftmost stays, among these the longest. In the ascending ranges ``passed`` the anchors of
    rules with these ``findings`` are passed over.
    """
    bounds = [bound for one in passed for bound in one]
    index = _index(grammar)
    guards, everywhere = index.guards, index.table(_NONE)
    inside = index.table(findings) if bounds else everywhere
    size, mirror = len(text), text[::-1]
    found: dict[CompiledRule, list[Match]] = {}
    for number, start, end in index.find(text, overlapping=True):
        guard_left, guard_right = guards[number]
        if guard_right and end < size and "a" <= text[end] <= "z":
            continue
        if guard_left and start and "a" <= text[start - 1] <= "z":
            continue
        table = inside if bounds and bisect_right(bounds, start) & 1 else everywhere
        high = end + RIGHT
        behind, furthest = size - start, size - start + LEFT
        for entry in table[number]:
            before = after = None
            if entry.right is not None:
                after = entry.right(text, end, high)
                if after is None:
                    continue
            if entry.left is not None:
                before = entry.left(mirror, behind, furthest)
                if before is None:
                    continue
            match = _match(entry, text, start, end, before, after)
            if match is not None:
                found.setdefault(entry.rule, []).append(match)
    kept: list[Match] = []
    for matches in found.values():
        kept.extend(matches if len(matches) == 1 else leftmost_longest(matches))
    kept.sort(key=order)
    return kept


def _match(entry: _Entry, text: str, first: int, last: int, before: Half | None, after: Half | None) -> Match | None:
    """The match that two halves make around an anchor, or None where a value cannot be read or a window may have cut a half."""
    rule, start, end = entry.rule, first, last
    if before is not None:
        start = len(text) - before.end()
        if first - start >= LEFT and start:
            return None
    if after is not None:
        end = after.end()
        if end - last >= RIGHT and end < len(text):
            return None
    if not entry.has_values:
        return _new(Match, (rule, start, end, rule.constants, {}, (first, last)))
    values = entry.constants.copy()
    spans: dict[str, tuple[int, int]] = {}
    if before is not None and entry.left_captures and not read_captures(before, entry.left_captures, text, values, spans, mirrored=True):
        return None
    if after is not None and entry.right_captures and not read_captures(after, entry.right_captures, text, values, spans):
        return None
    if entry.whole is not None:
        value = entry.whole(text[start:end])
        if value is None:
            return None
        values[WHOLE] = value
        spans[WHOLE] = (start, end)
    return _new(Match, (rule, start, end, values, spans, (first, last)))


def read_captures(
    match: Half,
    captures: Iterable[Capture],
    text: str,
    values: dict[str, object],
    spans: dict[str, tuple[int, int]],
    mirrored: bool = False,
) -> bool:
    """Adds the captured values and their spans in ``text``; False if a captured text is no such value."""
    for name, normaliser in captures:
        start, end = match.span(name)
        if start < end:
            if mirrored:
                start, end = len(text) - end, len(text) - start
            value = normaliser(text[start:end])
            if value is None:
                return False
            values[name] = value
            spans[name] = (start, end)
    return True


def leftmost_longest(matches: Iterable[Match]) -> list[Match]:
    """Matches of one rule without overlaps: the leftmost stays, of these the longest, of these the one of the first anchor."""
    kept: list[Match] = []
    for match in sorted(matches, key=itemgetter(1, 5)):
        if kept and match.start < kept[-1].end:
            if match.start == kept[-1].start and match.end > kept[-1].end:
                kept[-1] = match
            continue
        kept.append(match)
    return kept


def order(match: Match) -> tuple[int, int, str]:
    """The sort key of matches: start, longest first, rule id."""
    return (match.start, -match.end, match.rule.id)
