"""What the ledger adds and what it does not: repeats, sums, printed totals, versions, sides, fallbacks."""

from __future__ import annotations

import pytest

from parser import parse
from parser.model import DecisionStatus, IssueKind, Report, Role

BREAST = "Left breast, mastectomy: invasive ductal carcinoma.\n"
PARTS = (
    "FINAL DIAGNOSIS:\nA. Left sentinel lymph node #1: one node, negative for carcinoma (0/1).\n"
    "B. Left sentinel lymph node #2: metastatic carcinoma in one node (1/1).\nC. Left axillary contents: tumor metastases in 3 of 9"
    " lymph nodes (3/9).\nD. Left breast, mastectomy: invasive ductal carcinoma.\n"
)


def counts(report: Report) -> tuple[int | None, int | None]:
    """Examined and positive as printed."""
    nodes = report.nodes
    return (
        nodes.examined.value if nodes.examined else None,
        nodes.positive_as_printed.value if nodes.positive_as_printed else None,
    )


def sentinel(report: Report) -> tuple[int | None, int | None]:
    """Sentinel nodes examined and positive."""
    nodes = report.nodes
    return (
        nodes.sentinel_examined.value if nodes.sentinel_examined else None,
        nodes.sentinel_positive.value if nodes.sentinel_positive else None,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(PARTS, (11, 4), id="parts are added"),
        pytest.param(
            "A. Left axilla, level I: metastatic carcinoma in 2 of 23 lymph nodes.\nB. Left axilla, level III: metastatic"
            " carcinoma in 1 of 2 lymph"
            " nodes.\nC. " + BREAST,
            (25, 3),
            id="levels in parts are added",
        ),
        pytest.param(PARTS + "\nSYNOPTIC REPORT:\nLymph nodes examined: 11\nLymph nodes positive: 4\n", (11, 4), id="the synoptic repeats"),
        pytest.param(PARTS + "\nSYNOPTIC REPORT:\nLymph nodes: 4/11 positive\n", (11, 4), id="the synoptic repeats as a ratio"),
        pytest.param(
            PARTS + "\nINTRAOPERATIVE CONSULTATION:\nA. Sentinel node: negative (0/1).\nB. Sentinel node: positive (1/1).\n",
            (11, 4),
            id="the frozen section repeats",
        ),
        pytest.param(
            PARTS + "\nMICROSCOPIC DESCRIPTION:\nC. Three of 9 lymph nodes contain metastatic carcinoma.\n",
            (11, 4),
            id="the microscopy repeats",
        ),
        pytest.param("SPECIMENS SUBMITTED:\nA. Two lymph nodes\nB. Breast\n\n" + PARTS, (11, 4), id="the specimen list counts nothing"),
        pytest.param(PARTS + "\nGROSS DESCRIPTION:\nC. Fourteen possible lymph nodes are found.\n", (11, 4), id="candidates are no nodes"),
        pytest.param(
            BREAST + "Metastatic carcinoma in 2 of 12 lymph nodes (2/12). Both positive nodes show it in the sinuses.",
            (12, 2),
            id="both positive nodes",
        ),
        pytest.param(
            BREAST + "Metastatic carcinoma in 2 of 12 lymph nodes. The remaining 10 lymph nodes are negative.", (12, 2), id="the remaining"
        ),
        pytest.param(BREAST + "Tumor in 12/13 axillary lymph nodes, including all three sentinel lymph nodes.", (13, 12), id="including"),
        pytest.param(
            BREAST + "Two sentinel nodes, negative (0/2). Three additional lymph nodes, negative (0/3).", (5, 0), id="additional nodes"
        ),
        pytest.param(
            BREAST + "Tumor in 1/2 sentinel lymph nodes and in 0/12 axillary lymph nodes. Total: 1/14 lymph nodes.",
            (14, 1),
            id="total in a line",
        ),
        pytest.param(BREAST + "Lymph nodes examined: 12\nLymph nodes positive: 0\n", (12, 0), id="totals alone"),
        pytest.param(
            BREAST + "SYNOPTIC REPORT:\nLymph nodes examined: 12\nLymph nodes with macrometastases: 2\nLymph nodes with"
            " micrometastases: 1\n",
            (12, 3),
            id="macro and micro labels",
        ),
    ],
)
def test_each_node_is_counted_once(text: str, expected: tuple[int, int]) -> None:
    report = parse(text)
    assert counts(report) == expected
    assert report.status is DecisionStatus.ACCEPTED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "A. Right sentinel node #1: negative (0/1). B. Right sentinel node #2: negative (0/1).", (2, 0), id="two titles in a line"
        ),
        pytest.param(
            "Multiple (3) right sentinel nodes and (2) right axillary nodes are negative for tumor.", (5, 0), id="two numbers, two regions"
        ),
        pytest.param(
            "Multiple right highest (4) and right axillary (19) lymph nodes are negative for tumor.", (23, 0), id="two numbers, one noun"
        ),
        pytest.param(
            "Metastasis in two of twenty-one axillary nodes. They lay in three groups: low (0/9), mid (2/8) and high (0/4).",
            (21, 2),
            id="divisions",
        ),
        pytest.param(
            "Right axilla: 0/8 nodes. Cervical lymph nodes, excision: three nodes, negative for tumor (0/3).", (8, 0), id="distant station"
        ),
        pytest.param("Lymph nodes positive: Lymph nodes examined: 1. Method of evaluation: 14.", (14, 1), id="slid labels"),
        pytest.param("Positive nodes / total nodes examined: 1/10.", (10, 1), id="ratio of two labels"),
        pytest.param("Regional lymph nodes (positive/total): Zero (0) / thirty (30).", (30, 0), id="ratio of two labels in words"),
        pytest.param(
            "24 axillary lymph nodes, none with tumor (0/24): - Lateral axillary: 0/4. - Central axillary: 0/12. - Apical axillary: 0/8.",
            (24, 0),
            id="divisions behind their sum",
        ),
        pytest.param("Two lymph nodes, no tumor. Three lymph nodes, no tumor. pT2, pN0 (0/5), L0, V0.", (5, 0), id="sum in the stage"),
        pytest.param(
            "Lymph nodes, axilla: Superior: metastatic carcinoma (2/13). Inferior: metastatic carcinoma (3/18).", (31, 5), id="regions"
        ),
        pytest.param("A total of 21 lymph nodes, in 2 axillary lymph nodes metastasis of carcinoma.", (21, 2), id="in some of them"),
    ],
)
def test_further_layouts_are_counted(text: str, expected: tuple[int, int]) -> None:
    nodes = parse("Right breast, mastectomy: invasive ductal carcinoma, 2 cm. " + text).nodes
    assert (nodes.examined and nodes.examined.value, nodes.positive and nodes.positive.value) == expected


