"""The same rules scanned one by one, without the anchors' automaton: for tests and benchmarks only.

``full_scan`` must give what ``engine.scan`` gives; it shows rules that never fire because a window hides what they look at.
``plain_scan`` reads each pattern from left to right as its author wrote it: the speed a grammar would have without anchors.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

from .engine import Match, captures_of, leftmost_longest, order, read_captures
from .grammar import CompiledRule, Grammar
from .patterns import GLUED, LEFT, RIGHT, WHOLE
from .values import NORMALISERS


def full_scan(grammar: Grammar, text: str) -> list[Match]:
    """Every match of every rule in a cleaned text, in the order of ``scan`` and with the same choice among overlaps."""
    found: list[Match] = []
    for rule in grammar.rules:
        found.extend(leftmost_longest(_matches(rule, text)))
    return sorted(found, key=order)


def plain_scan(grammar: Grammar, text: str) -> list[tuple[str, int, int]]:
    """Rule id, start and end of what an ordinary left-to-right search finds, rule by rule; other words may win than in ``scan``."""
    return [(rule.id, *match.span()) for rule in grammar.rules for match in _plain(rule).finditer(text)]


def _anchor(rule: CompiledRule, literals: tuple[str, ...]) -> str:
    """The literals of an anchor as a pattern that touches no letter."""
    glued = rule.anchor.startswith(GLUED)
    alternatives = (
        ("(?<![a-z])" if not glued and "a" <= literal[0] <= "z" else "")
        + regex.escape(literal, literal_spaces=False)
        + ("(?![a-z])" if not glued and "a" <= literal[-1] <= "z" else "")
        for literal in sorted(literals, key=len, reverse=True)
    )
    return f"(?:{'|'.join(alternatives)})"


@lru_cache(maxsize=4096)
def _plain(rule: CompiledRule) -> regex.Pattern[str]:
    return regex.compile(f"(?:{rule.left}){_anchor(rule, rule.literals)}(?:{rule.right})", regex.VERBOSE)


@lru_cache(maxsize=4096)
def _full(rule: CompiledRule) -> tuple[regex.Pattern[str], ...]:
    """The whole rule, once for each layer of literals of which none begins with another, so that every anchor is tried."""
    layers: dict[int, list[str]] = {}
    for literal in rule.literals:
        layers.setdefault(sum(literal.startswith(other) for other in rule.literals), []).append(literal)
    return tuple(
        regex.compile(f"(?<=(?P<_left>{rule.left}))(?P<_anchor>{_anchor(rule, tuple(layer))})(?P<_right>{rule.right})", regex.VERBOSE)
        for layer in layers.values()
    )


def _overlap(rule: CompiledRule) -> int:
    """How many characters of the anchor the left half is shown, so that its lookaheads see them."""
    return min(map(len, rule.literals))


@lru_cache(maxsize=4096)
def _halves(rule: CompiledRule) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """What stands left of the anchor, matched backwards from inside it, and what stands right of it."""
    left = regex.compile(f"(?:{rule.left})(?s:.){{{_overlap(rule)}}}", regex.VERBOSE | regex.REVERSE)
    return left, regex.compile(rule.right, regex.VERBOSE)


def _matches(rule: CompiledRule, text: str) -> Iterator[Match]:
    for pattern in _full(rule):
        for match in pattern.finditer(text, overlapped=True):
            found = _read(rule, pattern, match, text)
            if found is not None:
                yield found


def _read(rule: CompiledRule, pattern: regex.Pattern[str], match: regex.Match[str], text: str) -> Match | None:
    """A match with its values, read again inside the windows where it reaches beyond them."""
    anchor = match.span("_anchor")
    start, end = match.start("_left"), match.end("_right")
    sources = [match]
    if anchor[0] - start > LEFT or end - anchor[1] > RIGHT:
        before, after = _halves(rule)
        left = before.match(text, max(anchor[0] - LEFT, 0), anchor[0] + _overlap(rule))
        right = after.match(text, anchor[1], anchor[1] + RIGHT)
        if left is None or right is None:
            return None
        sources, start, end = [left, right], left.start(), right.end()
    if (anchor[0] - start >= LEFT and start) or (end - anchor[1] >= RIGHT and end < len(text)):
        return None
    values: dict[str, object] = dict(rule.constants)
    spans: dict[str, tuple[int, int]] = {}
    for source in sources:
        if not read_captures(source, captures_of(rule, source.re), text, values, spans):
            return None
    if WHOLE in rule.values:
        value = NORMALISERS[rule.values[WHOLE]](text[start:end])
        if value is None:
            return None
        values[WHOLE], spans[WHOLE] = value, (start, end)
    return Match(rule, start, end, values, spans, anchor)
