"""One worker and two: what distribution costs, and how much faster two workers are on two idle cores, by CPU accounting."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from .results import Figures, figures, goal
from .texts import Texts, write_rows
from .watch import Watched, watch

_REPORTS, _ROUNDS, _AT_LEAST, _CORES = 4_000, 2, 1.7, 2


def measure(texts: Texts) -> Figures:
    """CPU seconds of all processes and of each, the time that two idle cores would take, and the speed-up."""
    runs: dict[int, list[Watched]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_ROUNDS):
            reports = Path(folder, f"reports{number}.jsonl")
            write_rows(reports, texts.varied(_REPORTS, number))
            for workers, used in runs.items():
                out = Path(folder, f"out{number}-{workers}")
                used.append(watch(["convert", str(reports), "-o", str(out), "--workers", str(workers)]))
    rows = [_row(workers, used) for workers, used in runs.items()]
    speedup = round(rows[0]["seconds_on_idle_cores"] / rows[1]["seconds_on_idle_cores"], 2)
    return figures(
        rows,
        [goal("times as fast with two workers", f"at least {_AT_LEAST}", speedup, speedup >= _AT_LEAST)],
        reports=_REPORTS,
        distribution_costs=f"{rows[1]['cpu_seconds'] / rows[0]['cpu_seconds'] - 1:.1%} more CPU",
    )


def _row(workers: int, runs: Sequence[Watched]) -> Figures:
    wall = median(idle_seconds(run) for run in runs)
    return {
        "workers": workers,
        "cpu_seconds": round(median(run.cpu_seconds for run in runs), 2),
        "of_it_first_process": round(median(run.parent_seconds for run in runs), 2),
        "of_it_serial": round(median(run.serial_seconds for run in runs), 2),
        "seconds_on_idle_cores": round(wall, 2),
        "reports_a_second": round(_REPORTS / wall),
    }


def idle_seconds(run: Watched) -> float:
    """The shortest time in which two idle cores can do what a run did: its serial part, then the rest on both.

    The rest takes no less than half of its CPU seconds, and no less than any one process needs for its part.
    """
    rest = (run.cpu_seconds - run.serial_seconds) / _CORES
    return run.serial_seconds + max(rest, run.parent_seconds - run.serial_seconds, *run.worker_seconds, 0.0)
