"""Reports out of the store: those that are settled for a registry, those that people decided about to score the rules by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

from sqlalchemy import Connection

from ..review.annotation import annotation
from ..review.decision import Action
from ..store import Store
from ..store.audit import Audit, AuditAction, Event
from ..store.decisions import Opened, decided, opened
from .extraction import Extractor, Seen

_AT_ONCE: Final = 100


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


class Listing(Protocol):
    """Gives the ids of reports from one on, in their order, and no more than so many: `decisions.settled`, `decisions.decided`."""

    def __call__(self, connection: Connection, after: int, *, limit: int) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A report, as it is read now and as a person has it."""

    id: str  # its number, unique within the store
    seen: Seen = field(repr=False)
    annotation: dict[str, object] = field(repr=False)


def leaving(store: Store, extractor: Extractor, who: Leaving, listing: Listing) -> Iterator[tuple[Opened, Seen]]:
    """The reports of a list, each as it is by what was decided; the list may be older than the report."""
    after = 0
    while ids := store.read_now(partial(listing, after=after, limit=_AT_ONCE)):
        store.write_now(partial(who.record, reports=ids))
        for report_id in ids:
            found = store.read_now(partial(opened, report_id=report_id))
            if found is not None:  # else it was removed in between
                yield found, extractor.view(found.payloads, found.holds.decision if found.holds else None)
        after = ids[-1]


def reviewed(store: Store, extractor: Extractor, who: Leaving) -> Iterator[Reviewed]:
    """The reports that people accepted or corrected, where that holds, in the order in which they came first."""
    for found, seen in leaving(store, extractor, who, decided):
        if found.holds is not None and found.holds.decision.action in (Action.ACCEPT, Action.CORRECT):
            name = f"{found.item.issuer}|{found.item.number}"
            yield Reviewed(name, seen, annotation(name, found.holds.decision.said))
