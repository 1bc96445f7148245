"""MDM^T02: a document with its text is a report like any other, and final only if somebody authenticated it."""

from __future__ import annotations

import pytest

from nodalis.hl7v2 import Change, MessageError, Result, parse, results

MSH = r"MSH|^~\&|LIS|ST ANNA|REG|STATE|20260304101500+0100||MDM^T02^MDM_T02|M1|P|2.5.1"
PID = "PID|1||0815^^^HOSP&1.2.4&ISO^MR||Doe^Jane"
TEXT = "OBX|1|FT|22637-3^Final diagnosis^LN||Three lymph nodes, negative (0/3).||||||F"


def txa(**fields: str) -> str:
    """A TXA by the numbers of its fields: ``f12="D-1"``."""
    given = {"f1": "1", "f2": "SP", "f12": "D-1^LIS^1.2.3^ISO", "f17": "AU"} | fields
    return "|".join(["TXA", *(given.get(f"f{number}", "") for number in range(1, 23))])


def read(*rows: str) -> Result:
    (found,) = results(parse([row.encode() for row in (MSH, "EVN|T02|202603041015", PID, "PV1|1|I", *rows)]))
    return found


def test_a_document_is_a_report_with_text_patient_and_times() -> None:
    found = read(
        txa(f4="20260302083000+0100", f6="202603021200", f8="202603031000~202603031200", f22="7^Doe" + "^" * 13 + "20260304090000+0100"),
        TEXT,
    )
    assert found.text.text == "FINAL DIAGNOSIS\nThree lymph nodes, negative (0/3).\n"
    assert found.moments.reported == "20260304090000+0100"
    assert (found.number, found.change, found.doubt, found.reason) == ("D-1", Change.FINAL, "", "")
    expected = {
        "issuer": "urn:oid:1.2.3", "status": "final", "effective": "2026-03-02T08:30:00+01:00", "issued": "2026-03-04T09:00:00+01:00",
        "subject": "urn:oid:1.2.4|0815",
    }  # fmt: skip
    assert expected.items() <= found.context.items()


@pytest.mark.parametrize(
    ("completion", "availability", "change"),
    [
        ("AU", "", Change.FINAL),
        ("LA", "AV", Change.FINAL),
        ("la", "av", Change.FINAL),
        *((code, "AV", Change.PRELIMINARY) for code in ("DI", "DO", "IP", "IN", "PA", "", "ZZ")),
        ("AU", "UN", Change.PRELIMINARY),
        ("AU", "OB", Change.PRELIMINARY),
        ("AU", "CA", Change.DELETED),
        ("PA", "CA", Change.DELETED),
    ],
)
def test_only_what_is_authenticated_and_available_is_final(completion: str, availability: str, change: Change) -> None:
    assert read(txa(f17=completion, f19=availability), TEXT).change is change


@pytest.mark.parametrize(
    ("codes", "change"),
    [("FF", Change.FINAL), ("FP", Change.PRELIMINARY), ("C", Change.CORRECTED), ("B", Change.APPENDED), ("W", Change.WRONG)],
)
def test_the_codes_of_its_rows_count_as_those_of_results(codes: str, change: Change) -> None:
    assert read(txa(), *(TEXT[:-1] + code for code in codes)).change is change


def test_a_document_that_is_cancelled_needs_no_text_and_wrong_stays_wrong() -> None:
    found = read(txa(f19="CA"))
    assert (found.number, found.change, found.reason, found.text.text) == ("D-1", Change.DELETED, "", "")
    assert read(txa(f19="CA"), TEXT[:-1] + "W").change is Change.WRONG


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ([txa(f15="S26-1^LIS")], "S26-1"),
        (["ORC|RE|P-1|S26-1", "OBR|1", txa()], "S26-1"),
        (["OBR|1||S26-1", "OBR|2||S26-1", txa()], "S26-1"),
        (["OBR|1||S26-1", "OBR|2||S26-2", txa()], "D-1"),
        ([txa(f13="D-0^LIS")], "D-0"),
        ([txa(f13="D-0^LIS", f15="S26-1")], "S26-1"),
        ([txa()], "D-1"),
    ],
)
def test_the_number_is_the_fillers_or_that_of_the_document(rows: list[str], number: str) -> None:
    assert read(*rows, TEXT).number == number


def test_a_document_that_adds_to_another_is_appended() -> None:
    found = read(txa(f13="D-0"), TEXT)
    assert found.change is Change.APPENDED
    assert "adds to another one" in found.doubt


def test_notes_of_the_order_are_no_part_of_the_document() -> None:
    assert "courier" not in read("OBR|1||S26-1", "NTE|1||by courier", txa(), TEXT, "NTE|1||seen twice").text.text


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([TEXT], "no TXA segment: expected one document in a message"),
        ([txa(), TEXT, txa(), TEXT], "several TXA segments: expected one document in a message"),
    ],
)
def test_a_message_with_no_one_document_is_refused(rows: list[str], reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        read(*rows)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([txa(f12=""), TEXT], "no number of a report"), ([txa()], "no text in it"), ([txa(), TEXT[:-1] + "X"], "has no result")],
)
def test_a_document_without_number_text_or_result_is_no_report(rows: list[str], reason: str) -> None:
    assert read(*rows).reason.startswith(reason)


@pytest.mark.parametrize("event", ["T01", "T04", "T11"])
def test_other_events_of_documents_are_refused(event: str) -> None:
    with pytest.raises(MessageError, match="not a message with results"):
        list(results(parse([MSH.replace("T02^MDM_T02", event).encode(), txa().encode()])))
