"""What a benchmark gives, and the files under ``results/`` that keep it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .machine import ROOT

RESULTS = ROOT / "benchmarks" / "results"

Figures = dict[str, Any]  # what a benchmark gives: rows, goals, notes


def goal(name: str, wanted: str, measured: float, met: bool) -> Figures:
    """What was promised, and whether it was kept."""
    return {"goal": name, "wanted": wanted, "measured": measured, "met": met}


def figures(rows: Sequence[Figures], goals: Sequence[Figures] = (), /, **notes: object) -> Figures:
    """The figures of a benchmark: rows of one table, goals, and single facts that go with them."""
    return {"rows": list(rows), "goals": list(goals), "notes": notes}


def write(name: str, result: Mapping[str, Any]) -> None:
    """Keep a result in place of the one before."""
    RESULTS.mkdir(exist_ok=True)
    path(name).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(name: str) -> Figures | None:
    """The result of a benchmark; None where it was never run."""
    if not path(name).is_file():
        return None
    loaded: Figures = json.loads(path(name).read_text(encoding="utf-8"))
    return loaded


def path(name: str) -> Path:
    """Where the result of a benchmark stands."""
    return RESULTS / f"{name}.json"
