"""Numbers that words leave open, and those that belong to another group: no number is claimed that the words do not tell."""

from __future__ import annotations

import pytest

from parser import parse, stage
from parser.model import DecisionStatus, IssueKind, Report

BREAST = "Left breast, mastectomy: invasive ductal carcinoma.\n"


def counts(report: Report) -> tuple[int | None, int | None]:
    nodes = report.nodes
    return (nodes.positive and nodes.positive.value, nodes.examined and nodes.examined.value)


def sentinel(report: Report) -> tuple[int | None, int | None]:
    nodes = report.nodes
    return (nodes.sentinel_positive and nodes.sentinel_positive.value, nodes.sentinel_examined and nodes.sentinel_examined.value)


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        pytest.param("Axillary dissection: metastatic carcinoma in two nodes.", 2, id="in two nodes"),
        pytest.param("Left axillary contents: metastatic carcinoma involving three lymph nodes.", 3, id="involving three"),
        pytest.param("Left axilla, dissection: three lymph nodes with metastatic carcinoma.", 3, id="three with"),
        pytest.param("Axillary contents: carcinoma present in 2 nodes, largest deposit 6 mm.", 2, id="with a size"),
        pytest.param("Axillary lymph node dissection: metastatic carcinoma in one lymph node.", 1, id="one of a dissection"),
        pytest.param("Sentinel lymph nodes: metastatic carcinoma in two nodes.", 2, id="sentinel nodes"),
    ],
)
def test_positive_nodes_without_a_number_of_all_leave_it_open(text: str, positive: int) -> None:
    report = parse(BREAST + text)
    assert counts(report) == (positive, None)
    assert IssueKind.COUNT_MISSING in {issue.kind for issue in report.issues}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Axillary dissection: metastatic carcinoma in two nodes. Total nodes examined: 14.", (2, 14), id="a total"),
        pytest.param("Axillary dissection: metastatic carcinoma in two nodes. Twelve nodes negative.", (2, 14), id="the negative ones"),
        pytest.param("Axillary dissection: metastatic carcinoma in two nodes (2/14).", (2, 14), id="a ratio"),
        pytest.param("Axillary dissection: metastatic carcinoma in all three nodes.", (3, 3), id="all of them"),
        pytest.param("Axillary dissection, three nodes: metastatic carcinoma.", (3, 3), id="the number of the specimen"),
        pytest.param("A. Left axillary lymph node: metastatic carcinoma in one lymph node.", (1, 1), id="one node"),
    ],
)
def test_another_statement_tells_how_many_were_examined(text: str, expected: tuple[int, int]) -> None:
    report = parse(BREAST + text)
    assert (counts(report), report.status) == (expected, DecisionStatus.ACCEPTED)


@pytest.mark.parametrize(
    ("text", "own", "all_nodes"),
    [
        pytest.param("Sentinel 0/2, other nodes 0/4.", (0, 2), (0, 6), id="other nodes"),
        pytest.param("Sentinel: 0/2; remaining nodes: 0/4.", (0, 2), (0, 6), id="remaining"),
        pytest.param("Sentinel lymph nodes 1 of 2 positive, additional nodes 0 of 12.", (1, 2), (1, 14), id="additional, in words"),
        pytest.param("Sentinel nodes 1/2, others 0/4.", (1, 2), (1, 6), id="others, without a noun"),
        pytest.param("Sentinel node 1/2; rest 0/12.", (1, 2), (1, 14), id="the rest"),
        pytest.param("Nodes - SLN 0/2, non-SLN 0/4.", (0, 2), (0, 6), id="non-SLN"),
        pytest.param("SLNB 1/2; axillary clearance 0/12.", (1, 2), (1, 14), id="the biopsy for its nodes"),
        pytest.param("SLN: 2 of 4 pos (6 mm). ALND: 0 of 12.", (2, 4), (2, 16), id="the dissection for its nodes"),
        pytest.param("Sentinel 2/2; level I 0/8; level II 0/4.", (2, 2), (2, 14), id="levels"),
        pytest.param("Three sentinel nodes and two other nodes, all negative.", (0, 3), (0, 5), id="counted in words"),
        pytest.param("Sentinel nodes: isolated tumor cells in 1/2. Axillary nodes: 0/12.", (0, 2), (0, 14), id="behind a deposit"),
        pytest.param(
            "Sentinel nodes: one positive (1/1), remaining three negative (0/3).", (1, 4), (1, 4), id="the rest of the sentinel nodes"
        ),
    ],
)
def test_nodes_beside_sentinel_nodes_are_no_sentinel_nodes(text: str, own: tuple[int, int], all_nodes: tuple[int, int]) -> None:
    report = parse(BREAST + text)
    assert (sentinel(report), counts(report)) == (own, all_nodes)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param("Sentinel nodes: isolated tumor cells in one of two nodes (1/2).", (0, 2), id="the only deposit"),
        pytest.param(
            "Sentinel nodes 2/2: one macrometastasis (3 mm) and one with isolated tumor cells. Axilla 0/12.", (1, 2), id="one of two"
        ),
        pytest.param(
            "A. Sentinel node 1: carcinoma, 6 mm (1 of 1 node).\nB. Sentinel node 2: isolated tumor cells, 0.1 mm (1 of 1 node).\n"
            "Nodes with macrometastases: 1\nNodes with micrometastases: 0\nNodes with isolated tumor cells: 1",
            (1, 2),
            id="told by labels too",
        ),
    ],
)
def test_a_node_with_isolated_tumour_cells_only_is_no_positive_sentinel_node(text: str, own: tuple[int, int]) -> None:
    assert sentinel(parse(BREAST + text)) == own


