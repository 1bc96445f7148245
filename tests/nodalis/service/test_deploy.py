"""What docs/deploy.md gives to an integrator is right: settings, units, the container, alerts, the list of events."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import BaseModel

from nodalis.service.events import ALARMS, EVENTS
from nodalis.settings import HttpSettings, MllpSettings, OidcSettings, Peer, Settings, SignInOidcSettings, Tls, load
from nodalis.store import Alarm

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "docs" / "deploy"
GUIDE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
UNITS = sorted(DEPLOY.glob("*.service"))
SETTINGS = (DEPLOY / "nodalis.toml").read_text(encoding="utf-8")


def uncommented(*marks: str) -> str:
    """The settings file with the lines behind these marks in use."""
    return re.sub(rf"^(?:{'|'.join(map(re.escape, marks))})(?=[a-z_]+ = |\[)", "", SETTINGS, flags=re.M)


def names(model: type[BaseModel]) -> set[str]:
    """The names of all settings below a model."""
    found = set()
    for name, field in model.model_fields.items():
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type) and issubclass(kind, BaseModel)]
        found |= {name}.union(*map(names, inner))
    return found


def test_the_settings_file_loads_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODALIS_SETTINGS", raising=False)
    assert load(DEPLOY / "nodalis.toml").store.url.get_secret_value() == "sqlite:////var/lib/nodalis/nodalis.db"


def test_what_it_calls_a_default_is_one() -> None:
    given: dict[str, Any] = tomllib.loads(uncommented("#"))
    del given["store"]["url"]
    assert Settings(**given) == Settings()


@pytest.mark.parametrize("mark", ["#e.g. ", "#or.. "])
def test_its_examples_load(mark: str) -> None:
    assert Settings(**tomllib.loads(uncommented("#", mark))) != Settings()


def test_it_shows_every_setting() -> None:
    shown = set(re.findall(r"^(?:#(?:e\.g\. |or\.\. )?)?([a-z_]+) = ", SETTINGS, flags=re.M))
    nested = {"store", "mllp", "reading", "fhir", "http", "review", "status", "log", "tls", "peers", "oidc"}
    known = (
        names(Settings)
        | names(SignInOidcSettings)
        | names(Tls)
        | names(Peer)
        | names(OidcSettings)
        | names(MllpSettings)
        | names(HttpSettings)
    )
    assert shown == known - nested


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_takes(unit: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    text = unit.read_text(encoding="utf-8").replace("/opt/nodalis/bin/nodalis", "/bin/true")
    (tmp_path / unit.name).write_text(text)
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_gives_no_more_rights_than_it_needs(unit: Path) -> None:
    lines = set(unit.read_text(encoding="utf-8").splitlines())
    assert {"User=nodalis", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "LimitCORE=0", "UMask=0077"} <= lines


def test_the_container_runs_as_nobody_special_and_copies_only_what_is_there() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert {step[0] for step in steps} <= {
        "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
    }  # fmt: skip
    assert [step[1] for step in steps if step[0] == "USER"] == ["10001:10001"]
    assert [step[1] for step in steps if step[0] in ("ENTRYPOINT", "CMD")] == ['["nodalis"]', '["listen"]']


def test_alerts_are_rules_of_metrics_that_there_are() -> None:
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "nodalis").rglob("*.py"))
    for rule in rules:
        for metric in re.findall(r"nodalis_[a-z_]+", rule["expr"]):
            assert f'"{metric.removesuffix("_total")}"' in sources, metric
        assert f"`{rule['alert']}`" in GUIDE, rule["alert"]


def test_the_guide_explains_every_event_of_the_log() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.+?) \|$", GUIDE.split("## Log", 1)[1].split("\n## ", 1)[0], flags=re.M))
    assert rows == dict(EVENTS)


def test_the_guide_explains_every_kind_of_alarm() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| `([a-z_]+)` \| .+ \|$", GUIDE.split("## Alarms", 1)[1].split("\n## ", 1)[0], flags=re.M)
    assert {kind: said for kind, said, _ in rows} == dict(ALARMS)
    assert set(ALARMS) == set(Alarm)
    assert {event for _, _, event in rows} <= set(EVENTS)
    assert {kind for kind, _, event in rows if event == "alarm"} == {kind for kind in Alarm if f"`{kind}`" in EVENTS["alarm"]}


@pytest.mark.slow
def test_the_first_fifteen_minutes_can_be_walked_as_they_are_written(tmp_path: Path) -> None:
    """All commands of the guide that need no FHIR server and no root, in one shell, in a folder with nothing but the samples."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nodalis").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m nodalis "$@"\n')
    (tmp_path / "bin" / "nodalis").chmod(0o755)
    ports = {"2575": "NODALIS_MLLP__PORT", "9275": "NODALIS_STATUS__PORT", "8075": "NODALIS_HTTP__PORT"}
    free = {port: _free_port() for port in ports}
    commands = "\n".join(re.findall(r"^```sh try\n(.*?)^```$", GUIDE, flags=re.M | re.S))
    for port, another in free.items():
        commands = commands.replace(f":{port}", f":{another}")
    script = f"set -euo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null; wait' EXIT\n{commands}"
    variables = os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"} | {name: free[port] for port, name in ports.items()}
    variables.pop("NODALIS_SETTINGS", None)
    walked = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert "MSA|AA|M1" in walked.stdout
    assert "Muster" not in (tmp_path / "try" / "log").read_text()


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])
