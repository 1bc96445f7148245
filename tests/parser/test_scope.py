"""What a report is about: the organ, the side, silence, doubts about the text as a whole."""

from __future__ import annotations

import pytest

from parser import parse, stage
from parser.model import DecisionStatus, IssueKind, Nodes, Report, Tumor

BREAST = "Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.8 cm.\n"


def category(report: Report) -> str | None:
    """The category of AJCC 8, without suffixes."""
    found = stage(report).category
    return found.base if found else None


@pytest.mark.parametrize("text", ["", "   ", "\n\r\n", "\t"], ids=["nothing", "spaces", "line ends", "tab"])
def test_an_empty_text_has_no_value(text: str) -> None:
    report = parse(text)
    assert (report.status, report.reasons) == (DecisionStatus.NEEDS_REVIEW, (IssueKind.EMPTY_TEXT,))
    assert (report.nodes, report.tumor, report.ledger, report.findings) == (Nodes(), Tumor(), (), ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Prostate, radical prostatectomy: adenocarcinoma, Gleason 4+3. Pelvic lymph nodes: 0/12. pT2 pN0.", id="prostate"),
        pytest.param("Sigmoid colon: adenocarcinoma. Lymph nodes: 3/28 positive. pT3 pN1b.", id="colon"),
        pytest.param("Skin of shoulder: melanoma, Breslow 2 mm. Sentinel lymph node: metastatic melanoma (1/2).", id="melanoma"),
        pytest.param("Thyroid: papillary carcinoma. Lymph nodes: 2/5 positive. pN1a.", id="thyroid"),
        pytest.param("Lung, lobectomy: adenocarcinoma. Hilar lymph nodes 0/6. History: breast cancer.", id="lung, breast in the history"),
        pytest.param("Tonsil: chronic tonsillitis.", id="no cancer"),
        pytest.param("REPORT TO FOLLOW", id="no organ"),
    ],
)
def test_another_organ_gives_no_value(text: str) -> None:
    report = parse(text)
    assert report.reasons == (IssueKind.NOT_BREAST,)
    assert (report.nodes, category(report), report.pn_stated) == (Nodes(), None, None)


def test_silence_is_null_and_neither_pn0_nor_pnx() -> None:
    report = parse(BREAST)
    assert (report.nodes, report.pn_stated, category(report)) == (Nodes(), None, None)
    assert [(issue.kind, issue.blocking) for issue in report.issues] == [(IssueKind.NO_NODE_STATEMENT, False)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("No lymph nodes identified.", id="identified"),
        pytest.param("No lymph nodes are present.", id="present"),
        pytest.param("Lymph nodes: none submitted.", id="submitted"),
        pytest.param("No sentinel lymph node.", id="sentinel"),
        pytest.param("Axillary contents: fibroadipose tissue, no lymph node tissue.", id="tissue"),
    ],
)
def test_nodes_that_were_sought_and_not_found_are_pnx(text: str) -> None:
    report = parse(BREAST + text)
    assert (report.nodes.examined.value, report.nodes.positive) == (0, None)
    assert category(report) == "pNX"


def test_no_nodes_in_one_specimen_says_nothing_of_the_others() -> None:
    text = "A. Left breast: invasive ductal carcinoma. No lymph nodes identified.\nB. Left axilla: tumor in 2 of 9 lymph nodes."
    report = parse(text)
    assert (report.nodes.examined.value, report.nodes.positive.value, category(report)) == (9, 2, "pN1a")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Number of lymph nodes examined: ____", IssueKind.TEMPLATE_BLANK, id="blank"),
        pytest.param("Sentinel node (0/1), suspicious for metastatic carcinoma.", IssueKind.HEDGED_RESULT, id="hedged"),
        pytest.param("Two nodes (0/2). A tumor nodule in axillary fat without residual lymph node.", IssueKind.TUMOUR_NODULE, id="nodule"),
        pytest.param("The axillary nodes are seen.", IssueKind.UNREAD_NODE_STATEMENT, id="unread"),
        pytest.param("Lymph nodes: 1/\u200b2 positive.", IssueKind.UNREADABLE_TEXT, id="zero-width space"),
        pytest.param("Lymph nodes: \ufffd/12 positive.", IssueKind.UNREADABLE_TEXT, id="replacement sign"),
        pytest.param("Lymph nodes: \ud800/12 positive.", IssueKind.UNREADABLE_TEXT, id="half of a character"),
        pytest.param("Lymph nodes: \u202e21/1\u202c positive.", IssueKind.UNREADABLE_TEXT, id="reordered"),
        pytest.param("Lymph nodes: 1\x00/12 positive.", IssueKind.UNREADABLE_TEXT, id="NUL"),
    ],
)
def test_a_doubt_about_the_text_is_an_issue(text: str, kind: IssueKind) -> None:
    assert kind in parse(BREAST + text).reasons


def test_hidden_characters_are_pointed_at() -> None:
    text = BREAST + "Lymph nodes: 1/\u200b2 positive."
    (issue,) = [issue for issue in parse(text).issues if issue.kind is IssueKind.UNREADABLE_TEXT]
    assert [text[span.start : span.end] for span in issue.spans] == ["\u200b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "A. Right breast, prophylactic mastectomy: benign.\nB. Right sentinel node: benign (0/1).\nC. "
            + BREAST
            + "D. Left axilla: tumor in 2 of 9 lymph"
            " nodes.",
            (9, 2),
            id="prophylactic side",
        ),
        pytest.param(
            "CLINICAL HISTORY: 0/6 sentinel lymph nodes on the right in 2004.\n\nFINAL DIAGNOSIS:\n"
            + BREAST
            + "Left axilla: tumor in 2 of 9 lymph nodes.",
            (9, 2),
            id="history of the other side",
        ),
    ],
)
def test_only_nodes_of_this_cancer_count(text: str, expected: tuple[int, int]) -> None:
    nodes = parse(text).nodes
    assert (nodes.examined.value, nodes.positive.value) == expected


def test_both_sides_without_a_word_where_the_cancer_is_are_an_issue() -> None:
    text = (
        "A. Breast: invasive ductal carcinoma.\nB. Left axilla: tumor in 2 of 9 lymph nodes.\nC. Right axilla: tumor in 5 of 9 lymph nodes."
    )
    assert {IssueKind.SIDES_DIFFER, IssueKind.TWO_CANCERS} & set(parse(text).reasons)


def test_messages_hold_no_report_text() -> None:
    report = parse("Patient Zebulon Quux.\n" + BREAST + "Lymph nodes examined: ____. Sentinel node suspicious for carcinoma of Zebulon.")
    assert report.issues
    assert not any("Zebulon" in issue.message or "Quux" in issue.message for issue in report.issues)


def test_an_unknown_edition_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="unknown edition 'AJCC 9'"):
        stage(parse(BREAST), "AJCC 9")