@pytest.mark.parametrize(
    "text",
    [
        "IHC identifies carcinoma in 1 of 2 nodes, not seen on H&E.",
        "Sentinel nodes: metastatic carcinoma in 1 of 2 nodes, seen only on cytokeratin stain.",
        "One of three sentinel nodes positive by immunohistochemistry only.",
        "One of three sentinel lymph nodes contains tumor on keratin stain; the H&E sections are negative.",
        "Sentinel nodes, one of three positive (IHC only).",
        "Sentinel nodes: 1/3 positive for carcinoma by AE1/AE3 (H&E negative).",
        "Metastatic carcinoma in one of two sentinel nodes, identified by keratin immunostains but not on routine sections.",
        "Metastatic carcinoma, one of three sentinel nodes (1/3), keratin only.",
    ],
)
def test_tumour_that_only_a_stain_shows_needs_a_size(text: str) -> None:
    assert IssueKind.SIZE_SPANS_CLASSES in parse(BREAST + text).reasons
    sized = parse(BREAST + text + " pN1mi.")
    assert (sized.status, str(stage(sized).category).removesuffix("(sn)")) == (DecisionStatus.ACCEPTED, "pN1mi")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Axillary nodes 1/14.\nADDENDUM: A second positive node is found (2/14).", IssueKind.COUNTS_DIFFER, id="counted anew"),
        pytest.param("Sentinel nodes 0/2 on frozen section; permanent sections to follow.", IssueKind.RESULT_PENDING, id="not final"),
        pytest.param("1 of 4 nodes with macrometastasis (5 mm); 1 of 4 with micrometastasis.", IssueKind.COUNTS_DIFFER, id="two classes"),
        pytest.param(
            "Five of 20 nodes, macrometastases up to 6 mm and isolated tumor cells.", IssueKind.SIZE_SPANS_CLASSES, id="how many cells"
        ),
        pytest.param(
            "Sentinel node with metastasis measuring between 1 and 3 mm (1/2).", IssueKind.SIZE_SPANS_CLASSES, id="between two sizes"
        ),
        pytest.param("Sentinel nodes (2): pos/neg, 3 mm.", IssueKind.COUNTS_DIFFER, id="two results in a word"),
        pytest.param("Lymph nodes (20): metastasis (1), 7 mm.", IssueKind.RESULT_MISSING, id="a number behind the verdict"),
        pytest.param(
            "1 of 14 nodes positive for carcinoma; one additional node suspicious.", IssueKind.HEDGED_RESULT, id="a suspicious node"
        ),
        pytest.param(
            "Sentinel lymph node 1: positive, 4 mm. Sentinel lymph nodes 2 and 3: negative.", IssueKind.COUNT_MISSING, id="numbered"
        ),
    ],
)
def test_what_the_words_do_not_settle_is_under_review(text: str, kind: IssueKind) -> None:
    assert kind in parse(BREAST + text).reasons
