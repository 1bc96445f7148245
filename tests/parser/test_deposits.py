"""From words and sizes to size classes: how many nodes of each class a text gives, and the category that follows."""

from __future__ import annotations

import pytest

from parser import parse, stage
from parser.model import DecisionStatus, IssueKind, Report

BREAST = "Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.8 cm.\n"


def classes(report: Report) -> tuple[int | None, ...]:
    """Nodes with macrometastases, micrometastases, isolated tumour cells."""
    nodes = report.nodes
    return tuple(None if value is None else value.value for value in (nodes.macromet, nodes.micromet, nodes.itc))


def category(report: Report, edition: str = "AJCC 8") -> str | None:
    """The category of an edition, without suffixes."""
    found = stage(report, edition).category
    return found.base if found else None


@pytest.mark.parametrize(
    ("text", "expected", "pn"),
    [
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 4 mm.", (1, 0, 0), "pN1a", id="one macrometastasis"),
        pytest.param("Micrometastasis in 1 of 5 lymph nodes.", (0, 1, 0), "pN1mi", id="the word micrometastasis"),
        pytest.param("Macrometastasis in 1 of 5 lymph nodes.", (1, 0, 0), "pN1a", id="the word macrometastasis"),
        pytest.param("Isolated tumor cells in 1 of 5 lymph nodes.", (0, 0, 1), "pN0(i+)", id="the words isolated tumor cells"),
        pytest.param("Metastatic carcinoma in 3 of 5 lymph nodes, largest deposit 2 mm.", (0, 3, 0), "pN1mi", id="all at most 2 mm"),
        pytest.param(
            "Micrometastases in 5 of 12 lymph nodes, the largest deposit is 1.8 mm.", (0, 5, 0), "pN1mi", id="five micrometastases"
        ),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 2.0 mm.", (0, 1, 0), "pN1mi", id="exactly 2.0 mm"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 2.1 mm.", (1, 0, 0), "pN1a", id="2.1 mm"),
        pytest.param("Isolated tumor cells, 0.2 mm, in 1 of 5 lymph nodes.", (0, 0, 1), "pN0(i+)", id="exactly 0.2 mm"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 0.3 mm.", (0, 1, 0), "pN1mi", id="0.3 mm"),
        pytest.param("Metastasis measuring 0.05-cm in 1 of 5 lymph nodes.", (0, 1, 0), "pN1mi", id="centimetres with a dash"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit O.O1 MM.", (0, 0, 1), "pN0(i+)", id="O for zero"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, deposit of 0.75 x 0.1 mm.", (0, 1, 0), "pN1mi", id="the greatest of two"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes; the metastasis measures up to 3.5 mm.", (1, 0, 0), "pN1a", id="up to"),
    ],
)
def test_sizes_and_words_give_classes(text: str, expected: tuple[int, ...], pn: str) -> None:
    report = parse(BREAST + text)
    assert classes(report) == expected
    assert category(report) == pn
    assert report.status is DecisionStatus.ACCEPTED


def test_a_largest_deposit_over_2_mm_is_one_macrometastasis_and_the_rest_is_unsized() -> None:
    report = parse(BREAST + "Metastatic carcinoma in 3 of 14 lymph nodes, largest deposit 6 mm.")
    assert stage(report).inputs.items() >= {"macro": 1, "micro": 0, "unsized": 2, "itc": 0}.items()
    assert (report.nodes.positive.value, report.nodes.macromet) == (3, None)
    assert category(report) == "pN1a"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Sentinel lymph node: isolated tumor cells (1/1).",
            id="in brackets",
        ),
        pytest.param("Sentinel lymph nodes: 1/2 positive. Type of metastasis: isolated tumor cells.", id="type of metastasis"),
        pytest.param("Sentinel lymph node: metastatic carcinoma, 0.17 mm (1/2).", id="metastatic carcinoma below 0.2 mm"),
        pytest.param("Metastatic carcinoma in 1 of 2 sentinel lymph nodes, largest deposit 0.17 mm.", id="largest deposit below 0.2 mm"),
    ],
)
def test_nodes_with_isolated_tumour_cells_printed_as_positive_are_not_positive(text: str) -> None:
    report = parse(BREAST + text)
    assert report.nodes.positive.value == 0
    assert report.nodes.positive_as_printed.value == 1
    assert report.nodes.itc.value == 1
    assert report.nodes.sentinel_positive.value == 0
    assert category(report) == "pN0(i+)"


