"""The local engine beside Spark on one machine: the same rows, and what Spark costs more.

    python -m benchmarks.spark [--reports 20000] [--rounds 1]    run both, write benchmarks/results/spark.json
    python -m benchmarks.spark --table                           what that means for 10 million and a billion reports

Needs an interpreter with ``nodalis[spark]``, Java 17 and Linux. CPU time is that of all processes of a run; compare it, and the
ratios, between runs: wall time depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from . import texts
from .machine import ROOT, commit, described, today
from .results import load, write

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: a Java process that outlives its parent is still below us
_SPARK = ("--engine", "spark", "--master", "local[2]")
_SIZES = ((10_000_000, 32), (1_000_000_000, 1000))  # reports, cores
_EVERY = 0.2  # seconds between two looks at the processes
_EXITS = (0, 3)  # all accepted, some need review


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.spark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--reports", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=1, help="runs of each engine, in turns; medians are kept")
    options.add_argument("--table", action="store_true", help="print the sizing table of the last result and nothing else")
    chosen = options.parse_args()
    if not chosen.table:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
        with tempfile.TemporaryDirectory() as folder:
            result = _measured(Path(folder), chosen.reports, chosen.rounds)
        write("spark", result)
        print(_shown(result))
    kept = load("spark")
    if kept is None:
        sys.exit("no result is kept: run it without --table")
    print(_table(kept))
    return 0


def _measured(folder: Path, reports: int, rounds: int) -> dict[str, Any]:
    about = {"date": today(), "commit": commit(), "machine": {**described(), **_versions()}}
    source = texts.load()
    _write(folder / "in.parquet", source.texts, reports)
    _write(folder / "few.parquet", source.texts, 4)
    start = _run(folder, "few.parquet", "start", *_SPARK)
    local, spark = [], []
    for _ in range(rounds):
        local.append(_run(folder, "in.parquet", "local", "--workers", "2"))
        spark.append(_run(folder, "in.parquet", "spark", *_SPARK))
    is_same = _rows(folder / "local") == _rows(folder / "spark") and _facts(folder / "local") == _facts(folder / "spark")
    if not is_same:
        sys.exit("the engines differ")
    figures = {
        "local": {"cpu_s": _median(local, 0), "wall_s": _median(local, 1)},
        "spark": {"cpu_s": _median(spark, 0), "wall_s": _median(spark, 1)},
        "spark_start": {"cpu_s": round(start[0], 1), "wall_s": round(start[1], 1)},
    }
    return {
        **about,
        "texts": source.described(),
        "reports": reports,
        "rounds": rounds,
        "same_rows": is_same,
        **figures,
        "cpu_ratio": round(figures["spark"]["cpu_s"] / figures["local"]["cpu_s"], 2),
        "cpu_ratio_without_start": round((figures["spark"]["cpu_s"] - start[0]) / figures["local"]["cpu_s"], 2),
        "wall_ratio": round(figures["spark"]["wall_s"] / figures["local"]["wall_s"], 2),
        "cpu_ms_each": round(1000 * (figures["spark"]["cpu_s"] - start[0]) / reports, 3),
        "bytes_each": {name: round(size / reports) for name, size in _sizes(folder).items()},
    }


def _write(path: Path, words: list[str], count: int) -> None:
    """So many reports with new ids."""
    ids = [f"R{number:08}" for number in range(count)]
    table = pa.table({"id": ids, "text": [words[number % len(words)] for number in range(count)]})
    # Without a dictionary, which would keep a repeated text once.
    pq.write_table(table, path, compression="zstd", use_dictionary=False, row_group_size=5000)


def _run(folder: Path, name: str, out: str, *options: str) -> tuple[float, float]:
    """CPU and wall seconds of one conversion, with all processes it started."""
    subprocess.run(["rm", "-rf", str(folder / out)], check=True)
    command = [sys.executable, "-m", "nodalis", "convert", name, "-o", out, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began, wall = monotonic(), 0.0
    ticks: dict[tuple[int, int], int] = {}
    with (folder / "said").open("w+") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        while below := _below(os.getpid()):
            ticks |= below
            if process.poll() is None:
                wall = monotonic() - began
            else:  # Java and its workers end a little later
                with suppress(ChildProcessError):
                    os.waitpid(-1, os.WNOHANG)
            sleep(_EVERY)
        if process.wait() not in _EXITS:
            said.seek(0)
            sys.exit(said.read())
    return sum(ticks.values()) / os.sysconf("SC_CLK_TCK"), wall


def _below(parent: int) -> dict[tuple[int, int], int]:
    """Processes below one, by number and start, with the CPU time of each. Spark's daemon never waits for its workers, so that
    no parent ever learns what they used: they are asked while they live."""
    found: dict[int, tuple[int, tuple[int, int], int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            pid = int(stat.parent.name)
            found[pid] = int(fields[1]), (pid, int(fields[19])), int(fields[11]) + int(fields[12])
    inside = {parent}
    while more := {pid for pid, (above, _, _) in found.items() if above in inside} - inside:
        inside |= more
    return {key: used for pid, (_, key, used) in found.items() if pid in inside and pid != parent}


def _listed(folder: Path) -> Iterator[tuple[str, Path]]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["output"]:
        yield file["type"], folder / file["url"]


def _rows(folder: Path) -> list[tuple[str, bytes]]:
    """A digest of each line of FHIR with its type, sorted."""
    found = []
    for kind, path in _listed(folder):
        with path.open("rb") as lines:
            found += [(kind, blake2b(line, digest_size=16).digest()) for line in lines]
    return sorted(found)


def _facts(folder: Path) -> pa.Table:
    return pq.read_table(folder / "facts.parquet").sort_by("id").combine_chunks().replace_schema_metadata()


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of the input and of what Spark wrote; the NDJSON also as gzip has it."""
    written = [path for _, path in _listed(folder / "spark")]
    return {
        "input_parquet_zstd": (folder / "in.parquet").stat().st_size,
        "ndjson": sum(path.stat().st_size for path in written),
        "ndjson_gzip": sum(len(gzip.compress(path.read_bytes(), 6)) for path in written),
        "facts_parquet_zstd": sum(path.stat().st_size for path in (folder / "spark" / "facts.parquet").iterdir()),
    }


