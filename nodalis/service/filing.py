"""Files put into the store as if a laboratory had sent them: each report is a message of the peer ``file``, extracted at once."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from ..decoding import nul_issues
from ..hl7v2 import Change, Moments
from ..pipeline import Tally, distinct
from ..progress import Progress
from ..readers import COLUMNS, Columns, Document, ReadError, Unread, items, opened, total_bytes
from ..settings import Settings
from ..store import Store
from ..store.arrivals import Arrival, known, record
from ..store.audit import AuditAction
from ..store.leases import release
from ..store.work import record_versions
from ..versions import NOBODY, Patient, Version
from .deciding import Deciding
from .operator import Operator
from .reading import read
from .workers import Workers

_AT_ONCE: Final = 100  # reports in one commit
_CHANGES: Final = {
    "preliminary": Change.PRELIMINARY,
    "final": Change.FINAL,
    "amended": Change.AMENDED,
    "corrected": Change.CORRECTED,
    "entered-in-error": Change.DELETED,
}


@dataclass(slots=True)
class Filed:
    """How many reports were put into the store, were there already, or could not be read."""

    new: int = 0
    known: int = 0
    failed: int = 0


async def load(settings: Settings, store: Store, inputs: Sequence[str], columns: Columns = COLUMNS, bar: bool = True) -> Filed:
    """Put all reports of the inputs into the store and extract what waits there; failures are said on stderr, and the next is read."""
    owner = f"{socket.gethostname()}:file"
    await store.write(lambda connection: release(connection, owner))
    filed = await put(store, Operator(settings.store), inputs, settings.reading.issuer, columns, bar)
    async with Workers(settings) as pool:
        await Deciding(store, pool, owner).catch_up()
    return filed


async def put(store: Store, operator: Operator, inputs: Sequence[str], issuer: str, columns: Columns = COLUMNS, bar: bool = True) -> Filed:
    """Put all reports of the inputs into the store, where they wait for their extraction; who did it is recorded with them."""
    filed, tally = Filed(), Tally()
    waiting: list[bytes] = []
    with Progress(total_bytes(inputs), bar) as progress:
        for item in distinct(items(inputs, columns)):
            document = opened(item) if isinstance(item, Unread) else item
            progress.advance(item.size)
            if isinstance(document, ReadError):
                tally.fail(document.origin, document.reason)
                continue
            waiting.append(body_of(document, issuer))
            if len(waiting) == _AT_ONCE:
                await _keep(store, operator, waiting, filed)
        await _keep(store, operator, waiting, filed)
    filed.failed = tally.failed
    return filed


def body_of(document: Document, issuer: str) -> bytes:
    """The bytes that a report of a file is kept as: its version. ``issuer``: whose its number is where the file does not say so."""
    context = {"issuer": issuer, "report_id": document.id, **document.context}
    own = nul_issues(document.text)  # found anew in every reading
    return Version(
        change=_CHANGES.get(context.get("status", "final"), Change.FINAL),
        text=document.text,
        context=context,
        patient=Patient((context.get("subject", NOBODY),)),
        moments=Moments(reported=_as_sent(context.get("issued", ""))),
        issues=tuple(issue for issue in document.issues if issue not in own),
        encoding=document.encoding,
        guessed=document.guessed,
    ).payload


def _as_sent(instant: str) -> str:
    """A FHIR instant as HL7 v2 writes it.

    >>> _as_sent("2026-03-02T10:00:00.5+01:00"), _as_sent("2026-03-02T10:00:00Z"), _as_sent("")
    ('20260302100000+0100', '20260302100000+0000', '')
    """
    if not instant:
        return ""
    digits = "".join(sign for sign in instant[:19] if sign.isdigit())
    return digits + (instant[-6:].replace(":", "") if instant[-6:-5] in ("+", "-") else "+0000")


async def _keep(store: Store, operator: Operator, bodies: list[bytes], filed: Filed) -> None:
    """Write them, and empty the list."""
    some, now = tuple(bodies), datetime.now(UTC)
    bodies.clear()
    new = await store.write(lambda connection: _kept(connection, operator, some, now))
    filed.new += new
    filed.known += len(some) - new


def _kept(connection: Connection, operator: Operator, bodies: Iterable[bytes], now: datetime) -> int:
    """How many of them are new."""
    number = 0
    for body in bodies:
        arrival = Arrival("file", "nodalis", "file", "", body, now, "")
        if not known(connection, arrival):
            record_versions(connection, record(connection, arrival).id, read(body, "", "").versions)
            number += 1
    if number:
        operator.record(connection, AuditAction.LOAD, {"format": "files", "count": number})
    return number
