"""Cold start: how long a user waits for help, the first report and the first FHIR, in fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from .machine import ROOT
from .results import Figures, figures, goal
from .texts import Texts

_REPORT = (
    "LEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA, 2.1 CM.\nMETASTATIC CARCINOMA IN 3 OF 14 AXILLARY LYMPH NODES (3/14). pT2 pN1a\n"
)
_ROUNDS, _SHOWN = 7, 5
_HELP_SECONDS, _FIRST_SECONDS = 0.3, 0.5


class _Seconds(NamedTuple):
    wall: float
    cpu: float


def measure(texts: Texts) -> Figures:
    """Seconds that pass and seconds of CPU of each command, and the imports that cost most."""
    with tempfile.TemporaryDirectory() as folder:
        # Byte code is cached as an installed package has it, whatever the environment says, and outside the working tree.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": str(Path(folder, "cache")), "LC_ALL": "C.UTF-8"}
        report = Path(folder, "report.txt")
        report.write_text(_REPORT, encoding="utf-8")
        commands = {
            "python itself": ["-c", "pass"],
            "nodalis --help": ["-m", "nodalis", "--help"],
            "nodalis extract": ["-m", "nodalis", "extract", str(report), "--format", "jsonl"],
            "nodalis extract, table": ["-m", "nodalis", "extract", str(report)],
            "nodalis convert, a Bundle": [
                "-m",
                "nodalis",
                "convert",
                str(report),
                "--format",
                "collection",
                "-o",
                str(Path(folder, "one")),
            ],
            "nodalis convert, bulk data": ["-m", "nodalis", "convert", str(report), "-o"],
        }
        seconds: dict[str, list[_Seconds]] = {name: [] for name in commands}
        for number in range(_ROUNDS + 1):  # in turns; the first writes the byte code
            for name, command in commands.items():
                # A finished run has nothing to do, so each needs a folder of its own.
                spent = _run([*command, str(Path(folder, f"bulk{number}"))] if command[-1] == "-o" else command, environment)
                if number:
                    seconds[name].append(spent)
        imports = {
            name: _dearest(command, environment) for name, command in commands.items() if name in ("nodalis --help", "nodalis extract")
        }
    rows = [
        {
            "command": name,
            "seconds_at_least": round(min(one.wall for one in spent), 3),
            "seconds": round(median(one.wall for one in spent), 3),
            "cpu_seconds": round(median(one.cpu for one in spent), 3),
        }
        for name, spent in seconds.items()
    ]
    took = {str(row["command"]): float(str(row["seconds_at_least"])) for row in rows}  # a busy machine only adds to it
    goals = [
        goal(f"{name}, seconds at least", f"at most {most}", took[name], took[name] <= most)
        for name, most in {"nodalis --help": _HELP_SECONDS, "nodalis extract": _FIRST_SECONDS}.items()
    ]
    return figures(rows, goals, imports_ms=imports)


def _run(command: list[str], environment: dict[str, str]) -> _Seconds:
    start, before = perf_counter(), _children()
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, check=False)
    return _Seconds(perf_counter() - start, _children() - before)


def _children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


def _dearest(command: list[str], environment: dict[str, str]) -> dict[str, int]:
    """The imports that cost most by themselves, in ms."""
    command = [sys.executable, "-X", "importtime", *command]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    times = []
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            times.append((int(parts[0]), parts[2].strip()))
    return {name: round(micro / 1000) for micro, name in sorted(times, reverse=True)[:_SHOWN]}