def test_isolated_tumour_cells_beside_a_macrometastasis_are_not_counted_as_positive() -> None:
    report = parse(
        "FINAL DIAGNOSIS:\nA. Left breast: invasive ductal carcinoma.\nB. Sentinel node #1: metastatic carcinoma, largest"
        " deposit 5 mm (1/1).\n"
        "C. Sentinel node #2: isolated tumor cells, 0.1 mm (1/1).\n"
    )
    assert classes(report) == (1, 0, 1)
    assert (report.nodes.positive.value, report.nodes.positive_as_printed.value) == (1, 2)
    assert category(report) == "pN1a"


@pytest.mark.parametrize(
    ("text", "ajcc6", "ajcc7", "ajcc8"),
    [
        pytest.param(
            "Metastatic carcinoma in 1 of 2 nodes, deposit of 0.1 mm, more than 200 tumor cells.",
            "pN0(i+)",
            "pN1mi",
            "pN1mi",
            id="over 200 cells",
        ),
        pytest.param("Isolated tumor cells in 1 of 2 nodes, deposit of 0.1 mm.", "pN0(i+)", "pN0(i+)", "pN0(i+)", id="0.1 mm"),
        pytest.param("Isolated tumor cells in 1 of 2 nodes, fewer than 20 cells.", "pN0(i+)", "pN0(i+)", "pN0(i+)", id="20 cells"),
        pytest.param("Micrometastasis in 1 of 2 nodes, 1 mm.", "pN1mi", "pN1mi", "pN1mi", id="1 mm"),
        pytest.param("Metastatic carcinoma in 4 of 9 nodes, largest deposit 9 mm.", "pN2a", "pN2a", "pN2a", id="four nodes"),
    ],
)
def test_editions_differ_where_cells_are_counted(text: str, ajcc6: str, ajcc7: str, ajcc8: str) -> None:
    report = parse(BREAST + text.replace("nodes", "lymph nodes"))
    assert [category(report, edition) for edition in ("AJCC 6", "AJCC 7", "AJCC 8")] == [ajcc6, ajcc7, ajcc8]


@pytest.mark.parametrize(
    ("text", "pn"),
    [
        pytest.param("Micrometastasis of 0.1 mm in 1 of 5 lymph nodes.", "pN0(i+)", id="micrometastasis of 0.1 mm"),
        pytest.param("Micrometastasis of 3 mm in 1 of 5 lymph nodes.", "pN1a", id="micrometastasis of 3 mm"),
        pytest.param("Isolated tumor cells of 0.6 mm in 1 of 5 lymph nodes.", "pN1mi", id="isolated tumor cells of 0.6 mm"),
        pytest.param("Macrometastasis of 1.5 mm in 1 of 5 lymph nodes.", "pN1mi", id="macrometastasis of 1.5 mm"),
    ],
)
def test_the_size_decides_against_the_word_and_the_contradiction_is_an_issue(text: str, pn: str) -> None:
    report = parse(BREAST + text)
    assert IssueKind.WORDS_DIFFER_FROM_SIZE in report.reasons
    assert category(report) == pn


