"""Ways to say the same: a diagnosis in many wordings, each read rightly or put under review."""

from __future__ import annotations

from pathlib import Path

import pytest

from parser import parse
from parser.model import DecisionStatus, Report

_FILE = Path(__file__).parents[2] / "samples" / "wordings.psv"
WORDINGS = [tuple(line.split(" | ", 2)) for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
RATCHET = 1160  # of them read rightly; raise it with every gain


def _category(report: Report) -> str | None:
    category = report.staging["AJCC 8"].category
    return category.base if category else None


def _right(report: Report, counts: str, category: str, *, whole: bool) -> bool:
    """Whether a report is what its writer meant; not ``whole``, the number of examined nodes may be left open."""
    positive, examined = report.nodes.positive, report.nodes.examined
    read = f"{positive and positive.value}/{examined and examined.value}"
    open_ended = not whole and examined is None and read.split("/")[0] == counts.split("/")[0]
    return (counts in ("-", read) or open_ended) and category in ("-", _category(report))


@pytest.mark.parametrize(("counts", "category", "words"), WORDINGS)
def test_a_wording_is_read_rightly_or_put_under_review(counts: str, category: str, words: str) -> None:
    for written in (words, words.upper(), words.replace(", ", ",\n").replace("; ", ";\n")):
        report = parse(f"FINAL DIAGNOSIS: {written}")
        if report.status is DecisionStatus.ACCEPTED and _category(report) is not None:
            assert _right(report, counts, category, whole=False)


def test_most_wordings_are_read() -> None:
    right = [_right(parse(f"FINAL DIAGNOSIS: {words}"), counts, category, whole=True) for counts, category, words in WORDINGS]
    print(f"\n{sum(right)} of {len(right)}")
    assert sum(right) >= RATCHET
