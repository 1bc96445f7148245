"""FHIR as input: the text of the attachment, what the resource says as context; a wrong resource is one error."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nodalis.cli import app
from nodalis.readers import Document, ReadError, read
from nodalis.readers.fhir import resources
from tests.nodalis.pdf_files import pdf, show

Write = Callable[..., Path]
TEXT = "INVASIVE CARCINOMA, Größe 3 mm.\r\nThree lymph nodes, negative (0/3).\n"


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def attachment(text: str | bytes = TEXT, **rest: object) -> dict[str, Any]:
    return {"contentType": "text/plain; charset=utf-8", "data": encoded(text), **rest}


def diagnostic_report(**rest: object) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "identifier": [{"value": "no system"}, {"system": "urn:oid:1.2.3", "value": "S26-1"}],
        "status": "corrected",
        "subject": {"reference": "Patient/7/_history/2"},
        "encounter": {"identifier": {"system": "urn:oid:1.2.5", "value": "E9"}},
        "effectiveDateTime": "2026-03-02",
        "issued": "2026-03-04T10:00:00Z",
        "presentedForm": [{"contentType": "application/pdf", "data": encoded(b"%PDF")}, attachment()],
        **rest,
    }


def document_reference(**rest: object) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "docStatus": "final",
        "subject": {"identifier": {"system": "urn:oid:1.2.4", "value": "0815"}},
        "context": {"encounter": [{"reference": "Encounter/3"}]},
        "content": [{"attachment": attachment()}],
        **rest,
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes resources: one as .json, several one a line as .ndjson."""

    def write(*found: object) -> Path:
        path = tmp_path / ("a.json" if len(found) == 1 else "a.ndjson")
        path.write_text(json.dumps(found[0], indent=1) if len(found) == 1 else "".join(json.dumps(item) + "\n" for item in found))
        return path

    return write


def items(path: Path) -> list[Document | ReadError]:
    return list(read([str(path)]))


def one(path: Path) -> Document:
    (item,) = items(path)
    assert isinstance(item, Document), item
    return item


def error(path: Path) -> str:
    (item,) = items(path)
    assert isinstance(item, ReadError)
    return str(item).removeprefix(f"{path}: ")


def test_a_diagnostic_report_gives_its_text_and_its_context(write: Write) -> None:
    document = one(write(diagnostic_report()))
    assert (document.id, document.text) == ("S26-1", TEXT)
    assert document.context == {
        "report_id": "S26-1", "issuer": "urn:oid:1.2.3", "status": "corrected", "subject": "Patient/7",
        "encounter": "urn:oid:1.2.5|E9", "effective": "2026-03-02", "issued": "2026-03-04T10:00:00Z",
    }  # fmt: skip


def test_a_document_reference_gives_its_text_and_its_context(write: Write) -> None:
    document = one(write(document_reference()))
    assert (document.id, document.text) == ("d1", TEXT)
    assert document.context == {"status": "final", "subject": "urn:oid:1.2.4|0815", "encounter": "Encounter/3"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [("final", "final"), ("appended", "amended"), ("partial", "preliminary"), ("unknown", "preliminary"), ("done", "preliminary"),
     ("entered-in-error", "entered-in-error"), (None, "preliminary"), (7, "preliminary")],
)  # fmt: skip
def test_no_status_becomes_final_that_is_not(write: Write, given: object, expected: str) -> None:
    assert one(write(diagnostic_report(status=given))).context["status"] == expected
    assert one(write(document_reference(docStatus=given))).context["status"] == expected


def test_a_document_without_a_status_of_its_own_says_nothing_of_it(write: Write) -> None:
    resource = document_reference()
    del resource["docStatus"]
    assert "status" not in one(write(resource)).context
    assert one(write({**resource, "status": "entered-in-error"})).context["status"] == "entered-in-error"


