"""A text that was cut to pieces: a number that may be cut in two needs review, what is no number does not."""

from __future__ import annotations

import textwrap

import pytest

from nodalis.hl7v2 import Result, parse, results
from parser.model import IssueKind

HEAD = (r"MSH|^~\&|LIS|ST ANNA|||20260304||ORU^R01|M1|P|2.5.1", "PID|1||0815", "OBR|1||S26-1")


def read(*values: str) -> Result:
    rows = [f"OBX|{at}|TX|22637-3^D^LN|{at}|{value}||||||F" for at, value in enumerate(values, 1)]
    (found,) = results(parse([row.encode() for row in (*HEAD, *rows)]))
    return found


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("Metastases in 1", "2 of 14 nodes"),
        ("nodes: 1", "2/14"),
        ("negative (0/1", "4)"),
        ("0/1", "4 nodes"),
        ("deposit of 1", "5 mm"),
        ("deposit of 1.", "5 mm"),
        ("deposit of 1", ".5 cm"),
        ("pN1", "mi"),
        ("pN1", "a(sn)"),
    ],
)
def test_a_number_that_may_be_cut_in_two_needs_review(before: str, behind: str) -> None:
    for found in (read(before, behind), read(f"{before}~{behind}")):
        (issue,) = found.issues
        assert (issue.kind, issue.blocking) == (IssueKind.UNREADABLE_TEXT, True)
        (span,) = issue.spans
        assert "\n" in found.text.text[span.start : span.end]


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("1. Breast", "2. Axilla: 0/3"),
        ("Sentinel nodes: 0/3", "2. Axillary nodes"),
        ("Sentinel nodes: 0/3", "2) Axillary nodes"),
        ("Nodes examined: 3", "Nodes positive: 1"),
        ("Accession 26-0815", "2 nodes"),
        ("pN1", "A. Left breast"),
        ("pN1", "a. Left breast"),
        ("0/3", ""),
    ],
)
def test_lines_that_end_and_begin_with_numbers_of_their_own_raise_no_doubt(before: str, behind: str) -> None:
    assert read(before, behind).issues == ()


def test_a_line_break_of_the_laboratory_is_no_cut() -> None:
    assert read(r"Nodes: 3\.br\0/3 positive").issues == ()
    assert read("Nodes: 3", "0/3 positive").issues != ()


REPORT = (
    "LEFT BREAST, LUMPECTOMY: Invasive ductal carcinoma, grade 2, 15 mm, margins free. SENTINEL LYMPH NODES, LEFT AXILLA: Metastatic "
    "carcinoma in one of three sentinel lymph nodes (1/3), the largest deposit measures 4 mm, without extranodal extension. pT1c pN1a(sn)"
)


@pytest.mark.parametrize("width", range(45, 75, 3))
def test_a_text_that_is_cut_within_words_and_cannot_be_put_together_needs_review(width: int) -> None:
    pieces = [REPORT[at : at + width].strip() for at in range(0, len(REPORT), width)]
    found = read("Report of two specimens.", *pieces, "Signed by Pathologist 1.")
    assert [str(issue.kind) for issue in found.issues] == ["unreadable_text"]


@pytest.mark.parametrize("width", range(45, 75, 3))
def test_a_text_that_is_cut_to_one_width_is_put_together(width: int) -> None:
    found = read(*(REPORT[at : at + width] for at in range(0, len(REPORT), width)))
    assert found.text.text == f"FINAL DIAGNOSIS\n{REPORT}\n" or found.issues


@pytest.mark.parametrize("width", [58, 66, 72, 80])
def test_a_text_that_is_wrapped_between_words_raises_no_doubt(width: int) -> None:
    assert read(*textwrap.wrap(REPORT, width)).issues == ()
