"""The doctor finds what is wrong with each part, says what to do in one line, and shows no secret."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Connection

from nodalis.service.checks import audit as of_audit
from nodalis.service.checks import certificates, endpoint, machine, network
from nodalis.service.checks.audit import audit
from nodalis.service.checks.finding import Check, Finding, Verdict
from nodalis.service.checks.store import store
from nodalis.settings import Settings
from nodalis.store import Store, upgrade
from nodalis.store.audit import Audit, AuditAction, Event
from nodalis.store.audit_key import AuditKey

from ..certificates import Authority

SECRET = "hunter2"
ROOT = Path(__file__).resolve().parents[3]


def found(check: Check, **settings: Any) -> dict[str, Finding]:
    """The findings of a check by name; the worst of each."""
    findings = sorted(check(Settings(**settings)), key=lambda finding: list(Verdict).index(finding.verdict))
    assert all(finding.verdict is Verdict.OK or finding.advice for finding in findings)
    return {finding.check: finding for finding in findings}


def verdicts(check: Check, **settings: Any) -> dict[str, str]:
    return {name: str(finding.verdict) for name, finding in found(check, **settings).items()}


# The store


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a new store."""
    (tmp_path / "data").mkdir(mode=0o700)
    address = f"sqlite:///{tmp_path}/data/nodalis.db"
    with closing(Store(Settings(store={"url": address}).store)) as made:  # type: ignore[arg-type]
        upgrade(made)
    return address


