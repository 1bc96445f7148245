"""Text to FHIR NDJSON in one process, beside the same rules searched one by one.

    python benchmarks/throughput.py [REPORTS.jsonl] [--rounds 5] [--scanned 60]

Prints medians of interleaved rounds of CPU time: both ways run in the same process, in turns, so that a busy machine
slows both. Compare the ratio, not the microseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the working tree, also where nothing is installed

from fhir_export import Context, dumps, to_resources  # noqa: E402
from parser import parse  # noqa: E402
from parser.engine import scan  # noqa: E402
from parser.grammar import load_grammar  # noqa: E402
from parser.oracle import plain_scan  # noqa: E402
from parser.text import clean  # noqa: E402

_CORPUS = ROOT.parent / "shared" / "corpus" / "reports.jsonl"
_SAMPLES = ROOT / "samples"
_REPEATED = 300  # reports made of the samples where there is no corpus


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("reports", nargs="?", type=Path, help="rows of id and text; default: the corpus, else samples/*.txt repeated")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--scanned", type=int, default=60, help="reports of a round that are searched rule by rule (it is slow)")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = options.parse_args()
    source, rows = _read(chosen.reports)
    texts = [text for _, text in rows]
    some = texts[:: max(1, len(texts) // chosen.scanned)][: chosen.scanned]
    cleaned, grammar = [clean(text) for text in some], load_grammar()
    with open(os.devnull, "wb") as sink:
        ways: dict[str, tuple[int, Callable[[], object]]] = {
            "pipeline": (len(rows), lambda: _pipeline(rows, sink.write)),
            "parse": (len(texts), lambda: [parse(text) for text in texts]),
            "scan": (len(cleaned), lambda: [scan(grammar, text) for text in cleaned]),
            "one by one": (len(cleaned), lambda: [plain_scan(grammar, text) for text in cleaned]),
        }
        rates, peak = _measure(ways, chosen.rounds)
    result = {
        "source": source, "reports": len(rows), "kilobytes_each": round(sum(map(len, texts)) / len(texts) / 1024, 1),
        "rules": len(grammar.rules), "pipeline_per_s": round(rates["pipeline"]), "parse_per_s": round(rates["parse"]),
        "scan_per_s": round(rates["scan"]), "one_by_one_per_s": round(rates["one by one"], 1),
        "scan_ratio": round(rates["scan"] / rates["one by one"], 1), "pipeline_ratio": round(rates["pipeline"] / rates["one by one"], 1),
        "max_rss_mb": peak,
    }  # fmt: skip
    print(json.dumps(result) if chosen.json else _shown(result))
    return 0


def _read(path: Path | None) -> tuple[str, list[tuple[str, str]]]:
    """Where the reports are from, and their ids and texts."""
    path = path or (_CORPUS if _CORPUS.is_file() else None)
    if path is not None:
        with path.open(encoding="utf-8") as lines:
            found = [json.loads(line) for line in lines if line.strip()]
        return path.name, [(str(row["id"]), str(row["text"])) for row in found]
    samples = [file.read_text(encoding="utf-8") for file in sorted(_SAMPLES.glob("*.txt"))]
    if not samples:
        sys.exit("no reports: give a .jsonl file")
    return "samples", [(f"sample-{number}", samples[number % len(samples)]) for number in range(_REPEATED)]


def _pipeline(rows: Sequence[tuple[str, str]], write: Callable[[bytes], object]) -> None:
    """What ``nodalis convert`` does between reading and writing."""
    for id_, text in rows:
        context = Context(report_id=id_, issuer="urn:nodalis:reports")
        for item in to_resources(parse(text), context):
            write(dumps(item) + b"\n")


def _measure(ways: dict[str, tuple[int, Callable[[], object]]], rounds: int) -> tuple[dict[str, float], int]:
    """Reports per CPU second of each way, the median of rounds in turns; and the memory the pipeline needs."""
    ways["pipeline"][1]()  # compiles the rules
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # before the slow way compiles rules of its own
    for _, work in ways.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (_, work) in ways.items():
            start = process_time()
            work()
            seconds[name].append(process_time() - start)
    return {name: count / median(seconds[name]) for name, (count, _) in ways.items()}, peak


def _shown(result: dict[str, object]) -> str:
    return (
        f"{result['reports']} reports of {result['kilobytes_each']} KB ({result['source']}), {result['rules']} rules, one process\n"
        f"  text to FHIR NDJSON         {result['pipeline_per_s']:>8} reports/s\n"
        f"  text to Report              {result['parse_per_s']:>8} reports/s\n"
        f"  rules, from their anchors   {result['scan_per_s']:>8} reports/s\n"
        f"  rules, one by one           {result['one_by_one_per_s']:>8} reports/s\n"
        f"  anchors against one by one  {result['scan_ratio']:>8} times\n"
        f"  whole pipeline against it   {result['pipeline_ratio']:>8} times\n"
        f"  memory at most              {result['max_rss_mb']:>8} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
