"""What a message does to the report of its number, and when it was made: one decision gives the change and the status of FHIR."""

from __future__ import annotations

from itertools import permutations

import pytest

from nodalis.hl7v2 import Change, Moments, Result, parse, results
from nodalis.hl7v2.times import is_earlier, latest

MSH = r"MSH|^~\&|LIS|ST ANNA|REG|STATE|20260304101500+0100||ORU^R01^ORU_R01|M1|P|2.5.1"


def one(*rows: str) -> Result:
    (result,) = results(parse([row.encode() for row in (MSH, "PID|1||0815^^^HOSP^MR", *rows)]))
    return result


def reported(order: str, observations: str, kind: str = "11529-5^Study^LN", text: str = "pN0 (0/3)") -> Result:
    rows = [f"OBX|{number}|FT|22637-3^D^LN||{text}||||||{code}" for number, code in enumerate(observations, 1)]
    return one(f"OBR|1||S26-1|{kind}|||20260302||||||||||||||||||{order}", *rows)


ADDENDUM = "35265-8^Addendum^LN"


@pytest.mark.parametrize(
    ("order", "observations", "kind", "change", "status"),
    [
        ("F", "F", "", Change.FINAL, "final"),
        ("f", "f", "", Change.FINAL, "final"),
        ("F", "V", "", Change.FINAL, "final"),
        ("P", "F", "", Change.PRELIMINARY, "preliminary"),
        ("F", "P", "", Change.PRELIMINARY, "preliminary"),
        ("F", "Z", "", Change.PRELIMINARY, "preliminary"),
        ("", "F", "", Change.FINAL, "final"),
        ("F", "U", "", Change.PROMOTED, "final"),
        ("F", "C", "", Change.CORRECTED, "corrected"),
        ("C", "F", "", Change.CORRECTED, "corrected"),
        ("F", "A", "", Change.AMENDED, "amended"),
        ("F", "FB", "", Change.APPENDED, "amended"),
        ("F", "b", "", Change.APPENDED, "amended"),
        ("F", "F", ADDENDUM, Change.APPENDED, "amended"),
        ("C", "C", ADDENDUM, Change.APPENDED, "amended"),
        ("P", "P", ADDENDUM, Change.PRELIMINARY, "preliminary"),
        ("F", "D", "", Change.DELETED, "entered-in-error"),
        ("F", "d", "", Change.DELETED, "entered-in-error"),
        ("F", "FW", "", Change.WRONG, "entered-in-error"),
        ("P", "w", "", Change.WRONG, "entered-in-error"),
        ("F", "XX", "", Change.NO_RESULT, ""),
        ("x", "F", "", Change.NO_RESULT, ""),
        ("Y", "F", "", Change.NO_RESULT, ""),
        ("Z", "F", "", Change.NO_RESULT, ""),
    ],
)
def test_codes_say_what_becomes_of_a_report(order: str, observations: str, kind: str, change: Change, status: str) -> None:
    found = reported(order, observations, kind or "11529-5^Study^LN")
    assert (found.change, found.context.get("status", "")) == (change, status)
    assert bool(found.reason) == (change in (Change.WRONG, Change.NO_RESULT))


@pytest.mark.parametrize(("code", "change"), [("W", Change.WRONG), ("D", Change.DELETED), ("U", Change.PROMOTED)])
def test_what_takes_back_or_promotes_needs_no_text(code: str, change: Change) -> None:
    found = reported("F", code, text="")
    assert (found.number, found.change, found.text.text) == ("S26-1", change, "")
    assert bool(found.reason) == (change is Change.WRONG)


def test_a_promotion_whose_document_cannot_be_read_is_none() -> None:
    row = "OBX|1|ED|R^Report^L||^AP^PDF^Base64^JVBERi0=||||||U"
    assert one("OBR|1||S26-1", row).reason == "the PDF in OBX-5: a damaged PDF, or one that is cut off"


def test_a_promotion_of_which_a_part_is_not_sent_again_needs_review() -> None:
    rows = ["OBX|1|FT|22634-0^G^LN||Fatty.||||||U", "OBX|2|FT|22637-3^D^LN||||||||U"]
    assert "not all of it" in one("OBR|1||S26-1", *rows).doubt
    assert not reported("F", "U").doubt


def test_what_is_appended_says_so_whatever_else_it_is() -> None:
    for found in (reported("F", "B"), reported("C", "B"), reported("P", "P", ADDENDUM)):
        assert "adds to another one" in found.doubt


def test_the_moments_of_a_version_are_the_times_as_sent() -> None:
    rows = [f"OBX|1|FT|22637-3^D^LN||pN0||||||F|||{time}" for time in ("202603041200+0200", "202603041100", "20260305", "")]
    found = one("OBR|1||S26-1|||||||||||||||||||20260304120000+0100|||F", *rows)
    assert found.moments == Moments("20260304120000+0100", "20260305", "20260304101500+0100")
    assert reported("F", "F").moments == Moments("", "", "20260304101500+0100")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("20260304120000+0200", "20260304110000+0000"),
        ("202603041200", "202603041201"),
        ("20261025013000+0200", "20261025013000+0100"),
        ("19000101000000", "20380119031408"),
        ("20260304120000", "20260304120000.01"),
    ],
)
def test_times_are_compared_across_zones(earlier: str, later: str) -> None:
    assert is_earlier(earlier, later)
    assert not is_earlier(later, earlier)


@pytest.mark.parametrize("value", ["", "202602301200", "000101011200", "99999999999999", "noon"])
def test_what_is_no_time_is_neither_earlier_nor_later(value: str) -> None:
    assert not is_earlier(value, "20260304100000")
    assert not is_earlier("19010304100000", value)


@pytest.mark.parametrize(
    ("values", "last"),
    [
        (["20260304100000", "20260304100001"], "20260304100001"),
        (["20260304100000+0100", "20260304093000+0000"], "20260304093000+0000"),
        (["20260304", "202603041000"], "20260304"),
        (["20260304", "20260305000000"], "20260305000000"),
        (["", "noon", "2026"], "2026"),
        (["", "noon"], ""),
        ([], ""),
        (["20260304100000+0100", "20260304093000+0000", "20260304094500"], ""),  # each is later than another
    ],
)
def test_the_latest_time_is_one_that_cannot_be_wrong(values: list[str], last: str) -> None:
    assert {latest(order) for order in permutations(values)} == {last}
