"""Rule by rule what an answer means; the answers are written as servers write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nodalis.delivery.answers import Answer, Dead, Delivered, Outcome, Reauthorise, Reread, Retry, Transaction, judge

NOW = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)
ENTRIES = [("PUT", "Observation/a"), ("PUT", "DiagnosticReport/b"), ("DELETE", "Condition/c")]
SENT = Transaction.of(
    json.dumps({"resourceType": "Bundle", "entry": [{"request": {"method": method, "url": url}} for method, url in ENTRIES]}).encode()
)
BY_SEARCH = Transaction.of(
    b'{"entry": [{"request": {"method": "PUT", "url": "Observation/a"},'
    b' "resource": {"subject": {"reference": "Patient?identifier=urn:oid:2.999|0815"}}}]}'
)
DONE = [
    {"status": "201 Created", "location": "https://fhir.example/base/Observation/a/_history/1"},
    {"status": "200 OK", "location": "DiagnosticReport/b/_history/2"},
    {"status": "204"},
]
CANARY = "DOE^JANE 0815"
NOT_FOUND = b'{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}'


def answered(*responses: Mapping[str, Any], kind: str = "transaction-response") -> bytes:
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": [{"response": response} for response in responses]}).encode()


def issues(*codes: str, severity: str = "error") -> bytes:
    listed = [{"severity": severity, "code": code, "diagnostics": CANARY, "details": {"text": CANARY}} for code in codes]
    return json.dumps({"resourceType": "OperationOutcome", "issue": listed}).encode()


def of(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, sent: Transaction = SENT) -> Outcome:
    return judge(Answer(status, headers or {}, body), sent, NOW)


@pytest.mark.parametrize("kind", ["transaction-response", "batch-response"])
def test_a_transaction_of_which_every_entry_was_taken_is_delivered(kind: str) -> None:
    assert of(200, answered(*DONE, kind=kind)) == Delivered()


@pytest.mark.parametrize("status", ["404 Not Found", "410"])
def test_what_is_gone_already_counts_as_deleted(status: str) -> None:
    assert of(200, answered(*DONE[:2], {"status": status})) == Delivered()


def test_a_location_need_not_be_told() -> None:
    assert (
        of(200, answered({"status": "201"}, {"status": "200", "location": "/fhir/DiagnosticReport/b"}, {"status": "200", "location": ""}))
        == Delivered()
    )


@pytest.mark.parametrize(
    "location", ["Observation/77/_history/1", "https://fhir.example/Observation/aa", "Observation/xa", "Condition/a", "Observation/a/b"]
)
def test_ids_of_the_server_s_own_are_never_taken_for_ours(location: str) -> None:
    responses = answered({"status": "201", "location": location}, *DONE[1:])
    assert of(200, responses) == Dead("the server gave resources ids of its own")


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_fewer_entries_than_were_sent_are_not_all(kept: int) -> None:
    assert of(200, answered(*DONE[:kept])) == Dead(f"{kept} of 3 entries were answered")


def test_more_entries_than_were_sent_are_no_answer_to_it() -> None:
    assert isinstance(of(200, answered(*DONE, DONE[0])), Dead)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("422 Unprocessable", Dead("entries were not taken: http 422")),
        ("412", Dead("entries were not taken: http 412")),
        ("404", Dead("entries were not taken: http 404")),
        ("409", Reread("entries were not taken: http 409")),
        ("503", Retry("entries were not taken: http 503")),
        ("429", Retry("entries were not taken: http 429")),
    ],
)
def test_one_entry_that_was_not_taken_decides(status: str, outcome: Outcome) -> None:
    assert of(200, answered({"status": status}, *DONE[1:])) == outcome


def test_of_several_the_worst_entry_decides() -> None:
    assert of(200, answered({"status": "503"}, {"status": "422"}, DONE[2])) == Dead("entries were not taken: http 422, 503")
    assert of(200, answered({"status": "503"}, {"status": "409"}, DONE[2])) == Reread("entries were not taken: http 409, 503")


@pytest.mark.parametrize("severity", ["error", "fatal"])
@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (["invalid"], Dead("http 200: invalid")),
        (["code-invalid", "transient"], Dead("http 200: code-invalid, transient")),
        (["throttled"], Retry("http 200: throttled")),
        (["lock-error", "timeout"], Retry("http 200: lock-error, timeout")),
        (["conflict"], Reread("http 200: conflict")),
        ([CANARY], Dead("http 200: other")),
    ],
)
def test_success_with_errors_is_none(codes: list[str], outcome: Outcome, severity: str) -> None:
    assert of(200, issues(*codes, severity=severity)) == outcome


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Please log in</html>", b"{", b"null", b"[]", b'"yes"', issues("informational", severity="information"), b"[" * 100_000,
     b'{"resourceType": "Bundle", "type": "searchset"}', answered({"status": "fine"}), b'{"resourceType": "Bundle", "entry": null}'],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_does_not_say_that_it_is_stored_is_sent_again(status: int, body: bytes) -> None:
    assert of(status, body) == Retry("the answer is no transaction-response")


def test_an_answer_longer_than_what_is_read_is_no_answer() -> None:
    assert judge(Answer(200, {}, answered(*DONE), is_cut=True), SENT, NOW) == Retry("the answer is too long")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 507, 599])
def test_trouble_of_the_server_passes(status: int) -> None:
    outcome = of(status, issues("processing"))
    assert isinstance(outcome, Retry)
    assert (outcome.reason, outcome.after, outcome.of_server) == (f"http {status}: processing", None, True)


def test_a_gateway_that_did_not_wait_leaves_it_open_what_was_done() -> None:
    assert of(504) == Retry("http 504", unsettled=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"Retry-After": "86400"}, 300.0),
        ({"Retry-After": "9" * 5000}, 300.0),
        ({"Retry-After": "Mon, 02 Mar 2026 10:00:30 GMT"}, 30.0),
        ({"Retry-After": "Mon, 02 Mar 2026 12:00:30 GMT", "Date": "Mon, 02 Mar 2026 12:00:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 02 Mar 2026 10:00:30 -0000"}, 30.0),
        ({"Retry-After": "Tue, 02 Mar 2027 10:00:30 GMT"}, 300.0),
        ({"Retry-After": "Mon, 02 Mar 2026 09:00:00 GMT"}, None),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "Mon, 99 Mar 99999 10:00:30 GMT"}, None),
        ({}, None),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_server_is_left_alone_as_long_as_it_asks_for_up_to_five_minutes(status: int, headers: dict[str, str], seconds: float) -> None:
    outcome = of(status, headers=headers)
    assert isinstance(outcome, Retry)
    assert outcome.after == seconds


def test_a_refused_token_is_to_be_renewed() -> None:
    assert of(401, issues("login")) == Reauthorise()


def test_a_conflict_is_read_again() -> None:
    assert of(409) == Reread("http 409: conflict with another writer")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b"", "http 400"),
        (403, b"", "http 403"),
        (404, b"<html>", "http 404"),
        (410, b"", "http 410: the patient or another resource is gone"),
        (412, b"", "http 412: precondition failed"),
        (413, b"", "http 413: larger than the server takes"),
        (415, b"", "http 415"),
        (418, b"", "http 418"),
        (422, issues("code-invalid", "value"), "http 422: code-invalid, value"),
        (422, issues("code-invalid", "code-invalid"), "http 422: code-invalid"),
        (400, issues(CANARY), "http 400: other"),
    ],
)
def test_every_other_refusal_is_for_good(status: int, body: bytes, reason: str) -> None:
    assert of(status, body) == Dead(reason)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_nobody_is_followed_to_another_place(status: int) -> None:
    assert of(status, headers={"Location": f"https://elsewhere.example/{CANARY}"}) == Retry(f"http {status}: redirected")


@pytest.mark.parametrize(("status", "body"), [(404, b""), (400, NOT_FOUND), (412, NOT_FOUND), (422, NOT_FOUND)])
def test_a_patient_who_is_searched_for_may_come_later(status: int, body: bytes) -> None:
    assert of(status, body, sent=BY_SEARCH) == Retry("no such patient yet", of_server=False)
    assert isinstance(of(status, body), Dead)


@pytest.mark.parametrize(("status", "body"), [(412, issues("multiple-matches")), (412, b""), (400, issues("invalid")), (410, b"")])
def test_a_search_that_finds_several_patients_or_a_merged_one_is_for_a_person(status: int, body: bytes) -> None:
    assert isinstance(of(status, body, sent=BY_SEARCH), Dead)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503])
@pytest.mark.parametrize("body", [issues(CANARY), issues("invalid"), CANARY.encode(), answered({"status": "400", "location": CANARY})])
def test_no_outcome_holds_a_word_of_the_body(status: int, body: bytes) -> None:
    outcome = of(status, body, {"Retry-After": CANARY, "Location": CANARY})
    assert "DOE" not in repr(outcome)
    assert "0815" not in repr(outcome)
