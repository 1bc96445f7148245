"""Messages to versions: whose number it is, all of a batch or none of it, and what can never be read."""

from __future__ import annotations

import pytest

from nodalis.hl7v2 import Change
from nodalis.service.extraction import Extractor
from nodalis.service.reading import Read, read
from nodalis.settings import ReadingSettings
from nodalis.store import Stage
from nodalis.versions import Version
from parser.model import IssueKind
from tests.nodalis.service.messages import PID, POSITIVE, message, obx


def reading(body: bytes, fallback: str = "cp1252") -> Read:
    return read(body, "urn:nodalis:reports", fallback)


def one(body: bytes, fallback: str = "cp1252") -> Version:
    found = reading(body, fallback)
    assert not found.refused
    (new,) = found.versions
    return Version.of(new.payload)


def test_a_message_is_a_version_of_its_report() -> None:
    (new,) = reading(message(obx(POSITIVE))).versions
    assert (new.issuer, new.number) == ("urn:oid:1.2.3", "S26-1")
    version = Version.of(new.payload)
    assert (version.change, version.patient.numbers) == (Change.FINAL, ("urn:oid:1.2.4|0815",))
    assert (version.context["subject"], version.context["issued"]) == ("urn:oid:1.2.4|0815", "2026-03-03T10:00:00+01:00")
    assert (version.moments.reported, version.moments.sent) == ("20260303100000+0100", "20260304101500+0100")


def test_a_resend_is_another_row_with_the_same_content() -> None:
    first, again = (reading(message(obx(POSITIVE), sent=sent)).versions[0] for sent in ("20260304101500", "20260305101500"))
    assert first.digest != again.digest
    assert Version.of(first.payload).digest == Version.of(again.payload).digest


@pytest.mark.parametrize(
    ("number", "facility", "expected"),
    [
        ("S26-1^LIS^1.2.3^ISO", "ST ANNA", "urn:oid:1.2.3"),
        ("S26-1^LIS", "ST ANNA", "urn:nodalis:hl7v2:ST%20ANNA:LIS"),
        ("S26-1", "ST ANNA", "urn:nodalis:hl7v2:ST%20ANNA"),
        ("S26-1", "ST JOHN", "urn:nodalis:hl7v2:ST%20JOHN"),
        ("S26-1", "ST ANNA^1.2.9^ISO", "urn:oid:1.2.9"),
        ("S26-1", "", "urn:nodalis:reports"),
    ],
)
def test_two_facilities_never_share_a_number(number: str, facility: str, expected: str) -> None:
    body = message(obx(POSITIVE), number=number, facility=facility)
    assert [(new.issuer, new.number) for new in reading(body).versions] == [(expected, "S26-1")]
    assert one(body).context["issuer"] == expected


@pytest.mark.parametrize(
    ("pid", "subject", "numbers"),
    [
        ("0815^^^HOSP&1.2.4&ISO^MR", "urn:oid:1.2.4|0815", ["urn:oid:1.2.4|0815"]),
        ("0815", "urn:nodalis:hl7v2:ST%20ANNA|0815", ["urn:nodalis:hl7v2:ST%20ANNA|0815"]),
        (
            "4711^^^SSA^SS~0815^^^^MR",
            "urn:nodalis:hl7v2:ST%20ANNA|0815",
            ["urn:nodalis:hl7v2:ST%20ANNA:SSA|4711", "urn:nodalis:hl7v2:ST%20ANNA|0815"],
        ),
        ("4711^^^^SS", None, ["urn:nodalis:hl7v2:ST%20ANNA|4711"]),
        ("", None, []),
        ('""', None, []),
    ],
)  # fmt: skip
def test_a_patient_without_authority_is_the_patient_of_the_facility(pid: str, subject: str | None, numbers: list[str]) -> None:
    version = one(message(obx(POSITIVE), pid=f"PID|1||{pid}||DOE^JANE||19610312|F"))
    assert (version.context.get("subject"), list(version.patient.numbers)) == (subject, numbers)


