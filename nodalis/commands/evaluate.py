"""``nodalis evaluate``: our values against a reader's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..evaluation import evaluate, read_annotations
from ..exits import Exit, FatalError, UsageError, complain, say
from ..files import whole_file
from ..output import row
from ..pipeline import Tally, load_rules, readings
from ..scoring import Object, as_json

if TYPE_CHECKING:
    from parser.model import Report

    from ..settings import Settings


def run(reports: str, annotations: Path, output: Path | None, quotes: bool, json: bool, rules: Path | None) -> Exit:
    """Print the figures; write the page where one is asked for."""
    gold = read_annotations(annotations)
    tally = Tally()
    mine: dict[str, Object] = {}
    for reading in readings([reports], load_rules(rules), tally):
        if reading.document.id in gold:
            mine[reading.document.id] = _prediction(reading.document.id, reading.report)
    if not mine:
        raise UsageError("no annotated id is among the reports")
    _show(mine, gold, output, quotes, json)
    return Exit.SOME_FAILED if tally.failed else Exit.OK


def run_review(settings: Settings, output: Path | None, quotes: bool, json: bool, rules: Path | None) -> Exit:
    """The same of the reports in the store that people accepted or corrected: as they are read now, against what people said."""
    from ..service.extraction import Extractor
    from ..service.operator import Operator
    from ..service.reviewed import reviewed
    from ..store import Store, StoreError

    mine: dict[str, Object] = {}
    gold: dict[str, Object] = {}
    store = Store(settings.store)
    try:
        for item in reviewed(store, Extractor(settings.reading.with_rules(rules)), Operator(settings.store).leaving("evaluation")):
            gold[item.id] = item.annotation
            if item.seen.read:
                mine[item.id] = _prediction(item.id, item.seen.read)
    except StoreError as error:
        raise FatalError(str(error)) from None
    finally:
        store.close()
    if not gold:
        raise UsageError("nobody accepted or corrected a report yet")
    _show(mine, gold, output, quotes, json)
    return Exit.OK


def _prediction(id_: str, report: Report) -> Object:
    whole = row(id_, report)
    return {key: whole[key] for key in ("decision", "reasons", "summary", "evidence")}


def _show(mine: Mapping[str, Object], gold: Mapping[str, Object], output: Path | None, quotes: bool, json: bool) -> None:
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
