"""One Bundle and a server that does what servers do: what was stored, and what is said of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nodalis.delivery.answers import Dead, Delivered, Outcome, Reread, Retry
from nodalis.delivery.client import FhirClient
from nodalis.exits import UsageError
from nodalis.settings import FhirSettings
from tests.nodalis.certificates import Authority, Pair
from tests.nodalis.delivery import fault_server
from tests.nodalis.delivery.bundles import transaction
from tests.nodalis.delivery.fault_server import Fault, FaultServer, http, last_entry, outcome, redirect

BUNDLE = transaction("Observation/a", "DiagnosticReport/b")
CANARY = "DOE^JANE"


def client_of(server: FaultServer, **settings: Any) -> FhirClient:
    return FhirClient(FhirSettings(url=server.url, **{"timeout_seconds": 10, **settings}), lambda: datetime.now(UTC))


def send(server: FaultServer, times: int = 1, between: Callable[[], object] = lambda: None, **settings: Any) -> list[Outcome]:
    """What becomes of the Bundle, sent so many times by one client."""

    async def sending() -> list[Outcome]:
        client = client_of(server, **settings)
        outcomes = []
        for number in range(times):
            if number:
                between()
            outcomes.append(await client.send(BUNDLE))
        await client.aclose()
        return outcomes

    return asyncio.run(sending())


def test_a_transaction_is_posted_to_the_base() -> None:
    with FaultServer() as server:
        assert send(server, 2) == [Delivered(), Delivered()]
        assert [(request.path, request.body) for request in server.requests] == [("/fhir", BUNDLE)] * 2
        headers = server.requests[0].headers
    assert headers["content-type"] == headers["accept"] == "application/fhir+json"
    assert headers["prefer"] == "return=minimal"
    assert "authorization" not in headers
    assert server.live == {"Observation/a", "DiagnosticReport/b"}
    assert server.versions("Observation/a") == 2


LOST = Retry("the connection was lost")
NOT_CONFIRMED = Retry("the answer is no transaction-response")
FAULTS: dict[str, tuple[Fault, Outcome, bool]] = {  # what the server does, what that means, whether it has stored it
    "500": (http(500), Retry("http 500"), False),
    "502": (http(502), Retry("http 502"), False),
    "503 and a time": (http(503, Retry_After="7"), Retry("http 503", 7.0), False),
    "429 and a time": (http(429, Retry_After="2000"), Retry("http 429", 300.0), False),
    "409": (http(409), Reread("http 409: conflict with another writer"), False),
    "412": (http(412), Dead("http 412: precondition failed"), False),
    "413": (http(413), Dead("http 413: larger than the server takes"), False),
    "401": (http(401), Retry("http 401: not authorised"), False),
    "422": (outcome(422, "code-invalid", diagnostics=CANARY), Dead("http 422: code-invalid"), False),
    "410": (outcome(410, "deleted"), Dead("http 410: deleted"), False),
    "200 with a lasting error": (outcome(200, "business-rule", diagnostics=CANARY), Dead("http 200: business-rule"), False),
    "200 with a passing error": (outcome(200, "lock-error", "fatal"), Retry("http 200: lock-error"), False),
    "HTML": (fault_server.HTML, NOT_CONFIRMED, False),
    "empty": (fault_server.EMPTY, NOT_CONFIRMED, False),
    "dropped": (fault_server.DROP, LOST, False),
    "stored and dropped": (fault_server.COMMIT_THEN_DROP, LOST, True),
    "cut": (fault_server.CUT, LOST, True),
    "one entry fewer": (fault_server.FEWER, Dead("1 of 2 entries were answered"), True),
    "ids of its own": (fault_server.REWRITTEN, Dead("the server gave resources ids of its own"), True),
    "one entry refused": (last_entry("422"), Dead("entries were not taken: http 422"), True),
    "bomb": (fault_server.BOMB, Retry("the answer is too long"), False),
    "endless": (fault_server.ENDLESS, Retry("the answer is too long"), False),
}


@pytest.mark.parametrize(("fault", "meaning", "stored"), FAULTS.values(), ids=FAULTS)
def test_every_fault_has_its_meaning_and_the_next_request_is_right(fault: Fault, meaning: Outcome, stored: bool) -> None:
    held: list[set[str]] = []
    with FaultServer([fault]) as server:
        outcomes = send(server, 2, lambda: held.append(server.live))
        assert outcomes == [meaning, Delivered()]
        assert held == [{"Observation/a", "DiagnosticReport/b"} if stored else set()]
        assert len(server.requests) == 2
    assert server.live == {"Observation/a", "DiagnosticReport/b"}
    assert CANARY not in repr(outcomes)


@pytest.mark.parametrize(
    "fault", [fault_server.SLOW, fault_server.HANG, fault_server.COMMIT_THEN_HANG], ids=["slow", "hang", "stored, hang"]
)
def test_the_whole_answer_has_one_time_to_come(fault: Fault) -> None:
    with FaultServer([fault]) as server:
        assert send(server, timeout_seconds=1.5) == [Retry("no answer in time", unsettled=True)]


def test_a_server_that_is_not_there_is_waited_for() -> None:
    with FaultServer() as server:
        pass
    assert send(server) == [Retry("no connection")]


def test_a_name_that_nobody_knows_is_waited_for() -> None:
    client = FhirClient(FhirSettings(url="https://nobody.invalid/fhir", timeout_seconds=20), lambda: datetime.now(UTC))
    assert asyncio.run(client.send(BUNDLE)) == Retry("no connection")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_reports_never_go_where_a_redirect_leads(status: int) -> None:
    with FaultServer() as elsewhere, FaultServer([redirect(elsewhere.url, status)]) as server:
        assert send(server) == [Retry(f"http {status}: redirected")]
    assert elsewhere.requests == []


def test_the_environment_leads_reports_to_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as proxy, FaultServer() as server:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.setenv("NO_PROXY", "")
        assert send(server) == [Delivered()]
    assert proxy.requests == []


def test_what_a_server_wants_remembered_is_not() -> None:
    with FaultServer([http(503, Set_Cookie="session=1; Path=/")]) as server:
        send(server, 2)
        assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ca": "nowhere.pem"}, "cannot be used"),
        ({"token_url": "https://auth.example", "client_id": "us", "signing_key": "nowhere.pem"}, "fhir.signing_key"),
    ],
    ids=str,
)
def test_files_that_cannot_be_used_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        FhirClient(FhirSettings(**{"url": "https://fhir.example/base", **settings}), lambda: datetime.now(UTC))  # type: ignore[arg-type]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def serving(shown: Pair, clients: Authority | None = None) -> ssl.SSLContext:
    """What a server shows, and whose clients it wants to see."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shown)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients.file)
    return context


