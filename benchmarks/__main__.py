"""Runs the benchmarks, keeps their results under ``benchmarks/results/`` and writes the pages that show them.

python -m benchmarks [REPORTS.jsonl] [--only NAME ...]
python -m benchmarks --page         # the pages only, from the results that are there
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from . import engine, memory, pipeline, rules, side_by_side, size, startup, workers
from .machine import commit, described, today
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
    failed = []
    if not chosen.page:
        texts = load(chosen.reports)
        for name in chosen.only or BENCHMARKS:
            try:
                _run(name, texts)
            except Unwatched as reason:
                failed.append(name)
                print(f"{name}: not measured: {reason}", file=sys.stderr)
    write_pages()
    return 1 if failed else 0


def _run(name: str, texts: Texts) -> None:
    """Measure and keep one result."""
    title = (sys.modules[BENCHMARKS[name].__module__].__doc__ or "").partition("\n")[0]
    about = {"benchmark": name, "title": title, "date": today(), "commit": commit(), "machine": described(), "texts": texts.described()}
    start = perf_counter()
    found = BENCHMARKS[name](texts)
    result = {**about, "took_seconds": round(perf_counter() - start), **found}
    write(name, result)
    print(shown(result), flush=True)


if __name__ == "__main__":
    sys.exit(main())
