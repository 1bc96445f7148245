"""Tokens: out of a file, or of a token endpoint that checks what we sign."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from nodalis.delivery.answers import Delivered, Outcome, Retry
from nodalis.delivery.client import FhirClient
from nodalis.exits import UsageError
from nodalis.settings import FhirSettings
from tests.nodalis.delivery import fault_server
from tests.nodalis.delivery.bundles import transaction
from tests.nodalis.delivery.fault_server import Fault, FaultServer, Tokens, http

BUNDLE = transaction("Observation/a")
REFUSED = Retry("http 401: not authorised")


def written(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def new_key(algorithm: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    return rsa.generate_private_key(65537, 2048) if algorithm == "RS384" else ec.generate_private_key(ec.SECP384R1())


@dataclass
class Smart:
    """A server that wants tokens, and what we sign with."""

    server: FaultServer
    key_file: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        assert self.server.tokens
        return self.server.tokens

    def send(self, *between: Callable[[], object]) -> list[Outcome]:
        """What becomes of Bundles of one client; between two of them something happens."""
        settings = {
            "url": self.server.url, "token_url": self.server.token_url, "client_id": "nodalis", "signing_key": self.key_file,
            "signing_key_id": "2026", "timeout_seconds": 10, **self.settings,
        }  # fmt: skip
        return sent(FhirSettings(**settings), between)


def sent(settings: FhirSettings, between: Sequence[Callable[[], object]]) -> list[Outcome]:
    async def sending() -> list[Outcome]:
        client = FhirClient(settings, lambda: datetime.now(UTC))
        outcomes = [await client.send(BUNDLE)]
        for happens in between:
            happens()
            outcomes.append(await client.send(BUNDLE))
        await client.aclose()
        return outcomes

    return asyncio.run(sending())


@pytest.fixture(params=["RS384", "ES384"])
def smart(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    key = new_key(request.param)
    with FaultServer(tokens=(tokens := Tokens(key.public_key(), "nodalis", request.param))) as server:
        server.bearer = tokens.valid
        yield Smart(server, written(tmp_path / "key.pem", key))


def test_a_signed_assertion_gives_a_token_that_serves_for_all_reports(smart: Smart) -> None:
    assert smart.send(str, str) == [Delivered()] * 3
    (assertion,) = smart.tokens.assertions
    assert set(assertion) == {"iss", "sub", "aud", "exp", "jti", "header"}
    assert assertion["header"] == {"alg": smart.tokens.algorithm, "kid": "2026", "typ": "JWT"}
    assert [request.headers.get("authorization") for request in smart.server.sent] == ["Bearer token-1"] * 3


def test_a_token_is_replaced_before_it_expires(smart: Smart) -> None:
    smart.tokens.expires_in = 0
    assert smart.send(str, str) == [Delivered()] * 3
    assert len({assertion["jti"] for assertion in smart.tokens.assertions}) == 3


def test_a_token_that_is_no_longer_taken_is_renewed_once_and_the_report_sent_again(smart: Smart) -> None:
    assert smart.send(smart.tokens.valid.clear, smart.tokens.valid.clear) == [Delivered()] * 3
    assert [request.status for request in smart.server.sent] == [200, 401, 200, 401, 200]


def test_a_new_token_that_is_refused_as_well_makes_no_storm(smart: Smart) -> None:
    smart.server.bearer = set()
    assert smart.send() == [REFUSED]
    assert [request.path for request in smart.server.requests] == ["/token", "/fhir", "/token", "/fhir"]


def test_reports_at_once_ask_for_one_token(smart: Smart) -> None:
    async def sending() -> list[Outcome]:
        settings = FhirSettings(url=smart.server.url, token_url=smart.server.token_url, client_id="nodalis", signing_key=smart.key_file)
        client = FhirClient(settings, lambda: datetime.now(UTC))
        first = await asyncio.gather(*(client.send(BUNDLE) for _ in range(8)))
        smart.tokens.valid.clear()
        second = await asyncio.gather(*(client.send(BUNDLE) for _ in range(8)))
        await client.aclose()
        return [*first, *second]

    smart.server.delay_seconds = 0.02
    assert asyncio.run(sending()) == [Delivered()] * 16
    assert len(smart.tokens.assertions) == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (http(503), "token: http 503"),
        (http(400), "token: http 400"),
        (fault_server.HTML, "token: the answer holds none"),
        (fault_server.DROP, "token: the connection was lost"),
        (fault_server.BOMB, "token: the answer holds none"),
        (fault_server.redirect("https://elsewhere.example/token"), "token: http 307"),
        (Fault(200, b'{"access_token": "two words", "token_type": "bearer"}'), "token: the answer holds none"),
        (Fault(200, b'{"access_token": "t\\r\\nX-Forged: 1", "token_type": "bearer"}'), "token: the answer holds none"),
    ],
    ids=["503", "400", "HTML", "dropped", "bomb", "redirect", "two words", "two lines"],
)
def test_without_a_token_reports_wait(smart: Smart, fault: Fault, reason: str) -> None:
    smart.tokens.faults.append(fault)
    assert smart.send(str) == [Retry(reason), Delivered()]
    assert len(smart.server.sent) == 1


def test_a_replaced_signing_key_is_used_for_the_next_token(smart: Smart) -> None:
    def replace() -> None:
        key = rsa.generate_private_key(65537, 2048)
        written(smart.key_file, key)
        smart.tokens.public_key, smart.tokens.algorithm = key.public_key(), "RS384"
        smart.tokens.valid.clear()

    assert smart.send(replace) == [Delivered()] * 2


def test_another_key_than_the_server_knows_is_no_reason_to_give_up(smart: Smart) -> None:
    smart.tokens.public_key = new_key(smart.tokens.algorithm).public_key()
    assert smart.send() == [Retry("token: http 401")]


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())], ids=["RSA 1024", "P-256"])
def test_keys_that_smart_does_not_name_are_refused(key: Any, tmp_path: Path) -> None:
    settings = FhirSettings(
        url="https://a.example", token_url="https://b.example", client_id="us", signing_key=written(tmp_path / "key.pem", key)
    )
    with pytest.raises(UsageError, match="neither RSA of 2048 bits"):
        FhirClient(settings, lambda: datetime.now(UTC))


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("first\n", encoding="ascii")
    return path


def test_the_token_of_a_file_is_shown_and_read_again_when_the_file_changes(token_file: Path) -> None:
    with FaultServer() as server:
        server.bearer = {"first", "second-token"}
        settings = FhirSettings(url=server.url, token_file=token_file)
        assert sent(settings, [lambda: token_file.write_text("second-token"), lambda: server.bearer.remove("first")]) == [Delivered()] * 3
        assert [request.headers["authorization"] for request in server.sent] == ["Bearer first", *["Bearer second-token"] * 2]


def test_a_refused_token_of_a_file_is_shown_again_only_if_the_file_has_another(token_file: Path) -> None:
    with FaultServer() as server:
        server.bearer = set()
        assert sent(FhirSettings(url=server.url, token_file=token_file), []) == [REFUSED]
        assert len(server.requests) == 1


@pytest.mark.parametrize("content", [b"", b"two words", b"t\r\nX-Forged: 1", b"\xff", b"p\xc3\xa4ss"])
def test_a_file_that_holds_no_token_makes_reports_wait(content: bytes, token_file: Path) -> None:
    token_file.write_bytes(content)
    with FaultServer() as server:
        (outcome,) = sent(FhirSettings(url=server.url, token_file=token_file), [])
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("the file of the token")
    assert server.requests == []


def test_a_file_that_comes_later_is_found(token_file: Path) -> None:
    token_file.unlink()
    with FaultServer() as server:
        server.bearer = {"first"}
        outcomes = sent(FhirSettings(url=server.url, token_file=token_file), [lambda: token_file.write_text("first")])
    assert outcomes == [Retry("the file of the token cannot be read"), Delivered()]