def test_labels_within_specimens_count_their_own_nodes() -> None:
    text = (
        "DIAGNOSIS: A. Lymph node, left axilla, excision: Number of lymph nodes received: One (1). Number positive: Zero (0). "
        "B. Lymph node, left axilla #2, excision: Number of lymph nodes received: Two (2). Number positive: One (1). "
        "C. Left breast, mastectomy: Ductal carcinoma, 2 cm. Total number of lymph nodes received: Three (3). Number positive: One (1)."
    )
    assert counts(parse(text)) == (3, 1)


def test_no_nodes_in_one_specimen_say_nothing_of_another() -> None:
    text = (
        "DIAGNOSIS: 1. Left breast, mastectomy: Carcinoma. Lymph nodes: Not identified. 2. Lymph nodes, left axilla, excision: See below."
    )
    report = parse(text)
    assert report.status is DecisionStatus.NEEDS_REVIEW
    assert IssueKind.UNREAD_NODE_STATEMENT in {issue.kind for issue in report.issues}


def test_positive_nodes_of_a_distant_station_need_review() -> None:
    report = parse("Right breast: invasive ductal carcinoma. Right axilla: 0/8 nodes. Cervical lymph nodes: 2 of 3 positive (2/3).")
    assert (report.nodes.examined.value, report.reasons) == (8, (IssueKind.CATEGORY_NOT_DERIVED,))


