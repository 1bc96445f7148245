"""Archives of some thousand short reports, and the command as users start it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.Popen[str]"]
RECORDED = "2026-03-05T00:00:00Z"


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


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive of so many reports."""

    def write(count: int, name: str = "archive.jsonl", bad: bool = True) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows(count, bad)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def start(root: Path) -> Start:
    """Starts ``nodalis convert`` in a process of its own."""

    def run(*args: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "nodalis", "convert", *map(str, args), "--recorded", RECORDED]
        return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return run


def contents(folder: Path) -> dict[str, bytes]:
    """All that others see of an output folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
