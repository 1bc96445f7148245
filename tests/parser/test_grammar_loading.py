"""What loading does with right and wrong grammar files: every fault is named with its file, line and column."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from parser.engine import scan
from parser.grammar import Grammar, GrammarError, load_grammar

HEAD = """\
[anchors]
own_node = ["lymph node", "lymph nodes"]
[patterns]
_own = '''(?: of | / )'''
"""
RULE = """\
[[rule]]
id = "own.ratio"
source = "written for this test"
finding = "node_count"
pattern = '''(?P<positive>(?&_count)) \\s* (?&_own) \\s* (?P<examined>(?&_count)) \\s+ @own_node'''
values = { positive = "count", examined = "count" }
examples = [{ text = "3 of 14 lymph nodes", positive = 3, examined = 14 }, { text = "0/1 lymph node", positive = 0, examined = 1 }]
rejects = ["3 of 14 blocks"]
"""
GOOD = HEAD + RULE
PATTERN = "(?P<positive>(?&_count)) \\s* (?&_own) \\s* (?P<examined>(?&_count)) \\s+ @own_node"


def _load(folder: Path, text: str, name: str = "own.toml") -> Grammar:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_grammar(path)


def _problems(folder: Path, text: str) -> list[str]:
    """The problems of a file as ``line:column: message``."""
    with pytest.raises(GrammarError) as caught:
        _load(folder, text)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    prefix = f"{folder / 'own.toml'}:"
    assert all(line.startswith(prefix) for line in str(caught.value).splitlines())
    return [line.removeprefix(prefix) for line in str(caught.value).splitlines()]


def test_a_file_adds_to_the_packaged_rules(tmp_path: Path) -> None:
    grammar = _load(tmp_path, GOOD)
    assert len(grammar.rules) == len(load_grammar().rules) + 1
    rule = grammar.rule("own.ratio")
    assert (rule.line, rule.finding, rule.anchor) == (5, "node_count", "own_node")
    assert [match.values for match in scan(grammar, "in 2 of 5 lymph nodes") if match.rule is rule] == [{"positive": 2, "examined": 5}]


def test_the_first_rule_of_the_documentation_works(tmp_path: Path, root: Path) -> None:
    documentation = (root / "grammars" / "README.md").read_text(encoding="utf-8")
    rule = documentation.partition("```toml\n")[2].partition("```")[0]
    grammar = _load(tmp_path, rule)
    found = [match.values for match in scan(grammar, "two cell blocks prepared") if match.rule.id == "mine.cell_blocks"]
    assert found == [{"number": 2}]


def test_a_folder_is_read_by_name_with_common_first(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(RULE.replace("own.ratio", "own.second"), encoding="utf-8")
    (tmp_path / "a.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "common.toml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no grammar", encoding="utf-8")
    assert [rule.id for rule in load_grammar(tmp_path).rules][-2:] == ["own.ratio", "own.second"]


def test_several_paths_are_added_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "1.toml", tmp_path / "2.toml"
    first.write_text(GOOD, encoding="utf-8")
    second.write_text(RULE.replace("own.ratio", "own.other"), encoding="utf-8")
    assert [rule.id for rule in load_grammar(first, second).rules][-2:] == ["own.ratio", "own.other"]


def test_an_own_rule_replaces_the_packaged_one_of_the_same_id(tmp_path: Path) -> None:
    packaged = load_grammar()
    replaced = packaged.rules[0].id
    grammar = _load(tmp_path, GOOD.replace("own.ratio", replaced))
    assert [rule.id for rule in grammar.rules] == [rule.id for rule in packaged.rules]
    assert grammar.rule(replaced).anchor == "own_node"


def test_the_packaged_grammar_is_loaded_once() -> None:
    assert load_grammar() is load_grammar()


def test_the_version_is_the_digest_of_the_contents(tmp_path: Path) -> None:
    version = _load(tmp_path, GOOD).version
    assert version.startswith("sha256:")
    assert len(version) == len("sha256:") + hashlib.sha256().digest_size * 2
    assert version == _load(tmp_path, GOOD).version
    assert version != _load(tmp_path, GOOD + "# changed\n").version
    assert version != load_grammar().version


def test_an_unknown_rule_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_grammar().rule("no.such.rule")


WRONG: dict[str, tuple[str, list[str]]] = {
    "not TOML": (GOOD + "id = = 3\n", ["13:6: Invalid value, expected TOML"]),
    "TOML without an end": (GOOD + "x = [1,\n", ["14:1: Invalid value, expected TOML"]),
    "unknown table": (GOOD + "[rules]\n", ["13:1: unknown key rules, expected [anchors], [patterns] or [[rule]]"]),
    "unknown key": (
        GOOD + "note = 'x'\n",
        ["13:1: unknown key note, expected one of id, source, finding, pattern, examples, rejects"],
    ),
    "missing source": (GOOD.replace('source = "written for this test"\n', ""), ["5:1: no source, expected text"]),
    "empty source": (GOOD.replace("written for this test", ""), ["7:1: no source, expected text"]),
    "id of the wrong kind": (GOOD.replace('"own.ratio"', "3"), ["6:1: id is of the wrong kind, expected text"]),
    "id with a space": (
        GOOD.replace("own.ratio", "own ratio"),
        ["6:1: id with other signs than a-z, 0-9, _, - and stops, expected such as nodes.ratio"],
    ),
    "id twice": (GOOD + RULE, ["14:1: rule own.ratio stands already at {file}:5, expected another id"]),
    "one example": (
        GOOD.replace(', { text = "0/1 lymph node", positive = 0, examined = 1 }', ""),
        ["11:1: 1 examples, expected at least 2"],
    ),
    "no reject": (GOOD.replace('["3 of 14 blocks"]', "[]"), ["12:1: no rejects, expected at least 1 text"]),
    "example without text": (
        GOOD.replace('text = "0/1 lymph node", ', ""),
        ["11:1: example without text, expected such as { text = '...', positive = 3 }"],
    ),
    "example with an unknown value": (
        GOOD.replace("positive = 0, examined = 1", "positive = 0, total = 1"),
        ["11:1: example with total, expected captures and keys of set only"],
    ),
    "capture without normaliser": (
        GOOD.replace(', examined = "count" }', " }").replace(", examined = 14", "").replace(", examined = 1 ", " "),
        ["10:1: capture examined has no normaliser, expected it in values"],
    ),
    "value without capture": (
        GOOD.replace('examined = "count" }', 'examined = "count", side = "side" }'),
        ["10:1: value side has no capture, expected (?P<side> in the pattern"],
    ),
    "value set and captured": (GOOD + "set = { positive = 1 }\n", ["13:1: positive is captured and set, expected one of both"]),
    "anchor that is no list": (
        GOOD.replace('["lymph node", "lymph nodes"]', '"node"'),
        ["2:1: anchor own_node is no list", "9:85: unknown anchor"],
    ),
    "anchor in upper case": (GOOD.replace('"lymph nodes"', '"Lymph nodes"'), ["2:28: upper-case literal in anchor own_node"]),
    "literal twice": (GOOD.replace('"lymph nodes"', '"lymph node"'), ["2:14: literal twice in anchor own_node"]),
    "sub-pattern without underscore": (
        GOOD.replace("_own =", "own ="),
        ["4:1: sub-pattern own, expected a name such as _count", "9:43: unknown"],
    ),
    "sub-pattern of another file": (GOOD.replace("_own", "_count"), ["4:1: _count is defined already at grammars/common.toml:"]),
    "sub-pattern not used": (GOOD.replace("(?&_own)", "of"), ["4:1: _own is used by no rule, expected a use"]),
    "anchor not used": (
        GOOD.replace("[patterns]", 'own_cell = ["cell"]\n[patterns]'),
        ["3:1: @own_cell is used by no rule, expected a use"],
    ),
    "sub-pattern that calls itself": (GOOD.replace("of | /", "of | (?&_own)"), ["4:11: _own calls itself, expected no cycle"]),
    "capture in a sub-pattern": (GOOD.replace("of | /", "(?P<of>of)"), ["4:15: capture in a sub-pattern, expected it in a rule"]),
    "anchor in a sub-pattern": (GOOD.replace("of | /", "@own_node"), ["4:15: anchor @own_node in a sub-pattern, expected it in a rule"]),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_named_with_line_and_column(tmp_path: Path, text: str, expected: list[str]) -> None:
    found = _problems(tmp_path, text)
    expected = [line.replace("{file}", str(tmp_path / "own.toml")) for line in expected]
    assert len(found) == len(expected), found
    for line, beginning in zip(found, expected, strict=True):
        assert line.startswith(beginning)


# The wrong pattern, the column of the fault counted from the pattern's first character, and how the message begins.
WRONG_PATTERNS: dict[str, tuple[str, int, str]] = {
    "no anchor": (r"(?&_own)", 0, "0 anchors, expected one @name"),
    "two anchors": (r"@own_node (?&_own) @own_node", 19, "2 anchors, expected one @name"),
    "anchor in a group": (r"(?&_own) (?: @own_node )", 13, "anchor @own_node inside a group, expected it at top level"),
    "anchor repeated": (r"(?&_own) @own_node {1,2}", 9, "anchor @own_node is repeated, expected it once"),
    "unknown anchor": (r"(?&_own) @other", 9, "unknown anchor @other, expected one of [anchors]"),
    "alternation at top level": (r"(?&_own) | a @own_node", 9, "alternation at top level, expected it in (?: )"),
    "unknown call": (r"(?&_own) (?&_other) @own_node", 9, "unknown sub-pattern _other, expected one of [patterns]"),
    "call without underscore": (r"(?&_own) (?&own) @own_node", 9, "unknown sub-pattern own, expected one of [patterns]"),
    "star": (r"(?&_own) a* @own_node", 10, "unbounded or unknown repeat *, expected bounds such as {0,20}"),
    "plus on a group": (r"(?&_own) (?: a )+ @own_node", 16, "unbounded or unknown repeat +"),
    "lazy star": (r"(?&_own) .*? @own_node", 10, "unbounded or unknown repeat *?"),
    "open end": (r"(?&_own) a{2,} @own_node", 10, "unbounded or unknown repeat {2,}"),
    "fuzzy": (r"(?&_own) (?:node){e<=1} @own_node", 17, "unbounded or unknown repeat {e<=1}"),
    "word bound": (r"(?&_own) \b @own_node", 9, r"\b sees the end of the window as the end of the text"),
    "end of text": (r"(?&_own) @own_node $", 19, "$ sees the window as the text"),
    "start of text": (r"^ (?&_own) @own_node", 0, "^ sees the window as the text"),
    "negative lookahead mistyped": (r"(?&_own) @own_node (?!=x)", 19, "(?!= looks like a mistyped lookaround"),
    "negative lookbehind mistyped": (r"(?!<x) (?&_own) @own_node", 0, "(?!< looks like a mistyped lookaround"),
    "lookbehind mistyped": (r"(?<!=x) (?&_own) @own_node", 0, "(?<!= looks like a mistyped lookaround"),
    "unnamed capture": (r"(?&_own) (a) @own_node", 9, "unnamed capture, expected (?: or (?P<name>"),
    "inline flag": (r"(?i) (?&_own) @own_node", 0, "group (?i, expected one of"),
    "recursion": (r"(?&_own) (?R) @own_node", 9, "group (?R, expected one of"),
    "conditional": (r"(?&_own) (?(1)a) @own_node", 9, "group (?, expected one of"),
    "back-reference": (r"(?&_own) (?:a)\1 @own_node", 14, r"back-reference \1, expected none"),
    "upper case": (r"(?&_own) Node @own_node", 9, "upper-case letter, expected lower case"),
    "upper case in a class": (r"(?&_own) [A-Z] @own_node", 9, "upper-case letter, expected lower case"),
    "capture with underscore": (r"(?&_own) (?P<_x>a) @own_node", 9, "capture (?P<_x>, expected (?P<name> in lower case"),
    "capture on both sides": (r"(?&_own) (?P<n>a) @own_node (?P<n>b)", 28, "capture n on both sides of the anchor"),
    "group not closed": (r"(?&_own) @own_node (?: a", 23, "1 parentheses not closed"),
    "group not opened": (r"(?&_own) a ) @own_node", 11, "closing parenthesis without opening one"),
    "class not closed": (r"(?&_own) @own_node [ab", 19, r"[ without an end, expected the end or \["),
    "bad range": (r"(?&_own) @own_node [z-a]", 0, "bad"),
    "bad repeat": (r"(?&_own) @own_node a{3,2}", 0, "min repeat"),
}


@pytest.mark.parametrize(("pattern", "offset", "message"), WRONG_PATTERNS.values(), ids=WRONG_PATTERNS)
def test_a_wrong_pattern_is_named_with_line_and_column(tmp_path: Path, pattern: str, offset: int, message: str) -> None:
    text = GOOD.replace(PATTERN, pattern)
    text = text.replace('values = { positive = "count", examined = "count" }\n', 'values = { n = "word" }\n' if "<n>" in pattern else "")
    text = text.replace(", positive = 3, examined = 14", "").replace(", positive = 0, examined = 1", "")
    found = [problem for problem in _problems(tmp_path, text) if "has no normaliser" not in problem]
    place, _, rest = found[0].partition(": ")
    assert rest.startswith(message)
    line, column = map(int, place.split(":"))
    assert line == 9
    assert column == len("pattern = '''") + offset + 1 or offset == 0


def test_a_fault_on_a_later_line_of_a_pattern_is_found_there(tmp_path: Path) -> None:
    text = GOOD.replace(PATTERN, PATTERN.replace("(?&_own)", "(?: of\n  | x* )"))
    assert _problems(tmp_path, text)[0].startswith("10:6: unbounded or unknown repeat *")


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("node_count", "").replace("own.ratio", "Own") + RULE.replace("own.ratio", "own.b").replace('"count"', '"number"')
    assert len(_problems(tmp_path, text)) == 4


@pytest.mark.parametrize("name", ["missing.toml", "empty"])
def test_nothing_to_read_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(GrammarError, match=r":1:1: .+, expected"):
        load_grammar(tmp_path / name)


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(GOOD.encode() + b"# \xff\n")
    with pytest.raises(GrammarError, match="not UTF-8"):
        load_grammar(path)
