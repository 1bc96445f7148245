"""Answers the benchmark in an environment without Nodalis: a path to a JSON list of texts in, CPU seconds and what was found out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import TypeAlias

_TWO = re.compile(r"(\d{1,2})\s*(?:/|of|out of)\s*(\d{1,2})", re.IGNORECASE)
Found: TypeAlias = dict[str, object]  # pn, positive, examined; None where nothing was found


def serve(packages: Sequence[str], read: Callable[[str], Found]) -> None:
    """Answer until stdin ends; one line of JSON for each line."""
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries print what they like
    print(json.dumps({name: version(name) for name in packages}), file=answers, flush=True)
    for line in sys.stdin:
        texts = json.loads(Path(line.strip()).read_text(encoding="utf-8"))
        start = process_time()
        answered = [read(text) for text in texts]
        print(json.dumps({"seconds": process_time() - start, "found": answered}), file=answers, flush=True)


def found(categories: Sequence[str], passages: Iterable[str]) -> Found:
    """What a short program would take: the first category, and the first passage with two numbers."""
    pair = next((match for match in map(_TWO.search, passages) if match), None)
    return {
        "pn": categories[0] if categories else None,
        "positive": int(pair[1]) if pair else None,
        "examined": int(pair[2]) if pair else None,
    }
