"""The engine alone: the matches of all rules, from their anchors and by a plain full scan of the same rules."""

from __future__ import annotations

from parser.engine import scan
from parser.grammar import load_grammar
from parser.text import clean

from . import baseline
from .results import Figures, figures, goal
from .rounds import medians, timed
from .texts import Texts

_TEXTS, _ROUNDS, _AT_LEAST = 40, 5, 20
_TIMES = 5  # what is fast reads more texts a round, so that a moment's disturbance says little


def measure(texts: Texts) -> Figures:
    """Reports per CPU second of both, on texts that repeat and on texts that do not, and the ratio."""
    grammar = load_grammar()
    part = texts.some(_TEXTS)
    again = part.texts * _TIMES
    few = len(part.rows)
    new = [[row.text for row in part.varied(_TIMES * few, number)] for number in range(_ROUNDS + 1)]

    def anchored(some: list[str]) -> None:
        for text in some:
            scan(grammar, clean(text))

    seconds = medians(
        {
            "new": timed(_TIMES * few, lambda number: anchored(new[number])),
            "again": timed(_TIMES * few, lambda _: anchored(again)),
            "plain new": timed(few, lambda number: baseline.plain(new[number][:few])),
        },
        _ROUNDS,
    )
    rates = {name: 1 / spent for name, spent in seconds.items()}
    ratio = round(rates["new"] / rates["plain new"], 1)
    return figures(
        [
            {"way": "from the anchors, new texts", "reports_per_cpu_second": round(rates["new"], 1), "ratio": ratio},
            {
                "way": "from the anchors, the same texts again",
                "reports_per_cpu_second": round(rates["again"], 1),
                "ratio": round(rates["again"] / rates["plain new"], 1),
            },
            {"way": "plain full scan", "reports_per_cpu_second": round(rates["plain new"], 1), "ratio": 1.0},
        ],
        [goal("times the plain full scan", f"at least {_AT_LEAST}", ratio, ratio >= _AT_LEAST)],
        rules=len(grammar.rules),
    )
