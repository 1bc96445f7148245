"""A million reports, from NDJSON to FHIR NDJSON and Parquet, as ``nodalis convert`` does it with two processes.

    python benchmarks/archive.py [--reports 1000000] [--workers 2] [--folder FOLDER]

The archive is made of the corpus texts, or of samples/ where there is no corpus, repeated with new ids, in a temporary folder
that needs some 8 GB. Counted are CPU seconds of all processes, which other work on the machine changes little, the memory of all
of them together (proportional set size, which counts shared pages once; Linux), and wall time. The result goes to
benchmarks/results/archive.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from platform import machine, python_version

ROOT = Path(__file__).resolve().parent.parent
_CORPUS = ROOT.parent / "shared" / "corpus" / "reports.jsonl"
_RESULT = ROOT / "benchmarks" / "results" / "archive.json"
NEEDS_REVIEW = 3


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reports", type=int, default=1_000_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--folder", type=Path, help="where to write; default: the folder for temporary files")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        archive, out = Path(folder, "archive.jsonl"), Path(folder, "out")
        source, characters = _write(archive, chosen.reports)
        start = time.perf_counter()
        command = [sys.executable, "-m", "nodalis", "convert", str(archive), "-o", str(out), "--compress", "zstd"]
        with subprocess.Popen([*command, "--workers", str(chosen.workers)], cwd=ROOT) as process:
            peak = _watch(process)
        if process.returncode not in (0, NEEDS_REVIEW):
            return process.returncode
        wall = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        manifest = json.loads((out / "manifest.json").read_text())
        result = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": f"{os.cpu_count()} cores, {machine()}, Python {python_version()}",
            "source": source,
            "reports": chosen.reports,
            "kilobytes_each": round(characters / 1024, 1),
            "workers": chosen.workers,
            "counts": manifest["extension"]["counts"],
            "resources": sum(item["count"] for item in manifest["output"]),
            "cpu_s": round(used.ru_utime + used.ru_stime),
            "wall_s": round(wall),
            "reports_per_cpu_s": round(chosen.reports / (used.ru_utime + used.ru_stime)),
            "two_idle_cores_min": round((used.ru_utime + used.ru_stime) / 2 / 60, 1),
            "memory_mb": round(peak / 1024),
            "archive_mb": round(archive.stat().st_size / 1e6),
            "output_mb": round(sum(path.stat().st_size for path in out.iterdir()) / 1e6),
        }
    _RESULT.parent.mkdir(exist_ok=True)
    _RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    return 0


def _write(path: Path, count: int) -> tuple[str, float]:
    """Write the archive; where its texts are from, and their mean length."""
    if _CORPUS.is_file():
        with _CORPUS.open(encoding="utf-8") as lines:
            source, texts = _CORPUS.name, [json.loads(line)["text"] for line in lines]
    else:
        source, texts = "samples", [file.read_text(encoding="utf-8") for file in sorted((ROOT / "samples").glob("*.txt"))]
    quoted = [json.dumps(text) for text in texts]
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(f'{{"id": "R{number:08}", "text": {text}}}\n' for number, text in enumerate(islice(cycle(quoted), count)))
    return source, sum(map(len, islice(cycle(texts), count))) / count


def _watch(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process; the most kilobytes that it and its children had together, asked twice a second."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_kilobytes, [process.pid, *_below(process.pid)])))
        time.sleep(0.5)
    return peak


def _below(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [found for child in children for found in (child, *_below(child))]


def _kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or this is no Linux
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    sys.exit(main())