def test_a_comment_within_a_diagnosis_ends_at_the_next_specimen() -> None:
    report = parse(
        "DIAGNOSIS: 1). SENTINEL NODE #1, LEFT AXILLA; EXCISION: ONE NODE, NEGATIVE (0/1). 2). BREAST, LEFT; MASTECTOMY: INVASIVE DUCTAL"
        " CARCINOMA. COMMENT: THE STAIN IS MADE IN ANOTHER LABORATORY. 3). LYMPH NODES, LEFT AXILLA; EXCISION: FOUR NODES, NEGATIVE (0/4)."
    )
    assert [(line.specimen, line.examined) for line in report.ledger] == [("1", 1), ("3", 4)]


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("SYNOPTIC REPORT. Specimen: breast. Tumor size: 2 cm. Margins: negative. pT1c.", id="a synoptic block"),
        pytest.param("COMMENT: The stain is shown below. Hormone receptors: ER positive, PR negative.", id="a comment and receptors"),
    ],
)
@pytest.mark.parametrize(
    "title", ["LEFT AXILLARY CONTENTS, DISSECTION:", "LEFT AXILLARY. CONTENTS, DISSECTION:", "LYMPH NODES, LEFT AXILLA, EXCISION:"]
)
def test_specimens_go_on_behind_what_stands_within_a_diagnosis(block: str, title: str) -> None:
    report = parse(
        "DIAGNOSIS: A. SENTINEL NODE, LEFT AXILLA, EXCISION: ONE NODE, NEGATIVE (0/1). B. BREAST, LEFT, MASTECTOMY: DUCTAL CARCINOMA. "
        f"{block} C. {title} METASTATIC CARCINOMA IN TWO OF NINE LYMPH NODES (2/9). D. SKIN, LEFT, EXCISION: SCAR."
    )
    assert [(line.specimen, line.positive, line.examined) for line in report.ledger] == [("A", 0, 1), ("C", 2, 9)]


def test_the_numbered_lines_of_a_synoptic_block_are_no_specimens() -> None:
    report = parse(
        "DIAGNOSIS: 1. SENTINEL NODE, LEFT AXILLA, EXCISION: ONE NODE, NEGATIVE (0/1). 2. BREAST, LEFT, MASTECTOMY: DUCTAL CARCINOMA. "
        "SYNOPTIC REPORT: 1. Size: 2 cm. 2. Grade: 2. 3. Lymph nodes, left axilla, dissection: see above. 4. Margins: negative."
    )
    assert [(line.specimen, line.examined) for line in report.ledger] == [("1", 1)]


def test_levels_do_not_divide_each_other() -> None:
    text = (
        "Lymph nodes, left axilla, level I: metastatic carcinoma in 3 of 7 nodes. Level II: metastatic carcinoma in 2 of 4 nodes. "
        "Level III: metastatic carcinoma in 1 of 2 nodes. Interpectoral node: negative, 0 of 1."
    )
    assert counts(parse("DIAGNOSIS: Left breast, mastectomy: ductal carcinoma. " + text)) == (14, 6)


