"""Growth with the number of rules: a quarter, half and all of the rules, and all of them three times under other ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parser.engine import scan
from parser.grammar import CompiledRule, Grammar, load_grammar
from parser.text import clean

from .results import Figures, figures
from .rounds import Way, medians, timed
from .texts import Texts

_TEXTS, _ROUNDS, _COPIES = 200, 7, 3


def measure(texts: Texts) -> Figures:
    """CPU time of a scan with each number of rules, against all rules once."""
    every, part = load_grammar(), texts.some(_TEXTS)
    new = [[clean(row.text) for row in part.varied(len(part.rows), number)] for number in range(_ROUNDS + 1)]
    copies = [replace(rule, id=f"{rule.id}.{number}") for number in range(_COPIES) for rule in every.rules]
    sets: dict[str, Sequence[CompiledRule]] = {
        "a quarter": every.rules[::4],
        "half": every.rules[::2],
        "all": every.rules,
        "all, three times": copies,
    }
    grammars = {name: Grammar(tuple(rules), name) for name, rules in sets.items()}
    seconds = medians({name: _scanning(grammar, new) for name, grammar in grammars.items()}, _ROUNDS)
    rows = [
        {
            "rules": name,
            "number": len(grammar.rules),
            "ms_a_report": round(1000 * seconds[name], 3),
            "time_against_all": round(seconds[name] / seconds["all"], 2),
        }
        for name, grammar in grammars.items()
    ]
    return figures(rows)


def _scanning(grammar: Grammar, new: Sequence[Sequence[str]]) -> Way:
    return timed(len(new[0]), lambda number: [scan(grammar, text) for text in new[number]])
