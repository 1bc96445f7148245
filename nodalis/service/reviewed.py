"""The reports that are settled, out of the store: for a registry, and to score the rules by what people said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from ..review.annotation import annotation
from ..review.decision import Action, ReviewState
from ..store import Store
from ..store.audit import Audit, AuditAction, Event
from ..store.decisions import Filter, Sort, opened, settled, worklist
from .extraction import Extractor, Seen

_AT_ONCE: Final = 100
_STATES: Final = (ReviewState.ACCEPTED, ReviewState.CORRECTED)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A report, as it is read now and as a person has it."""

    id: str  # its number, unique within the store
    seen: Seen = field(repr=False)
    annotation: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who takes reports out of the store, and as what: it stands in the audit before they leave."""

    audit: Audit
    actor: str
    format: str

    def record(self, connection: Connection, reports: Sequence[int]) -> None:
        """A row a report. To be the last that the transaction does."""
        for report_id in reports:
            event = Event(self.actor, AuditAction.EXPORT, report_id, detail={"format": self.format})
            self.audit.record(connection, event, datetime.now(UTC))


def reviewed(store: Store, extractor: Extractor, who: Leaving) -> Iterator[Reviewed]:
    """All of them whose decision holds, the oldest first; that they leave the store stands in the audit before they do."""
    for state in _STATES:
        listed = list(_of(store, state))
        for first in range(0, len(listed), _AT_ONCE):
            some = listed[first : first + _AT_ONCE]
            store.write_now(partial(who.record, reports=[item_id for item_id, _, _ in some]))
            for item_id, issuer, number in some:
                found = store.read_now(partial(opened, report_id=item_id))
                if found is None or found.holds is None or found.holds.decision.action not in (Action.ACCEPT, Action.CORRECT):
                    continue
                name = f"{issuer}|{number}"
                yield Reviewed(name, extractor.view(found.payloads), annotation(name, found.holds.decision.said))


def leaving(store: Store, extractor: Extractor, who: Leaving, since: datetime | None = None) -> Iterator[tuple[int, Seen]]:
    """The ids of the reports that are settled, in their order, and each as it is by what was decided."""
    after = 0
    while ids := store.read_now(partial(settled, after=after, since=since, limit=_AT_ONCE)):
        store.write_now(partial(who.record, reports=ids))
        for report_id in ids:
            found = store.read_now(partial(opened, report_id=report_id))
            seen = extractor.view(found.payloads, found.holds.decision if found.holds else None) if found else Seen()
            if seen.settled:  # else it became something else in between
                yield report_id, seen
        after = ids[-1]


def _of(store: Store, state: ReviewState) -> Iterator[tuple[int, str, str]]:
    page = 1
    while True:
        some = store.read_now(partial(worklist, wanted=Filter(state=state), sort=Sort(), page=page, limit=_AT_ONCE))
        yield from ((item.id, item.issuer, item.number) for item in some.items)
        if len(some.items) < _AT_ONCE:
            return
        page += 1
