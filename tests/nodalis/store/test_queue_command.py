"""`nodalis queue` shows where messages stand, and never what they say unless it is asked to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from nodalis.cli import app
from nodalis.settings import StoreSettings
from nodalis.store import Stage, Store, upgrade
from nodalis.store.work import quarantine

from .flow import Flow, at, bundle, nothing

CANARY = "Quillfeather-Marsh"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "nodalis.toml"
    path.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n', encoding="utf-8")
    return path


@pytest.fixture
def flow(settings: Path) -> Flow:
    """A store with a message that is extracted, one in review, one that is quarantined."""
    store = Store(StoreSettings(url=SecretStr(f"sqlite:///{settings.parent}/store.db")))
    upgrade(store)
    flow = Flow(store)
    flow.read(flow.arrive("1", f"MSH|\rPID|||{CANARY}".encode()), ("S1", CANARY))
    flow.extract(bundle(CANARY))
    flow.read(flow.arrive("2", when=at(1)), (f"S2{CANARY}", "text"))
    flow.extract(nothing(Stage.REVIEW, "ratio", alarm="wrong_patient"))
    three = flow.arrive("3", when=at(2))
    flow.do(lambda connection: quarantine(connection, three, "no OBR segment"))
    store.close()
    return flow


def run(settings: Path, *args: object) -> Result:
    return CliRunner().invoke(app, ["queue", *map(str, args), "--settings", str(settings)], catch_exceptions=False)


def printed(settings: Path, *args: object) -> Any:
    done = run(settings, *args, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usefixtures("flow")
def test_counts_add_up(settings: Path) -> None:
    found = printed(settings, "counts")
    assert (found["total"], sum(found["stages"].values()), found["stages"]["review"]) == (3, 3, 1)
    assert (found["oldest"], found["alarms"]) == ("2026-03-02T10:00:00Z", {"wrong_patient": 1})
    table = run(settings, "counts").stdout
    assert [name for name in Stage if name not in table] == []
    assert "wrong patient" in table


@pytest.mark.usefixtures("flow")
def test_messages_are_listed_by_stage_and_page(settings: Path) -> None:
    assert [row["id"] for row in printed(settings, "list")] == [1, 2, 3]
    assert [row["reason"] for row in printed(settings, "list", "--stage", "review", "--stage", "quarantined")] == [
        "ratio",
        "no OBR segment",
    ]
    rows = printed(settings, "list", "--since", "2026-03-02T11:00:01+01:00", "--until", "2026-03-02T10:00:02")
    assert [row["id"] for row in rows] == [2]
    page = run(settings, "list", "--limit", 2)
    assert ("no OBR segment" in page.stdout, page.stderr) == (False, "nodalis: there may be more: --after 2\n")
    assert [row["id"] for row in printed(settings, "list", "--after", 2)] == [3]


@pytest.mark.usefixtures("flow")
@pytest.mark.parametrize("json", [(), ("--json",)], ids=["table", "json"])
def test_what_a_message_says_is_shown_only_if_asked_for(settings: Path, json: tuple[str, ...]) -> None:
    commands = (("counts",), ("list",), ("show", 1), ("show", 2), ("alarms",))
    assert [command for command in commands if CANARY in run(settings, *command, *json).output] == []
    assert CANARY in run(settings, "show", 1, "--text", *json).stdout
    assert CANARY in run(settings, "show", 2, "--text", *json).stdout


@pytest.mark.usefixtures("flow")
def test_a_message_is_shown_with_its_reports(settings: Path) -> None:
    found = printed(settings, "show", 2)
    assert (found["stage"], [report["decision"] for report in found["reports"]]) == ("review", ["needs_review"])
    assert "ratio" in run(settings, "show", 2).stdout


def test_messages_are_replayed_by_id_and_by_stage(settings: Path, flow: Flow) -> None:
    assert run(settings, "replay", 1, 99).stderr == "nodalis: 1 message will be read again\n"
    assert run(settings, "replay", "--stage", "review", "--stage", "quarantined").stderr == "nodalis: 2 messages will be read again\n"
    assert printed(settings, "counts")["stages"]["received"] == 3


@pytest.mark.usefixtures("flow")
def test_alarms_are_listed(settings: Path) -> None:
    (alarm,) = printed(settings, "alarms")
    assert (alarm["kind"], alarm["message_id"], alarm["at"]) == ("wrong_patient", 2, f"{at(1):%Y-%m-%dT%H:%M:%SZ}")
    assert "wrong_patient" in run(settings, "alarms").stdout


@pytest.mark.usefixtures("flow")
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("show", 4), "there is no message 4"),
        (("list", "--stage", "lost"), "--stage: one of dead, quarantined"),
        (("list", "--since", "yesterday"), "--since: a time such as"),
        (("replay",), "which messages?"),
    ],
)
def test_a_wrong_command_line_is_one_line(settings: Path, args: tuple[object, ...], said: str) -> None:
    done = run(settings, *args)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_a_store_that_is_not_there_is_not_made(settings: Path) -> None:
    done = run(settings, "counts")
    assert (done.exit_code, done.stdout) == (10, "")
    assert done.stderr.startswith("nodalis: error: the store is not there")
    assert not list(settings.parent.glob("store.db*"))


@pytest.mark.usefixtures("flow")
def test_the_settings_may_be_named_by_the_environment(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODALIS_SETTINGS", str(settings))
    assert CliRunner().invoke(app, ["queue", "counts", "--json"]).exit_code == 0
