"""Kills a conversion with SIGKILL at random moments, starts it again each time, and compares with a run that nobody touched.

    python tests/nodalis/archive/kills.py [--reports 20000] [--kills 50] [--seed 5]

After each kill everything that others can see in the output folder must be a whole file of the undisturbed run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RECORDED = "2026-03-05T00:00:00Z"
FAILED = 4
_LONGEST = 3.0  # seconds until a kill: a start takes one, and the ledger is written once a second
_PUBLISHING = 0.25  # seconds that it takes to put the files into their places


def rows(count: int, bad: bool = True) -> list[dict[str, object]]:
    """Reports that differ in their numbers, and some rows that fail."""
    found: list[dict[str, object]] = []
    for number in range(count):
        examined, positive = 1 + number % 20, number % 3 % (1 + number % 20)
        text = (
            f"FINAL DIAGNOSIS\nLEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.{number % 9} CM.\n"
            f"METASTATIC CARCINOMA IN {positive} OF {examined} AXILLARY LYMPH NODES ({positive}/{examined}).\n"
        )
        row: dict[str, object] = {"id": f"S26-{number:05}", "text": text}
        if bad and number % 97 == 5:
            row = {"id": "", "text": text}
        elif bad and number % 97 == 7:
            row["context"] = {"sex": "unsaid"}
        elif number % 5 == 0:
            row["context"] = {"collected": f"{2016 + number % 7}-03-02", "subject": f"Patient/{number}"}
        found.append(row)
    return found


def write_archive(path: Path, count: int, bad: bool = True) -> Path:
    """An archive of so many reports."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(count, bad)), encoding="utf-8")
    return path


def start(*args: object) -> subprocess.Popen[str]:
    """``nodalis convert`` in a process of its own."""
    command = [sys.executable, "-m", "nodalis", "convert", *map(str, args), "--recorded", RECORDED]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for the end of a run in which some inputs fail."""
    _, errors = process.communicate()
    assert process.returncode == FAILED, errors


def contents(folder: Path) -> dict[str, bytes]:
    """All that others see of an output folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} if folder.exists() else {}


def compare(path: Path, folder: Path, kills: int, seed: int) -> tuple[int, int]:
    """Kill a run until ``kills`` have hit it, let it end, and compare; how often it was killed, and how often while it published.

    A fifth of the kills comes when the files go to their places. A run that ends before its kill is compared, and begun anew.
    """
    whole, killed = folder / "whole", folder / "killed"
    finish(start(path, "-o", whole, "--workers", 2))
    digests = _digests(whole)
    chance = random.Random(seed)
    hits = publishing = 0
    while hits < kills:
        behind = _state(killed) == "publishing"
        process = start(path, "-o", killed, "--workers", 2)
        if behind:
            while process.poll() is None and _state(killed):  # until it has the ledger
                time.sleep(0.01)
            time.sleep(chance.uniform(0, _PUBLISHING))
        elif hits < kills * 4 // 5:
            time.sleep(chance.uniform(0.2, _LONGEST))
        else:
            while process.poll() is None and not _publishes(killed):
                time.sleep(0.01)
            time.sleep(chance.uniform(0, _PUBLISHING))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()  # ends only when every worker has closed its standard error, too
        _check(killed, digests)
        if process.returncode == -signal.SIGKILL:
            hits += 1
            publishing += _state(killed) == "publishing"
        else:
            assert _digests(killed) == digests
            (killed / ".nodalis" / "ledger.sqlite").unlink()
    finish(start(path, "-o", killed, "--workers", 2))
    assert _digests(killed) == digests
    assert not (killed / ".nodalis" / "parts").exists()
    return hits, publishing


def _publishes(out: Path) -> bool:
    """Whether files go to their places: the manifest of an earlier run is gone, and the new one comes last."""
    return any(out.glob("*.ndjson")) and not (out / "manifest.json").exists()


def _state(out: Path) -> str:
    """What the ledger says of a run, nothing while a process has it."""
    ledger = out / ".nodalis" / "ledger.sqlite"
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=0)) as database:
            return str(database.execute("SELECT state FROM run").fetchone()[0])
    except (sqlite3.Error, TypeError):
        return ""


def _digests(folder: Path) -> dict[str, str]:
    return {name: sha256(data).hexdigest() for name, data in contents(folder).items()}


def _check(folder: Path, whole: dict[str, str]) -> None:
    """What has the name of an output file has all its bytes, and a manifest stands only where all of them are."""
    found = {name: digest for name, digest in _digests(folder).items() if not name.startswith(".")}
    assert found.items() <= whole.items(), f"not whole: {sorted(set(found.items()) - set(whole.items()))}"
    assert "manifest.json" not in found or found == whole


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reports", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=5)
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        archive = write_archive(Path(folder, "archive.jsonl"), chosen.reports)
        hits, publishing = compare(archive, Path(folder), chosen.kills, chosen.seed)
    print(
        f"{chosen.reports:,} reports, {hits} kills, {publishing} of them while files were published: the same bytes, no partial file seen"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
