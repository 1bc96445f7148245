"""No word of what is sent stands in a log, a figure, or an answer to anybody else; and no fault shows what it stumbled over."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from nodalis.web.roles import Role
from tests.nodalis.web.serving import Running, serving

CANARY = "Quillfeather"


def _calls() -> list[tuple[str, str, dict[str, str], bytes]]:
    """Requests that hold the word wherever a word may stand."""
    word = CANARY
    text = f"Patient: {word}. LEFT AXILLA: METASTATIC CARCINOMA IN 7 OF 3 LYMPH NODES. {word} pN{word}"
    message = (
        f"MSH|^~\\&|{word}|{word}|{word}|{word}|20260302101500||ORU^R01^ORU_R01|{word}|P|2.5.1\r"
        f"PID|1|{word}|{word}^^^{word}^MR||{word}^{word}||19610312|F|||{word}\rOBR|1|{word}|{word}^{word}|{word}^{word}|||20260301\r"
        f"OBX|1|TX|{word}^{word}||{text}||||||F\rNTE|1||{word}\rZ{word}|{word}\r"
    )
    report = {
        "resourceType": "DiagnosticReport", "id": word, "status": word, "identifier": [{"system": f"urn:{word}", "value": word}],
        "subject": {"reference": f"Patient/{word}", "display": word}, "issued": word, "effectiveDateTime": word,
        "presentedForm": [{"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode(), "title": word}],
    }  # fmt: skip
    context = {"subject": f"urn:{word}|{word}", "family": word, "given": word, "sex": word, "birth_date": word}
    bodies = {
        "text/plain": text,
        "application/hl7-v2": message,
        "application/fhir+json": json.dumps(report),
        "application/json": json.dumps({"id": word, "text": text, "context": context}),
        f"application/json; {word}": json.dumps({"id": word, "text": text, word: word}),
        f"text/{word}": text,
    }
    broken = {kind: body[: len(body) * 2 // 3] for kind, body in bodies.items()}
    found = []
    for kind, body in [*bodies.items(), *broken.items(), ("application/fhir+json", json.dumps({"resourceType": word, word: word}))]:
        for accept in ("application/json", "application/fhir+json", word):
            for path in ("/extract", f"/extract?bundle={word}&{word}={word}", "/fhir/DiagnosticReport/$extract-nodes"):
                found.append(("POST", path, {"Content-Type": kind, "Accept": accept}, body.encode()))
    for path in (f"/{word}", f"/fhir/Patient/{word}", f"/extract/{word}?{word}", f"/fhir/metadata?name={word}"):
        found += [
            (method, path, {"User-Agent": word, "X-API-Key": word, "Authorization": f"Bearer {word}"}, b"") for method in ("GET", word)
        ]
        found += [("GET", path, {"Referer": word, "Cookie": word, "X-Trace-Id": word, "traceparent": word}, b"")]
    return found


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that logs all it may."""
    folder = tmp_path_factory.mktemp("watched")
    settings = {"NODALIS_LOG__LEVEL": "debug", "NODALIS_HTTP__REQUESTS_PER_MINUTE": "100000", "TMPDIR": str(folder)}
    with serving(folder, settings) as running:
        yield running


def test_no_word_of_a_request_stands_anywhere_but_in_its_own_answer(watched: Running) -> None:
    with watched.client(watched.key("admin", Role.ADMIN)) as client, watched.client() as stranger:
        answers = []
        for method, path, headers, body in _calls():
            answers.append(client.request(method, path, headers=headers, content=body))
            unknown = {name: value for name, value in headers.items() if name != "X-API-Key"}
            refused = stranger.request(method, path, headers=unknown, content=body)
            assert refused.status_code == 401
            assert CANARY not in refused.text
        statuses = {answer.status_code for answer in answers}
        assert {200, 401, 404, 406, 415, 422} <= statuses
        assert not statuses & set(range(500, 600))
        for answer in answers:
            assert answer.status_code == 200 or CANARY not in answer.text
            assert CANARY not in str(answer.headers)
        assert CANARY not in client.get("/metrics").text
    assert len(watched.log) > len(answers)
    assert [line for line in watched.log if CANARY.lower() in line.lower()] == []
    assert [line for line in watched.log if '"unlisted"' in line or '"dropped"' in line] == []
    left = [path for path in watched.keys_file.parent.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert left == []


def test_every_request_has_one_line_with_its_route_and_no_line_is_forged(watched: Running) -> None:
    with watched.client(watched.key("reader", Role.READER)) as client:
        answer = client.get("/fhir/metadata", headers={"User-Agent": 'x\x1b[31m", "event": "forged'})
        trace = answer.headers["x-trace-id"]
        client.get("/%0a%7b%22event%22%3a%20%22forged%22%7d")
        client.get("/health/live")
    lines = [json.loads(line) for line in watched.log]
    (mine,) = [line for line in lines if line.get("trace") == trace]
    assert (mine["event"], mine["route"], mine["status"]) == ("request", "GET /fhir/metadata", 200)
    assert not any(line["event"] == "forged" for line in lines)


def test_a_fault_of_ours_says_nothing_of_what_it_stumbled_over(capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    from nodalis.web.application import status_application

    async def broken() -> bytes:
        raise ValueError(CANARY)

    async def ready() -> dict[str, bool]:
        return {"store": False}

    async def call() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(status_application(ready, broken))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/metrics"), await client.get("/health/ready")

    fault, unready = asyncio.run(call())
    assert (fault.status_code, fault.json()["detail"]) == (500, "a fault of this server; its log has the trace id")
    assert (unready.status_code, unready.json()) == (503, {"ready": False, "checks": {"store": False}})
    captured = capsys.readouterr()
    assert CANARY not in fault.text + captured.out + captured.err