@pytest.mark.parametrize("size", ["less than 3 mm", "less than 0.5 mm", "at least 2 mm", "at least 0.1 mm"])
def test_an_interval_over_a_boundary_is_an_issue(size: str) -> None:
    report = parse(f"{BREAST}Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit {size}.")
    assert IssueKind.SIZE_SPANS_CLASSES in report.reasons
    assert len(stage(report).possible) > 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("No micrometastases. Tumor in 0 of 5 lymph nodes.", id="no micrometastases"),
        pytest.param("Five lymph nodes, negative (0/5). Isolated tumor cells: not identified.", id="label with not identified"),
        pytest.param(
            "Five lymph nodes, negative (0/5). Negative for micrometastasis and isolated tumor cells.",
            id="negative for",
        ),
        pytest.param("Five lymph nodes, negative (0/5). Isolated tumor cells: 0", id="label with zero"),
        pytest.param("Five lymph nodes (0/5). Negative for macrometastasis, micrometastasis, and ITC.", id="three words"),
        pytest.param(
            "Five lymph nodes, no micrometastasis or isolated tumor cells (0/5).",
            id="joined by or",
        ),
        pytest.param(
            "Five lymph nodes, negative for carcinoma, micrometastasis and isolated tumor cells (0/5).",
            id="joined by and",
        ),
    ],
)
def test_denied_words_are_no_deposits(text: str) -> None:
    report = parse(BREAST + text)
    assert classes(report) == (0, 0, 0)
    assert category(report) == "pN0"
    assert report.status is DecisionStatus.ACCEPTED


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 0.4 cm.", "4", id="centimetres"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 4 mm.", "4", id="millimetres"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 350 microns.", "0.35", id="microns"),
        pytest.param("Metastatic carcinoma in 2 of 5 lymph nodes, deposits of 1.5 mm and 4 mm.", "4", id="the larger of two"),
        pytest.param("Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 90 cm.", None, id="impossible"),
        pytest.param("Metastatic carcinoma in one of five lymph nodes (1/5), 0.5 cm.", "5", id="right behind the nodes"),
        pytest.param("Metastases in 2 of 5 lymph nodes (largest metastasis mm 9).", "9", id="the unit first"),
        pytest.param("Metastatic carcinoma in 3 nodes. Lymph nodes up to 2.5 cm.", None, id="the size of other nodes"),
        pytest.param("Five lymph nodes, negative (0/5). The largest lymph node is 2.1 cm.", None, id="the node's own size"),
    ],
)
def test_the_largest_deposit_is_told_in_millimetres(text: str, mm: str | None) -> None:
    largest = parse(BREAST + text).nodes.largest_deposit
    assert (str(largest.value) if largest else None) == mm


def test_the_size_of_a_deposit_is_proved_by_its_words() -> None:
    text = BREAST + "Metastatic carcinoma in 1 of 5 lymph nodes, largest deposit 4 mm."
    (evidence,) = parse(text).nodes.largest_deposit.evidence
    assert "4 mm" in evidence.quote
    assert text[evidence.span.start : evidence.span.end] == evidence.quote


@pytest.mark.parametrize(
    ("cells", "doubtful"),
    [("about 350 cells in one section", False), ("adding up to about 350 cells in total", True), ("about 90 cells in total", False)],
)
def test_many_cells_in_small_groups_must_lie_in_one_section(cells: str, doubtful: bool) -> None:
    report = parse(f"Left breast: invasive carcinoma. Left sentinel node (1/1): clusters of tumor cells, each less than 0.2 mm, {cells}.")
    assert (IssueKind.CELLS_AT_BOUNDARY in report.reasons) == doubtful


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("1/9 nodes, metastasis approximately 2 mm.", IssueKind.SIZE_SPANS_CLASSES, id="about the limit"),
        pytest.param("1/9 nodes, metastasis ~0.2 mm.", IssueKind.SIZE_SPANS_CLASSES, id="about the lower limit"),
        pytest.param("Lymph nodes 2/9, largest metastasis >1 mm.", IssueKind.SIZE_SPANS_CLASSES, id="a bound below the limit"),
        pytest.param("Lymph node 1/9, ITC 0.5 mm.", IssueKind.WORDS_DIFFER_FROM_SIZE, id="ITC in short, and too large"),
        pytest.param("1/2 sentinel nodes positive at another hospital. Axilla: 0/10 nodes.", IssueKind.COUNTS_DIFFER, id="elsewhere"),
    ],
)
def test_a_size_or_count_that_may_decide_otherwise_is_an_issue(text: str, kind: IssueKind) -> None:
    assert kind in parse(f"Left breast, mastectomy: invasive ductal carcinoma, 2.1 cm.\n{text}\n").reasons


def test_a_class_names_the_nodes_behind_it() -> None:
    text = "Sentinel nodes: ITC in 1 of 2 nodes. Axillary nodes: micrometastasis in 1 of 8 nodes (1 mm).\n"
    nodes = parse(f"Left breast, mastectomy: invasive ductal carcinoma, 2.1 cm.\n{text}").nodes
    assert [value and value.value for value in (nodes.examined, nodes.positive, nodes.micromet, nodes.itc)] == [10, 1, 1, 1]
