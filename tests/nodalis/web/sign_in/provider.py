"""An OIDC provider for tests, that does all right, or one thing wrong."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENT, SECRET = "nodalis review", "s%:cret"


class Provider(ThreadingHTTPServer):
    """An issuer for which everybody is signed in already. It refuses what a provider must refuse."""

    def __init__(self, host: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://{host}:{self.server_port}"
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {"sub": "0815", "name": "Jane Doe", "roles": ["reviewer", "of-another-program"]}
        self.answer: Callable[[dict[str, Any]], Any] = lambda answer: answer  # of the token endpoint
        self.described: dict[str, Any] = {}
        self.key: Any = KEY
        self.ways: list[str] = []  # in which the client said who it is
        self.asks = False  # shows a page of its own before it sends somebody back

    def discovery(self) -> dict[str, Any]:
        found = {"issuer": self.url, "authorization_endpoint": f"{self.url}/authorize?tenant=7", "token_endpoint": f"{self.url}/token"}
        return {**found, "jwks_uri": f"{self.url}/keys", **self.described}

    def authorized(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"

    def exchanged(self, form: dict[str, str], authorization: str) -> Any:
        """The answer to a code, which is of use once."""
        if authorization:
            self.ways.append("basic")
            name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            proved = (name, secret) == ("nodalis%20review", "s%25%3Acret")
        else:
            self.ways.append("post" if "client_secret" in form else "none")
            proved = form.get("client_secret", SECRET) == SECRET
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if not proved or asked is None or challenge != asked["code_challenge"] or len(form["code_verifier"]) < 43:
            return None
        if (form["grant_type"], form["redirect_uri"]) != ("authorization_code", asked["redirect_uri"]):
            return None
        now = time.time()
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.claims}
        stated = {name: value for name, value in claims.items() if value is not None}
        return self.answer({"token_type": "Bearer", "id_token": jwt.encode(stated, self.key, "RS256", headers={"kid": "one"})})


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path == "/authorize" and self.server.asks:
            self._send(200, f'<!doctype html><a href="{escape(self.server.authorized(asked))}">Yes, it is me</a>'.encode(), "text/html")
        elif path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.server.authorized(asked))
            self.end_headers()
        else:
            key = {**json.loads(RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "one", "use": "sig"}
            self._send(200, {"keys": [key]} if path == "/keys" else self.server.discovery())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = self.server.exchanged(dict(parse_qsl(body)), self.headers.get("Authorization", ""))
        self._send(400 if found is None else 200, found or {"error": "invalid_grant"})

    def _send(self, status: int, found: Any, kind: str = "application/json") -> None:
        data = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def providing(host: str = "127.0.0.1") -> Iterator[Provider]:
    """A provider on loopback, under this name."""
    with Provider(host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