@pytest.mark.parametrize(
    ("total", "status"),
    [
        pytest.param("Number examined: 12. Number involved: 1.", DecisionStatus.ACCEPTED, id="of the main specimen alone"),
        pytest.param("Number examined: 14. Number involved: 1.", DecisionStatus.NEEDS_REVIEW, id="of nothing that was told"),
    ],
)
def test_a_printed_total_may_be_that_of_one_large_specimen(total: str, status: DecisionStatus) -> None:
    report = parse(
        "DIAGNOSIS: 1. Lymph node, left axilla, excision: One node, negative (0/1). 2. Lymph nodes, left axilla, dissection: Metastatic "
        "carcinoma in one of twelve nodes (1/12). 3. Left breast, mastectomy: ductal carcinoma. SYNOPTIC REPORT: Lymph nodes. "
        f"{total} pN1a."
    )
    assert report.status is status
    assert IssueKind.TOTAL_DIFFERS_FROM_PARTS in {issue.kind for issue in report.issues}


def test_a_frozen_section_numbers_the_nodes_of_a_verdict() -> None:
    report = parse(
        "INTRAOPERATIVE CONSULTATION:\nFSA: Two lymph nodes, no tumor seen.\n\nFINAL DIAGNOSIS:\nA. Sentinel node, left axilla, excision:"
        "\n- Negative for tumor.\nB. Left breast, lumpectomy:\n- Ductal carcinoma, 1.6 cm.\n"
    )
    assert counts(report) == (2, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Frozen section of the left axilla: positive for carcinoma. Three further axillary nodes are negative.",
        "Two sentinel nodes, negative on touch preparation; in permanent sections there is a deposit of carcinoma, 1.5 mm.",
        "Sentinel nodes #1 and #2, one node each: no metastatic carcinoma.",
        "Twelve lymph nodes: two positive (2/13).",
    ],
)
def test_what_the_counts_do_not_hold_needs_review(text: str) -> None:
    assert parse(BREAST + text).status is DecisionStatus.NEEDS_REVIEW


@pytest.mark.parametrize(
    "text",
    [
        "Metastases in regional lymph nodes: Absent.",
        "Tumor deposits in axillary soft tissue: Not identified.",
        "There is no macrometastasis, micrometastasis or isolated tumor cells.",
        "The nodes are free from metastasis.",
        "A micrometastasis-sized group of benign glands lies in the node.",
    ],
)
def test_denied_tumour_is_no_tumour_that_the_counts_do_not_hold(text: str) -> None:
    report = parse(f"DIAGNOSIS: A. Left axillary nodes, excision: Nine nodes, negative (0/9). {text} B. Left breast: carcinoma.")
    assert (report.status, counts(report)) == (DecisionStatus.ACCEPTED, (9, 0))


def test_no_sentinel_node_makes_no_sentinel_suffix() -> None:
    report = parse(
        "DIAGNOSIS: Left breast, mastectomy: Invasive ductal carcinoma, 21 mm. Number of sentinel lymph nodes examined: 0."
        " Lymph nodes examined: 4. Lymph nodes positive: 1. Largest metastasis: 4 mm."
    )
    assert {edition: str(decision.category) for edition, decision in report.staging.items()} == dict.fromkeys(report.staging, "pN1a")


@pytest.mark.parametrize(
    "text",
    [
        "One of two sentinel nodes positive. Four axillary nodes.",
        "One of two sentinel nodes positive; four axillary nodes.",
        "One of two sentinel nodes positive, four axillary nodes.",
        "Sentinel nodes: 1/2 positive. Axilla: four nodes.",
        "Sentinel node, metastatic carcinoma. Four axillary nodes.",
        "Two sentinel nodes negative. Four axillary nodes.",
        "Four axillary nodes. One of two sentinel nodes positive.",
        "Sentinel node contains a metastasis of 5 mm. The axillary fat contains eleven nodes.",
        "The largest node contains metastatic carcinoma. Eleven nodes in all.",
        "Intramammary node, positive. Axilla: 11 nodes.",
    ],
)
def test_the_verdict_on_nodes_counted_before_is_not_that_on_the_next(text: str) -> None:
    report = parse(f"DIAGNOSIS: Left breast, mastectomy: Invasive ductal carcinoma, 2.1 cm. {text}")
    assert IssueKind.RESULT_MISSING in report.reasons
    assert report.nodes.positive is None or report.nodes.positive.value == 1


