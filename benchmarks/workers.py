"""One worker and two over an archive of 20,000: CPU, speed-up on two idle cores by CPU accounting, memory of all processes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .results import Figures, figures, goal
from .texts import Texts, write_rows
from .watch import Watched, watch

# Enough reports that starting a worker, about a second of CPU, says little.
_REPORTS, _WORKERS, _CORES = 20_000, (1, 2), 2
_AT_LEAST, _ALL_MB = 1.7, 1024


def measure(texts: Texts) -> Figures:
    """CPU seconds of all processes and of each, the time that two idle cores would take, the speed-up, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder, "reports.jsonl")
        write_rows(reports, texts.varied(_REPORTS, 0))
        runs = {
            workers: watch(["convert", str(reports), "-o", str(Path(folder, f"out{workers}")), "--workers", str(workers)])
            for workers in _WORKERS
        }
    rows = [_row(workers, run) for workers, run in runs.items()]
    one, two = rows
    speedup, peak = round(one["seconds_on_idle_cores"] / two["seconds_on_idle_cores"], 2), two["peak_mb"]
    return figures(
        rows,
        [
            goal("times as fast with two workers", f"at least {_AT_LEAST}", speedup, speedup >= _AT_LEAST),
            goal("all processes, MB", f"under {_ALL_MB}", peak, peak < _ALL_MB),
        ],
        reports=_REPORTS,
        distribution_costs=f"{two['cpu_seconds'] / one['cpu_seconds'] - 1:.1%} more CPU",
    )


def _row(workers: int, run: Watched) -> Figures:
    wall = idle_seconds(run)
    return {
        "workers": workers,
        "cpu_seconds": round(run.cpu_seconds, 2),
        "of_it_first_process": round(run.parent_seconds, 2),
        "of_it_serial": round(run.serial_seconds, 2),
        "seconds_on_idle_cores": round(wall, 2),
        "reports_a_second": round(_REPORTS / wall),
        "peak_mb": round(run.peak_mb),
    }


def idle_seconds(run: Watched) -> float:
    """The shortest time in which two idle cores can do what a run did: its serial part, then the rest on both.

    The rest takes no less than half of its CPU seconds, and no less than any one process needs for its part.
    """
    rest = (run.cpu_seconds - run.serial_seconds) / _CORES
    return run.serial_seconds + max(rest, run.parent_seconds - run.serial_seconds, *run.worker_seconds, 0.0)
