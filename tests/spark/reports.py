"""Reports with wrong rows among them, and what the local engine makes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent.parent
CANARY = "Quillfeather-Marsh"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def convert(*command: object) -> subprocess.CompletedProcess[str]:
    """``nodalis convert`` by the local engine, in the environment of the tests."""
    line = [sys.executable, "-m", "nodalis", "convert", *map(str, command)]
    return subprocess.run(line, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)


def texts() -> list[str]:
    """The samples and the written reports."""
    with (ROOT / "samples" / "written" / "reports.jsonl").open(encoding="utf-8") as rows:
        written = [json.loads(row)["text"] for row in rows]
    return [*(path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples").glob("*.txt"))), *written]


def table(rows: int) -> pa.Table:
    """Reports with their context; every 61st row is one of the wrong ones, in turns."""
    known = texts()
    columns: dict[str, list[object]] = {
        "ward": [f"w{at % 7}" for at in range(rows)],
        "id": [f"S26-{at:06}" for at in range(rows)],
        "text": [known[at % len(known)] for at in range(rows)],
        "subject": ["Patient/7" if at % 3 else None for at in range(rows)],
        "report_id": [f"N-{at}" if at % 2 else "" for at in range(rows)],
        "collected": [date(2020 + at % 6, 3, 2) if at % 5 else None for at in range(rows)],
        "issued": [datetime(2026, 3, 4, 10, at % 60, at % 7, 250_000 * (at % 2), tzinfo=UTC) if at % 4 else None for at in range(rows)],
    }
    for turn, at in enumerate(range(96, rows, 61)):
        before = at - 50
        _spoil(turn % 9, columns, at, before)
    broken = pa.array([None if text is None else str(text).encode() for text in columns["text"]])
    if rows > 1000:
        values = broken.to_pylist()
        values[1000] = b"\xff\xfe " + CANARY.encode()
        broken = pa.array(values)
    issued = pa.array(columns["issued"], pa.timestamp("us", "UTC"))
    return pa.table({**columns, "text": broken.view(pa.string()), "issued": issued})


def _spoil(kind: int, columns: dict[str, list[object]], at: int, before: int) -> None:
    ids, given, subjects, numbers = (columns[name] for name in ("id", "text", "subject", "report_id"))
    if kind == 0:
        ids[at] = " \u2003"
    elif kind == 1:
        given[at] = None
    elif kind == 2:  # another text under one id
        ids[at] = f"{ids[before]} "
    elif kind == 3:  # the same again
        for column in columns.values():
            column[at] = column[before]
    elif kind == 4:  # the same text of another patient
        ids[at], given[at], subjects[at] = ids[before], given[before], "Patient/8"
    elif kind == 5:
        subjects[at] = f"{CANARY}, Ann"
    elif kind == 6:  # a number that is another's id, or number
        numbers[at] = numbers[before] or ids[before]
    elif kind == 7:  # a wrong row takes no id from a right one
        given[before], ids[at] = None, ids[before]
    else:
        given[at] = "x" * (2 * 1024 * 1024 + 1)


def facts(folder: Path) -> list[dict[str, object]]:
    """The rows of facts, by id."""
    return sorted(pq.read_table(folder / "facts.parquet").to_pylist(), key=lambda row: row["id"])