def test_an_addendum_that_finds_tumour_makes_a_node_positive_and_needs_review() -> None:
    report = parse(
        "FINAL DIAGNOSIS:\nA. Left sentinel node #1: no tumor, one node (0/1).\nB. Left sentinel node #2: no tumor, one node (0/1).\n"
        "C. Left breast: invasive ductal carcinoma.\nADDENDUM:\nKeratin shows a metastasis of 1.1 mm in sentinel node #2."
    )
    assert (report.nodes.positive.value, str(report.staging["AJCC 8"].category)) == (1, "pN1mi(sn)")
    assert report.reasons == (IssueKind.COUNTS_DIFFER,)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(
            PARTS + "\nSYNOPTIC REPORT:\nLymph nodes examined: 11\nLymph nodes positive: 3\n",
            IssueKind.TOTAL_DIFFERS_FROM_PARTS,
            id="fewer positive than the parts",
        ),
        pytest.param(
            PARTS + "\nSYNOPTIC REPORT:\nLymph nodes examined: 15\nLymph nodes positive: 4\n",
            IssueKind.TOTAL_DIFFERS_FROM_PARTS,
            id="more examined than the parts",
        ),
        pytest.param(
            PARTS + "\nSYNOPTIC REPORT:\nLymph nodes examined: 9\nLymph nodes positive: 4\n",
            IssueKind.TOTAL_DIFFERS_FROM_PARTS,
            id="fewer examined than the parts",
        ),
        pytest.param(
            BREAST + "Lymph nodes examined: 19\nLymph nodes positive: 2\nLymph nodes examined: 19\nLymph nodes positive: 3\n",
            IssueKind.COUNTS_DIFFER,
            id="two totals",
        ),
        pytest.param(BREAST + "Axillary lymph nodes: metastatic carcinoma (6/5).", IssueKind.POSITIVE_EXCEEDS_EXAMINED, id="6/5"),
        pytest.param(BREAST + "SEVENTEEN AXILLARY LYMPH NODES.", IssueKind.RESULT_MISSING, id="no result"),
        pytest.param(
            BREAST + "FROZEN SECTION DIAGNOSIS:\nSentinel lymph node: negative for carcinoma (0/1).\n",
            IssueKind.INTRAOPERATIVE_ONLY,
            id="frozen only",
        ),
        pytest.param(BREAST + "GROSS DESCRIPTION:\nThe axillary tail holds twelve lymph nodes.\n", IssueKind.GROSS_ONLY, id="gross only"),
        pytest.param(
            "FINAL DIAGNOSIS:\nA. Left breast: invasive carcinoma.\nB. Sentinel node: negative (0/2).\nC. Axilla: metastatic"
            " carcinoma is present.\n",
            IssueKind.COUNTS_DIFFER,
            id="tumour in a part that no count holds",
        ),
    ],
)
def test_a_doubtful_count_is_an_issue(text: str, kind: IssueKind) -> None:
    report = parse(text)
    assert kind in report.reasons
    assert all(issue.spans for issue in report.issues if issue.kind is kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(PARTS, (2, 1), id="sentinel parts"),
        pytest.param(
            BREAST + "Tumor in 1/3 sentinel lymph nodes and in 0/9 axillary lymph nodes.",
            (3, 1),
            id="in a sentence",
        ),
        pytest.param(BREAST + "Axillary lymph nodes: 2/9 positive.", (None, None), id="no sentinel node"),
        pytest.param(
            BREAST + "SYNOPTIC REPORT:\nLymph nodes examined: 9\nLymph nodes positive: 1\nSentinel lymph nodes examined: 2\nSentinel"
            " lymph nodes positive: 1\n",
            (2, 1),
            id="labels",
        ),
    ],
)
def test_sentinel_nodes_are_told_apart(text: str, expected: tuple[int | None, int | None]) -> None:
    assert sentinel(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "FINAL DIAGNOSIS:\n"
            + BREAST
            + "Tumor in 3 of 12 lymph nodes.\n\nAMENDED DIAGNOSIS:\n"
            + BREAST
            + "Tumor in 4 of 12 lymph nodes.\n",
            (12, 4),
            id="an amended diagnosis replaces",
        ),
        pytest.param(
            "AMENDED DIAGNOSIS:\n"
            + BREAST
            + "Tumor in 4 of 12 lymph nodes.\n\nPREVIOUS DIAGNOSIS:\n"
            + BREAST
            + "Tumor in 3 of 12 lymph nodes.\n",
            (12, 4),
            id="a previous diagnosis is replaced",
        ),
        pytest.param(
            PARTS + "\nADDENDUM DIAGNOSIS:\nA. Left sentinel lymph node #1: metastatic carcinoma on deeper levels (1/1).\n",
            (11, 5),
            id="an addendum replaces its part",
        ),
        pytest.param(
            "FINAL DIAGNOSIS:\nA. Left breast and axilla: carcinoma. Three intramammary lymph nodes. Twelve axillary lymph nodes, no tumor."
            "\n\n"
            "ADDENDUM DIAGNOSIS:\nA. Left breast: metastatic carcinoma in three lymph nodes (3/3).\n",
            (15, 3),
            id="an addendum replaces what it counts",
        ),
        pytest.param(
            "FINAL DIAGNOSIS:\n" + BREAST + "Tumor in 3 of 12 lymph nodes.\n\nADDENDUM:\nThe count should read 4 of 13 lymph nodes.\n",
            (13, 4),
            id="should read",
        ),
    ],
)
def test_the_later_version_counts(text: str, expected: tuple[int, int]) -> None:
    report = parse(text)
    assert counts(report) == expected
    assert Role.SUPERSEDED in {finding.role for finding in report.findings} or "PREVIOUS" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "A. Left breast: invasive ductal carcinoma.\nB. Left axilla: tumor in 2 of 9 lymph nodes.\nC. Right breast:"
            " benign.\nD. Right axilla:"
            " four negative lymph nodes (0/4).",
            (9, 2),
            id="benign right side",
        ),
        pytest.param(
            "A. Left breast: ductal carcinoma in situ.\nB. Left sentinel node: negative (0/1).\nC. Right breast: invasive"
            " lobular carcinoma.\nD. Right"
            " sentinel nodes: negative (0/3).",
            (3, 0),
            id="in situ left side",
        ),
    ],
)
def test_nodes_of_the_side_without_the_cancer_are_left_out(text: str, expected: tuple[int, int]) -> None:
    report = parse(text)
    assert counts(report) == expected
    assert {group.side for group in report.ledger} != {None}


