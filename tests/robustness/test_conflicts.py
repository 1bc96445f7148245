"""A report that contradicts itself is never accepted: conflicts made from the samples by a seeded generator."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from parser import parse
from parser.model import DecisionStatus
from tests.robustness import variants
from tests.robustness.conflicts import Conflict, conflicts

KINDS = ("total", "part", "category", "side", "size")


@pytest.fixture(scope="module")
def made() -> list[Conflict]:
    """All conflicts of the samples that are accepted as they are: in the others nothing would be proved."""
    generator, truth = random.Random(7), variants.truth()
    return [
        conflict
        for name, text in variants.clear_samples().items()
        if parse(text).status is DecisionStatus.ACCEPTED
        for conflict in conflicts(name, text, truth[name], generator)
    ]


@pytest.fixture(scope="module")
def missed(made: list[Conflict]) -> dict[str, list[Conflict]]:
    """The conflicts that were accepted, by kind."""
    found: dict[str, list[Conflict]] = defaultdict(list)
    for conflict in made:
        if parse(conflict.text).status is DecisionStatus.ACCEPTED:
            found[conflict.kind].append(conflict)
    return found


def test_there_are_500_conflicts_of_every_kind(made: list[Conflict]) -> None:
    assert len(made) >= 500
    assert set(Counter(conflict.kind for conflict in made)) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_conflict_needs_review(kind: str, made: list[Conflict], missed: dict[str, list[Conflict]]) -> None:
    total = sum(conflict.kind == kind for conflict in made)
    told = "\n".join([f"{kind}: {len(missed[kind])} of {total} accepted", *(f"  {item.sample}: {item.what}" for item in missed[kind])])
    print(told)
    assert not missed[kind], told