def _versions() -> dict[str, str]:
    from pyspark import __version__ as spark

    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr.splitlines()
    return {"spark": spark, "java": java[0] if java else ""}


def _median(runs: list[tuple[float, float]], which: int) -> float:
    return round(median(run[which] for run in runs), 1)


def _shown(result: dict[str, Any]) -> str:
    return (
        f"{result['reports']:,} reports ({result['texts']['source']}, repeated with new ids), two cores, the same rows\n"
        f"  local engine  {result['local']['cpu_s']:8} s CPU {result['local']['wall_s']:8} s wall\n"
        f"  Spark         {result['spark']['cpu_s']:8} s CPU {result['spark']['wall_s']:8} s wall\n"
        f"  of it start   {result['spark_start']['cpu_s']:8} s CPU {result['spark_start']['wall_s']:8} s wall\n"
        f"  ratio         {result['cpu_ratio']:8} CPU   {result['wall_ratio']:8} wall\n"
        f"  less start    {result['cpu_ratio_without_start']:8} CPU\n"
    )


def _table(result: dict[str, Any]) -> str:
    """The sizing table: measured figures of a report, computed for many."""
    each = result["bytes_each"]
    head = " | ".join(f"{reports:,} reports, computed" for reports, _ in _SIZES)
    lines = [f"| | a report, measured | {head} |", "|---|---|---|---|"]
    hours = [result["cpu_ms_each"] / 1000 * reports / 3600 for reports, _ in _SIZES]
    rows = [
        ("CPU", f"{result['cpu_ms_each']:.2f} ms", [f"{hour:,.0f} core hours" for hour in hours]),
        ("time", "", [f"{hour / cores:,.1f} h on {cores:,} cores" for hour, (_, cores) in zip(hours, _SIZES, strict=True)]),
        *(
            (shown, f"{each[name]:,} bytes", [_size(each[name] * reports) for reports, _ in _SIZES])
            for shown, name in (
                ("input, Parquet with zstd", "input_parquet_zstd"),
                ("FHIR NDJSON", "ndjson"),
                ("FHIR NDJSON, gzip", "ndjson_gzip"),
                ("facts, Parquet with zstd", "facts_parquet_zstd"),
            )
        ),
    ]
    return "\n".join([*lines, *(f"| {name} | {measured} | {' | '.join(computed)} |" for name, measured, computed in rows)])


def _size(number: float) -> str:
    return f"{number / 1e12:,.1f} TB" if number >= 1e12 else f"{number / 1e9:,.1f} GB"


if __name__ == "__main__":
    sys.exit(main())
