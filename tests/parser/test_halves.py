"""Halves that are mirrored and written out find what they find as they are written."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from parser.grammar import load_grammar
from parser.halves import Assembler
from parser.tree import mirrored, read

HALVES = Assembler({})

RIGHT = [
    r"(?<! no \s? | not \s{1,2} ) a",
    r"a{0,2} (?<= b a | a | c{1,3} ) (?: b | c )?+",
    r"(?<! (?: a | bb ) \s? ) (?<= [ab] | \s ) c",
    r"(?> a | ab ) (?! c (?<! a c | b{2} c ) )",
    r"(?<! (?: (?<! b ) a | c ) b? ) [abc]",
    r"(?: a (?P<one> b )? c? )?? [abc]",
    r"(?: (?P<one> a | (?P<two> b ) )? c? ){2} \s?",
    r"(?<! no | not ) (?: \s | [^ab] | (?: a b )?+ \u00e9 )",
    r"(?! ab | ba ) (?: a | b? ) c?",
    r"(?: (?! (?: no | a \s ) t? ) . ){0,5}? (?: c | (?P<one> \u00e9 )? n )",
]
LEFT = [
    r"a (?! b \s? | c )",
    r"(?<! c ) (?: a | ab ){1,2}? (?= b | a b )?",
    r"(?P<one> a{1,3} ) \s? (?: b | (?P<two> c{2} ) )",
    r"[ab] (?! (?! b | c a ) [a-c] )",
]
TEXTS = st.text("abc not\u00e9\u00a0", max_size=8)


@pytest.mark.parametrize("pattern", RIGHT)
@given(text=TEXTS, at=st.integers(0, 8))
def test_lookbehinds_written_out_mean_the_same(pattern: str, text: str, at: int) -> None:
    at = min(at, len(text))
    plain, compiled = regex.compile(pattern, regex.VERBOSE).match(text, at), HALVES.right(pattern).match(text, at)
    assert (compiled and (compiled.span(), compiled.groupdict())) == (plain and (plain.span(), plain.groupdict()))


@pytest.mark.parametrize("pattern", LEFT)
@given(text=TEXTS, at=st.integers(0, 8))
def test_the_mirrored_pattern_matches_the_mirrored_text(pattern: str, text: str, at: int) -> None:
    at = min(at, len(text))
    plain = regex.compile(rf"(?<=(?P<left>{pattern}))", regex.VERBOSE).match(text, at)
    compiled = HALVES.left(pattern).match(text[::-1], len(text) - at)
    assert (compiled and len(text) - compiled.end()) == (plain and plain.start("left"))
    if plain and compiled:
        assert {name: value and value[::-1] for name, value in compiled.groupdict().items()} == {
            name: value for name, value in plain.groupdict().items() if name != "left"
        }


@pytest.mark.parametrize("pattern", [*RIGHT, *LEFT])
def test_these_patterns_need_only_re(pattern: str) -> None:
    assert isinstance(HALVES.right(pattern), re.Pattern)
    assert isinstance(HALVES.left(pattern), re.Pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"(?<= \s{0,40} [a-z]{0,40} ) a", r"(?<! (?: a | bc ){1,2} ) b", r"(?<! a?+ b ) c", r"\p{L}", r"(?: a (?P<n> b ) | (?P<n> c ) )"],
)
def test_what_re_cannot_is_left_to_regex(pattern: str) -> None:
    assert isinstance(HALVES.right(pattern), regex.Pattern)


def test_the_mirror_of_the_mirror_is_the_pattern() -> None:
    for rule in load_grammar().rules:
        for half in rule.halves.left, rule.halves.right:
            assert mirrored(mirrored(read(half))) == read(half)


def test_nearly_all_packaged_halves_need_only_re() -> None:
    """What falls back to ``regex`` is slower: a name captured twice is all that should."""
    slow = {rule.id for rule in load_grammar().rules for half in (rule.left_pattern, rule.right_pattern) if isinstance(half, regex.Pattern)}
    assert slow <= {"nodes.ratio_bracket", "nodes.number_bracket"}


def test_calls_are_put_in_on_both_sides() -> None:
    halves = Assembler({"_no": r"no \s?", "_none": r"(?&_no) ne"})
    assert halves.plain("(?&_none){2} x") == r"(?:(?:no\s?)ne){2}x"
    assert halves.right("(?<! (?&_no) ) x").pattern == r"(?<!(?:no))(?<!(?:no\s))x"
    assert halves.left("(?&_none) (?! (?&_no) )").pattern == r"(?<!(?:on))(?<!(?:\son))(?:en(?:\s?on))"
