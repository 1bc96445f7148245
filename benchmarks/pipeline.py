"""The whole pipeline: text to FHIR NDJSON and a row of facts in one process, beside a plain scan with fhir.resources dumping."""

from __future__ import annotations

from parser import parse

from . import baseline
from .conversion import convert, converter
from .results import Figures, figures, goal
from .rounds import medians, timed
from .texts import Texts

_TEXTS, _ROUNDS, _AT_LEAST, _RATE = 40, 5, 20, 930
_TIMES = 5  # what is fast reads more texts a round, so that a moment's disturbance says little


def measure(texts: Texts) -> Figures:
    """Reports per CPU second of each way over the same texts, and how much faster than the baseline each is."""
    made, part = converter(), texts.some(_TEXTS)
    few, many = len(part.rows), _TIMES * len(part.rows)
    new = [list(part.varied(many, number)) for number in range(_ROUNDS + 1)]
    other = [list(part.varied(many, -1 - number)) for number in range(_ROUNDS + 1)]  # what was converted already is no new text
    resources = [baseline.resources_of(rows[:few]) for rows in new]
    seconds = medians(
        {
            "convert": timed(many, lambda number: convert(made, new[number])),
            "again": timed(many, lambda _: convert(made, part.rows * _TIMES)),
            "parse": timed(many, lambda number: [parse(row.text) for row in other[number]]),
            "plain": timed(few, lambda number: baseline.plain([row.text for row in new[number][:few]])),
            "dump": timed(few, lambda number: baseline.dump(resources[number])),
        },
        _ROUNDS,
    )
    seconds["baseline"] = seconds["plain"] + seconds["dump"]
    ways = {
        "convert": "Nodalis: text to FHIR NDJSON and facts, new texts",
        "again": "the same texts again",
        "parse": "text to Report only, new texts",
        "plain": "plain full scan of the same rules, nothing else",
        "dump": "fhir.resources: the same resources built, validated, dumped",
        "baseline": "plain full scan and fhir.resources",
    }
    rows: list[Figures] = [
        {
            "way": title,
            "ms_a_report": round(1000 * seconds[name], 2),
            "reports_per_cpu_second": round(1 / seconds[name], 1),
            "ratio": round(seconds["baseline"] / seconds[name], 1),
        }
        for name, title in ways.items()
    ]
    rate, ratio = rows[0]["reports_per_cpu_second"], rows[0]["ratio"]
    return figures(
        rows,
        [
            goal("reports a second and core", f"at least {_RATE}", rate, rate >= _RATE),
            goal("times the plain scan with fhir.resources", f"at least {_AT_LEAST}", ratio, ratio >= _AT_LEAST),
        ],
        times_the_plain_scan_alone=round(seconds["plain"] / seconds["convert"], 1),
        accepted_of_the_texts=_share(convert(made, part.rows), few),
        accepted_of_the_new_texts=_share(convert(made, new[0]), many),
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}"
