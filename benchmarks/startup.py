"""How long a user waits: ``nodalis --help``, and the first report from a cold start.

    python benchmarks/startup.py [--rounds 7]

Prints medians of wall time in fresh processes, and the dearest imports of each. Goals: help in 0.3 s, first report in 0.5 s.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
_REPORT = (
    "LEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA, 2.1 CM.\nMETASTATIC CARCINOMA IN 3 OF 14 AXILLARY LYMPH NODES (3/14). pT2 pN1a\n"
)
_SHOWN = 6


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
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
            "nodalis convert": ["-m", "nodalis", "convert", str(report), "-o", str(Path(folder, "out"))],
        }
        for name, command in commands.items():
            _run(command, environment)  # writes the byte code
            seconds = median(_run(command, environment) for _ in range(rounds))
            print(f"{name:24} {seconds:6.3f} s   {_dearest(command, environment) if '-m' in command else ''}")
    return 0


def _run(command: list[str], environment: dict[str, str]) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, check=False)
    return perf_counter() - start


def _dearest(command: list[str], environment: dict[str, str]) -> str:
    """The imports that cost most by themselves, in ms."""
    command = [sys.executable, "-X", "importtime", *command]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    times = []
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if line.startswith("import time:") and parts[0].strip().isdigit():
            times.append((int(parts[0]), parts[2].strip()))
    return ", ".join(f"{name} {micro / 1000:.0f}" for micro, name in sorted(times, reverse=True)[:_SHOWN])


if __name__ == "__main__":
    sys.exit(main())
