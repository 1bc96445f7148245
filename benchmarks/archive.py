"""A million reports, from NDJSON to FHIR NDJSON and Parquet, as ``nodalis convert`` does it with two processes.

    python -m benchmarks.archive [--reports 1000000] [--workers 2] [--folder FOLDER]

The archive is made of the corpus texts, or of samples/ where there is no corpus, repeated with new ids, in a temporary folder
that needs some 8 GB. CPU seconds and memory are those of all processes, as ``watch`` counts them; other work on the machine changes
them little, and the time on the clock much. The result goes to benchmarks/results/archive.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

from .machine import commit, described, today
from .results import write
from .texts import Row, load, write_rows
from .watch import watch


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.archive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--reports", type=int, default=1_000_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--folder", type=Path, help="where to write; default: the folder for temporary files")
    chosen = options.parse_args()
    about = {"date": today(), "commit": commit(), "machine": described()}
    texts = load()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        archive, out = Path(folder, "archive.jsonl"), Path(folder, "out")
        repeated = islice(cycle(texts.rows), chosen.reports)
        write_rows(archive, (Row(f"R{number:08}", row.text) for number, row in enumerate(repeated)))
        start = perf_counter()
        used = watch(["convert", str(archive), "-o", str(out), "--compress", "zstd", "--workers", str(chosen.workers)], shown=True)
        wall = perf_counter() - start
        manifest = json.loads((out / "manifest.json").read_text())
        result = {
            **about,
            "texts": texts.described(),
            "reports": chosen.reports,
            "workers": chosen.workers,
            "counts": manifest["extension"]["counts"],
            "resources": sum(item["count"] for item in manifest["output"]),
            "cpu_s": round(used.cpu_seconds),
            "wall_s": round(wall),
            "reports_per_cpu_s": round(chosen.reports / used.cpu_seconds),
            "two_idle_cores_min": round(used.cpu_seconds / 2 / 60, 1),
            "memory_mb": round(used.peak_mb),
            "archive_mb": round(archive.stat().st_size / 1e6),
            "output_mb": round(sum(path.stat().st_size for path in out.iterdir()) / 1e6),
        }
    write("archive", result)
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