def test_invasive_cancers_of_both_sides_are_an_issue() -> None:
    text = (
        "A. Left breast: invasive ductal carcinoma.\nB. Left axilla: tumor in 2 of 9 lymph nodes.\nC. Right breast: invasive"
        " lobular carcinoma.\n"
        "D. Right axilla: tumor in 5 of 14 lymph nodes."
    )
    report = parse(text)
    assert IssueKind.TWO_CANCERS in report.reasons
    assert counts(report) == (14, 5)


def test_a_repeat_is_kept_as_a_finding() -> None:
    report = parse(PARTS + "\nMICROSCOPIC DESCRIPTION:\nC. Three of 9 lymph nodes contain metastatic carcinoma.\n")
    roles = [finding.role for finding in report.findings if finding.quote.startswith("Three of 9")]
    assert Role.REPEAT in roles
    assert Role.LEDGER not in roles


def test_a_line_of_the_ledger_proves_its_counts() -> None:
    (first, *_) = parse(PARTS).ledger
    assert (first.specimen, first.examined, first.positive) == ("A", 1, 0)
    assert any("0/1" in evidence.quote for evidence in first.evidence)


def test_the_other_nodes_told_of_in_a_comment_are_those_that_are_left() -> None:
    text = (
        "FINAL DIAGNOSIS:\nA. Left axillary nodes: 3 of 12 positive.\nB. Left breast: carcinoma, 2 cm.\n\n"
        "COMMENT: Keratin stains of the other nine nodes are negative.\n"
    )
    report = parse(text)
    assert counts(report) == (12, 3)
    assert report.status is DecisionStatus.ACCEPTED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1/3 sentinel nodes positive. Nodes, non-sentinel, examined: 12.", (15, 1), id="other nodes by a label alone"),
        pytest.param("1/3 sentinel nodes positive. Non-sentinel nodes positive: 4.", (3, 1), id="more than the sentinel ones"),
        pytest.param("Non-sentinel nodes: 2/12 positive. Nodes, sentinel, examined: 4.", (12, 2), id="sentinel nodes by a label alone"),
        pytest.param("2/12 non-sentinel nodes positive. Nodes, sentinel, positive: 1.", (12, 2), id="the kind behind the ratio"),
        pytest.param("2/12 nodes positive. Nodes, non-sentinel, positive: 3.", (12, 2), id="other nodes beyond the total"),
    ],
)
def test_sentinel_and_other_nodes_that_the_total_cannot_hold_are_an_issue(text: str, expected: tuple[int, int]) -> None:
    report = parse(f"{BREAST}Lymph nodes: {text}\n")
    assert counts(report) == expected
    assert report.status is DecisionStatus.NEEDS_REVIEW


