"""The examples and rejects of rules, run: a rule that misses its own example is as wrong as one that does not load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from parser.engine import Match, scan
from parser.grammar import CompiledRule, Grammar, Problem
from parser.text import clean


def broken_examples(grammar: Grammar, rules: Iterable[CompiledRule]) -> tuple[Problem, ...]:
    """One problem for each example that its rule does not read as it says, and each reject that it reads."""
    return tuple(Problem(rule.path, rule.line, 1, message) for rule in rules for message in _faults(grammar, rule))


def _faults(grammar: Grammar, rule: CompiledRule) -> Iterable[str]:
    for number, example in enumerate(rule.examples, 1):
        found = _matches(grammar, rule, str(example["text"]))
        if not found:
            yield f"{rule.id}: example {number} is not matched"
        elif not any(_fits(match, example) for match in found):
            names = ", ".join(sorted(_differing(found[0], example)))
            yield f"{rule.id}: example {number} gives other values than it says: {names}"
    for number, text in enumerate(rule.rejects, 1):
        if _matches(grammar, rule, text):
            yield f"{rule.id}: reject {number} is matched"


def _matches(grammar: Grammar, rule: CompiledRule, text: str) -> list[Match]:
    return [match for match in scan(grammar, clean(text)) if match.rule is rule]


def _fits(match: Match, example: Mapping[str, object]) -> bool:
    return not _differing(match, example)


def _differing(match: Match, example: Mapping[str, object]) -> set[str]:
    """The names whose values differ; values are compared as they print, so that "0.8" in a file is 0.8 mm."""
    return {name for name, expected in example.items() if name != "text" and str(match.values.get(name)) != str(expected)}
