"""Reports of other organs get no breast category, accepted or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from parser import parse
from tests.robustness import variants


@pytest.mark.slow
def test_a_report_of_another_organ_gets_no_breast_category(shared: Path) -> None:
    texts = variants.corpus("other_organs.jsonl")
    found = []
    for id_, text in texts.items():
        report = parse(text)
        if any(decision.category is not None for decision in report.staging.values()):
            found.append(f"{id_} ({report.status})")
    print(*found, sep="\n")
    assert len(texts) == 1_289
    assert not found, found
