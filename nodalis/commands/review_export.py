"""``nodalis review export``: what people decided, as annotated reports."""

from __future__ import annotations

from pathlib import Path

import orjson

from ..exits import Exit, FatalError, say
from ..files import whole_file
from ..service.extraction import Extractor
from ..service.operator import Operator
from ..service.reviewed import Leaving, reviewed
from ..settings import Settings
from ..store import Store, StoreError


def run(settings: Settings, output: Path) -> Exit:
    """Write a row a report, with its text."""
    number, operator = 0, Operator(settings.store)
    store = Store(settings.store)
    try:
        with whole_file(output) as stream:
            for item in reviewed(store, Extractor(settings.reading), Leaving(operator.audit, operator.name, "annotations")):
                row = {"id": item.id, "text": item.seen.text, **item.annotation}
                stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
                number += 1
    except StoreError as error:
        raise FatalError(str(error)) from None
    finally:
        store.close()
    say(f"{number} report{'s' * (number != 1)} that people decided about, with their text, in {output}")
    return Exit.OK
