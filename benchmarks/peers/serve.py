"""Answers the benchmark in an environment without Nodalis: a path to a JSON list of texts in, CPU seconds and what was found out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import TypeAlias

Found: TypeAlias = dict[str, object]  # pn, positive, examined; None where nothing was found


def serve(packages: Sequence[str], read: Callable[[str], Found]) -> None:
    """Answer until stdin ends; one line of JSON for each line."""
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries print what they like
    print(json.dumps({name: version(name) for name in packages}), file=answers, flush=True)
    for line in sys.stdin:
        texts = json.loads(Path(line.strip()).read_text(encoding="utf-8"))
        start = process_time()
        found = [read(text) for text in texts]
        print(json.dumps({"seconds": process_time() - start, "found": found}), file=answers, flush=True)


def first(values: Sequence[str]) -> str | None:
    """What a short program would take: the first that is there."""
    return values[0] if values else None