def test_a_bundle_gives_its_reports_in_order_and_patients_by_their_number(write: Write) -> None:
    patient = {"resourceType": "Patient", "identifier": [{"system": "urn:oid:1.2.4", "value": "0815"}]}
    subject = {"reference": "urn:uuid:1"}
    entries = [{"fullUrl": "urn:uuid:1", "resource": patient}, {"resource": diagnostic_report(subject=subject)}, {}, None]
    bundle = {"resourceType": "Bundle", "entry": [*entries, {"resource": document_reference(subject={"reference": "urn:uuid:2"})}]}
    path = write(bundle)
    first, second = items(path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.origin, second.origin) == (f"{path}: entry 2", f"{path}: entry 5")
    assert first.context["subject"] == "urn:oid:1.2.4|0815"
    assert "subject" not in second.context
    assert first.size + second.size == path.stat().st_size


def test_a_report_that_a_bundle_holds_as_both_kinds_is_one(write: Write) -> None:
    same = {"identifier": [{"system": "urn:oid:1.2.3", "value": "S26-1"}], "subject": {"reference": "Patient/7"}}
    other = {**same, "subject": {"reference": "Patient/8"}}
    entries = [{"resource": item} for item in (diagnostic_report(), document_reference(**same), document_reference(**other))]
    assert [str(item.origin)[-7:] for item in items(write({"resourceType": "Bundle", "entry": entries}))] == ["entry 1", "entry 3"]


def test_resources_are_read_one_a_line_among_rows(write: Write) -> None:
    row = {"id": "x", "text": "plain", "resourceType": "ignored"}
    found = items(write(diagnostic_report(), {"resourceType": "Patient"}, row, document_reference()))
    assert [item.id for item in found if isinstance(item, Document)] == ["S26-1", "x", "d1"]
    assert next(str(item) for item in found if isinstance(item, ReadError)).endswith(
        "a.ndjson: line 2: holds no report: expected a DiagnosticReport, a DocumentReference or a Bundle of them"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"presentedForm": [{"contentType": "text/plain", "url": "https://{}.example.org"}]},
            "its text is only a url, and nothing is fetched",
        ),
        (
            {"presentedForm": [{"contentType": "image/tiff", "data": "{}"}]},
            "no attachment of the type text/plain, application/rtf or",
        ),
        ({"presentedForm": [attachment("{}", contentType="application/pdf")]}, "not a PDF"),
        ({"presentedForm": [attachment(rb"{\rtf1 cut off", contentType="text/rtf")]}, "not a whole RTF document"),
        ({"presentedForm": [{"contentType": "text/plain"}]}, "its attachment has no data"),
        ({"presentedForm": "{}"}, "no attachment of the type text/plain"),
        ({"presentedForm": [attachment(data="{}!")]}, "the data of its attachment is not base64"),
        ({"presentedForm": [attachment(data="abc")]}, "the data of its attachment is not base64"),
        ({"presentedForm": [attachment(data="ä{}")]}, "the data of its attachment is not base64"),
        ({"presentedForm": [attachment(size=10_000)]}, "the data of its attachment is shorter than its size says"),
        ({"presentedForm": [attachment(b"%PDF-1.7 {}")]}, "not text: this is a PDF"),
        ({"presentedForm": [attachment("x" * 3_000_000)]}, "text too long"),
        ({"status": "cancelled"}, "its status is cancelled"),
        ({"identifier": "{}", "id": None}, "neither an identifier with a value nor an id"),
    ],
    ids=[
        "url",
        "picture",
        "no pdf",
        "rtf cut off",
        "no data",
        "no list",
        "not base64",
        "cut off",
        "letters",
        "size",
        "pdf as text",
        "long",
        "cancelled",
        "no id",
    ],
)
def test_a_resource_without_a_text_is_one_error_that_shows_nothing_of_it(
    write: Write, change: dict[str, Any], reason: str, canary: str
) -> None:
    wrong = json.loads(json.dumps(diagnostic_report(**change)).replace("{}", canary))
    first, second = items(write({"resourceType": "Bundle", "entry": [{"resource": wrong}, {"resource": document_reference()}]}))
    assert f"entry 1: {reason}" in str(first)
    assert canary not in str(first)
    assert isinstance(second, Document)


