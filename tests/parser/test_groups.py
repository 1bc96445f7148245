"""One statement, one group: the counts, region and side that a small text gives, before repeats are recognised."""

from __future__ import annotations

import pytest

from parser.document import Document
from parser.grammar import load_grammar
from parser.groups import Group, groups
from parser.model import Region, Side

SENTINEL, AXILLARY, UNSPECIFIED = Region.SENTINEL, Region.AXILLARY, Region.UNSPECIFIED
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def stated(text: str) -> list[Group]:
    """The groups of a text."""
    return groups(Document(text, load_grammar()))


@pytest.mark.parametrize(
    ("text", "positive", "examined"),
    [
        pytest.param(text, positive, examined, id=text)
        for text, positive, examined in [
            # fractions, with letters for digits
            ("Lymph nodes, negative (0/4).", 0, 4),
            ("LYMPH NODE, NO TUMOR SEEN (O/1).", 0, 1),
            ("Lymph nodes, metastatic carcinoma (l/3).", 1, 3),
            ("METASTASES IN AXILLARY LYMPH NODES (4I26).", 4, 26),
            ("Lymph node, benign o/l.", 0, 1),
            ("Axillary lymph nodes: 0/17.", 0, 17),
            ("Carcinoma in 3/14 axillary lymph nodes.", 3, 14),
            ("Lymph node status: positive 1/13.", 1, 13),
            # words
            ("Metastasis in two of fifteen lymph nodes.", 2, 15),
            ("METASTATIC CARCINOMA IN FOUR (4) OF FOUR (4) LYMPH NODES.", 4, 4),
            ("Six out of twenty-three lymph nodes are positive.", 6, 23),
            ("Carcinoma in a single (of 23) axillary lymph nodes.", 1, 23),
            ("Metastatic carcinoma in one (of 3) lymph nodes.", 1, 3),
            ("Multiple (6 of 30) axillary lymph nodes with metastases.", 6, 30),
            ("Multiple (2) sentinel nodes are negative for carcinoma.", 0, 2),
            ("Of 14 lymph nodes examined, 3 contain metastatic carcinoma.", 3, 14),
            ("Twelve axillary lymph nodes, two of which are positive.", 2, 12),
            # numbers without a denominator or a result
            ("LYMPH NODES, TWO REACTIVE.", 0, 2),
            ("Three benign lymph nodes.", 0, 3),
            ("METASTATIC CARCINOMA IN THREE LYMPH NODES.", 3, 3),
            ("Three lymph nodes positive for carcinoma.", 3, 3),
            ("SEVENTEEN AXILLARY LYMPH NODES.", None, 17),
            ("Eleven (11) regional nodes, negative for metastatic carcinoma.", 0, 11),
            ("No evidence of metastasis in eight lymph nodes.", 0, 8),
            ("No metastatic carcinoma in any of 12 axillary lymph nodes.", 0, 12),
            # negative words
            ("Two lymph nodes with sinus histiocytosis.", 0, 2),
            ("Two lymph nodes free of tumor.", 0, 2),
            ("Lymph nodes: 0/10 positive for metastasis.", 0, 10),
            ("Five reactive lymph nodes.", 0, 5),
            # Roman numerals
            ("Metastases in lymphonodis axillae (No III/XVI).", 3, 16),
            ("Metastases in lymphonodis (XI/XIII).", 11, 13),
            ("Lymphonodulitis chronica lymphonodorum No XV.", 0, 15),
            # the stage string
            ("pT2(m)pN2a(5/15)L0V0R0", 5, 15),
            ("pN3a(11/22)", 11, 22),
            ("pT1c pNO sn (n=3)", 0, 3),
            ("pT2N0(0/3;sn)", 0, 3),
        ]
    ],
)
def test_a_statement_gives_its_counts(text: str, positive: int | None, examined: int) -> None:
    assert [(group.positive, group.examined) for group in stated(text)] == [(positive, examined)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=text)
        for text in [
            "Lymph nodes received on 3/10/2011.",
            "Grade 2/3. Lymph nodes were sent.",
            "Nottingham score 9 of 9. Lymph nodes were sent.",
            "In situ carcinoma in (8/13) slides.",
            "18 mitoses/10 HPF near the node.",
            "Lymph nodes. ICD-O-3 8500/3, C50.9.",
            "Page 1 of 4. Lymph nodes.",
            "Lymph node, block A1/2.",
            "Lymph node, accession S12-345.",
            "SENTINEL NODE #1",
            "SENTINEL LYMPH NODES #1 AND #2",
            "Seventeen possible lymph nodes.",
            "pN1a: one to three axillary nodes",
            "N2: spread to 4 to 9 axillary nodes",
            "A satellite nodule of 4 mm is 1 of 2 foci.",
            "The lymph nodes are described below.",
        ]
    ],
)
def test_numbers_that_count_no_nodes_give_no_group(text: str) -> None:
    assert stated(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("CLINICAL HISTORY: Tumor in 2 of 3 lymph nodes.\n", id="history"),
        pytest.param("GROSS DESCRIPTION: Twelve lymph nodes are found.\n", id="gross"),
        pytest.param("SPECIMENS SUBMITTED: Two lymph nodes.\n", id="specimens"),
        pytest.param("PREVIOUS DIAGNOSIS: Tumor in 2 of 3 lymph nodes.\n", id="superseded"),
    ],
)
def test_sections_that_bind_nobody_give_no_group(text: str) -> None:
    assert stated("FINAL DIAGNOSIS: Breast, carcinoma.\n\n" + text) == []


