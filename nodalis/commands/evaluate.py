"""``nodalis evaluate``: our values against a reader's."""

from __future__ import annotations

import sys
from pathlib import Path

from ..evaluation import evaluate, read_annotations
from ..exits import Exit, UsageError, complain, say
from ..files import whole_file
from ..output import row
from ..pipeline import Tally, load_rules, readings
from ..scoring import Object, as_json


def run(reports: str, annotations: Path, output: Path | None, quotes: bool, json: bool, rules: Path | None) -> Exit:
    """Print the figures; write the page where one is asked for."""
    gold = read_annotations(annotations)
    tally = Tally()
    mine: dict[str, Object] = {}
    for reading in readings([reports], load_rules(rules), tally):
        if reading.document.id in gold:
            whole = row(reading.document.id, reading.report)
            mine[reading.document.id] = {key: whole[key] for key in ("decision", "reasons", "summary", "evidence")}
    if not mine:
        raise UsageError("no annotated id is among the reports")
    result = evaluate(mine, gold, quotes)
    if result.figures.missing:
        complain(f"{len(result.figures.missing)} annotated reports are not among the reports; they count as wrong", "warning")
    if json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(as_json(result.figures), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        from ..evaluation_tables import print_evaluation

        print_evaluation(result)
    if output is not None:
        from ..evaluation_page import page

        with whole_file(output) as stream:
            stream.write(page(result).encode("utf-8"))
        say(f"wrote {output}")
    return Exit.SOME_FAILED if tally.failed else Exit.OK
