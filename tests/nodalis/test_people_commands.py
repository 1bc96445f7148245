"""``nodalis account`` and ``nodalis audit``, as somebody types them."""

from __future__ import annotations

import getpass
import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from nodalis.service.audit_events import _KINDS, audit_event
from nodalis.store.audit import AuditAction, Entry, Event

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "four words of a person"


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """A store that is not there yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NODALIS_")}
    return {**kept, "PYTHONPATH": str(ROOT), "NODALIS_STORE__URL": f"sqlite:///{tmp_path}/store.db"}


def nodalis(environment: Mapping[str, str], *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nodalis", *arguments]
    return subprocess.run(command, env=dict(environment), input=said, capture_output=True, text=True, check=False)


def added(environment: Mapping[str, str], name: str = "jane", role: str = "reviewer") -> None:
    done = nodalis(environment, "account", "add", name, "--role", role, said=f"{PASSWORD}\n")
    assert (done.returncode, done.stderr, done.stdout) == (0, f"nodalis: {name}: account added\n", "")


def test_an_account_is_made_changed_disabled_and_enabled_and_all_of_it_is_recorded(environment: Mapping[str, str], tmp_path: Path) -> None:
    added(environment)
    steps = (
        ("role", "Jane", "--role", "admin", "--role", "reader"),
        ("password", "jane"),
        ("disable", "jane"),
        ("enable", "jane"),
        ("add", "john", "--role", "reader", "--person", "John\x1b[2J Doe"),
    )
    for step in steps:
        done = nodalis(environment, "account", *step, said="another secret of hers\n")
        assert done.returncode == 0, done.stderr
    listed = nodalis(environment, "account", "list").stdout
    assert [line.split("\t")[::3] for line in listed.splitlines()] == [["jane", "jane"], ["john", "John␛[2J Doe"]]
    assert "admin,reader" in listed
    rows = nodalis(environment, "audit", "list").stdout.splitlines()
    actions = ["account_added", "roles_changed", "password_changed", "account_disabled", "account_enabled", "account_added"]
    assert [row.split("\t")[3] for row in rows] == actions
    assert {row.split("\t")[2] for row in rows} == {f"os:{getpass.getuser()}"}
    assert (tmp_path / "store.db").stat().st_mode & 0o777 == 0o600
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in everything
    assert b"another secret" not in everything


@pytest.mark.parametrize(
    ("arguments", "said", "complaint"),
    [
        (("add", "jane", "--role", "reviewer"), "short\n", "the password is too short: expected 12 characters or more"),
        (("add", "jane", "--role", "reviewer"), "", "the password is too short"),
        (("add", "jane", "--role", "ingest"), PASSWORD, "--role: expected some of reader, reviewer, admin"),
        (("add", "jane doe", "--role", "reviewer"), PASSWORD, "NAME: expected a name of up to 64 letters"),
        (("add", "john", "--role", "reviewer"), PASSWORD, "there is an account john already"),
        (("password", "nobody"), PASSWORD, "there is no account nobody"),
        (("password", "oidc:7"), PASSWORD, "an issuer signs this account in"),
        (("disable", "nobody"), "", "there is no account nobody"),
        (("role", "nobody", "--role", "reader"), "", "there is no account nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_changes_nothing(
    environment: Mapping[str, str], arguments: tuple[str, ...], said: str, complaint: str
) -> None:
    added(environment, "john")
    done = nodalis(environment, "account", *arguments, said=said)
    assert (done.returncode, done.stderr.count("\n"), complaint in done.stderr) == (2, 1, True), done.stderr
    assert "nodalis: 1 row, all as they were written" in nodalis(environment, "audit", "verify").stderr


@pytest.mark.parametrize(("again", "code"), [(PASSWORD, 0), ("something else", 2)])
def test_at_a_terminal_the_password_is_typed_twice_and_not_shown(environment: Mapping[str, str], again: str, code: int) -> None:
    command = [sys.executable, "-m", "nodalis", "account", "add", "jane", "--role", "reader"]
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, command, dict(environment))
    shown = b""
    for typed, prompt in ((PASSWORD, b"Password: "), (again, b"The same again: ")):
        while not shown.endswith(prompt):
            shown += os.read(terminal, 1)
        os.write(terminal, f"{typed}\n".encode())
    try:
        while data := os.read(terminal, 1024):
            shown += data
    except OSError:  # as Linux ends a terminal
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code
    assert PASSWORD.encode() not in shown
    assert (b"the two passwords differ" in shown) == (code == 2)


def test_verify_prints_the_head_which_later_shows_that_rows_are_missing(environment: Mapping[str, str], tmp_path: Path) -> None:
    added(environment)
    older = (tmp_path / "store.db").read_bytes()
    added(environment, "john")
    first = nodalis(environment, "audit", "verify")
    assert (first.returncode, first.stderr) == (0, "nodalis: 2 rows, all as they were written\n")
    head = first.stdout.removeprefix("head ").strip()
    assert nodalis(environment, "audit", "verify", "--expect", head).returncode == 0
    (tmp_path / "store.db").write_bytes(older)
    assert nodalis(environment, "audit", "verify").returncode == 0, "a copy fits to itself"
    found = nodalis(environment, "audit", "verify", "--expect", head)
    assert (found.returncode, found.stdout) == (1, "head: rows up to that which the kept head names are missing\n")
    assert nodalis(environment, "audit", "verify", "--expect", "7").returncode == 2


def test_verify_names_the_row_that_was_changed_and_list_does_not_stumble(environment: Mapping[str, str], tmp_path: Path) -> None:
    added(environment)
    added(environment, "john")
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("DROP TRIGGER audit_not_changed")
        connection.execute("UPDATE audit SET action = 'looked', actor = 'DOE' WHERE number = 1")
    connection.close()
    found = nodalis(environment, "audit", "verify")
    assert (found.returncode, found.stdout) == (1, "row 1: it was changed, or written without the key\n")
    listed = nodalis(environment, "audit", "list")
    assert (listed.returncode, listed.stderr) == (10, "nodalis: error: a row is not as it was written: nodalis audit verify says which\n")


def test_an_audit_whose_rows_are_all_gone_is_found_though_nothing_contradicts_it(environment: Mapping[str, str], tmp_path: Path) -> None:
    added(environment)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        for name in ("audit_not_removed", "audit_head_goes_on"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM audit")
        connection.execute("UPDATE audit_head SET number = 0, last = x'', seal = x''")
    connection.close()
    found = nodalis(environment, "audit", "verify")
    assert (found.returncode, found.stdout) == (1, "head: nothing is recorded, and there is a key: what was recorded is gone\n")


def test_the_audit_is_written_as_audit_events_and_that_is_recorded(environment: Mapping[str, str], tmp_path: Path) -> None:
    added(environment)
    assert nodalis(environment, "audit", "list", "--report", "7").stdout == ""
    done = nodalis(environment, "audit", "export", "--format", "fhir", "-o", str(tmp_path / "audit.ndjson"))
    assert done.returncode == 0, done.stderr
    written = [json.loads(line) for line in (tmp_path / "audit.ndjson").read_text().splitlines()]
    assert [event["type"]["display"] for event in written] == ["Security Alert", "Audit Log Used"]
    assert written[0]["entity"][0]["name"] == "jane"
    assert nodalis(environment, "audit", "list").stdout.splitlines()[-1].split("\t")[3:6] == ["audit_read", "", "count=2 format=fhir"]


def test_without_a_store_there_is_nothing_to_verify(environment: Mapping[str, str], tmp_path: Path) -> None:
    done = nodalis(environment, "audit", "verify")
    assert (done.returncode, done.stderr.count("\n")) == (10, 1)
    assert list(tmp_path.iterdir()) == []


def _entry(action: AuditAction, report: int | None, detail: Mapping[str, Any]) -> Entry:
    from datetime import UTC, datetime

    return Entry(417, datetime(2026, 3, 2, 10, 15, tzinfo=UTC), Event("jane", action, report, "says two, not three", detail), b"\x0f" * 32)


@pytest.mark.parametrize("action", AuditAction)
@pytest.mark.parametrize(
    ("report", "detail"), [(None, {}), (7, {"decision": "correct", "count": 2}), (None, {"account": "john", "address": "192.0.2.7"})]
)
def test_every_row_is_an_audit_event_of_fhir(action: AuditAction, report: int | None, detail: Mapping[str, Any]) -> None:
    event = audit_event(_entry(action, report, detail))
    assert AuditEvent.model_validate_json(json.dumps(event)).model_dump(exclude_none=True)["recorded"]
    assert event["outcome"] == ("4" if action is AuditAction.SIGN_IN_FAILED else "0")
    shown = {item["type"]: item["valueString"] for item in event["entity"][0]["detail"]}
    assert shown == {
        "event": action,
        **{name: str(value) for name, value in detail.items()},
        "reason": "says two, not three",
        "seal": "0f" * 32,
    }


def test_codes_of_audit_events_are_those_of_the_definitions_of_r4(shared: Path) -> None:
    """Every code and display as the code systems of the R4 package have them."""
    import tarfile

    found: dict[tuple[str, str], str] = {}
    with tarfile.open(shared / "oracle/fhir/profiles/hl7.fhir.r4.core-4.0.1.tgz") as archive:
        for member in archive:
            if "CodeSystem-" in member.name:
                system = json.load(archive.extractfile(member))  # type: ignore[arg-type]
                found |= {(system["url"], concept["code"]): concept.get("display") for concept in system.get("concept", ())}
    codings: list[dict[str, str]] = []
    for action in _KINDS:
        for report, detail in ((7, {}), (None, {"account": "john"}), (None, {})):
            event = audit_event(_entry(action, report, detail))
            entity = event["entity"][0]
            codings += [event["type"], *event.get("subtype", ()), *event["source"]["type"], entity["type"]]
            codings += [entity["role"]] if "role" in entity else []
            assert ("http://hl7.org/fhir/audit-event-action", event["action"]) in found
            assert ("http://hl7.org/fhir/audit-event-outcome", event["outcome"]) in found
    assert found["http://hl7.org/fhir/network-type", "2"] == "IP Address"
    wrong = [coding for coding in codings if found.get((coding["system"], coding["code"])) != coding["display"]]
    assert wrong == []
