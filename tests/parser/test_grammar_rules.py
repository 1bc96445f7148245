"""Every rule of the packaged grammar against its own examples, its rejects, a plain scan and hostile text.

New rules need no new test code: each test runs over whatever the files in grammars/ hold.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import regex

from parser.engine import Match, scan
from parser.grammar import CompiledRule, Grammar, check_packaged, load_grammar
from parser.oracle import full_scan
from parser.text import clean

GRAMMAR = load_grammar()
RULES = GRAMMAR.rules
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]
EXAMPLE_IDS = [f"{rule.id}[{number}]" for rule in RULES for number in range(len(rule.examples))]
REJECTS = [(rule, text) for rule in RULES for text in rule.rejects]
REJECT_IDS = [f"{rule.id}[{number}]" for rule in RULES for number in range(len(rule.rejects))]
# One rule by itself, so that a test of it costs nothing for the others.
ALONE = {rule.id: Grammar((rule,), GRAMMAR.version) for rule in RULES}

every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])


def _matches(rule: CompiledRule, text: str) -> list[Match]:
    return scan(ALONE[rule.id], clean(text))


def _facts(match: Match) -> tuple[object, ...]:
    return (match.rule.id, match.start, match.end, match.values, match.spans, match.anchor)


def _printed(values: Mapping[str, object]) -> dict[str, str]:
    """Values as they print, since a file can hold "0.8" but no millimetres."""
    return {name: str(value) for name, value in values.items()}


def test_the_packaged_grammar_has_no_problem() -> None:
    assert [str(problem) for problem in check_packaged()] == []


def test_rule_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=EXAMPLE_IDS)
def test_example_gives_exactly_its_values(rule: CompiledRule, example: Mapping[str, object]) -> None:
    expected = _printed({name: value for name, value in example.items() if name != "text"})
    expected |= _printed({name: value for name, value in rule.constants.items() if name not in expected})
    found = [_printed(match.values) for match in _matches(rule, str(example["text"]))]
    assert found
    assert found == [expected] * len(found)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=EXAMPLE_IDS)
def test_example_spans_read_back(rule: CompiledRule, example: Mapping[str, object]) -> None:
    from parser.values import NORMALISERS

    text = clean(str(example["text"]))
    for match in scan(ALONE[rule.id], text):
        assert text[slice(*match.anchor)] in rule.literals
        assert match.start <= match.anchor[0] < match.anchor[1] <= match.end
        for name, (start, end) in match.spans.items():
            assert match.start <= start < end <= match.end
            assert NORMALISERS[rule.values[name]](text[start:end]) == match.values[name]


@pytest.mark.parametrize(("rule", "text"), REJECTS, ids=REJECT_IDS)
def test_reject_gives_nothing(rule: CompiledRule, text: str) -> None:
    assert _matches(rule, text) == []


@every_rule
def test_plain_scan_of_examples_agrees(rule: CompiledRule) -> None:
    alone = ALONE[rule.id]
    texts = [str(example["text"]) for other in RULES for example in other.examples] + [text for other in RULES for text in other.rejects]
    for text in map(clean, texts):
        assert [_facts(match) for match in scan(alone, text)] == [_facts(match) for match in full_scan(alone, text)]


@pytest.mark.slow
def test_plain_scan_of_real_reports_agrees(shared: Path) -> None:
    with (shared / "corpus" / "reports.jsonl").open(encoding="utf-8") as rows:
        texts = [clean(json.loads(row)["text"]) for _, row in zip(range(30), rows, strict=False)]
    for text in texts:
        assert [_facts(match) for match in scan(GRAMMAR, text)] == [_facts(match) for match in full_scan(GRAMMAR, text)]


# ---------------------------------------------------------------- linear time

SIZES = (2_000, 4_000, 8_000, 16_000, 32_000, 64_000)
WORD = regex.compile(r"(?<![\\a-z])[a-z]{2,14}(?![a-z])")


def _attacks(rule: CompiledRule) -> list[str]:
    """Pieces to repeat: near misses made of the rule's own literals and words, each with a tail that lets no rule end."""
    literal = rule.literals[0]
    left = " ".join(dict.fromkeys(WORD.findall(rule.left)[:12])) or "1"
    right = " ".join(dict.fromkeys(WORD.findall(rule.right)[:12])) or "1"
    return [
        f"{literal} ",
        f"{left} {literal} {right} ",
        f"1 of 2 {left} {literal}\n",
        f"{literal} {right}" + " 1/" * 3,
        f"{literal} ( (((( 0.0.0.0 {right[::-1]} ",
        f"{literal}" + " " * 30 + "\n" + "1" * 30 + " ",
    ]


def _seconds(grammar: Grammar, text: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        scan(grammar, text)
        best = min(best, time.process_time() - start)
    return best


def _is_steep(alone: Grammar, text: str) -> bool:
    """Whether doubling the text from 2 KB to 64 KB costs more than 2**1.6 times as much twice in a row."""
    steep = 0
    previous = _seconds(alone, text[: SIZES[0]])
    for size in SIZES[1:]:
        seconds = _seconds(alone, text[:size])
        steep = steep + 1 if seconds > previous * 2**1.6 and seconds > 0.002 else 0
        if steep == 2:
            return True
        if seconds > 0.3:
            break  # a slow rule is linear or not long before this
        previous = seconds
    return False


@pytest.mark.slow
@every_rule
def test_time_is_linear_in_the_text(rule: CompiledRule) -> None:
    """No hostile text is steep each of five times; once it may be, where another program slowed the runs of one size."""
    for piece in _attacks(rule):
        text = piece * (SIZES[-1] // len(piece) + 1)
        assert not all(_is_steep(ALONE[rule.id], text) for _ in range(5)), f"for a piece of {len(piece)} characters"
