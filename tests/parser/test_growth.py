"""The work of reading a report grows as its text does, however often statements of nodes are repeated in it.

Work is counted in lines of the parser that run, not in seconds: four times the text may take five and a half times the lines. That
sees each loop that compares all statements with all others. What one call of ``re`` looks at is not seen: `benchmarks/size.py`
measures the time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from random import Random
from types import FrameType
from typing import Any

import pytest

from parser import parse
from parser.grammar import load_grammar
from tests.parser.reports import HEAD

SHORT, LONG = 100, 400  # repetitions; the words of some 1,700 characters before a statement are looked at, so both are longer
AT_MOST = 5.5
_DIGITS = re.compile(r"(?<![\d.])\d{1,2}(?![\d.])")
_SECTIONS = ("FINAL DIAGNOSIS", "MICROSCOPIC DESCRIPTION", "COMMENT", "GROSS DESCRIPTION", "ADDENDUM", "SYNOPTIC REPORT")

Form = Callable[[int], str]


def letter(number: int) -> str:
    """The label of a specimen: letters from A on, then again from A."""
    return chr(65 + number % 26)


# Each numbered so that no two statements have the same counts: those that have are found to be repeats, and the rest is easy.
FORMS: dict[str, Form] = {
    "ratios": lambda n: f"{n % 60 + 1}/{n * 2 % 97 + 3} lymph nodes positive.",
    "equal ratios": lambda _: "Axilla: 3/14 lymph nodes positive.",
    "numbers": lambda n: f"{n % 95 + 2} lymph nodes.",
    "numbers in words": lambda n: f"{('Two', 'Three', 'Four', 'Eleven')[n % 4]} lymph nodes, {('one', 'two')[n % 2]} with metastasis.",
    "joined numbers": lambda _: "two axillary and one of three lymph nodes",
    "lettered specimens": lambda n: f"{letter(n)}. Left axilla, dissection: {n % 9} of {n % 47 + 9} lymph nodes contain metastases.",
    "numbered specimens": lambda n: f"{n + 1}. Left axillary lymph node, excision: one lymph node, negative for tumor (0/1).",
    "titled specimens": lambda n: f"Left sentinel lymph node #{n + 1}, excision: carcinoma in {n % 3} of {n % 40 + 3} lymph nodes.",
    "specimens without a number": lambda n: f"{letter(n)}. Sentinel lymph node, biopsy: negative for tumor.",
    "specimens of both sides": lambda n: f"{letter(n)}. {('Left', 'Right')[n % 2]} axilla: {n % 9}/{n % 47 + 9} nodes positive.",
    "levels": lambda n: f"Level {('I', 'II', 'III')[n % 3]}: {n % 5}/{n % 31 + 5} nodes positive;",
    "sums": lambda n: f"A total of {n + 4} lymph nodes (sentinel {n % 3}/{n % 7 + 3}, other nodes {n % 2}/{n % 9 + 2}).",
    "labelled totals": lambda n: f"Lymph nodes examined: {n % 95 + 2}\nLymph nodes positive: {n % 31}",
    "labelled specimens": lambda n: f"{letter(n)}. Lymph nodes, excision: Nodes examined: {n % 20 + 1}. Nodes positive: {n % 2}.",
    "a total and parts": lambda n: f"{letter(n)}. Left axilla: 0/{n % 37 + 1} nodes positive." if n else "Total lymph nodes examined: 15",
    "no nodes": lambda n: f"{letter(n)}. Left axilla, excision: fat, no lymph nodes identified.",
    "sizes": lambda n: f"{letter(n)}. {n % 9 + 1} nodes positive, micrometastasis of {n % 20 / 10} mm.",
    "sizes of all": lambda n: f"Metastatic carcinoma in {n % 9 + 2} lymph nodes; the largest deposit measures {n % 20 / 10} mm.",
    "words of result": lambda n: f"Metastatic carcinoma is present; {n % 9 + 1} nodes are involved, others negative for tumor.",
    "stains": lambda n: f"{letter(n)}. Node {n % 90 + 1}: keratin stain on block A{n % 9} is positive; isolated tumor cells, 0.1 mm.",
    "categories": lambda n: f"pT{n % 3 + 1} pN{n % 3} (sn) ({n % 5}/{n % 60 + 5})",
    "key of categories": lambda n: f"pN{n % 4}: metastases in {n % 9 + 1} to {n % 9 + 3} nodes",
    "tumours": lambda n: f"{letter(n)}. {('Left', 'Right')[n % 2]} breast: invasive ductal carcinoma, {n % 40 + 1} mm, grade {n % 3 + 1}.",
    "comments": lambda n: f"{('COMMENT', 'MICROSCOPIC DESCRIPTION')[n % 2]}:\n{n % 7}/{n % 91 + 7} lymph nodes are positive.",
    "addenda": lambda n: f"ADDENDUM DIAGNOSIS:\n{letter(n)}. Left axilla: {n % 6}/{n % 57 + 6} nodes positive." if n % 2 else
    f"COMMENT:\nSentinel node #{n % 9 + 1}: {n % 6}/{n % 50 + 6} nodes positive.",
    "lost labels": lambda n: f"{n * 2 % 99 + 1}. Node, excision: 0/{n % 30 + 1} negative. {n * 7 % 99 + 1}. Skin: benign.",
    "one sentence": lambda n: f"within one of the {n % 90 + 5} nodes there is fat,",
    "sections": lambda n: f"{_SECTIONS[n % 6]}:\n{letter(n)}. Axilla: {n % 4} of {n % 60 + 4} lymph nodes with carcinoma, {n % 9 + 1} mm.",
}  # fmt: skip


def steps(text: str) -> int:
    """How many lines of the parser run to read a text."""
    number = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal number
        if event == "call":
            return count if frame.f_globals.get("__name__", "").startswith("parser.") else None
        number += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        parse(text)
    finally:
        sys.settrace(before)
    return number


def growth(form: Form, link: str = "\n") -> float:
    """How many times the work four times the text takes."""
    short, long = (HEAD + "\n" + link.join(form(number) for number in range(times)) for times in (SHORT, LONG))
    for text in (short, long):
        parse(text)  # what is remembered of it, such as values, is remembered before both are counted
    return steps(long) / steps(short)


@pytest.mark.parametrize("name", FORMS)
def test_repeated_statements_take_work_in_proportion(name: str) -> None:
    assert growth(FORMS[name]) <= AT_MOST


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_repeated_statements_in_one_line_take_work_in_proportion(name: str) -> None:
    assert growth(FORMS[name], " ") <= AT_MOST


def _examples() -> list[tuple[str, str]]:
    """What rules about nodes and their deposits must match, and must not, by rule and number."""
    return [
        (f"{rule.id}[{number}]", text)
        for rule in load_grammar().rules
        for number, text in enumerate([*(str(example["text"]) for example in rule.examples), *rule.rejects])
        if rule.finding not in ("heading", "side", "region")
    ]


def _varied(text: str, number: int) -> str:
    """A text with other numbers: no two repetitions have the same counts."""
    return _DIGITS.sub(lambda digits: str((int(digits[0]) + number) % 90 + 1), text)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_any_wordings_repeated_take_work_in_proportion(seed: int) -> None:
    """Pairs of the wordings of all rules, each repeated with labels, sections and numbers that change from one to the next."""
    chance = Random(seed)
    examples = _examples()
    shapes: dict[str, Callable[[str, int], str]] = {
        "plain": lambda text, _: text,
        "varied": _varied,
        "lettered": lambda text, number: f"{letter(number)}. {_varied(text, number)}",
        "numbered": lambda text, number: f"{number + 1}. {text}",
        "sections": lambda text, number: f"{_SECTIONS[number // 2 % 6]}:\n{_varied(text, number)}",
    }
    slow = {}
    for _ in range(12):
        (one, first), (other, second) = chance.sample(examples, 2)
        shape, link = chance.choice(sorted(shapes)), chance.choice(["\n", " "])
        found = growth(partial(shapes[shape], f"{first}. {second}"), link)
        if found > AT_MOST:
            slow[one, other, shape, link] = round(found, 1)
    assert not slow
