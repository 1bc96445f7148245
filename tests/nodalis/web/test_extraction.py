"""Reports in, facts or FHIR out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import fhirkit
import httpx
import pytest

from fhir_export.checks import problems
from nodalis.commands.extract import run as extract
from nodalis.readers import COLUMNS
from tests.nodalis.web.serving import MESSAGE, TEXT

FHIR = "application/fhir+json"
AS_FHIR = {"Accept": FHIR}
OPERATION = "/fhir/DiagnosticReport/$extract-nodes"


def diagnostic_report(number: str = "S26-00417", text: str = TEXT) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "identifier": [{"system": "urn:oid:1.2.3", "value": number}],
        "status": "final",
        "code": {"text": "Pathology report"},
        "subject": {"identifier": {"system": "urn:oid:1.2.4", "value": "0815"}},
        "presentedForm": [{"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}],
    }


REPORT = {"name": "report", "resource": diagnostic_report()}


def send(client: httpx.Client, kind: str, body: bytes | str | object, path: str = "/extract", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, content=content, headers={"Content-Type": kind, **headers})


@pytest.mark.parametrize(
    ("kind", "body", "id_"),
    [
        ("text/plain", TEXT, "report"),
        ("text/plain; charset=utf-8", TEXT, "report"),
        ("application/hl7-v2", MESSAGE, "S26-00417"),
        ("x-application/hl7-v2+er7", MESSAGE, "S26-00417"),
        ("application/hl7-v2+er7; charset=utf-8", MESSAGE, "S26-00417"),
        (FHIR, json.dumps(diagnostic_report()), "S26-00417"),
        ("application/json", json.dumps({"id": "S26-00417", "text": TEXT}, indent=2), "S26-00417"),
    ],
)
def test_a_report_of_every_kind_gives_its_facts(ingest: httpx.Client, kind: str, body: str, id_: str) -> None:
    answer = send(ingest, kind, body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    (row,) = answer.json()["reports"]
    assert (row["id"], row["summary"]["positive"], row["summary"]["examined"], row["summary"]["pn"]["AJCC 8"]) == (id_, 2, 3, "pN1a")
    assert answer.json()["failed"] == []


def test_facts_are_what_the_command_line_writes(ingest: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "reports.jsonl").write_text(json.dumps({"id": "S26-00417", "text": TEXT}), encoding="utf-8")
    extract([str(tmp_path / "reports.jsonl")], COLUMNS, "jsonl", (), tmp_path / "facts.jsonl", None)
    (row,) = send(ingest, "application/json", {"id": "S26-00417", "text": TEXT}).json()["reports"]
    assert row == json.loads((tmp_path / "facts.jsonl").read_text())


def test_every_report_of_a_bundle_is_read_and_what_fails_is_said_by_its_place(ingest: httpx.Client) -> None:
    cancelled = {**diagnostic_report("S26-00419"), "status": "cancelled"}
    entries = [{"resource": item} for item in (diagnostic_report(), cancelled, diagnostic_report("S26-00418"))]
    answer = send(ingest, FHIR, {"resourceType": "Bundle", "type": "collection", "entry": entries}).json()
    assert [row["id"] for row in answer["reports"]] == ["S26-00417", "S26-00418"]
    assert answer["failed"] == [{"place": "entry 2", "reason": "its status is cancelled: it is no report"}]


@pytest.mark.parametrize("form", ["collection", "transaction"])
def test_fhir_is_one_valid_bundle(ingest: httpx.Client, form: str) -> None:
    answer = send(ingest, "application/hl7-v2", MESSAGE, f"/extract?bundle={form}", **AS_FHIR)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == FHIR
    bundle = answer.json()
    assert bundle["type"] == form
    assert problems([bundle]) == []
    assert fhirkit.validate(answer.text) == []
    (whole,) = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DiagnosticReport"]
    assert whole["subject"]["identifier"]["value"] == "0815"


def test_several_reports_are_one_bundle_with_the_digits_of_all_numbers(ingest: httpx.Client) -> None:
    sized = TEXT + "LARGEST METASTATIC DEPOSIT: 3.10 MM.\n"
    reports = [diagnostic_report("S26-00417", sized), diagnostic_report("S26-00418")]
    body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": report} for report in reports]}
    both = send(ingest, FHIR, body, **AS_FHIR)
    alone = [send(ingest, FHIR, report, **AS_FHIR) for report in reports]
    assert len(both.json()["entry"]) == sum(len(answer.json()["entry"]) for answer in alone)
    assert "3.10" in alone[0].text
    assert "3.10" in both.text
    assert fhirkit.validate(both.text) == []


def test_two_versions_of_a_number_are_no_bundle(ingest: httpx.Client) -> None:
    other = diagnostic_report(text=TEXT + "ADDENDUM: NONE.")
    body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": diagnostic_report()}, {"resource": other}]}
    answer = send(ingest, FHIR, body, **AS_FHIR)
    assert (answer.status_code, answer.json()["detail"]) == (422, "two of its reports have one number: expected one version a request")


def test_a_text_that_says_nothing_of_nodes_is_an_empty_bundle(ingest: httpx.Client) -> None:
    answer = send(ingest, "application/json", {"id": "7", "text": "Prostate, biopsy: benign."}, **AS_FHIR)
    assert answer.status_code == 200
    assert "entry" not in answer.json()


@pytest.mark.parametrize(
    "body",
    [
        diagnostic_report(),
        {"resourceType": "Parameters", "parameter": [REPORT]},
    ],
    ids=["resource", "parameters"],
)
def test_the_operation_gives_a_bundle(ingest: httpx.Client, body: object) -> None:
    answer = send(ingest, FHIR, body, OPERATION)
    assert (answer.status_code, answer.headers["content-type"]) == (200, FHIR)
    assert answer.json() == send(ingest, FHIR, diagnostic_report(), **AS_FHIR).json()


def test_the_operation_gives_the_bundle_its_parameters_ask_for(ingest: httpx.Client) -> None:
    parameter = [REPORT, {"name": "bundle", "valueCode": "transaction"}]
    assert send(ingest, FHIR, {"resourceType": "Parameters", "parameter": parameter}, OPERATION).json()["type"] == "transaction"
    assert send(ingest, FHIR, diagnostic_report(), f"{OPERATION}?bundle=transaction").json()["type"] == "transaction"


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        {"resourceType": "Patient"},
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": {}},
        {"resourceType": "Parameters", "parameter": [{"name": ["report"]}]},
        {"resourceType": "Parameters", "parameter": [{"name": "report"}]},
        {"resourceType": "Parameters", "parameter": [REPORT, REPORT]},
        {"resourceType": "Parameters", "parameter": [REPORT, {"name": "bundle"}]},
        {"resourceType": "Parameters", "parameter": [REPORT, {"name": "bundle", "valueCode": []}]},
    ],
    ids=lambda body: str(body)[:60],
)
def test_the_operation_says_what_it_expects(ingest: httpx.Client, body: object) -> None:
    answer = send(ingest, FHIR, body, OPERATION)
    assert (answer.status_code, answer.headers["content-type"]) == (422, FHIR)
    (issue,) = answer.json()["issue"]
    assert issue["diagnostics"] == "expected a DiagnosticReport, or Parameters with one named report and perhaps a code named bundle"
    assert fhirkit.validate(answer.text) == []


@pytest.mark.parametrize(
    ("kind", "body", "detail"),
    [
        ("application/json", '{"id": "7", ', "not JSON in UTF-8"),
        ("application/json", '{"text": "x"}', '"id" is missing or not a string'),
        ("application/json", '{"id": "7", "text": "x", "context": {"sexx": "female"}}', '"context": unknown member sexx'),
        ("application/hl7-v2", "PID|1", "a message begins with MSH"),
        (FHIR, '{"resourceType": "Patient"}', "holds no report"),
        ("text/plain", b"%PDF-1.7\n", "PDF"),
    ],
)
def test_what_holds_no_report_is_refused_in_our_words(ingest: httpx.Client, kind: str, body: bytes | str, detail: str) -> None:
    answer = send(ingest, kind, body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert detail in answer.json()["detail"]
    assert answer.json()["trace"] == answer.headers["x-trace-id"]


def test_a_context_that_fhir_does_not_allow_is_refused_without_its_value(ingest: httpx.Client) -> None:
    body = {"id": "7", "text": TEXT, "context": {"sex": "Quillfeather"}}
    answer = send(ingest, "application/json", body, **AS_FHIR)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("context: sex: expected")
    assert "Quillfeather" not in answer.text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html, application/*;q=0.8", "application/json"),
        (f"application/json;q=0.5, {FHIR}", FHIR),
        (f"{FHIR};q=0, application/json", "application/json"),
        (f"{FHIR}; fhirVersion=4.0", FHIR),
    ],
)
def test_accept_chooses_the_form(ingest: httpx.Client, accept: str, kind: str) -> None:
    answer = send(ingest, "application/hl7-v2", MESSAGE, **({"Accept": accept} if accept else {}))
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def test_a_text_without_a_number_gives_no_resources(ingest: httpx.Client) -> None:
    """Their ids are made of it, so the resources of two reports would replace each other on a server."""
    answer = send(ingest, "text/plain", TEXT, **AS_FHIR)
    assert (answer.status_code, answer.json()["detail"]) == (
        406,
        "a text has no number, which FHIR needs: expected application/json with an id",
    )
    made = [send(ingest, "application/json", {"id": id_, "text": TEXT}, **AS_FHIR).json() for id_ in ("S26-00417", "S26-00418")]
    urls = [{entry["fullUrl"] for entry in bundle["entry"]} for bundle in made]
    assert not urls[0] & urls[1]


def test_there_is_no_other_form(ingest: httpx.Client) -> None:
    assert send(ingest, "text/plain", TEXT, Accept="application/xml").status_code == 406


def test_a_body_of_another_type_is_refused(ingest: httpx.Client) -> None:
    assert send(ingest, "application/pdf", b"%PDF").status_code == 415
    assert ingest.post("/extract", content=TEXT).status_code == 415
    assert send(ingest, "text/plain", TEXT, OPERATION).status_code == 415


def test_a_message_sent_as_text_is_read_as_a_message(ingest: httpx.Client) -> None:
    (row,) = send(ingest, "text/plain", MESSAGE).json()["reports"]
    assert row["id"] == "S26-00417"
