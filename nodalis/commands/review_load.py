"""``nodalis review load``: files into the store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..exits import Exit, FatalError, say
from ..readers import Columns
from ..service.filing import load
from ..settings import Settings
from ..store import Store, StoreError, upgrade


def run(settings: Settings, inputs: Sequence[str], columns: Columns) -> Exit:
    """Load them and say how many."""
    store = Store(settings.store)
    try:
        upgrade(store)
        filed = asyncio.run(load(settings, store, inputs, columns))
    except StoreError as error:
        raise FatalError(str(error)) from None
    finally:
        store.close()
    say(f"{filed.new} report{'s' * (filed.new != 1)} put into the store, {filed.known} there already, {filed.failed} failed")
    return Exit.SOME_FAILED if filed.failed else Exit.OK
