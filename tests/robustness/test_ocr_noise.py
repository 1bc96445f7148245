"""Misread characters may lose a fact, but never make a wrong category that is accepted."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from parser import parse
from parser.model import DecisionStatus
from tests.robustness import variants
from tests.robustness.variants import STRENGTHS

DRAWS = 3
# A ratchet: corpus texts accepted with another AJCC 8 category when it was last set. Lower it with every gain. The goal is 0.
RATCHET_CORPUS: Mapping[str, int] = {"medium": 1}


def _accepted_otherwise(texts: Mapping[str, str], strength: str, draws: int) -> tuple[list[str], str]:
    """What was accepted with another category, and a line with what was lost."""
    wrong, lost, reviewed, tried = [], 0, 0, 0
    for id_, text in texts.items():
        before = parse(text)
        for draw in range(draws):
            after = parse(variants.noisy(text, STRENGTHS[strength], random.Random(f"{draw} {id_}")))
            tried += 1
            change = variants.differences(variants.facts(before), variants.facts(after))
            lost += bool(change)
            reviewed += after.status is DecisionStatus.NEEDS_REVIEW
            if after.status is DecisionStatus.ACCEPTED and variants.category(after) != variants.category(before):
                wrong.append(f"{id_}, draw {draw}: {change}")
    return wrong, f"{strength}: of {tried} texts {lost} with changed facts, {reviewed} to review, {len(wrong)} accepted otherwise"


@pytest.mark.parametrize("strength", STRENGTHS)
def test_no_noisy_sample_is_accepted_with_another_category(strength: str) -> None:
    wrong, told = _accepted_otherwise(variants.samples(), strength, DRAWS)
    print(told, *wrong, sep="\n  ")
    assert not wrong, wrong


@pytest.mark.slow
@pytest.mark.parametrize("strength", STRENGTHS)
def test_no_noisy_corpus_text_is_accepted_with_another_category(strength: str, shared: Path) -> None:
    wrong, told = _accepted_otherwise(variants.corpus(), strength, 1)
    print(told)  # without ids: some of the reports are held out
    assert len(wrong) <= RATCHET_CORPUS.get(strength, 0), told
