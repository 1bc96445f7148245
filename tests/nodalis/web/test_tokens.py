"""Tokens of an OIDC issuer: taken when all is right, and never otherwise. The issuer is a server of this test."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from pydantic import ValidationError

from nodalis.settings import OidcSettings
from nodalis.web.roles import Caller, Role
from nodalis.web.tokens import Tokens, TokensError
from tests.nodalis.web.serving import serving

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP384R1())
STRANGE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
AUDIENCE = "nodalis"


class Issuer(ThreadingHTTPServer):
    """Serves its discovery document and its keys, and counts how often."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked = 0
        self.keys: Any = {
            "keys": [
                {**json.loads(RSAAlgorithm.to_jwk(RSA.public_key())), "kid": "rsa", "use": "sig", "alg": "RS256"},
                {**json.loads(ECAlgorithm.to_jwk(EC.public_key())), "kid": "ec", "use": "sig"},
                {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"k" * 32).decode()},
                {"kty": "unheard-of", "kid": "new"},
                {**json.loads(RSAAlgorithm.to_jwk(STRANGE.public_key())), "kid": "for-encryption", "use": "enc"},
            ]
        }
        self.discovery: Any = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}


class _Handler(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.server.asked += 1
        found = self.server.keys if self.path == "/keys" else self.server.discovery
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer on loopback."""
    with Issuer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def token(issuer: Issuer, key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa", **claims: Any) -> str:
    given = {"iss": issuer.url, "aud": AUDIENCE, "sub": "somebody", "exp": time.time() + 300, "roles": ["reader"], **claims}
    stated = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(stated, key, algorithm, headers={"kid": kid} if kid is not None else {})


def checked(issuer: Issuer, *tokens: str, **settings: Any) -> list[Caller | None]:
    ours = Tokens(OidcSettings(issuer=issuer.url, audience=AUDIENCE, **settings))

    async def check() -> list[Caller | None]:
        return [await ours.caller(item) for item in tokens]

    return asyncio.run(check())


def test_a_right_token_is_taken_with_its_roles(issuer: Issuer) -> None:
    several = token(issuer, roles=["ingest", "reader", "of-another-program", 7])
    words = token(issuer, EC, "ES384", "ec", roles="admin other")
    none = token(issuer, roles=None)
    found = checked(issuer, several, words, none)
    assert [caller.roles for caller in found] == [{Role.INGEST, Role.READER}, {Role.ADMIN}, frozenset()]
    assert issuer.asked == 2, "discovery and keys, once for all tokens"


def test_a_claim_of_another_name_holds_the_roles(issuer: Issuer) -> None:
    (caller,) = checked(issuer, token(issuer, groups=["ingest"]), roles_claim="groups", jwks_url=f"{issuer.url}/keys")
    assert caller.roles == {Role.INGEST}
    assert issuer.asked == 1


def _public_pem() -> bytes:
    return RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _forged(issuer: Issuer, algorithm: str, secret: bytes) -> str:
    """A token as PyJWT refuses to make it: HMAC with a public key as the secret, or no signature."""
    import hashlib
    import hmac

    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    header = packed(json.dumps({"alg": algorithm, "kid": "rsa"}).encode())
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "x", "exp": time.time() + 300, "roles": ["admin"]}
    payload = packed(json.dumps(claims).encode())
    signature = packed(hmac.new(secret, f"{header}.{payload}".encode(), hashlib.sha256).digest()) if secret else ""
    return f"{header}.{payload}.{signature}"


_LISTED = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":[]}').decode()


def test_wrong_tokens_are_refused(issuer: Issuer) -> None:
    now = time.time()
    right = token(issuer)
    head, payload, signature = right.split(".")
    wrong = {
        "expired": token(issuer, exp=now - 60),
        "without an end": token(issuer, exp=None),
        "not yet valid": token(issuer, nbf=now + 300),
        "for another audience": token(issuer, aud="another"),
        "without an audience": token(issuer, aud=None),
        "of another issuer": token(issuer, iss="https://issuer.example"),
        "without an issuer": token(issuer, iss=None),
        "of nobody": token(issuer, sub=None),
        "signed by a stranger": token(issuer, STRANGE),
        "unknown key": token(issuer, STRANGE, kid="unknown"),
        "no key named": token(issuer, kid=None),
        "key for encryption": token(issuer, STRANGE, kid="for-encryption"),
        "another algorithm than the key's": token(issuer, RSA, "RS512"),
        "shared key": token(issuer, b"k" * 32, "HS256", "shared"),
        "public key as a shared one": _forged(issuer, "HS256", _public_pem()),
        "none": _forged(issuer, "none", b""),
        "None": _forged(issuer, "nOnE", b""),
        "changed": f"{head}.{payload[:-4]}AAAA.{signature}",
        "without signature": f"{head}.{payload}.",
        "no token": "a.b.c",
        "empty parts": "..",
        "nested": base64.urlsafe_b64encode(b"[" * 9000).decode() + ".e30.",
        "too long": f"{head}.{payload}.{signature}{'A' * 20_000}",
        "kid is no text": ".".join((_LISTED, payload, signature)),
    }  # fmt: skip
    found = checked(issuer, right, *wrong.values())
    assert found[0] is not None
    assert [name for name, caller in zip(wrong, found[1:], strict=True) if caller] == []
    assert issuer.asked <= 4, "unknown keys do not make us ask again and again"


def test_an_issuer_that_answers_nonsense_is_as_one_that_does_not_answer(issuer: Issuer) -> None:
    right = token(issuer)
    answers: list[Any] = [
        b"<html>",
        [],
        {"issuer": "https://issuer.example", "jwks_uri": f"{issuer.url}/keys"},
        {"issuer": issuer.url, "jwks_uri": "http://issuer.example/keys"},
        {"issuer": issuer.url},
        b"[" + b" " * 1024 * 1024,
    ]
    for discovery in answers:
        issuer.discovery = discovery
        with pytest.raises(TokensError):
            checked(issuer, right)


def test_the_interface_takes_the_tokens_of_the_issuer(issuer: Issuer, tmp_path: Any) -> None:
    settings = {"NODALIS_HTTP__OIDC": json.dumps({"issuer": issuer.url, "audience": AUDIENCE})}
    with serving(tmp_path, settings) as server, server.client() as client:
        reader = {"Authorization": f"Bearer {token(issuer)}"}
        assert client.get("/metrics", headers=reader).status_code == 200
        assert client.post("/extract", headers=reader).status_code == 403
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token(issuer, exp=1)}"}).status_code == 401


def test_keys_work_while_the_issuer_does_not(tmp_path: Any) -> None:
    with Issuer() as gone:
        right = token(gone)
    settings = {"NODALIS_HTTP__OIDC": json.dumps({"issuer": gone.url, "audience": AUDIENCE})}
    with serving(tmp_path, settings) as server, server.client() as client:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {right}"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert client.get("/metrics", headers={"X-API-Key": server.key("reader", Role.READER)}).status_code == 200


@pytest.mark.parametrize("url", ["http://issuer.example", "http://192.0.2.1/", "http://127.0.0.1.issuer.example"])
def test_an_issuer_is_asked_by_https_only(url: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        OidcSettings(issuer=url, audience=AUDIENCE)
    with pytest.raises(ValidationError, match="https"):
        OidcSettings(issuer="https://issuer.example", jwks_url=url, audience=AUDIENCE)