@pytest.mark.parametrize(
    ("body", "change", "has_text"),
    [
        (message(obx(POSITIVE, "W")), Change.WRONG, False),
        (message(obx("", "X"), order="X"), Change.NO_RESULT, False),
        (message(obx("", "U")), Change.PROMOTED, False),
        (message(obx("", "D")), Change.DELETED, False),
        (message(obx(POSITIVE, "B")), Change.APPENDED, True),
        (message(obx(POSITIVE, "P"), order="P"), Change.PRELIMINARY, True),
    ],
)
def test_what_takes_back_promotes_or_adds_is_a_version_too(body: bytes, change: Change, has_text: bool) -> None:
    version = one(body)
    assert (version.change, bool(version.text), version.issues) == (change, has_text, ())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (message(obx(POSITIVE), number=""), "no number of a report"),
        (message(obx("")), "no text in it"),
        (message(obx(POSITIVE), kind="ACK^R01"), "an acknowledgment"),
        (message(obx(POSITIVE), kind="ADT^A01"), "not a message with results"),
        (message(obx(POSITIVE)) + PID.replace("0815", "0816").encode() + b"\r", "more than one patient"),
        (b"", "no message"),
        (b"GET / HTTP/1.1\r\n", ""),
        (b"MSH|", "delimiters"),
    ],
)
def test_what_can_never_be_read_says_why_without_a_value(body: bytes, reason: str) -> None:
    found = reading(body)
    assert (found.versions, bool(found.refused)) == ((), True)
    assert reason in found.refused
    assert not [word for word in ("0815", "DOE", "carcinoma", "S26") if word in found.refused]


def test_a_batch_is_read_whole_or_refused() -> None:
    both = message(obx(POSITIVE)) + message(obx(POSITIVE), number="S26-2^LIS^1.2.3^ISO")
    whole = b"FHS|^~\\&|LIS\rBHS|^~\\&|LIS\r" + both + b"BTS|2\rFTS|1\r"
    assert [new.number for new in reading(whole).versions] == ["S26-1", "S26-2"]
    wrong = {
        "of another kind": whole.replace(b"ORU^R01", b"ADT^A01", 1),
        "without a number": whole.replace(b"S26-2^LIS^1.2.3^ISO", b""),
        "words between": whole.replace(b"FTS|1", b"not a segment\rFTS|1"),
        "words before": b"not a segment\r" + whole,
        "cut off": whole[: whole.index(b"BTS")],
        "cut off and counted": whole.replace(b"BTS|2", b"BTS|3").removesuffix(b"FTS|1\r"),
        "without messages": b"FHS|^~\\&|LIS\rBHS|^~\\&|LIS\rBTS|3\rFTS|1\r",
    }
    assert {name: reading(body).versions for name, body in wrong.items()} == dict.fromkeys(wrong, ())
    assert all(reading(body).refused for body in wrong.values())


@pytest.mark.parametrize(("right", "wrong"), [(b"BTS|2", b"BTS|3"), (b"BTS|2", b"BTS|1"), (b"FTS|1", b"FTS|2")])
def test_a_batch_that_says_another_number_is_taken_and_every_report_of_it_needs_review(right: bytes, wrong: bytes) -> None:
    both = message(obx(POSITIVE)) + message(obx(POSITIVE), number="S26-2^LIS^1.2.3^ISO")
    body = (b"FHS|^~\\&|LIS\rBHS|^~\\&|LIS\r" + both + b"BTS|2\rFTS|1\r").replace(right, wrong)
    found = reading(body)
    assert ([new.number for new in found.versions], found.refused) == (["S26-1", "S26-2"], "")
    for new in found.versions:
        (issue,) = Version.of(new.payload).issues
        assert (issue.kind, issue.blocking) == (IssueKind.VERSIONS_UNCLEAR, True)
        assert issue.message.startswith(wrong[:3].decode())
        state = Extractor(ReadingSettings()).extract([new.payload], None)
        assert (state.stage, state.bundle) == (Stage.REVIEW, None)


def test_a_report_of_a_batch_that_was_miscounted_is_exported_when_it_is_sent_again() -> None:
    body = b"BHS|^~\\&|LIS\r" + message(obx(POSITIVE)) + b"BTS|2\r"
    again = message(obx(POSITIVE), sent="20260305101500+0100")
    versions = [new.payload for each in (body, again) for new in reading(each).versions]
    assert Extractor(ReadingSettings()).extract(versions, None).stage is Stage.EXTRACTED


def test_the_declared_fallback_is_used_where_nothing_names_the_characters() -> None:
    body = message(obx("Gr\u00f6\u00dfe: one of two nodes (1/2).")).decode().encode("iso8859-2")
    version = one(body, "iso8859-2")
    assert ("Größe" in version.text, version.guessed, version.encoding) == (True, True, "iso8859-2")
