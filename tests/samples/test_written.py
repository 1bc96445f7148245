"""The written reports: further wordings with the facts their writers meant, as a measure of what is read beyond the samples."""

from __future__ import annotations

import json

import pytest

from nodalis.output import row
from nodalis.scoring import merged, our_category, reader_category
from parser import parse
from parser.model import DecisionStatus, Report
from tests.robustness.variants import ROOT

FOLDER = ROOT / "samples" / "written"
RATCHET_BOTH_COUNTS = 628  # of 696; raise it with every gain


def _rows(name: str) -> dict[str, dict[str, object]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return {found["id"]: found for found in map(json.loads, lines)}


@pytest.fixture(scope="module")
def read() -> list[tuple[dict[str, object], Report]]:
    """What the writer meant and what is read, of each report."""
    texts, meant = _rows("reports.jsonl"), _rows("annotations.jsonl")
    assert texts.keys() == meant.keys()
    return [(meant[id_], parse(str(found["text"]))) for id_, found in texts.items()]


def _counts(report: Report) -> tuple[int | None, int | None]:
    examined, positive = report.nodes.examined, report.nodes.positive
    return examined.value if examined else None, positive.value if positive else None


def test_both_counts_are_read(read: list[tuple[dict[str, object], Report]]) -> None:
    wrong = [meant["id"] for meant, report in read if _counts(report) != (meant["examined"], meant["positive"])]
    print(f"{len(read) - len(wrong)} of {len(read)}; wrong: {wrong}")
    assert len(read) - len(wrong) >= RATCHET_BOTH_COUNTS


def test_no_wrong_category_is_accepted(read: list[tuple[dict[str, object], Report]]) -> None:
    ours = [(meant, row(str(meant["id"]), report)) for meant, report in read if report.status is DecisionStatus.ACCEPTED]
    wrong = [
        meant["id"]
        for meant, found in ours
        if merged(our_category(found, "AJCC 8")) != merged(reader_category(meant, "AJCC 8", our_category(found, "AJCC 8")))
    ]
    assert wrong == []
