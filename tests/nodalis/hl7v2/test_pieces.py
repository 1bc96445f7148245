"""A text that was cut to pieces: a number that may be cut in two needs review, what is no number does not."""

from __future__ import annotations

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
