"""The same report written another way gives the same facts; a changed digit of a count is seen.

A floor is a ratchet: the share reached when it was last set, rounded down. Raise it with every gain, never lower it.
The goal is 99.5 % of the texts for another way of writing, and 100 % for a changed digit. ``pytest -s`` prints the shares.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.corpus_figures import patient, split
from parser import parse
from tests.robustness import variants
from tests.robustness.variants import SAME_REPORT, Outcome

GOAL = 99.5


@pytest.mark.parametrize("name", SAME_REPORT)
def test_a_sample_written_another_way_gives_the_same_facts(name: str) -> None:
    outcome = variants.unchanged(variants.clear_samples(), SAME_REPORT[name])
    print(outcome.told(name))
    assert outcome.texts >= 6
    assert outcome.share >= GOAL, outcome.told(name)


# Corpus texts have no line breaks: no line ends to change, no headings that show where the gross description stands.
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in SAME_REPORT if name not in ("rewrapped_at_60", "rewrapped_at_100", "crlf", "gross_moved")]
)
def test_a_corpus_text_written_another_way_gives_the_same_facts(name: str, shared: Path) -> None:
    texts = variants.corpus()
    if name.startswith("paragraph_wrapped"):
        texts = dict(list(texts.items())[::8])  # each that hangs costs a second
    outcome = variants.unchanged(texts, SAME_REPORT[name])
    told = outcome.told(f"corpus {name}", _held_out(shared, texts))
    print(told)
    assert outcome.texts >= 40
    assert outcome.share >= GOAL, told


def test_a_changed_digit_of_a_count_is_seen() -> None:
    failures: dict[str, str] = {}
    tried = 0
    for name, text in variants.samples().items():
        before = parse(text)
        for edit in variants.digit_edits(text, before, random.Random(f"7 {name}")):
            tried += 1
            changed = edit.apply(text)
            if not variants.noticed(before, parse(changed)):
                failures[f"{name} at {edit.start}, {edit.old} -> {edit.new}"] = repr(changed[max(0, edit.start - 40) : edit.end + 20])
    outcome = Outcome(tried, failures)
    print(outcome.told("changed digits"))
    assert tried >= 200
    assert not failures, outcome.told("changed digits")


def _held_out(shared: Path, texts: Mapping[str, str]) -> list[str]:
    """The texts of held-out patients, which no test may name."""
    with (shared / "corpus" / "annotations.jsonl").open(encoding="utf-8") as lines:
        patients = {patient(id_) for id_ in split(json.loads(line)["id"] for line in lines)[1]}
    return [id_ for id_ in texts if patient(id_) in patients]
