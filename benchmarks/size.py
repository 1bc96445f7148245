"""Growth with the size of a report: 2 to 512 KB, of reports one after the other, of one long line, of text built to be slow.

Statements of nodes are repeated with other numbers each time, since those with equal counts are soon found to be repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log
from time import process_time

from .conversion import convert, converter
from .results import Figures, figures, goal
from .texts import Row, Texts, of_size

_SIZES_KB = (2, 8, 32, 128, 512)
_LARGE_KB = 8  # from here on the fixed cost of a report is small
_ROUNDS, _SLOW_MS, _AT_MOST = 4, 10_000, 12
_HOSTILE = {
    "words of rules": "positive for metastatic carcinoma in lymph node left axillary sentinel ",
    "ratios": "3/14 lymph nodes, ",
    "digits": "1234567890",
    "blanks": " ",
    "brackets": "((nodes (3 of ",
    "categories": "pT2 pN1a(sn) ",
}
_BREAST = "DIAGNOSIS: Left breast, mastectomy: invasive ductal carcinoma, 2.1 cm.\n"
_STATEMENTS: dict[str, Callable[[int], str]] = {
    "counts of nodes": lambda n: f"{n % 60 + 1}/{n * 2 % 97 + 3} lymph nodes positive. ",
    "specimens": lambda n: f"{chr(65 + n % 26)}. Axilla, dissection: {n % 9} of {n % 47 + 9} nodes contain metastases, {n % 40 / 10} mm.\n",
    "titled specimens": lambda n: f"Left sentinel lymph node #{n + 1}, excision: carcinoma in {n % 3} of {n % 40 + 3} lymph nodes.\n",
    "labelled totals": lambda n: f"Lymph nodes examined: {n % 95 + 2}\nLymph nodes positive: {n % 31}\n",
    "sections": lambda n: f"{('MICROSCOPIC DESCRIPTION', 'COMMENT', 'ADDENDUM')[n % 3]}: {n % 7}/{n % 91 + 7} nodes are positive.\n",
}


def measure(texts: Texts) -> Figures:
    """Milliseconds of each kind of text and size, and how much ten times the text costs at worst among large texts."""
    kinds: dict[str, Callable[[int, int], str]] = {
        "reports joined": lambda size, number: of_size(texts, size, number),
        "one line": lambda size, number: " ".join(of_size(texts, size, number).split()),
        **{name: _repeated(unit) for name, unit in _HOSTILE.items()},
        **{name: _numbered(statement) for name, statement in _STATEMENTS.items()},
    }
    measured = _milliseconds(kinds)
    rows, goals = [], []
    for name, took in measured.items():
        worst = round(tenfold(took), 1)
        row: Figures = {"text": name, **{f"{size}_kb_ms": round(took[size], 1) if size in took else None for size in _SIZES_KB}}
        rows.append({**row, "ten_times_the_text": worst})
        goals.append(goal(f"ten times the text, {name}", f"at most {_AT_MOST} times the time", worst, worst <= _AT_MOST))
    return figures(rows, goals)


def _repeated(unit: str) -> Callable[[int, int], str]:
    return lambda size, number: (unit * (size * 1024 // len(unit) + 1))[: size * 1024]


def _numbered(statement: Callable[[int], str]) -> Callable[[int, int], str]:
    return lambda size, _: (_BREAST + "".join(map(statement, range(size * 1024 // len(statement(0)) + 1))))[: size * 1024]


def _milliseconds(kinds: Mapping[str, Callable[[int, int], str]]) -> dict[str, dict[int, float]]:
    """The least CPU time of some rounds by kind of text and size in KB; larger ones than one that takes too long are left out."""
    made = converter()
    took: dict[str, dict[int, float]] = {name: {} for name in kinds}
    for number in range(_ROUNDS):
        for name, text in kinds.items():
            for size in tuple(took[name]) if number else _SIZES_KB:
                row = Row(f"{size}-{number}", text(size, number))
                start = process_time()
                convert(made, [row])
                spent = 1000 * (process_time() - start)
                took[name][size] = min(spent, took[name].get(size, spent))
                if spent > _SLOW_MS and len(took[name]) > 1:
                    break
    return took


def tenfold(took: Mapping[int, float]) -> float:
    """How many times longer a text takes that is ten times as large: the worst of the steps over 16 times the size, from 8 KB on."""
    sizes = list(took)
    pairs = [(a, b) for a, b in zip(sizes, sizes[2:], strict=False) if a >= _LARGE_KB] or [(sizes[-2], sizes[-1])]
    return max(10 ** (log(took[b] / took[a]) / log(b / a)) for a, b in pairs)
