"""What clean-up and squeezing keep: every character its place, every quote its offsets, whatever the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parser import parse
from parser.model import DecisionStatus, Evidence, IssueKind, Report
from parser.text import Squeezed, clean

ANY = st.text(st.characters())  # surrogates and unassigned code points included
FRAGMENTS = (
    "FINAL DIAGNOSIS:",
    "A. LEFT SENTINEL LYMPH NODE #1: ",
    "B. RIGHT BREAST, MASTECTOMY: invasive ductal carcinoma, grade 2, 1.8 cm.",
    "metastatic carcinoma in 2 of 14 axillary lymph nodes (2/14)",
    "Axillary lymph nodes, negative for carcinoma (O/l2).",
    "largest deposit 0.2 mm",
    "micrometastasis of 1,5 mm",
    "isolated tumor cells, fewer than 200 cells",
    "SYNOPTIC REPORT:",
    "Lymph nodes examined: 14",
    "Lymph nodes positive: 2",
    "No extranodal extension.",
    "Cytokeratin stain of the sentinel nodes is negative.",
    "pT1c pNlmi(sn) (i+)",
    "ypN0(i-)",
    "GROSS DESCRIPTION: five possible lymph nodes",
    "ADDENDUM 1:",
    "AMENDED DIAGNOSIS:",
    "CLINICAL HISTORY: cN1",
    "HER2 negative, ER positive (90 %), Ki-67 12 %",
    "lymphonodis axillae (No III/XVI)",
    "OSNA of the sentinel node: positive",
    "No lymph nodes identified.",
)
GAPS = (
    " ",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\u00a0",
    "\n\n",
    "  \t ",
    "\r",
    "\f",
    "\v",
    "\u2028",
    "\u200b",
    "\u202e",
    "é",
    "ﬁ",
    "İ",
    "ß",
    "１",
    "🩺",
    ".",
    ":",
)
REPORTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.sampled_from(GAPS), st.text(st.characters(), max_size=6)), max_size=24).map(
    "".join
)


def proofs(report: Report) -> Iterator[Evidence]:
    """Every piece of evidence of a report."""
    values = [getattr(part, field.name) for part in (report.nodes, report.tumor) for field in fields(part)]
    for value in (*values, report.pn_stated):
        if value is not None:
            yield from value.evidence
    for group in report.ledger:
        yield from group.evidence
        for deposit in group.deposits:
            yield from deposit.evidence


@given(ANY)
@example("İ")
@example("ŉ ǰ ﬃ ẞ Σ")
@example("Nodes are. NEGATIVE\x00 N0DES DlAGNOSlS")
def test_clean_keeps_the_length(text: str) -> None:
    assert len(clean(text)) == len(text)


@given(REPORTS)
def test_clean_keeps_the_length_of_a_report(text: str) -> None:
    assert len(clean(text)) == len(text)


@given(ANY)
def test_clean_leaves_line_ends_where_they_are(text: str) -> None:
    assert [at for at, char in enumerate(clean(text)) if char == "\n"] == [at for at, char in enumerate(text) if char == "\n"]


@given(ANY)
def test_clean_leaves_no_capital_letter_of_ascii(text: str) -> None:
    assert not any("A" <= char <= "Z" for char in clean(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("LYMPH N0DES", "lymph nodes", id="zero for O"),
        pytest.param("DlAGNOSIS", "diagnosis", id="small l for I"),
        pytest.param("１／３", "1/3", id="full-width digits"),
        pytest.param("1\u2215 3", "1/ 3", id="division slash"),
        pytest.param("\u0661/\u0663", "1/3", id="Arabic-Indic digits"),
        pytest.param("200 \u00b5m", "200 um", id="micro sign"),
        pytest.param("200 \u03bcm", "200 um", id="Greek mu"),
        pytest.param("0.2 \u00d7 0.1", "0.2 x 0.1", id="multiplication sign"),
        pytest.param("0.2\u20132 mm", "0.2-2 mm", id="en dash"),
        pytest.param("m\u00e1stectomy", "mastectomy", id="accent"),
        pytest.param("a\u00a0node", "a node", id="no-break space"),
        pytest.param("1\x002", "1 2", id="NUL"),
        pytest.param("0.8 mm", "0.8 mm", id="a zero of a number stays"),
        pytest.param("(0/4)", "(0/4)", id="a zero of a ratio stays"),
    ],
)
def test_clean_gives_plain_letters_and_signs(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    "sign", ["\u2153", "\u00bd", "\u00b2", "\u2082"], ids=["one third", "one half", "superscript two", "subscript two"]
)
def test_a_fraction_or_raised_digit_is_not_read_as_a_digit(sign: str) -> None:
    assert clean(sign) == sign


@given(st.text(st.sampled_from("ab \t\r\n\f\v\u00a0")))
def test_a_squeezed_offset_and_its_place_are_inverse(text: str) -> None:
    squeezed = Squeezed(text)
    for place, char in enumerate(squeezed.text):
        offset = squeezed.offset(place)
        assert squeezed.place(offset) == place
        if not char.isspace():
            assert text[offset] == char


@given(st.text(st.sampled_from("ab \t\r\n\f\v\u00a0")))
def test_squeezing_keeps_order_and_every_letter(text: str) -> None:
    squeezed = Squeezed(text)
    offsets = [squeezed.offset(place) for place in range(len(squeezed.text))]
    assert offsets == sorted(set(offsets))
    assert "".join(squeezed.text.split()) == "".join(text.split())


@given(st.text(st.sampled_from("ab \t\r\n\f\v\u00a0")))
def test_squeezing_leaves_no_run_of_spaces(text: str) -> None:
    squeezed = Squeezed(text).text
    assert not any(run in squeezed for run in ("  ", "\n\n", " \n", "\n ", "\t", "\r"))


@given(REPORTS)
@settings(max_examples=200)
def test_every_quote_stands_at_its_span(text: str) -> None:
    report = parse(text)
    for evidence in proofs(report):
        assert text[evidence.span.start : evidence.span.end] == evidence.quote != ""
    for finding in report.findings:
        assert text[finding.span.start : finding.span.end] == finding.quote
        assert all(finding.span.start <= span.start <= span.end <= finding.span.end for span in finding.spans.values())
    for issue in report.issues:
        assert all(0 <= span.start < span.end <= len(text) for span in issue.spans)


@given(ANY)
@settings(max_examples=200)
def test_parse_raises_for_no_text(text: str) -> None:
    report = parse(text)
    assert report.status is DecisionStatus.NEEDS_REVIEW or all(decision.category is None for decision in report.staging.values())


@given(REPORTS)
@settings(max_examples=200)
def test_a_report_says_why_it_needs_review(text: str) -> None:
    report = parse(text)
    assert (report.status is DecisionStatus.NEEDS_REVIEW) == bool(report.reasons)


@pytest.mark.parametrize("text", ["", " ", "\x00", "\n\r\n\t", "\u00a0\u3000"], ids=["empty", "space", "NUL", "line ends", "wide spaces"])
def test_a_text_without_words_is_empty(text: str) -> None:
    assert parse(text).reasons == (IssueKind.EMPTY_TEXT,)


BODY = (
    "FINAL DIAGNOSIS:\nA. Left breast: invasive ductal carcinoma.\nB. Axillary lymph nodes: tumor metastases in 2"
    " of 14 lymph nodes, largest deposit 4 mm.\n"
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BODY.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(BODY.replace("\n", "\r"), id="CR"),
        pytest.param(BODY.replace(" ", "\t"), id="tabs"),
        pytest.param(BODY.replace(" ", "   "), id="wide gaps"),
        pytest.param(BODY.replace(" ", "\u00a0"), id="no-break spaces"),
        pytest.param(BODY.upper(), id="capitals"),
        pytest.param(BODY.lower(), id="small letters"),
        pytest.param("\ufeff" + BODY, id="byte order mark"),
        pytest.param(BODY.replace("lymph nodes, largest", "lymph\nnodes, largest"), id="wrapped line"),
        pytest.param(BODY.replace("2 of 14", "２ of １４"), id="full-width digits"),
        pytest.param(BODY.replace("nodes", "nödes"), id="accents"),
    ],
)
def test_white_space_case_and_look_alikes_change_nothing(text: str) -> None:
    report = parse(text)
    values = (report.nodes.examined.value, report.nodes.positive.value, str(report.nodes.largest_deposit.value))
    assert (report.status, *values) == (DecisionStatus.ACCEPTED, 14, 2, "4")
