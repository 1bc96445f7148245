"""Nodes told share by share behind their number: read where every word is understood, left to a reviewer where one is not."""

from __future__ import annotations

import pytest

from parser.model import DecisionStatus
from tests.parser.reports import counts, read


@pytest.mark.parametrize(
    ("text", "positive", "examined"),
    [
        ("Twelve nodes: three positive, nine free.", 3, 12),
        ("Twelve nodes; three of them contain metastatic carcinoma, the others are benign.", 3, 12),
        ("Twelve nodes: nine clear, the other three replaced by tumor.", 3, 12),
        ("Twelve nodes recovered. Three are positive for carcinoma. The remaining nine are negative.", 3, 12),
        ("Twelve nodes: three positive, two with macrometastases and one with a micrometastasis.", 3, 12),
        ("Twelve nodes: two with macrometastases, one with a micrometastasis, nine negative.", 3, 12),
        ("Twelve nodes (levels I and II), three positive (largest deposit 7 mm), without extranodal extension.", 3, 12),
        ("Two sentinel nodes: the larger contains a 4 mm metastasis, the other is free.", 1, 2),
        ("Twelve nodes, none with metastasis.", 0, 12),
        ("Twelve nodes that do not contain carcinoma.", 0, 12),
        ("Twelve nodes (-).", 0, 12),
        ("Twelve nodes, each with a macrometastasis.", 12, 12),
    ],
)
def test_shares_are_added_up(text: str, positive: int, examined: int) -> None:
    assert counts(read(text)) == (positive, examined)


@pytest.mark.parametrize(
    "text",
    [
        "Twelve nodes: nine free.",  # of the others nothing is told
        "Twelve nodes: nine free, two positive.",  # one is missing
        "Twelve nodes, all but one with metastatic carcinoma.",
        "Twelve nodes: all involved with the exception of one.",
        "Twelve nodes: two positive, one equivocal.",
        "Twelve nodes: level I, 3 of 8 positive; level II, 2 of 4 positive.",
        "Twelve nodes: three with macrometastases. A further node contains a micrometastasis.",
        "Twelve nodes: the largest involved.",
    ],
)
def test_shares_that_leave_it_open_need_review(text: str) -> None:
    assert read(text).status is DecisionStatus.NEEDS_REVIEW
