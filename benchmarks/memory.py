"""Memory: one process over 2,000 reports, and all processes of an archive of 20,000 with two workers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .results import Figures, figures, goal
from .texts import Texts, write_rows
from .watch import watch

_RUNS = ((2_000, 1), (20_000, 2))
_ONE_MB, _ALL_MB = 100, 1024


def measure(texts: Texts) -> Figures:
    """The memory of each run at its highest, in MB."""
    rows = []
    for count, workers in _RUNS:
        with tempfile.TemporaryDirectory() as folder:
            reports = Path(folder, "reports.jsonl")
            write_rows(reports, texts.varied(count, workers))
            used = watch(["convert", str(reports), "-o", str(Path(folder, "out")), "--workers", str(workers)])
        rows.append(
            {"reports": count, "workers": workers, "all_processes_mb": round(used.peak_mb), "first_process_mb": round(used.parent_peak_mb)}
        )
    one, all_ = rows[0]["first_process_mb"], rows[-1]["all_processes_mb"]
    return figures(
        rows,
        [
            goal("one process, MB", f"under {_ONE_MB}", one, one < _ONE_MB),
            goal("all processes, MB", f"under {_ALL_MB}", all_, all_ < _ALL_MB),
        ],
    )