def test_a_new_store_is_well_and_stays_as_it_is(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    assert set(verdicts(store, store={"url": url}).values()) == {"ok"}
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["nodalis.db"]


def test_a_store_that_is_not_there_yet_is_made_by_nobody_but_the_listener(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert "listen` makes it" in found(store, store={"url": f"sqlite:///{tmp_path}/new.db"})["store"].found
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert verdicts(store, store={"url": f"sqlite:///{tmp_path}/none/new.db"}) == {"store.folder": "problem"}


def test_a_store_that_others_may_read_is_a_problem(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    path.chmod(0o640)
    path.parent.chmod(0o755)
    worst = verdicts(store, store={"url": url})
    assert (worst["store.file"], worst["store.folder"]) == ("problem", "warning")


def test_the_schema_of_another_version_is_said(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'of the future'")
        database.commit()
    assert verdicts(store, store={"url": url})["store.schema"] == "problem"
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM alembic_version")
        database.commit()
    assert verdicts(store, store={"url": url})["store.schema"] == "warning"


def test_a_store_that_another_program_keeps_locked_is_a_problem(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert verdicts(store, store={"url": url})["store"] == "problem"


def test_a_file_that_is_no_store_is_a_problem_without_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text(f"{SECRET} " * 1000)
    findings = found(store, store={"url": f"sqlite:///{tmp_path}/x.db"})
    assert findings["store"].verdict is Verdict.PROBLEM
    assert SECRET not in str(findings)


@pytest.mark.parametrize("address", [f"mysql://me:{SECRET}@localhost/x", f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/x", SECRET])
def test_a_database_that_cannot_be_used_is_a_problem_without_its_password(address: str) -> None:
    findings = found(store, store={"url": address})
    assert findings["store"].verdict is Verdict.PROBLEM
    assert SECRET not in str(findings)


# The audit


@pytest.fixture
def recorded(url: str) -> Path:
    """A store with some rows of the audit; the key of them."""
    settings = Settings(store={"url": url})  # type: ignore[arg-type]
    with closing(Store(settings.store)) as opened:
        for number in range(5):
            event = Event("jane", AuditAction.VIEW, number)
            opened.write_now(lambda connection, event=event: _record(connection, settings, event))  # type: ignore[misc]
    return Path(url.removeprefix("sqlite:///") + ".audit-key")


def _record(connection: Connection, settings: Settings, event: Event) -> None:
    Audit(AuditKey(settings.store)).record(connection, event, datetime(2026, 3, 2, tzinfo=UTC))


def altered(url: str, *statements: str) -> None:
    """What somebody did who owns the database."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_a_key_that_is_not_made_yet_is_not_made_by_the_doctor(url: str) -> None:
    findings = found(audit, store={"url": url})
    assert {name: (str(finding.verdict), finding.found) for name, finding in findings.items()} == {
        "audit.key": ("ok", "is not made yet; the first row makes it")
    }
    assert [file.name for file in Path(url.removeprefix("sqlite:///")).parent.iterdir()] == ["nodalis.db"]


def test_an_audit_and_its_key_are_well(url: str, recorded: Path) -> None:
    assert verdicts(audit, store={"url": url}) == {"audit.key": "ok", "audit": "ok"}
    assert found(audit, store={"url": url})["audit"].found == "is as it was written"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.chmod(0o640), "mode 0640"),
        (lambda path: path.write_bytes(b"short"), "expected 32 bytes"),
        (lambda path: path.write_bytes(bytes(33)), "expected 32 bytes"),
    ],
    ids=["gone", "others", "short", "long"],
)
def test_what_is_wrong_with_the_key_of_the_audit_is_said(url: str, recorded: Path, change: Callable[[Path], Any], said: str) -> None:
    change(recorded)
    findings = found(audit, store={"url": url})
    assert (findings["audit.key"].verdict, said in findings["audit.key"].found) == (Verdict.PROBLEM, True)
    assert str(recorded) in findings["audit.key"].advice
    assert not list(recorded.parent.glob("*.audit-key.*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_key_of_another_user_than_the_store_is_a_problem(url: str, recorded: Path) -> None:
    os.chown(url.removeprefix("sqlite:///"), 4711, 4711)
    assert "chown 4711" in found(audit, store={"url": url})["audit.key"].advice


def test_a_key_that_is_another_one_is_found_by_the_rows(url: str, recorded: Path) -> None:
    recorded.write_bytes(bytes(32))
    assert verdicts(audit, store={"url": url}) == {"audit.key": "ok", "audit": "problem"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'john' WHERE number = 5",
        "UPDATE audit SET actor = 'john' WHERE number = 1",
        "DELETE FROM audit WHERE number = 5",
        "DELETE FROM audit WHERE number = 1",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET number = 4",
        "DELETE FROM audit; UPDATE audit_head SET number = 0, last = x'', seal = x''",
    ],
)
@pytest.mark.usefixtures("recorded")
def test_an_audit_that_is_not_as_it_was_written_is_a_problem(url: str, statement: str) -> None:
    altered(url, *statement.split("; "))
    assert "problem" in verdicts(audit, store={"url": url}).values()


@pytest.mark.usefixtures("recorded")
def test_of_a_long_audit_the_last_rows_are_looked_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_audit, "_MOST", 3)
    assert found(audit, store={"url": url})["audit"].found == "the last 3 of 5 rows are as they were written"
    altered(url, "UPDATE audit SET actor = 'john' WHERE number = 2")
    assert verdicts(audit, store={"url": url})["audit"] == "ok"
    for statement in ("UPDATE audit SET actor = 'john' WHERE number = 3", "DELETE FROM audit WHERE number = 4", "DELETE FROM audit"):
        altered(url, statement)
        assert verdicts(audit, store={"url": url})["audit"] == "problem"


def test_a_store_on_postgresql_needs_a_place_for_the_key(tmp_path: Path) -> None:
    assert verdicts(audit, store={"url": "postgresql+psycopg://me@127.0.0.1:1/x"}) == {"audit.key": "warning"}
    named = {"url": "postgresql+psycopg://me@127.0.0.1:1/x", "audit_key": tmp_path / "new" / "audit.key"}
    assert verdicts(audit, store=named) == {"audit.key": "ok"}
    assert not (tmp_path / "new").exists()


def test_a_store_that_is_none_is_not_told_of_twice() -> None:
    assert verdicts(audit, store={"url": SECRET}) == {}


# Certificates and other secrets


def tls(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    """Settings of a listener with a certificate of an own authority."""
    authority = Authority(tmp_path, **changes.pop("authority", {}))
    server = authority.server(**changes)
    return {"tls": server._asdict() | {"client_ca": authority.file}}


def test_certificates_that_fit_are_well(tmp_path: Path) -> None:
    assert set(verdicts(certificates.certificates, mllp=tls(tmp_path)).values()) == {"ok"}


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "said"),
    [
        ({"days": -2}, "mllp.tls.certificate", "problem", "expired on"),
        ({"days": 10}, "mllp.tls.certificate", "warning", "expires in"),
        ({"begins": 2}, "mllp.tls.certificate", "problem", "not valid yet"),
        ({"host": ""}, "mllp.tls.certificate", "warning", "names no host"),
        ({"authority": {"days": 10}}, "mllp.tls.client_ca", "warning", "expires in"),
        ({"authority": {"days": -1}}, "mllp.tls.client_ca", "problem", "expired on"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(tmp_path: Path, changes: dict[str, Any], check: str, verdict: str, said: str) -> None:
    finding = found(certificates.certificates, mllp=tls(tmp_path, **changes))[check]
    assert (str(finding.verdict), said in finding.found) == (verdict, True)


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (lambda folder: Authority(folder, "new").server("new").key.rename(folder / "server.key"), "mllp.tls.key", "another certificate"),
        (lambda folder: (folder / "server.key").chmod(0o644), "mllp.tls.key", "others may read"),
        (lambda folder: (folder / "server.key").unlink(), "mllp.tls.key", "no such file"),
        (lambda folder: (folder / "server.key").write_text(SECRET), "mllp.tls.key", "cannot be read"),
        (lambda folder: (folder / "server.crt").write_text(SECRET), "mllp.tls.certificate", "cannot be read"),
        (lambda folder: (folder / "authority.pem").write_text(SECRET), "mllp.tls.client_ca", "cannot be read"),
        (lambda folder: (folder / "authority.pem").write_bytes((folder / "server.crt").read_bytes()), "mllp.tls.client_ca", "sign none"),
        (lambda folder: (folder / "server.crt").write_bytes((folder / "server.crt").read_bytes() * 2), "mllp.tls.certificate", "no chain"),
    ],
    ids=["other key", "open key", "no key", "bad key", "bad certificate", "bad authority", "no authority", "no chain"],
)  # fmt: skip
def test_files_that_cannot_be_used_are_problems(tmp_path: Path, spoil: Callable[[Path], object], check: str, said: str) -> None:
    settings = tls(tmp_path)
    spoil(tmp_path)
    findings = found(certificates.certificates, mllp=settings)
    assert (findings[check].verdict, said in findings[check].found) == (Verdict.PROBLEM, True)
    assert SECRET not in str(findings)


def test_a_chain_in_its_order_is_well(tmp_path: Path) -> None:
    settings = tls(tmp_path)
    (tmp_path / "server.crt").write_bytes((tmp_path / "server.crt").read_bytes() + (tmp_path / "authority.pem").read_bytes())
    assert set(verdicts(certificates.certificates, mllp=settings).values()) == {"ok"}


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (rsa.generate_private_key(65537, 2048), "ok"),
        (ec.generate_private_key(ec.SECP384R1()), "ok"),
        (ec.generate_private_key(ec.SECP256R1()), "problem"),
    ],
    ids=["RSA", "P-384", "P-256"],
)
def test_a_signing_key_is_one_that_smart_takes(tmp_path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, verdict: str) -> None:
    path = tmp_path / "signing.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    fhir = {"token_url": "https://a.example/token", "client_id": "n", "signing_key": path}
    assert verdicts(certificates.secrets, fhir=fhir)["fhir.signing_key"] == verdict


def test_secrets_in_files_that_others_may_read_are_problems(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "token").chmod(0o604)
    findings = found(certificates.secrets, fhir={"token_file": tmp_path / "token"}, http={"keys_file": tmp_path / "none"})
    assert {name: str(finding.verdict) for name, finding in findings.items()} == {"fhir.token_file": "problem", "http.keys_file": "warning"}
    assert SECRET not in str(findings)


# Peers and ports


def lab(name: str, *addresses: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "addresses": addresses, **more}


@pytest.mark.parametrize(
    ("mllp", "verdict"),
    [
        ({}, "ok"),
        ({"host": "0.0.0.0"}, "warning"),
        ({"peers": [lab("a", "10.0.0.1"), lab("b", "10.0.0.2", "::1")]}, "ok"),
        ({"peers": [lab("a", "10.0.0.0/8"), lab("b", "10.0.0.2")]}, "warning"),
        ({"peers": [lab("a", "0.0.0.0/0")]}, "warning"),
    ],
)
def test_peers_that_cannot_be_told_apart_or_may_be_anybody_are_said(mllp: dict[str, Any], verdict: str) -> None:
    assert verdicts(network.peers, mllp=mllp) == {"mllp.peers": verdict}


def test_peers_of_one_network_are_told_apart_by_their_certificates(tmp_path: Path) -> None:
    named = [lab("a", "10.0.0.0/8", certificate_names=["a"]), lab("b", "10.0.0.0/8", certificate_names=["b"])]
    assert verdicts(network.peers, mllp=tls(tmp_path) | {"peers": named}) == {"mllp.peers": "ok"}


@pytest.mark.parametrize(
    ("mllp", "verdict"),
    [
        ({"host": "::1"}, "ok"),
        ({"host": "localhost"}, "ok"),
        ({"host": "0.0.0.0"}, "problem"),
        ({"host": "0.0.0.0", "plain_text_beyond_loopback": True}, "warning"),
    ],
)
def test_plain_text_beyond_this_machine_is_said(mllp: dict[str, Any], verdict: str) -> None:
    assert verdicts(network.plain_text, mllp=mllp)["mllp.tls"] == verdict


def test_a_port_is_free_taken_by_another_program_or_none_of_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ports = verdicts(network.ports, mllp={"port": port}, http={"port": 0}, status={"port": None})
        assert ports == {"mllp.port": "problem", "http.port": "ok"}
    assert verdicts(network.ports, mllp={"port": port}, http={"port": 0}, status={"port": None})["mllp.port"] == "ok"
    assert "problem" in verdicts(network.ports, mllp={"host": "192.0.2.1"}, http={"port": 0}, status={"port": None}).values()
    assert verdicts(network.ports, mllp={"port": 7}, http={"port": 7}, status={"port": None}) == {"http.port": "problem"}


class _Answers(BaseHTTPRequestHandler):
    """Answers every GET with what the server of the test was given."""

    status, body, extra = 200, b"", ()

    def do_GET(self) -> None:
        self.send_response_only(self.status)
        for name, value in (("Content-Length", str(len(self.body))), *self.extra):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def answering(status: int, body: object, *extra: tuple[str, str]) -> Iterator[int]:
    """The port of a server on this machine that answers so."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_These", (_Answers,), {"status": status, "body": data, "extra": extra}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_port_in_use_by_nodalis_itself_is_well() -> None:
    with answering(200, {"live": True}) as port, socket.create_server(("127.0.0.1", 0)) as listener:
        settings = {"mllp": {"port": listener.getsockname()[1]}, "http": {"port": 0}, "status": {"port": port}}
        assert set(verdicts(network.ports, **settings).values()) == {"ok"}


# The FHIR server

RESOURCES = ("Condition", "DiagnosticReport", "Observation", "Provenance", "Specimen")
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "fhirVersion": "4.0.1",
    "rest": [
        {
            "mode": "server",
            "interaction": [{"code": "transaction"}],
            "resource": [{"type": kind, "updateCreate": True} for kind in RESOURCES],
        }
    ],
}


def test_a_server_that_takes_all_of_it_is_well() -> None:
    with answering(200, STATEMENT) as port:
        assert set(verdicts(endpoint.endpoint, fhir={"url": f"http://127.0.0.1:{port}/fhir"}).values()) == {"ok"}


@pytest.mark.parametrize(
    ("status", "body", "extra", "check", "verdict"),
    [
        (404, b"", (), "fhir.url", "problem"),
        (302, b"", (("Location", "https://192.0.2.1/"),), "fhir.url", "problem"),
        (200, b"<html>" + SECRET.encode(), (), "fhir.url", "problem"),
        (200, {"resourceType": "Patient", "id": SECRET}, (), "fhir.url", "problem"),
        (200, [SECRET], (), "fhir.url", "problem"),
        (200, STATEMENT | {"fhirVersion": "5.0.0"}, (), "fhir.url", "problem"),
        (200, STATEMENT | {"fhirVersion": 4}, (), "fhir.url", "problem"),
        (200, STATEMENT | {"rest": []}, (), "fhir.transaction", "warning"),
        (200, STATEMENT | {"rest": [{"resource": [SECRET, {"type": "Observation"}]}]}, (), "fhir.update_create", "warning"),
        (200, STATEMENT, (("Date", "Mon, 02 Mar 2020 10:00:00 GMT"),), "clock", "warning"),
    ],
)
def test_what_is_wrong_with_a_server_is_said_without_its_words(
    status: int, body: object, extra: tuple[tuple[str, str], ...], check: str, verdict: str
) -> None:
    with answering(status, body, *extra) as port:
        findings = found(endpoint.endpoint, fhir={"url": f"http://127.0.0.1:{port}/fhir"})
    assert findings[check].verdict == verdict
    assert SECRET not in str(findings)


def test_a_server_that_is_not_there_or_is_sent_to_in_plain_text_is_a_problem() -> None:
    assert "cannot be reached" in found(endpoint.endpoint, fhir={"url": "http://127.0.0.1:9/fhir"})["fhir.url"].found


def test_without_a_server_messages_wait() -> None:
    assert verdicts(endpoint.endpoint) == {"fhir.url": "warning"}


def test_a_token_file_is_read_and_a_token_that_is_refused_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    fhir: dict[str, Any] = {"url": "http://127.0.0.1:9/fhir", "token_file": tmp_path / "token"}
    assert verdicts(endpoint.token, fhir=fhir) == {"fhir.token": "ok"}
    (tmp_path / "token").write_text(f"{SECRET} and more")
    findings = found(endpoint.token, fhir=fhir)
    assert findings["fhir.token"].verdict is Verdict.PROBLEM
    assert SECRET not in str(findings)


# The machine


def test_rules_and_editions_that_cannot_be_used_are_problems(tmp_path: Path) -> None:
    assert verdicts(machine.rules) == {"reading.grammar": "ok"}
    assert verdicts(machine.rules, reading={"edition": "AJCC 99"})["reading.edition"] == "problem"
    (tmp_path / "rule.toml").write_text(SECRET)
    findings = found(machine.rules, reading={"grammar": tmp_path})
    assert (findings["reading.grammar"].verdict, SECRET in str(findings)) == (Verdict.PROBLEM, False)


def test_more_connections_than_open_files_is_said() -> None:
    assert verdicts(machine.limits, mllp={"max_connections": 10**9}) == {"open files": "warning"}


# All of it, as it is called


def doctor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nodalis", "doctor", *arguments]
    variables = os.environ | {"PYTHONPATH": str(ROOT), "NODALIS_HTTP__PORT": "0", "NODALIS_MLLP__PORT": "0", "NODALIS_STATUS__PORT": "0"}
    return subprocess.run(command, cwd=folder, env=variables | environment, capture_output=True, text=True, check=False)


def test_one_line_a_check_and_an_exit_code_that_says_whether_there_is_a_problem(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.split()[0] in ("ok", "warning") for line in done.stdout.splitlines()[:-1])
    assert done.stdout.splitlines()[-1].startswith("0 problems, ")
    assert doctor(tmp_path, NODALIS_MLLP__HOST="0.0.0.0").returncode == 1


def test_the_same_as_json(tmp_path: Path) -> None:
    done = doctor(tmp_path, "--json", NODALIS_STORE__URL=f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/x")
    read = json.loads(done.stdout)
    assert done.returncode == 1
    assert read["problems"] == sum(check["verdict"] == "problem" for check in read["checks"]) == 1
    assert SECRET not in done.stdout + done.stderr


def test_the_settings_that_hold_are_shown_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "nodalis.toml").write_text(f"[store]\nurl = 'postgresql+psycopg://me:{SECRET}@localhost/x'\n[mllp]\nmax_connections = 7\n")
    done = doctor(tmp_path, "--show", "--settings", "nodalis.toml")
    assert (done.returncode, json.loads(done.stdout)["mllp"]["max_connections"]) == (0, 7)
    assert SECRET not in done.stdout


def test_wrong_settings_are_a_wrong_command_line(tmp_path: Path) -> None:
    done = doctor(tmp_path, NODALIS_STOER__URL=SECRET)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nodalis: error: environment: NODALIS_STOER__URL: no such setting\n"


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("raise ModuleNotFoundError('No module named sqlalchemy', name='sqlalchemy')")
    done = doctor(ROOT, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (done.returncode, done.stderr) == (10, "nodalis: error: doctor needs pip install 'nodalis[service]'\n")
