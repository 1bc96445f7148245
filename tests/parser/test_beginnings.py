"""What a pattern may begin with is never less than what it does begin with."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from parser.beginnings import Beginnings, First
from parser.grammar import load_grammar
from parser.halves import Assembler
from parser.text import clean
from parser.tree import Tree, read

PATTERNS = [
    r"a | [bc] | \d",
    r"(?<! no | of ) (?: a? | (?P<one> \s ) )? [^a-c]",
    r"(?! a ) .",
    r"[\s\S] | \.",
    r"[^\W\d]{0,2} (?> x | \n )",
    r"[é-ü\]] | é",
    r"[[:digit:]a] | \p{Lu}",
    r"^ a $ | \b b",
    r"a{0} b | (?: ){2} c",
]
CHARS = st.characters(codec="utf-8")


def _first(tree: Tree) -> First:
    return Beginnings(lambda call: read(SHARED[call.text[3:-1]])).of(tree)


SHARED = {"_no": r"no \s? | (?&_none)", "_none": r"[x-z]? \d"}


def _allows(first: First, text: str) -> bool:
    return first.empty or (text[:1] in first.chars if text[:1].isascii() else first.beyond)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(st.one_of(st.text("abc no1.]é\u00a0\nÜ", min_size=1, max_size=4), st.text(CHARS, min_size=1, max_size=3)))
def test_what_matches_begins_as_the_tree_says(pattern: str, text: str) -> None:
    if regex.compile(pattern, regex.VERBOSE).match(text):
        assert _allows(_first(read(pattern)), text)


def test_a_call_begins_as_what_it_names() -> None:
    assert _first(read("(?&_no) a")) == First(frozenset("nxyz0123456789"), True, False)
    assert _first(read("(?&_no)? a")) == First(frozenset("anxyz0123456789"), True, False)
    assert _first(read("(?&_no)? (?= a )")).empty


def test_packaged_halves_begin_as_their_trees_say() -> None:
    """Every half of every rule, right of each character of the examples: where it matches, its tree allows that character."""
    rules = load_grammar().rules
    texts = [clean(str(example["text"])) for rule in rules for example in rule.examples[:1]]
    matched = 0
    for rule in rules:
        first, plain = _first(read(rule.right)), regex.compile(rule.right)
        for text in texts:
            for match in plain.finditer(text, overlapped=True):
                matched += 1
                assert _allows(first, text[match.start() :])
    assert matched > len(rules)


def test_a_look_stands_before_long_lookarounds_only() -> None:
    halves = Assembler({})
    assert halves.right("(?<! no | of ) (?: a | b )").pattern == "(?=[ab])(?<!no|of)(?:a|b)"
    assert halves.right("(?<! [a-z] ) a").pattern == "(?<![a-z])a"
    assert halves.right("(?<! no | of ) a?").pattern == "(?<!no|of)a?"
    assert halves.right("(?<! no | of ) [^a]").pattern == "(?<!no|of)[^a]"
