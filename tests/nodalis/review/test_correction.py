"""What a person may correct, what cannot be, and the categories that follow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from nodalis.review.correction import FIELDS, CorrectionError, Kind, changes, corrected, digest_of_reading, values
from nodalis.review.decision import Correction
from parser import parse
from parser.model import DecisionStatus, Report, Value
from parser.staging import editions

SAMPLES = sorted((Path(__file__).resolve().parents[3] / "samples").glob("*.txt"))
HEAD = "Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.4 cm.\n"
MACRO = HEAD + (
    "Left axillary sentinel lymph nodes: metastatic carcinoma in one of two lymph nodes (1/2), largest deposit 3 mm.\npT1c pN1a(sn)"
)
NEGATIVE = HEAD + "Left axillary sentinel lymph nodes: two lymph nodes, negative for metastatic carcinoma (0/2).\npT1c pN0(sn)"
BEYOND = HEAD + (
    "Left axillary lymph nodes: metastatic carcinoma in 2 of 12 lymph nodes, largest deposit 5 mm.\n"
    "Left supraclavicular lymph node: metastatic carcinoma in one of one lymph node, 6 mm.\npT1c pN3c"
)
ONLY_PRINTED = HEAD + "Lymph nodes: see the separate report. pN1a"


@cache
def report(text: str) -> Report:
    return parse(text)


def after(text: str, given: Mapping[str, str]) -> Report:
    return corrected(report(text), changes(report(text), given))


def category(text: str, given: Mapping[str, str], edition: str = "AJCC 8") -> str:
    found = after(text, given).staging[edition].category
    return str(found) if found else ""


def counts(examined: int, positive: int, macro: int, micro: int, itc: int = 0) -> dict[str, str]:
    """Node counts, without the size and the sentinel nodes that were read."""
    names = ("examined", "positive", "macromet", "micromet", "itc")
    numbers = (examined, positive, macro, micro, itc)
    return {f"nodes.{name}": str(number) for name, number in zip(names, numbers, strict=True)} | {
        "nodes.largest_deposit": "",
        "nodes.sentinel_positive": "",
    }


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_without_corrections_a_report_is_accepted_as_it_was_read(path: Path) -> None:
    read = report(path.read_text(encoding="utf-8"))
    if path.stem == "hl7_positive_exceeds_examined":
        with pytest.raises(CorrectionError, match="6 positive nodes of 5 examined"):
            corrected(read, ())
        return
    found = corrected(read, ())
    assert found.status is DecisionStatus.ACCEPTED
    assert (found.nodes, found.tumor, found.staging, found.ledger) == (read.nodes, read.tumor, read.staging, read.ledger)
    assert [issue.kind for issue in found.issues] == [issue.kind for issue in read.issues]
    assert found.reasons == ()


def test_the_impossible_sample_is_one_of_the_samples() -> None:
    assert "hl7_positive_exceeds_examined" in {path.stem for path in SAMPLES}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_all_that_is_shown_can_be_given_again(path: Path) -> None:
    """But for categories that only print: pN1 without a letter, and pN0(i-), which AJCC 8 does not have."""
    read = report(path.read_text(encoding="utf-8"))
    assert changes(read, values(read)) == ()
    for name, words in values(read).items():
        field = FIELDS[name]
        if field.edition and read.staging[field.edition].basis == "stated":
            continue
        part, _, attribute = name.partition(".")
        held = getattr(getattr(read, part), attribute) if attribute else Value(read.staging[field.edition or ""].category, ())
        if words and "~" not in words and not (field.kind is Kind.SIZE and "-" in words):
            assert field.read(words) == held.value, name


# Categories


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (counts(2, 0, 0, 0), "pN0(sn)"),
        (counts(2, 0, 0, 0, 1), "pN0(i+)(sn)"),
        (counts(2, 1, 0, 1), "pN1mi(sn)"),
        (counts(2, 2, 1, 1), "pN1a(sn)"),
        (counts(5, 4, 1, 3), "pN2a(sn)"),
        (counts(6, 4, 1, 3), "pN2a"),  # six nodes are no sentinel biopsy
        (counts(12, 10, 1, 9), "pN3a"),
        (counts(12, 10, 0, 10), "pN1mi"),
        (counts(2, 1, 0, 1) | {"tumor.neoadjuvant": "yes"}, "ypN1mi(sn)"),
        (counts(2, 0, 0, 0) | {"nodes.molecular": "positive"}, "pN0(mol+)(sn)"),
        (counts(2, 1, 0, 1) | {"pN AJCC 8": "pN1a"}, "pN1a"),
        ({"pN AJCC 8": "ypN2a(sn)(f)"}, "ypN2a(sn)(f)"),
        ({"tumor.grade": "3"}, "pN1a(sn)"),
    ],
    ids=str,
)
def test_categories_follow_from_the_corrected_facts(given: dict[str, str], expected: str) -> None:
    assert category(MACRO, given) == expected


def test_every_edition_is_derived_anew() -> None:
    given = counts(2, 0, 0, 0) | {"nodes.ihc": "negative"}
    assert [category(NEGATIVE, {"nodes.ihc": "negative"}, edition) for edition in editions()] == ["pN0(i-)(sn)", "pN0(i-)(sn)", "pN0(sn)"]
    assert [category(MACRO, given, edition) for edition in editions()] == ["pN0(i-)(sn)", "pN0(i-)(sn)", "pN0(sn)"]
    row = after(MACRO, given).staging["AJCC 7"].row
    assert row is not None
    assert "ajcc7" in row


def test_a_size_that_is_not_known_weighs_as_a_macrometastasis() -> None:
    given = {"nodes.positive": "1", "nodes.macromet": "", "nodes.micromet": "", "nodes.largest_deposit": ""}
    found = after(MACRO, given)
    assert (str(found.staging["AJCC 8"].category), found.staging["AJCC 8"].inputs["unsized"]) == ("pN1a(sn)", 1)


def test_the_category_that_a_person_gives_holds_for_its_edition_alone() -> None:
    found = after(MACRO, {"pN AJCC 8": "pN1mi(sn)"})
    assert [str(found.staging[edition].category) for edition in editions()] == ["pN1a(sn)", "pN1a(sn)", "pN1mi(sn)"]
    assert [found.staging[edition].basis for edition in editions()] == ["derived", "derived", "reviewed"]
    assert found.staging["AJCC 8"].row is None


def test_where_nodes_beyond_the_axilla_are_positive_corrected_totals_decide_nothing() -> None:
    assert category(BEYOND, {}) == "pN3c"
    assert category(BEYOND, {"nodes.examined": "14"}) == "pN3c"
    assert category(BEYOND, counts(13, 2, 2, 0)) == ""
    given = counts(13, 2, 2, 0) | {"pN AJCC 8": "pN3c"}
    assert category(BEYOND, given) == ""  # what stood there before is not what a person says now
    found = corrected(report(BEYOND), changes(report(BEYOND), given, ["pN AJCC 8"]))
    assert (str(found.staging["AJCC 8"].category), found.staging["AJCC 8"].basis) == ("pN3c", "reviewed")


def test_the_printed_category_never_stands_in_for_corrected_counts() -> None:
    read = report(ONLY_PRINTED)
    assert (str(read.staging["AJCC 8"].category), read.staging["AJCC 8"].basis) == ("pN1a", "stated")
    assert category(ONLY_PRINTED, {"nodes.examined": "9"}) == "pN1a"
    assert category(ONLY_PRINTED, counts(9, 5, 5, 0)) == "pN2a"
    assert category(ONLY_PRINTED, {"nodes.itc": "1", "nodes.positive": ""}) == "pN0(i+)"
    assert category(ONLY_PRINTED, {"nodes.micromet": "0"}) == ""


def test_what_a_person_gives_has_no_evidence_and_no_ledger_that_contradicts_it() -> None:
    found = after(MACRO, counts(4, 2, 1, 1))
    assert found.nodes.examined == Value(4, ())
    assert (found.ledger, found.nodes.positive_as_printed) == ((), None)
    assert found.nodes.sentinel_examined == report(MACRO).nodes.sentinel_examined
    assert after(MACRO, {"tumor.grade": "3"}).ledger == report(MACRO).ledger


# What cannot be


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nodes.examined": "0"}, "1 positive nodes of 0 examined"),
        (counts(2, 3, 3, 0), "3 positive nodes of 2 examined"),
        (counts(2, 1, 1, 0, 2), "1 positive nodes and 2 with isolated tumour cells, of 2 examined"),
        (counts(4, 1, 1, 1), "2 nodes with metastases, and 1 positive nodes"),
        (counts(4, 3, 1, 1), "3 positive nodes, of which 1 with macrometastases and 1 with micrometastases"),
        ({"nodes.positive": "2"}, "2 positive nodes, of which 1"),
        ({"nodes.positive": "", "nodes.macromet": "1"}, "say how many nodes are positive"),
        ({"nodes.examined": "1"}, "2 sentinel nodes of 1"),
        ({"nodes.sentinel_positive": "3"}, "3 positive sentinel nodes of 2"),
        (counts(2, 0, 0, 0) | {"nodes.sentinel_positive": "1"}, "1 positive sentinel nodes of 0 positive nodes"),
        ({"nodes.largest_deposit": "1.8"}, "a macrometastasis, and the largest deposit is none"),
        ({"nodes.macromet": "0", "nodes.micromet": "1"}, "the largest deposit is a macrometastasis, and there is none"),
        (counts(2, 0, 0, 0, 1) | {"nodes.largest_deposit": "0.3"}, "more than isolated tumour cells"),
        (counts(2, 0, 0, 0) | {"nodes.largest_deposit": "0.1"}, "no node with tumour cells"),
        ({"nodes.macromet": "", "nodes.micromet": "", "nodes.largest_deposit": "1.5"}, "say how many nodes hold micrometastases"),
        ({"nodes.examined": "-2"}, "nodes examined: expected a whole number"),
        ({"nodes.examined": "2.5"}, "nodes examined: expected a whole number"),
        ({"nodes.examined": "two"}, "nodes examined: expected a whole number"),
        ({"nodes.examined": "\u0663"}, "nodes examined: expected a whole number"),  # an Arabic three
        ({"nodes.examined": "151"}, "nodes examined: expected a whole number"),
        ({"nodes.largest_deposit": "3 mm"}, "largest deposit in mm: expected millimetres"),
        ({"nodes.largest_deposit": "2,1"}, "largest deposit in mm: expected millimetres"),
        ({"nodes.largest_deposit": "0"}, "largest deposit in mm: expected millimetres"),
        ({"nodes.largest_deposit": "3-2"}, "largest deposit in mm: expected millimetres"),
        ({"pN AJCC 8": "pN4"}, "pN by AJCC 8: expected a category"),
        ({"pN AJCC 8": "pN0(i-)"}, "pN by AJCC 8: expected a category"),
        ({"pN AJCC 8": "cN1"}, "pN by AJCC 8: expected a category"),
        ({"pN AJCC 8": "pN1a(sn)(sn)"}, "pN by AJCC 8: expected a category"),
        ({"pN AJCC 8": ""}, "pN by AJCC 8: expected a category"),
        ({"tumor.pt_stated": "pT5"}, "pT as stated: expected a category"),
        ({"tumor.pt_stated": "cT1"}, "pT as stated: expected a category"),
        ({"tumor.grade": "4"}, "grade: expected one of 1, 2, 3"),
        ({"tumor.er": "<script>"}, "estrogen receptor: expected one of positive, negative"),
        ({"tumor.ki67_percent": "101"}, "Ki-67 in per cent: expected a number from 0 to 100"),
        ({"tumor.histology": "ductal"}, "none that can be corrected"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_one_line(given: dict[str, str], said: str) -> None:
    with pytest.raises(CorrectionError) as refused:
        after(MACRO, given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "script" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "words", "shown"),
    [
        ("nodes.largest_deposit", "<3", "<3"),
        ("nodes.largest_deposit", ">=2.5", ">=2.5"),
        ("nodes.largest_deposit", "2.10", "2.10"),
        ("nodes.largest_deposit", "2-4", "2-4"),
        ("nodes.extranodal_extension", "yes", "yes"),
        ("tumor.laterality", "right", "right"),
        ("tumor.pt_stated", "ypT1c(m)", "ypT1c(m)"),
        ("tumor.pt_stated", "pTis(DCIS)", "pTis(DCIS)"),
        ("tumor.ki67_percent", "12.5", "12.5"),
        ("tumor.neoadjuvant", "yes", "yes"),
        ("tumor.her2", "equivocal", "equivocal"),
        ("tumor.size", "", ""),
    ],
)
def test_every_kind_of_value_is_shown_as_it_was_given(name: str, words: str, shown: str) -> None:
    assert FIELDS[name].shown(after(MACRO, {name: f" {words} "})) == shown


def test_a_correction_of_another_value_than_was_read_is_refused() -> None:
    with pytest.raises(CorrectionError, match="not as it was read"):
        corrected(report(MACRO), [Correction("nodes.examined", "3", "4")])
    with pytest.raises(CorrectionError, match="not as it was read"):
        corrected(report(MACRO), [Correction("no such value", "", "4")])


def test_the_digest_of_a_reading_is_that_of_its_values() -> None:
    assert digest_of_reading(report(MACRO)) == digest_of_reading(report(MACRO + "\n"))
    others = (NEGATIVE, MACRO.replace("pN1a(sn)", ""), MACRO.replace("grade 2", "grade 3"), MACRO.replace("3 mm", "4 mm"))
    assert len({digest_of_reading(report(text)) for text in (MACRO, *others)}) == 5