def test_a_superseded_document_is_an_error(write: Write) -> None:
    assert "superseded" in error(write(document_reference(status="superseded")))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b'{"resourceType": "Diag', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a FHIR resource"),
        (b'{"id": "a", "text": "b"}', "not a FHIR resource"),
        (b'{"resourceType": "Bundle", "entry": {}}', "holds no report"),
        (b'{"resourceType": ["Bundle"]}', "holds no report"),
        (b"%PDF-1.7", "not text: this is a PDF"),
        (b" " * (32 * 1024 * 1024 + 1), "longer than 33,554,432 bytes"),
    ],
    ids=["empty", "cut off", "deep", "list", "row", "no entries", "list for a type", "pdf", "large"],
)
def test_what_is_no_resource_is_one_error(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.json").write_bytes(data)
    assert error(tmp_path / "a.json").startswith(reason)


def test_of_several_formats_plain_text_is_read_before_rtf_and_rtf_before_pdf(write: Write) -> None:
    plain, of_pdf = attachment("plain"), attachment(pdf(show("of PDF")), contentType="application/pdf")
    of_rtf = attachment(rb"{\rtf1 of RTF{\strike x}}", contentType="application/rtf")
    for forms, expected, doubts in (
        ([of_pdf, of_rtf, plain], "plain", 0),
        ([of_pdf, of_rtf], "of RTF", 1),
        ([of_pdf], "of PDF", 0),
    ):
        document = one(write(diagnostic_report(presentedForm=forms)))
        assert (document.text.strip(), len(document.issues)) == (expected, doubts)


def test_an_encoding_that_the_attachment_names_is_no_guess(write: Write) -> None:
    said = attachment("Größe".encode("cp1252"), contentType='text/plain; charset="ISO-8859-1"')
    guessed = attachment("Größe".encode("cp1252"), contentType="text/plain")
    for form, guess in ((said, False), (guessed, True)):
        document = one(write(diagnostic_report(presentedForm=[form])))
        assert (document.text, document.encoding, document.guessed) == ("Größe", "cp1252", guess)


def test_line_breaks_in_base64_and_nul_characters_in_the_text(write: Write) -> None:
    data = encoded("NODES: 1\x002/14, " + "x" * 90)
    document = one(write(diagnostic_report(presentedForm=[attachment(data=data[:40] + "\r\n" + data[40:])])))
    assert document.text.startswith("NODES: 1\x002/14")
    assert document.issues


def test_what_comes_in_as_fhir_goes_out_with_its_patient(write: Write, tmp_path: Path, text: str) -> None:
    path = write(diagnostic_report(presentedForm=[attachment(text)]))
    result = CliRunner().invoke(
        app, ["convert", str(path), "-o", str(tmp_path / "out"), "--format", "collection", "--validate", "all"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    out = (tmp_path / "out" / "S26-1.json").read_text()
    assert all(value in out for value in ('"Patient/7"', '"urn:oid:1.2.3"', '"2026-03-04T10:00:00Z"', '"corrected"'))


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)


@given(st.sampled_from(sorted({*diagnostic_report(), *document_reference()})), values, st.sampled_from(["Bundle", "report", "document"]))
def test_members_of_a_wrong_kind_give_reports_or_errors(name: str, value: object, kind: str) -> None:
    resource = diagnostic_report(**{name: value}) if kind == "report" else document_reference(**{name: value})
    whole = {"resourceType": "Bundle", "entry": [{"resource": resource, "fullUrl": value}, value]} if kind == "Bundle" else resource
    for item in resources(whole, "a.json", 1):
        assert isinstance(item, Document | ReadError)


def test_a_resource_of_a_bundle_without_addresses_is_nobodys_subject_or_encounter(write: Write) -> None:
    patient = {"resourceType": "Patient", "identifier": [{"system": "urn:oid:1.2.4", "value": "4711"}]}
    report = diagnostic_report()
    del report["subject"], report["encounter"]
    context = one(write({"resourceType": "Bundle", "entry": [{"resource": report}, {"resource": patient}]})).context
    assert not {"subject", "encounter"} & context.keys()
