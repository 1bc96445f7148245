"""The reports that people accepted or corrected, with what they said of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlalchemy import Connection

from ..review.annotation import annotation
from ..review.decision import Action, ReviewState
from ..store import Store
from ..store.audit import AuditAction
from ..store.decisions import Filter, Sort, opened, worklist
from .extraction import Extractor, Seen
from .operator import Operator

_AT_ONCE: Final = 200
_STATES: Final = (ReviewState.ACCEPTED, ReviewState.CORRECTED)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A report, as it is read now and as a person has it."""

    id: str  # its number, unique within the store
    seen: Seen = field(repr=False)
    annotation: dict[str, object] = field(repr=False)


def reviewed(store: Store, extractor: Extractor, operator: Operator, format: str) -> Iterator[Reviewed]:
    """All of them whose decision holds, the oldest first.

    Before the first of them it is recorded who takes them, in which form, and how many there are that somebody accepted or corrected.
    """

    def recorded(connection: Connection) -> None:
        states = worklist(connection, Filter(state=None), Sort(), limit=1).states
        operator.record(connection, AuditAction.EXPORT, {"format": format, "count": sum(states[state] for state in _STATES)})

    store.write_now(recorded)
    for state in _STATES:
        for item_id, issuer, number in list(_of(store, state)):
            found = store.read_now(partial(opened, report_id=item_id))
            if found is None or found.holds is None or found.holds.decision.action not in (Action.ACCEPT, Action.CORRECT):
                continue
            name = f"{issuer}|{number}"
            yield Reviewed(name, extractor.view(found.payloads), annotation(name, found.holds.decision.said))


def _of(store: Store, state: ReviewState) -> Iterator[tuple[int, str, str]]:
    page = 1
    while True:
        some = store.read_now(partial(worklist, wanted=Filter(state=state), sort=Sort(), page=page, limit=_AT_ONCE))
        yield from ((item.id, item.issuer, item.number) for item in some.items)
        if len(some.items) < _AT_ONCE:
            return
        page += 1