def test_the_nodes_of_a_ratio_of_all_kinds_hold_the_sentinel_nodes() -> None:
    report = parse(f"{BREAST}Sentinel and non-sentinel nodes: 2/12 positive. Nodes, sentinel, examined: 4.\n")
    assert (counts(report), report.status) == ((12, 2), DecisionStatus.ACCEPTED)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sentinel nodes: 1/3 with isolated tumor cells; non-sentinel nodes with micrometastasis: 1.", id="a further class"),
        pytest.param("Axillary lymph nodes: 0/12. Extranodal extension: present.", id="extension out of no positive node"),
    ],
)
def test_tumour_told_of_beyond_the_counted_nodes_is_an_issue(text: str) -> None:
    report = parse(f"{BREAST}{text}\n")
    assert IssueKind.COUNTS_DIFFER in report.reasons


def test_negative_sentinel_nodes_are_not_the_rest_of_an_axillary_dissection() -> None:
    report = parse(f"{BREAST}0/3 sentinel lymph nodes. Axillary dissection: two positive nodes.\n")
    assert counts(report) == (None, 2)
    assert [issue.kind for issue in report.issues] == [IssueKind.COUNT_MISSING]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Sentinel nodes negative (n=2), additional: 0/4", IssueKind.UNREAD_NODE_STATEMENT, id="a ratio of a kind alone"),
        pytest.param(
            "Sentinel lymph nodes (3): negative. Nonsentinel (2): one positive.", IssueKind.UNREAD_NODE_STATEMENT, id="a result of a kind"
        ),
        pytest.param("No metastatic carcinoma in fourteen lymph nodes (14/14).", IssueKind.COUNTS_DIFFER, id="all denied, none left"),
        pytest.param(
            "Sentinel nodes 0/2.\nADDENDUM: Levels show a 0.5 mm micrometastasis in one sentinel node (1/2).",
            IssueKind.COUNTS_DIFFER,
            id="the same nodes in an addendum",
        ),
        pytest.param(
            "Sentinel nodes 1/2 (3 mm).\nAMENDED: The focus is a nevus inclusion. Sentinel nodes 0/2.",
            IssueKind.COUNTS_DIFFER,
            id="the same nodes told anew",
        ),
    ],
)
def test_nodes_that_may_be_others_or_the_same_are_an_issue(text: str, kind: IssueKind) -> None:
    assert kind in parse(f"{BREAST}{text}\n").reasons