@pytest.mark.parametrize(
    ("text", "region", "sentinel"),
    [
        pytest.param("Sentinel lymph nodes: 0/2.", SENTINEL, True, id="sentinel"),
        pytest.param("Axillary lymph nodes: 0/2.", AXILLARY, False, id="axillary"),
        pytest.param("Lymph nodes: 0/2.", UNSPECIFIED, False, id="not said"),
        pytest.param("SENTINEL LYMPH NODE, LEFT AXILLA: one node, negative (0/1).", SENTINEL, True, id="the axilla only says where"),
        pytest.param("Left axilla, sentinel lymph node: one node, negative (0/1).", SENTINEL, True, id="the axilla says where, before"),
        pytest.param("Non-sentinel lymph nodes: 0/2.", AXILLARY, False, id="non-sentinel"),
        pytest.param("SLN #1: 0/1 lymph node.", SENTINEL, True, id="SLN"),
        pytest.param("pT1c pN0(sn)(0/2)", SENTINEL, True, id="sn in the stage string"),
        pytest.param("Intramammary lymph node: 0/1.", Region.INTRAMAMMARY, False, id="intramammary"),
        pytest.param("Internal mammary lymph node: 1/1.", Region.INTERNAL_MAMMARY, False, id="internal mammary"),
        pytest.param("Internal mammary sentinel lymph node: 1/1.", Region.INTERNAL_MAMMARY, True, id="internal mammary sentinel"),
        pytest.param("Infraclavicular lymph node: 1/1.", Region.INFRACLAVICULAR, False, id="infraclavicular"),
        pytest.param("Supraclavicular lymph node: 1/1.", Region.SUPRACLAVICULAR, False, id="supraclavicular"),
    ],
)
def test_a_group_has_the_region_that_its_words_name(text: str, region: Region, sentinel: bool) -> None:
    assert [(group.region, group.sentinel) for group in stated(text)] == [(region, sentinel)]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        pytest.param("A. Left axilla: 0/2 lymph nodes.\nB. Right axilla: 1/3 lymph nodes.", [LEFT, RIGHT], id="both axillae"),
        pytest.param("A. LEET AXILLA: 0/2 lymph nodes.", [LEFT], id="misread"),
        pytest.param("A. Axilla (L): 0/2 lymph nodes.", [LEFT], id="letter"),
        pytest.param("A. Axilla: 0/2 lymph nodes.", [None], id="not said"),
        pytest.param("A. Left axilla: 0/2 lymph nodes.\nB. Axilla: 1/3 lymph nodes.", [LEFT, None], id="of another part"),
    ],
)
def test_a_group_has_the_side_of_its_part(text: str, sides: list[Side | None]) -> None:
    assert [group.side for group in stated("FINAL DIAGNOSIS:\n" + text)] == sides


@pytest.mark.parametrize(
    ("text", "examined", "positive"),
    [
        pytest.param("B. Sentinel lymph node #1: Negative for carcinoma.", 1, 0, id="one node, negative"),
        pytest.param("B. Sentinel lymph node #1: Metastatic carcinoma.", 1, 1, id="one node, positive"),
        pytest.param("B. Sentinel lymph nodes: Negative for carcinoma.", None, 0, id="nodes, negative"),
    ],
)
def test_a_part_titled_with_a_node_and_a_verdict_is_a_group(text: str, examined: int | None, positive: int) -> None:
    text = "FINAL DIAGNOSIS:\nA. Left breast, lumpectomy: Invasive carcinoma.\n" + text
    assert [(group.examined, group.positive) for group in stated(text)] == [(examined, positive)]


def test_a_statement_of_both_counts_beats_a_number_within_it() -> None:
    assert len(stated("Metastatic carcinoma in two of fifteen lymph nodes (2/15).")) == 1


def test_two_ratios_of_a_sentence_are_two_groups() -> None:
    found = stated("Tumor in 1/2 sentinel lymph nodes and in 0/9 axillary lymph nodes.")
    assert [(group.region, group.positive, group.examined) for group in found] == [(SENTINEL, 1, 2), (AXILLARY, 0, 9)]


def test_a_total_says_that_it_is_one() -> None:
    assert [group.summary for group in stated("In all, 3 of 14 lymph nodes are positive.")] == [True]
