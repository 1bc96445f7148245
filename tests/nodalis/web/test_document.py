"""docs/http.md is run: its commands print what it says, its routes and roles are those of the table."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nodalis.web.roles import OPEN, ROLES, Role

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
MARK = "-- next --"


def _commands() -> list[tuple[str, str]]:
    """Each command of the document with what it says that it prints."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", DOCUMENT, flags=re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            lines = part.splitlines()
            more = next((number for number, line in enumerate(lines[1:], 1) if not line.startswith("> ")), len(lines))
            command = "\n".join([lines[0], *(line[2:] for line in lines[1:more])])
            found.append((command, "".join(f"{line}\n" for line in lines[more:])))
    return found


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
def test_the_commands_print_what_the_document_says(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    commands = _commands()
    assert len(commands) >= 10
    script = [f'nodalis() {{ exec {sys.executable} -m nodalis "$@"; }}', "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    for command, _ in commands:
        script += [command.replace("8075", port), f"echo; echo '{MARK}'"]
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("NODALIS_")}, "PYTHONPATH": str(ROOT)}
    environment["NODALIS_HTTP__PORT"] = port
    bash = ["bash", "-c", "\n".join(script)]
    done = subprocess.check_output(bash, cwd=tmp_path, env=environment, stderr=subprocess.STDOUT, text=True)
    printed = done.split(f"{MARK}\n")
    same = doctest.OutputChecker().check_output
    for (command, said), got in zip(commands, printed, strict=False):
        assert same(said, got.strip("\n") + "\n" if got.strip() else "", doctest.ELLIPSIS), f"{command}\n{got}"


def test_every_route_stands_in_the_document_with_its_role() -> None:
    rows = re.findall(r"^\| (`(?:GET|POST) .*?) \| (.*?) \|", DOCUMENT, flags=re.M)
    named = {route: role for routes, role in rows for route in re.findall(r"`(.*?)`", routes)}
    assert set(named) == {*ROLES, *OPEN}
    for route, roles in ROLES.items():
        assert named[route] == ("any" if roles == frozenset(Role) else next(iter(sorted(roles - {Role.ADMIN})), Role.ADMIN))
