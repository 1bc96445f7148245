"""What scanning does with anchors, windows and overlaps, shown with small grammars of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.engine import Match, scan
from parser.grammar import Grammar, load_grammar
from parser.oracle import full_scan, plain_scan
from parser.patterns import LEFT, RIGHT
from parser.text import clean

Scan = Callable[[str], list[Match]]


def _grammar(folder: Path, pattern: str, anchor: str, values: str = "", name: str = "own_anchor") -> Grammar:
    """A grammar of one rule."""
    path = folder / "own.toml"
    path.write_text(
        f"[anchors]\n{name} = {anchor}\n[[rule]]\nid = 'own.rule'\nsource = 'test'\nfinding = 'test'\npattern = '''{pattern}'''\n"
        f"values = {{ {values} }}\nexamples = [{{ text = 'a' }}, {{ text = 'b' }}]\nrejects = ['c']\n",
        encoding="utf-8",
    )
    grammar = load_grammar(path)
    return Grammar((grammar.rule("own.rule"),), grammar.version)


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[str]]:
    """The matched words of a rule in a text; the plain scan must find the same."""

    def run(text: str, pattern: str, anchor: str, values: str = "", name: str = "own_anchor") -> list[str]:
        grammar = _grammar(tmp_path, pattern, anchor, values, name)
        matches = scan(grammar, text)
        assert [match[1:] for match in matches] == [match[1:] for match in full_scan(grammar, text)]
        return [text[match.start : match.end] for match in matches]

    return run


Found = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node", ["node"]),
        ("nodes", []),
        ("anode", []),
        ("3node", ["node"]),
        ("node3", ["node"]),
        ("(node)", ["node"]),
        ("\u00e9node\u00e9", ["node"]),
        ("node node", ["node", "node"]),
    ],
)
def test_an_anchor_touches_no_letter(found: Found, text: str, expected: list[str]) -> None:
    assert found(text, "@own_anchor", "['node']") == expected


def test_an_anchor_that_ends_in_a_sign_may_touch_letters_there(found: Found) -> None:
    assert found("(n)stage", "@own_anchor", "['(n)', '(']") == ["(n)"]


def test_an_anchor_named_glued_may_touch_letters(found: Found) -> None:
    assert found("t2nomx", "@glued_own [o0]", "['n']", name="glued_own") == ["no"]


@pytest.mark.parametrize("text", ["lymph node", "lymph\nnode", "lymph. node", "lymph.\nnode"])
def test_a_space_of_an_anchor_may_be_a_broken_line(found: Found, text: str) -> None:
    assert found(text, "@own_anchor", "['lymph node']") == [text]


def test_offsets_are_code_points(found: Found) -> None:
    assert found("\U0001f600\U0001f600 \u00e9 3 nodes \U0001f600", r"\d \s @own_anchor \s .", "['nodes']") == ["3 nodes \U0001f600"]


def test_both_sides_of_the_anchor_are_matched(found: Found) -> None:
    assert found("in 3 nodes: negative", r"\d \s @own_anchor : \s negative", "['nodes']") == ["3 nodes: negative"]
    assert found("in x nodes: negative", r"\d \s @own_anchor : \s negative", "['nodes']") == []
    assert found("in 3 nodes: positive", r"\d \s @own_anchor : \s negative", "['nodes']") == []


def test_a_lookahead_left_of_the_anchor_sees_the_anchor(found: Found) -> None:
    assert found("3nodes", r"\d (?! [a-z] ) @own_anchor", "['nodes']") == []
    assert found("3nodes", r"\d (?= nod ) @own_anchor", "['nodes']") == ["3nodes"]
    assert found("3nodes left, 4nodes right", r"\d (?! nodes \s l ) @own_anchor", "['nodes']") == ["4nodes"]


def test_a_lookbehind_right_of_the_anchor_sees_the_anchor(found: Found) -> None:
    assert found("nodes 3", r"@own_anchor (?<= nodes ) \s \d", "['nodes', 'node']") == ["nodes 3"]
    assert found("nodes 3", r"@own_anchor (?<! s ) \s \d", "['nodes', 'node']") == []


def test_lookarounds_at_the_outer_ends_see_the_text(found: Found) -> None:
    assert found("13 nodes", r"(?<! \d ) \d \s @own_anchor", "['nodes']") == []
    assert found("nodes 13", r"@own_anchor \s \d (?! \d )", "['nodes']") == []


def test_white_space_may_be_long_and_broken(found: Found) -> None:
    assert len(found("3 \n      \t  nodes", r"\d \s+ @own_anchor", "['nodes']")) == 1
    assert len(found("nodes \r\n      :3", r"@own_anchor \s* : \s* \d", "['nodes']")) == 1


def test_the_left_window_ends(found: Found) -> None:
    pattern = r"\d [x]{0,400} @own_anchor"
    assert len(found("3" + "x" * (LEFT - 1 - 1) + "-node", pattern.replace("@", "- @"), "['node']")) == 1
    assert found("3" + "x" * LEFT + "-node", pattern.replace("@", "- @"), "['node']") == []


def test_the_right_window_ends(found: Found) -> None:
    pattern = r"@own_anchor - [x]{0,400} \d"
    assert len(found("node-" + "x" * (RIGHT - 3) + "3 ", pattern, "['node']")) == 1
    assert found("node-" + "x" * RIGHT + "3", pattern, "['node']") == []


def test_a_number_cut_by_the_right_window_is_not_read(found: Found) -> None:
    assert found("node-" + "x" * (RIGHT - 2) + "34", r"@own_anchor - [x]{0,400} \d{1,2}", "['node']") == []


def test_a_value_that_cannot_be_read_is_no_match(found: Found) -> None:
    pattern = r"(?P<n> \w{1,9} (?: \s \( \d \) )? ) \s @own_anchor"
    assert found("two (2) nodes", pattern, "['nodes']", "n = 'count'") == ["two (2) nodes"]
    assert found("two (3) nodes", pattern, "['nodes']", "n = 'count'") == []


def test_a_capture_that_takes_no_part_gives_no_value(tmp_path: Path) -> None:
    grammar = _grammar(tmp_path, r"(?: (?P<n> \d ) \s )? @own_anchor", "['nodes']", "n = 'count'")
    assert [match.values for match in scan(grammar, "nodes, 3 nodes")] == [{}, {"n": 3}]


def test_a_capture_may_stand_in_several_alternatives(tmp_path: Path) -> None:
    grammar = _grammar(tmp_path, r"(?: x (?P<n> \d ) | y (?P<n> \d ) ) \s @own_anchor", "['nodes']", "n = 'count'")
    assert [match.values for match in scan(grammar, "x1 nodes y2 nodes")] == [{"n": 1}, {"n": 2}]


def test_the_whole_match_can_be_a_value(tmp_path: Path) -> None:
    grammar = _grammar(tmp_path, r"\d \s @own_anchor", "['nodes']", "match = 'word'")
    (match,) = scan(grammar, "x 3 nodes")
    assert match.values == {"match": "3 nodes"}
    assert match.spans == {"match": (2, 9)}


def test_of_overlapping_matches_the_leftmost_then_longest_stays(found: Found) -> None:
    assert found("node a node b", r"@own_anchor (?: .{0,20} b )?", "['node']") == ["node a node b"]
    assert found("node status", r"@own_anchor", "['node', 'node status']") == ["node status"]
    assert found("a node a node", r"(?: a \s )? @own_anchor", "['node']") == ["a node", "a node"]


def test_matches_are_sorted_by_start_then_longest_then_rule() -> None:
    matches = scan(load_grammar(), clean("Metastatic carcinoma in 3 of 14 axillary lymph nodes. pT2 pN1a. Lymph nodes: 3/14"))
    keys = [(match.start, -match.end, match.rule.id) for match in matches]
    assert keys == sorted(keys)
    assert len(matches) > 2


def test_an_empty_text_gives_nothing() -> None:
    assert scan(load_grammar(), "") == []


def test_the_plain_scan_finds_the_same_words(tmp_path: Path) -> None:
    grammar = _grammar(tmp_path, r"\d \s @own_anchor : \s negative", "['nodes']")
    assert plain_scan(grammar, "in 3 nodes: negative") == [("own.rule", 3, 20)]


WORDS = (
    "3 of 14 |lymph nodes |node|(0/1)|\n| |pN1a |(sn)|0.3 mm |metastatic carcinoma |negative |two (3) |: |<|\u00e9|\U0001f600|\x00|\u0130"
)
PIECES = st.sampled_from(WORDS.split("|"))


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join)))
def test_scanning_any_text_gives_spans_inside_it(text: str) -> None:
    cleaned = clean(text)
    for match in scan(load_grammar(), cleaned):
        assert 0 <= match.start <= match.anchor[0] < match.anchor[1] <= match.end <= len(cleaned)
        assert all(match.start <= start < end <= match.end for start, end in match.spans.values())
        assert all(value is not None for value in match.values.values())


@given(st.lists(PIECES, max_size=25).map("".join))
def test_scanning_agrees_with_the_plain_scan_on_made_up_reports(text: str) -> None:
    cleaned = clean(text)
    assert [match[1:] for match in scan(load_grammar(), cleaned)] == [match[1:] for match in full_scan(load_grammar(), cleaned)]