def test_a_server_is_trusted_by_its_authority(authority: Authority) -> None:
    with FaultServer(tls=serving(authority.server())) as server:
        assert send(server, ca=authority.file) == [Delivered()]


def _wrong_authority(authority: Authority, folder: Path) -> ssl.SSLContext:
    return serving(Authority(folder, "stranger").server())


WRONG: dict[str, Callable[[Authority, Path], ssl.SSLContext]] = {
    "another authority": _wrong_authority,
    "expired": lambda authority, _: serving(authority.server(days=-1)),
    "another host": lambda authority, _: serving(authority.server(host="fhir.example")),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_server_that_cannot_be_trusted_gets_nothing_and_reports_wait(
    wrong: Callable[[Authority, Path], ssl.SSLContext], authority: Authority, tmp_path: Path
) -> None:
    with FaultServer(tls=wrong(authority, tmp_path)) as server:
        assert send(server, ca=authority.file) == [Retry("no trusted connection")]
    assert server.requests == []


def test_a_server_that_speaks_no_tls_gets_nothing(authority: Authority) -> None:
    with FaultServer() as server:
        server.tls = serving(authority.server())
        url, server.tls = server.url, None
        client = FhirClient(FhirSettings(url=url, ca=authority.file, timeout_seconds=10), lambda: datetime.now(UTC))
        assert asyncio.run(client.send(BUNDLE)) == Retry("no trusted connection")
    assert server.requests == []


def test_we_show_a_certificate_where_the_server_wants_one(authority: Authority) -> None:
    ours, key = authority.client("ours")
    with FaultServer(tls=serving(authority.server(), clients=authority)) as server:
        assert send(server, ca=authority.file, certificate=ours, key=key) == [Delivered()]
        (refused,) = send(server, ca=authority.file)
    assert isinstance(refused, Retry)
    assert len(server.requests) == 1


def test_a_new_certificate_is_used_as_soon_as_it_is_there(authority: Authority, tmp_path: Path) -> None:
    """First ours has expired; then it is replaced, file by file, while we run."""
    ours, key = authority.client("ours", days=-1)
    with FaultServer(tls=serving(authority.server(), clients=authority)) as server:
        first, second = send(server, 2, lambda: authority.client("ours"), ca=authority.file, certificate=ours, key=key)
    assert isinstance(first, Retry)
    assert second == Delivered()


def test_half_a_new_certificate_leaves_the_old_one_in_use(authority: Authority, tmp_path: Path) -> None:
    ours, key = authority.client("ours")
    with FaultServer(tls=serving(authority.server(), clients=authority)) as server:
        outcomes = send(server, 2, lambda: key.write_text("-----BEGIN"), ca=authority.file, certificate=ours, key=key)
    assert outcomes == [Delivered()] * 2


def test_a_new_authority_is_trusted_as_soon_as_it_is_there(authority: Authority, tmp_path: Path) -> None:
    new = Authority(tmp_path, "new")
    with FaultServer(tls=serving(new.server())) as server:
        outcomes = send(server, 2, lambda: authority.file.write_bytes(new.file.read_bytes()), ca=authority.file)
    assert outcomes == [Retry("no trusted connection"), Delivered()]
