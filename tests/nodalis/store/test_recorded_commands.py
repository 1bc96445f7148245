"""Commands that show or carry what reports say, or send it again, leave a row of the audit: who, what, and how much."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from nodalis.cli import app
from nodalis.review.correction import values
from nodalis.review.decision import Action, Decision
from nodalis.service import reviewed as module
from nodalis.service.extraction import Extractor
from nodalis.settings import ReadingSettings, StoreSettings
from nodalis.store import Store, upgrade
from nodalis.store.audit import AuditAction, entries
from nodalis.store.decisions import decide, opened

from .flow import NOW, Flow, bundle

CANARY = "Quillfeather-Marsh"
TEXT = "Left breast: invasive ductal carcinoma. One of two axillary lymph nodes positive (1/2), deposit 3 mm. pN1a.\n"
ME = f"os:{pwd.getpwuid(os.getuid()).pw_name}"
Row = tuple[str, AuditAction, int | None, Mapping[str, Any]]


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Path:
    path = tmp_path / "nodalis.toml"
    path.write_text(f'[store]\nurl = "{url}"\naudit_key = "{tmp_path}/audit.key"\n', encoding="utf-8")
    opened = Store(StoreSettings(url=SecretStr(url)))
    upgrade(opened)
    opened.close()
    return path


def run(settings: Path, *arguments: object) -> Result:
    done = CliRunner().invoke(app, [*map(str, arguments), "--settings", str(settings)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def recorded(settings: Path, url: str) -> Sequence[Row]:
    """All rows, in a chain that is right."""
    assert "all as they were written" in run(settings, "audit", "verify").stderr
    store = Store(StoreSettings(url=SecretStr(url)))
    rows = store.read_now(entries)
    store.close()
    return [(row.event.actor, row.event.action, row.event.report_id, row.event.detail) for row in rows]


@pytest.fixture
def messages(settings: Path, url: str) -> None:
    """A message with one report, one with two, one that is not read yet."""
    store = Store(StoreSettings(url=SecretStr(url)))
    flow = Flow(store)
    flow.read(flow.arrive("1", f"MSH|\rPID|||{CANARY}".encode()), ("S1", CANARY))
    flow.extract(bundle(CANARY))
    flow.read(flow.arrive("2"), ("S2", "two"), ("S3", "three"))
    flow.arrive("3")
    store.close()


@pytest.mark.usefixtures("messages")
def test_whoever_has_a_message_shown_with_its_text_stands_in_the_audit_of_each_of_its_reports(settings: Path, url: str) -> None:
    for id in (1, 2, 3):
        run(settings, "queue", "show", id)
    assert recorded(settings, url) == [], "without the text nothing is said that a list does not say"
    assert CANARY in run(settings, "queue", "show", 1, "--text").stdout
    run(settings, "queue", "show", 2, "--text", "--json")
    run(settings, "queue", "show", 3, "--text")
    assert recorded(settings, url) == [
        (ME, AuditAction.VIEW, 1, {"messages": 1}),
        (ME, AuditAction.VIEW, 2, {"messages": 2}),
        (ME, AuditAction.VIEW, 3, {"messages": 2}),
        (ME, AuditAction.VIEW, None, {"messages": 3}),
    ]


@pytest.mark.usefixtures("messages")
def test_nothing_is_shown_where_it_cannot_be_recorded(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "audit.key").write_bytes(b"no key of ours")
    (tmp_path / "audit.key").chmod(0o600)
    done = CliRunner().invoke(app, ["queue", "show", "1", "--text", "--settings", str(settings)])
    assert (done.exit_code, done.stdout) == (10, "")
    assert "not a key of the audit" in done.stderr


@pytest.mark.usefixtures("messages")
def test_what_is_read_and_sent_again_is_recorded_with_what_was_asked_for(settings: Path, url: str) -> None:
    run(settings, "queue", "replay", 1, 99)
    run(settings, "queue", "replay", "--stage", "dead")
    run(settings, "queue", "replay", 2, *range(1_000, 1_100))
    assert recorded(settings, url) == [
        (ME, AuditAction.REPLAY, None, {"count": 1, "messages": "1 99"}),
        (ME, AuditAction.REPLAY, None, {"count": 1, "messages": " ".join(map(str, (2, *range(1_000, 1_039)))) + " ..."}),
    ]


@pytest.mark.usefixtures("messages")
def test_what_is_read_again_by_its_stage_and_time_is_recorded_so(settings: Path, url: str) -> None:
    run(settings, "queue", "replay", *["--stage", "extracted"] * 40, "--since", "2026-03-02T08:00+01:00")
    assert recorded(settings, url) == [
        (ME, AuditAction.REPLAY, None, {"count": 1, "from": "2026-03-02T08:00:00+0100", "stages": "extracted"}),
    ]


def test_files_that_are_put_into_the_store_are_counted_in_the_audit(settings: Path, url: str, tmp_path: Path) -> None:
    rows = (orjson.dumps({"id": f"S26-{number}", "text": f"{TEXT}{CANARY} {number}."}) for number in range(130))
    (tmp_path / "reports.jsonl").write_bytes(b"\n".join(rows))
    for _ in range(2):
        run(settings, "review", "load", tmp_path / "reports.jsonl")
    assert recorded(settings, url) == [(ME, AuditAction.LOAD, None, {"count": count, "format": "files"}) for count in (100, 30)]


@pytest.fixture
def decided(settings: Path, url: str, tmp_path: Path) -> None:
    """Two reports that somebody accepted, and one that nobody looked at."""
    for number in range(3):
        (tmp_path / "reports").mkdir(exist_ok=True)
        (tmp_path / "reports" / f"{number}.txt").write_text(f"{TEXT}{CANARY} {number}.", encoding="utf-8")
    run(settings, "review", "load", tmp_path / "reports")
    store = Store(StoreSettings(url=SecretStr(url)))
    flow, extractor = Flow(store), Extractor(ReadingSettings())
    for id in (1, 2):
        seen = store.read_now(partial(opened, report_id=id))
        assert seen is not None
        read = extractor.view(seen.payloads)
        decision = Decision(
            action=Action.ACCEPT,
            reviewer="jane",
            at=NOW,
            versions=seen.versions,
            reading=read.reading,
            reason="",
            said=tuple(values(read.read).items()) if read.read else (),
        )
        flow.do(partial(decide, report_id=id, made=decision, seen=None))
    run(settings, "review", "load", tmp_path / "reports")  # nothing new, and what waits is extracted
    store.close()


@pytest.mark.usefixtures("decided")
def test_an_export_is_recorded_before_its_first_report_is_read(
    settings: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "reviewed.jsonl"
    expected: list[Row] = [(ME, AuditAction.LOAD, None, {"count": 3, "format": "files"})]
    run(settings, "review", "export", "-o", path)
    assert path.read_bytes().count(CANARY.encode()) == 2
    expected += [(ME, AuditAction.EXPORT, id, {"format": "annotations"}) for id in (1, 2)]
    assert recorded(settings, url) == expected
    with monkeypatch.context() as patched:
        patched.setattr(module, "annotation", broken)
        CliRunner().invoke(app, ["review", "export", "-o", str(tmp_path / "broken.jsonl"), "--settings", str(settings)])
    assert not (tmp_path / "broken.jsonl").exists()
    expected += expected[-2:]
    run(settings, "evaluate", "--from-review", "--json")
    expected += [(ME, AuditAction.EXPORT, id, {"format": "evaluation"}) for id in (1, 2)]
    assert recorded(settings, url) == expected


@pytest.mark.usefixtures("messages")
def test_the_audit_names_the_user_of_the_process_whatever_the_environment_says(
    settings: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    run(settings, "queue", "show", 1, "--text")
    assert [row[0] for row in recorded(settings, url)] == [ME]
