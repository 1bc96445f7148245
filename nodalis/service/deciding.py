"""Decisions of people, taken into the store and followed at once, so that whoever decided sees what became of it.

Another process, such as the listener, may extract the same report: the revision of the report sees to it that only one has an effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from ..review.correction import CorrectionError, corrected, values
from ..review.decision import Action, Decision
from ..store import Store, decisions, work
from ..store.decisions import NewerVersionError, Opened
from .extraction import Seen

_LEASE_SECONDS: Final = 60.0
_BATCH: Final = 32


def _nothing(_: Connection) -> None:
    """Nothing is written besides."""


class Extracting(Protocol):
    """Where reports are extracted: ``Workers``."""

    async def extract(self, versions: Sequence[bytes], sent: work.Sent | None, decision: Decision | None = None) -> work.State:
        """What a report is."""

    async def view(self, versions: Sequence[bytes], decision: Decision | None = None) -> Seen:
        """A report as a person is shown it."""


class Deciding:
    """What the review page does with reports; ``owner`` names its process in the store."""

    def __init__(self, store: Store, pool: Extracting, owner: str) -> None:
        self._store = store
        self._pool = pool
        self._owner = owner

    async def opened(self, report_id: int) -> tuple[Opened, Seen] | None:
        """A report with all that was decided, and as it is by that; none if there is none, or its versions were removed."""
        found = await self._store.read(lambda connection: decisions.opened(connection, report_id))
        if found is None:
            return None
        return found, await self._pool.view(found.payloads, found.holds.decision if found.holds else None)

    async def decide(
        self, about: Opened, seen: Seen, decision: Decision, last: int | None, also: Callable[[Connection], None] = _nothing
    ) -> int:
        """Keep a decision about a report as it was opened, and follow it; its id.

        ``last``: the last decision that the person saw (`Opened.last`); ``also``: what is written in the same transaction, behind it.

        Raises:
            NewerVersionError: the report has other versions by now, or is read otherwise.
            DecidedError: somebody decided since, or there is no decision to undo.
            CorrectionError: what the person says cannot be; one line that says why.
        """
        if decision.versions != about.versions:
            raise NewerVersionError("the report has other versions by now")
        if decision.action in (Action.ACCEPT, Action.CORRECT):
            decision = replace(decision, said=_said(seen, decision))
        report_id = about.item.id

        def kept(connection: Connection) -> int:
            id = decisions.decide(connection, report_id, decision, last)
            also(connection)
            return id

        id = await self._store.write(kept, urgent=True)
        report = await self._store.write(self._next(report_id), urgent=True)
        if report is not None:  # else the listener does it, or its messages are read again first
            await self._extract(report)
        return id

    async def catch_up(self) -> int:
        """Extract whatever waits for it, where nobody else does; how many reports."""
        number = 0
        while True:
            some = await self._store.write(lambda c: work.next_reports(c, self._owner, _BATCH, datetime.now(UTC), _LEASE_SECONDS))
            if not some:
                return number
            await asyncio.gather(*map(self._extract, some))
            number += len(some)

    def _next(self, report_id: int) -> Callable[[Connection], work.WaitingReport | None]:
        return lambda connection: work.next_of_report(connection, report_id, self._owner, datetime.now(UTC), _LEASE_SECONDS)

    async def _extract(self, report: work.WaitingReport) -> None:
        state = await self._pool.extract(report.versions, report.sent, report.decision)
        await self._store.write(lambda connection: work.record_state(connection, report.id, report.revision, state), urgent=True)


def _said(seen: Seen, decision: Decision) -> tuple[tuple[str, str], ...]:
    """What a report says by a decision, if that can be."""
    if seen.read is None:
        raise CorrectionError("the report cannot be read: it can only be set aside")
    if seen.reading != decision.reading:
        raise NewerVersionError("the report is read otherwise by now")
    return tuple(values(corrected(seen.read, decision.corrections)).items())
