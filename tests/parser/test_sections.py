"""How a report is divided: headings open sections and versions, labels open the parts of a specimen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.document import Document
from parser.grammar import load_grammar
from parser.model import Section, Version
from parser.sections import Heading, Part, passages

ORIGINAL, ADDENDUM, AMENDMENT, SUPERSEDED = Version.ORIGINAL, Version.ADDENDUM, Version.AMENDMENT, Version.SUPERSEDED


def divided(text: str) -> list[tuple[Section, Version, str]]:
    """The passages of a text: section, version and the words."""
    document = Document(text, load_grammar())
    return [(one.section, one.version, text[one.start : one.end].strip()) for one in document.passages]


def sections(text: str) -> list[Section]:
    """The sections of a text in order."""
    return [section for section, _, _ in divided(text)]


def labels(text: str) -> list[tuple[str | None, str]]:
    """The parts of a text: label and words."""
    document = Document(text, load_grammar())
    return [(part.label, text[part.start : part.end].strip()) for one in document.passages for part in one.parts]


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        pytest.param(heading, section, id=heading)
        for heading, section in [
            ("FINAL DIAGNOSIS:", Section.DIAGNOSIS),
            ("Final pathologic diagnosis", Section.DIAGNOSIS),
            ("DIAGNOSIS.", Section.DIAGNOSIS),
            ("SYNOPTIC REPORT:", Section.SYNOPTIC),
            ("Synoptic:", Section.SYNOPTIC),
            ("CAP SYNOPTIC REPORT", Section.SYNOPTIC),
            ("MICROSCOPIC DESCRIPTION:", Section.MICROSCOPIC),
            ("Microscopic:", Section.MICROSCOPIC),
            ("GROSS DESCRIPTION:", Section.GROSS),
            ("MACROSCOPIC DESCRIPTION", Section.GROSS),
            ("INTRAOPERATIVE CONSULTATION:", Section.INTRAOPERATIVE),
            ("FROZEN SECTION DIAGNOSIS:", Section.INTRAOPERATIVE),
            ("CLINICAL HISTORY:", Section.HISTORY),
            ("Pre-operative diagnosis:", Section.HISTORY),
            ("SPECIMENS SUBMITTED:", Section.SPECIMENS),
            ("COMMENT:", Section.COMMENT),
            ("IMMUNOHISTOCHEMISTRY:", Section.ANCILLARY),
            ("DISCLAIMER:", Section.BOILERPLATE),
        ]
    ],
)
def test_a_heading_on_its_line_opens_its_section(heading: str, section: Section) -> None:
    assert sections(f"Some words before.\n{heading}\nSome words after.\n") == [Section.UNKNOWN, section]


def test_headings_in_one_paragraph_open_sections() -> None:
    text = (
        "FINAL DIAGNOSIS: Left breast, invasive carcinoma. GROSS DESCRIPTION: One jar of tissue. MICROSCOPIC DESCRIPTION:"
        " Carcinoma is seen."
        " SYNOPTIC REPORT: Lymph nodes examined: 3."
    )
    assert sections(text) == [Section.DIAGNOSIS, Section.GROSS, Section.MICROSCOPIC, Section.SYNOPTIC]


@pytest.mark.parametrize(
    "text",
    [
        "Left breast: carcinoma, ER+ PR+ HER2- Gross Description: A. Three nodes",
        "Left breast: carcinoma. Dr. was notified. Gross description Specimen A, 1140 g",
        "Left breast: carcinoma, Oncotype requested Gross: #1 a node 1.5 cm",
    ],
)
def test_a_gross_description_opens_where_the_line_end_before_it_was_lost(text: str) -> None:
    assert sections(f"FINAL DIAGNOSIS: {text}") == [Section.DIAGNOSIS, Section.GROSS]


@pytest.mark.parametrize("heading", ["MICKOSCOPIC DIAGNOSTS.", "FINAL DIACNOSIS:", "Dlagnosis:"])
def test_a_misread_heading_of_the_diagnosis_opens_it(heading: str) -> None:
    assert sections(f"CLINICAL HISTORY: Mass. {heading} BREAST, RIGHT: CARCINOMA.") == [Section.HISTORY, Section.DIAGNOSIS]


def test_the_size_by_gross_examination_is_no_gross_description() -> None:
    text = "FINAL DIAGNOSIS: Left breast: carcinoma, size, gross: 2 cm, see the gross description: two nodes."
    assert sections(text) == [Section.DIAGNOSIS]


def test_a_heading_word_within_a_sentence_opens_nothing() -> None:
    assert sections("FINAL DIAGNOSIS:\nLeft breast: the diagnosis of carcinoma and the gross findings agree.\n") == [Section.DIAGNOSIS]


def test_a_text_without_headings_is_one_unknown_passage() -> None:
    text = "Two lymph nodes, negative."
    assert divided(text) == [(Section.UNKNOWN, ORIGINAL, text)]


@pytest.mark.parametrize(
    ("heading", "version"),
    [
        pytest.param(heading, version, id=heading)
        for heading, version in [
            ("ADDENDUM:", ADDENDUM),
            ("ADDENDUM 1:", ADDENDUM),
            ("ADDENDUM DIAGNOSIS:", ADDENDUM),
            ("SUPPLEMENTAL REPORT:", ADDENDUM),
            ("AMENDED DIAGNOSIS:", AMENDMENT),
            ("REVISED DIAGNOSIS:", AMENDMENT),
            ("CORRECTED REPORT:", AMENDMENT),
            ("PREVIOUS DIAGNOSIS:", SUPERSEDED),
            ("ORIGINAL DIAGNOSIS:", SUPERSEDED),
            ("Previously reported as:", SUPERSEDED),
        ]
    ],
)
def test_a_heading_opens_its_version(heading: str, version: Version) -> None:
    text = f"FINAL DIAGNOSIS:\nLeft breast, carcinoma.\n\n{heading}\nMore is said of it here.\n"
    assert [found for _, found, _ in divided(text)] == [ORIGINAL, version]


def test_a_comment_within_an_addendum_belongs_to_it() -> None:
    text = "FINAL DIAGNOSIS:\nCarcinoma.\n\nADDENDUM:\nA stain was made.\n\nCOMMENT:\nIt is negative.\n"
    assert [(section, version) for section, version, _ in divided(text)][-1] == (Section.COMMENT, ADDENDUM)


def test_a_gross_description_after_an_addendum_belongs_to_the_report() -> None:
    text = "FINAL DIAGNOSIS:\nCarcinoma.\n\nADDENDUM:\nA stain was made.\n\nGROSS DESCRIPTION:\nOne jar.\n"
    assert [(section, version) for section, version, _ in divided(text)][-1] == (Section.GROSS, ORIGINAL)


def test_the_heading_of_a_continued_page_opens_no_new_passage() -> None:
    text = "FINAL DIAGNOSIS:\nA. Left breast: carcinoma.\nPage 2\nFINAL DIAGNOSIS:\nB. Sentinel node: negative.\n"
    assert sections(text) == [Section.DIAGNOSIS]
    assert [label for label, _ in labels(text) if label] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A. breast\nB. nodes\nC. skin", ["A", "B", "C"], id="A."),
        pytest.param("A) breast\nB) nodes\nC) skin", ["A", "B", "C"], id="A)"),
        pytest.param("(A) breast\n(B) nodes\n(C) skin", ["A", "B", "C"], id="(A)"),
        pytest.param("A: breast\nB: nodes", ["A", "B"], id="A:"),
        pytest.param("1. breast\n2. nodes\n3. skin", ["1", "2", "3"], id="1."),
        pytest.param("1) breast\n2) nodes", ["1", "2"], id="1)"),
        pytest.param("1). breast\n2). nodes", ["1", "2"], id="1)."),
        pytest.param("PART 1: breast\nPART 2: nodes\nPART 3: skin", ["1", "2", "3"], id="PART 1:"),
        pytest.param("Specimen A: breast\nSpecimen B: nodes", ["A", "B"], id="Specimen A:"),
        pytest.param("#1- breast\n#2- nodes", ["1", "2"], id="#1-"),
        pytest.param("A. breast: carcinoma. B. nodes: negative. C. skin: free.", ["A", "B", "C"], id="in one paragraph"),
        pytest.param("A. breast\nC. nodes", ["A", "C"], id="one label lost"),
        pytest.param("I. breast: grade II. II. nodes. III. skin. IV. nipple", ["I", "II", "III", "IV"], id="Roman numerals"),
        pytest.param("breast: grade II. Stage: III. nodes", [], id="Roman numerals that are no labels"),
    ],
)
def test_labels_open_parts(text: str, expected: list[str]) -> None:
    assert [label for label, _ in labels(f"FINAL DIAGNOSIS:\n{text}\n") if label] == expected


def test_titles_open_parts_where_there_are_no_labels() -> None:
    text = (
        "FINAL DIAGNOSIS:\nBreast, left, mastectomy:\n  Invasive carcinoma.\nLymph nodes, left axillary, dissection:\n  Negative (0/9).\n"
        "Lymph node, left sentinel:\n  Negative (0/1).\n"
    )
    assert [label for label, _ in labels(text) if label] == ["#1", "#2", "#3"]


def test_a_list_within_a_part_opens_no_parts() -> None:
    text = "FINAL DIAGNOSIS:\nA. Left breast:\n  1. carcinoma\n  2. no in situ part\nB. Nodes: negative (0/2).\nC. Skin: free.\n"
    assert [label for label, _ in labels(text) if label] == ["A", "B", "C"]


def test_a_synoptic_block_has_no_parts() -> None:
    assert [label for label, _ in labels("SYNOPTIC REPORT:\nA. Tumor size: 2 cm\nB. Nodes examined: 4\n")] == [None]


def test_the_parts_of_a_diagnosis_hold_their_words() -> None:
    assert labels("FINAL DIAGNOSIS:\nA. Breast: carcinoma.\nB. Node: negative.\n") == [
        (None, "FINAL DIAGNOSIS:"),
        ("A", "A. Breast: carcinoma."),
        ("B", "B. Node: negative."),
    ]


PIECES = (
    "FINAL DIAGNOSIS:",
    "GROSS DESCRIPTION:",
    "ADDENDUM:",
    "COMMENT:",
    "CLINICAL HISTORY: pain",
    "A.",
    "B)",
    "1.",
    "PART 2:",
    "nodes",
    "\n",
    "\n\n",
    " ",
    ". ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_passages_and_their_parts_cover_the_text_once(text: str) -> None:
    found = Document(text, load_grammar()).passages
    at = 0
    for passage in found:
        assert passage.start == at
        assert [passage.parts[0].start, passage.parts[-1].end] == [passage.start, passage.end]
        assert all(one.end == other.start for one, other in zip(passage.parts, passage.parts[1:], strict=False))
        at = passage.end
    assert at == len(text)


def test_part_at_gives_the_part_that_holds_an_offset() -> None:
    document = Document("FINAL DIAGNOSIS:\nA. Breast.\nB. Node.\n", load_grammar())
    (passage,) = document.passages
    assert [passage.part_at(offset).label for offset in (0, 17, 20, 28)] == [None, "A", "A", "B"]


def test_without_headings_nothing_is_opened() -> None:
    (passage,) = passages("one node", [])
    assert (passage.section, passage.parts) == (Section.UNKNOWN, (Part(None, 0, 8),))


def test_headings_of_no_section_can_be_given_by_hand() -> None:
    from parser.model import Span

    found = passages("gross: one jar", [Heading(Section.GROSS, ORIGINAL, Span(0, 6))])
    assert [(one.section, one.start, one.end) for one in found] == [(Section.GROSS, 0, 14)]


def test_a_value_behind_its_label_is_no_label_of_a_part() -> None:
    text = "DIAGNOSIS: 1. Node, left: Nodes examined:3. Positive:3. 2. Left breast: carcinoma. 3. Axillary fat: two nodes."
    assert [label for label, _ in labels(text) if label] == ["1", "2", "3"]


def test_a_measure_is_no_label_of_a_part() -> None:
    text = "DIAGNOSIS: 1. Left breast: carcinoma. 1.6 cm from the margin. 2. Left axilla: two nodes."
    assert [label for label, _ in labels(text) if label] == ["1", "2"]


def test_a_history_too_long_for_one_is_the_report_under_a_lost_heading() -> None:
    text = "CLINICAL HISTORY: " + "A lump was felt in the left breast. " * 10 + "Breast: carcinoma. Twelve lymph nodes, no tumor. " * 12
    assert sections(text) == [Section.HISTORY, Section.UNKNOWN]
    assert sections(text + "DIAGNOSIS: Carcinoma.") == [Section.HISTORY, Section.DIAGNOSIS]
