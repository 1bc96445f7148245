"""``nodalis key`` and ``nodalis serve`` on the command line."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import httpx
import pytest

from nodalis.cli import app
from nodalis.web import keys
from nodalis.web.roles import Role
from tests.nodalis.certificates import Authority, Pair
from tests.nodalis.web.serving import serving


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings say the keys are."""
    path = tmp_path / "secrets" / "keys.json"
    monkeypatch.setenv("NODALIS_HTTP__KEYS_FILE", str(path))
    return path


def nodalis(*arguments: str) -> int:
    return int(app(list(arguments), standalone_mode=False) or 0)


def test_a_key_is_printed_once_and_kept_as_a_hash(keys_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nodalis("key", "add", "laboratory", "--role", "ingest", "--role", "reader", "--days", "30") == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("nodalis_")
    assert len(secret) == len("nodalis_") + 43
    assert secret not in keys_file.read_text()
    assert keys_file.stat().st_mode & 0o777 == 0o600
    (key,) = keys.read(keys_file)
    assert (key.name, key.roles, (key.expires - key.created).days) == ("laboratory", frozenset((Role.INGEST, Role.READER)), 30)
    assert nodalis("key", "list") == 0
    listed = capsys.readouterr().out
    assert listed.startswith("laboratory\tingest,reader\tsince ")
    assert nodalis("key", "revoke", "laboratory") == 0
    assert keys.read(keys_file) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["key", "add", "laboratory", "--role", "root"], "--role: expected some of reader, ingest, reviewer, admin"),
        (["key", "add", "../x", "--role", "reader"], "NAME: expected up to 64 letters"),
        (["key", "add", "taken", "--role", "reader"], "a key of the name taken is there already"),
        (["key", "revoke", "nobody"], "no key of the name nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    keys_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert nodalis("key", "add", "taken", "--role", "reader") == 0
    capsys.readouterr()
    assert nodalis(*arguments) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("content", ["", "{}x", '{"keys": [{"name": "a"}]}', '{"keys": [], "more": 1}'])
def test_a_file_that_holds_no_keys_lets_nobody_in(keys_file: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    keys_file.parent.mkdir()
    keys_file.write_text(content)
    keys_file.chmod(0o600)
    assert nodalis("serve") == 2
    assert "not a file of keys" in capsys.readouterr().err


def test_a_file_that_others_may_read_is_not_used(keys_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nodalis("key", "add", "laboratory", "--role", "reader") == 0
    keys_file.chmod(0o640)
    assert nodalis("serve") == 2
    assert "expected mode 0600" in capsys.readouterr().err


def test_serve_wants_to_know_whom_to_let_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODALIS_HTTP__KEYS_FILE", raising=False)
    assert nodalis("serve") == 2
    assert "nobody could be let in" in capsys.readouterr().err


def test_serve_speaks_plain_text_on_loopback_only(
    keys_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nodalis("key", "add", "laboratory", "--role", "reader") == 0
    monkeypatch.setenv("NODALIS_HTTP__HOST", "0.0.0.0")
    assert nodalis("serve") == 2
    assert "without tls only on loopback" in capsys.readouterr().err


def test_serve_says_that_a_port_is_taken(keys_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert nodalis("key", "add", "laboratory", "--role", "reader") == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("NODALIS_HTTP__PORT", str(taken.getsockname()[1]))
        assert nodalis("serve") == 10
    assert "address already in use" in capsys.readouterr().err


def test_serve_speaks_tls_and_lets_in_whom_its_authority_vouches_for(tmp_path: Path) -> None:
    ours, another = Authority(tmp_path), Authority(tmp_path, "another")
    certificate, key = ours.server()
    settings = {
        "NODALIS_HTTP__TLS__CERTIFICATE": str(certificate),
        "NODALIS_HTTP__TLS__KEY": str(key),
        "NODALIS_HTTP__TLS__CLIENT_CA": str(ours.file),
    }
    known, strange, expired = ours.client("client"), another.client("stranger"), ours.client("expired", days=-1)
    with serving(tmp_path, settings) as server:
        assert server.url.startswith("https://")
        live = f"{server.url}/health/live"
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert httpx.get(live, verify=_trusting(ours, known, version)).status_code == 200
        for shown in (strange, expired, None):
            with pytest.raises(httpx.TransportError):
                httpx.get(live, verify=_trusting(ours, shown))
        with pytest.raises(httpx.TransportError):
            httpx.get(live.replace("https", "http"))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(live, verify=_trusting(another, strange))


def test_a_certificate_that_is_none_is_said_in_one_line(
    keys_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nodalis("key", "add", "laboratory", "--role", "reader") == 0
    monkeypatch.setenv("NODALIS_HTTP__TLS__KEY", str(keys_file))
    for wrong in (keys_file, keys_file.with_name("nowhere")):
        monkeypatch.setenv("NODALIS_HTTP__TLS__CERTIFICATE", str(wrong))
        capsys.readouterr()
        assert nodalis("serve") == 2
        assert "http.tls: " in capsys.readouterr().err


def _trusting(authority: Authority, shown: Pair | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.file))
    context.minimum_version = context.maximum_version = version
    if shown:
        context.load_cert_chain(*shown)
    return context
