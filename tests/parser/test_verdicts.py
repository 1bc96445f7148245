"""Whose verdict it is: ratios whose first number counts the negative nodes, and numbers of nodes with a verdict further on."""

from __future__ import annotations

import pytest

from parser.model import DecisionStatus, IssueKind
from tests.parser.reports import counts, read


@pytest.mark.parametrize(
    ("text", "examined"),
    [
        ("11/11 lymph nodes, negative for malignancy.", 11),
        ("Eleven of eleven lymph nodes negative for malignancy.", 11),
        ("Lymph nodes, negative for malignancy (11/11).", 11),
        ("Lymph nodes: negative (11/11).", 11),
        ("Ten benign lymph nodes (10/10).", 10),
        ("Ten of ten axillary lymph nodes are free of tumor.", 10),
        ("Axillary lymph nodes, 14 of 14 negative.", 14),
        ("No evidence of metastasis in 11 of 11 lymph nodes.", 11),
        ("No tumor in (5/5) lymph nodes.", 5),
        ("Lymph nodes (3/3): no evidence of malignancy.", 3),
        ("All 3 of 3 sentinel lymph nodes are negative.", 3),
    ],
)
def test_all_of_the_nodes_are_negative(text: str, examined: int) -> None:
    assert counts(read(text)) == (0, examined)


@pytest.mark.parametrize(
    ("text", "positive", "examined"),
    [
        ("2 of 14 lymph nodes, negative for extranodal extension.", 2, 14),
        ("2/14 axillary lymph nodes with metastatic carcinoma, negative for extracapsular extension.", 2, 14),
        ("Lymph nodes: 2/14 positive, negative for extracapsular extension.", 2, 14),
        ("Metastatic carcinoma in 2 of 14 lymph nodes; benign skin.", 2, 14),
        ("Metastatic carcinoma in 2 of 14 lymph nodes, negative margins.", 2, 14),
        ("Lymph nodes: 5/5, positive for carcinoma.", 5, 5),
        ("Two of two sentinel lymph nodes positive; no tumor in nipple.", 2, 2),
    ],
)
def test_a_verdict_on_something_else_leaves_the_counts(text: str, positive: int, examined: int) -> None:
    assert counts(read(text)) == (positive, examined)


@pytest.mark.parametrize("text", ["Twelve of fourteen lymph nodes are negative for metastatic carcinoma.", "12/14 lymph nodes are benign."])
def test_some_of_the_nodes_are_negative_needs_review(text: str) -> None:
    report = read(text)
    assert counts(report) == (2, 14)
    assert IssueKind.COUNTS_DIFFER in {issue.kind for issue in report.issues}


@pytest.mark.parametrize(
    ("text", "positive", "examined"),
    [
        ("Seventeen axillary lymph nodes. Negative for metastasis.", 0, 17),
        ("Twelve lymph nodes were found. They are free of tumor.", 0, 12),
        ("Three lymph nodes. All with metastatic carcinoma.", 3, 3),
    ],
)
def test_a_verdict_in_the_next_sentence(text: str, positive: int, examined: int) -> None:
    assert counts(read(text)) == (positive, examined)


@pytest.mark.parametrize(
    "text",
    [
        "One axillary lymph node had a small tumour of 2.5 mm in it; the others were not involved.",
        "The remaining breast tissue is unremarkable. Exactly 16 lymph nodes were found. They range from 0.3 to 2.8 cm.",
        "Sixteen lymph nodes. All margins of resection are negative.",
        "Two lymph nodes; node 1 with metastatic carcinoma, node 2 pending.",
        "Twelve lymph nodes; metastatic carcinoma in the surrounding soft tissue.",
        "Twelve lymph nodes, carcinoma in the overlying skin.",
        "Twelve lymph nodes; no carcinoma in the adjacent breast.",
        "Metastatic carcinoma in axillary fat; twelve lymph nodes.",
        "Positive margin, two lymph nodes.",
        "Three sentinel lymph nodes: metastasis in the first; second and third not yet examined.",
        "Fourteen lymph nodes: only the apical node is free of carcinoma.",
        "Four axillary lymph nodes. Sentinel node negative.",
        "Half of the twelve axillary lymph nodes contain metastatic carcinoma.",
        "After a node-positive core biopsy the clearance contains 15 nodes, 10 of them without abnormality.",
    ],
)
def test_a_verdict_on_other_nodes_or_tissue_is_not_taken(text: str) -> None:
    report = read(text)
    assert report.nodes.positive is None
    assert report.status is DecisionStatus.NEEDS_REVIEW


@pytest.mark.parametrize(
    ("text", "positive", "examined"),
    [
        pytest.param("Seventeen of nineteen nodes are without tumor.", 2, 19, id="without"),
        pytest.param("17/19 nodes lack tumor.", 2, 19, id="lack"),
        pytest.param("Three nodes involved out of seventeen.", 3, 17, id="out of"),
        pytest.param("Metastatic carcinoma in two sentinel nodes of three (7 mm).", 2, 3, id="of"),
        pytest.param("Node tally for the case is 2 positive of 11.", 2, 11, id="positive of"),
        pytest.param("Axillary nodes, dissection: Positive for carcinoma, 2 of 14.", 2, 14, id="behind the verdict"),
    ],
)
def test_which_nodes_a_ratio_counts(text: str, positive: int, examined: int) -> None:
    assert counts(read(text)) == (positive, examined)


def test_a_ratio_of_nodes_that_show_something_else_needs_review() -> None:
    assert read("One of the five nodes shows dense fat. No tumor in any.").status is DecisionStatus.NEEDS_REVIEW


def test_keratin_positive_cells_that_are_no_tumour_are_no_verdict() -> None:
    report = read("Single sentinel node: the keratin-positive cells in block 2 are reticulum cells and not tumor cells. No metastasis.")
    assert not report.nodes.positive
