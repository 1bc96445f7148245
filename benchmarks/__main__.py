"""Runs the benchmarks, keeps their results under ``benchmarks/results/`` and writes the pages that show them.

python -m benchmarks [REPORTS.jsonl] [--only NAME ...]
python -m benchmarks --page         # the pages only, from the results that are there
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from . import engine, memory, pipeline, rules, side_by_side, size, startup, workers
from .machine import ROOT, commit, described, today
from .page import shown, write_pages
from .results import Figures, write
from .texts import Texts, load
from .watch import Unwatched

BENCHMARKS: dict[str, Callable[[Texts], Figures]] = {
    module.__name__.rpartition(".")[2]: module.measure for module in (engine, pipeline, side_by_side, startup, memory, workers, size, rules)
}


def main() -> int:
    options = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("reports", nargs="?", type=Path, help="rows of id and text; default: the corpus, else samples/*.txt")
    options.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=f"some of: {', '.join(BENCHMARKS)}")
    options.add_argument("--page", action="store_true", help="measure nothing")
    chosen = options.parse_args()
    names = [] if chosen.page else chosen.only or list(BENCHMARKS)
    if len(names) == 1:
        failed = [] if _measured(names[0], load(chosen.reports)) else names
    else:  # each in a process of its own: what one leaves in memory must not slow the next
        given = [str(chosen.reports)] if chosen.reports else []
        failed = [name for name in names if subprocess.call([sys.executable, "-m", "benchmarks", *given, "--only", name], cwd=ROOT)]
    write_pages()
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _measured(name: str, texts: Texts) -> bool:
    """Whether a benchmark could be run; its result is kept and printed."""
    title = (sys.modules[BENCHMARKS[name].__module__].__doc__ or "").partition("\n")[0]
    about = {"benchmark": name, "title": title, "date": today(), "commit": commit(), "machine": described(), "texts": texts.described()}
    start = perf_counter()
    try:
        found = BENCHMARKS[name](texts)
    except Unwatched as reason:
        print(f"{name}: {reason}", file=sys.stderr)
        return False
    result = {**about, "took_seconds": round(perf_counter() - start), **found}
    write(name, result)
    print(shown(result), flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
