"""Reports that wait in a store for their delivery, put there the way the engine does it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from sqlalchemy import Connection

from nodalis.store import Stage, Store
from nodalis.store.arrivals import Arrival, record
from nodalis.store.queue import counts, shown
from nodalis.store.work import NewVersion, State, next_messages, next_reports, record_state, record_versions


def put(store: Store, number: str, bundle: bytes) -> int:
    """A report, or its correction, that is extracted and waits with this Bundle; the id of its message."""
    urls = [entry["request"] for entry in json.loads(bundle)["entry"]]
    resources = tuple(request["url"] for request in urls if request["method"] == "PUT")
    digest = hashlib.sha256(bundle).digest()

    def work(connection: Connection) -> int:
        now = datetime.now(UTC)
        id_ = record(connection, Arrival("lab", "LIS", "PATH", digest.hex(), bundle, now, f"trace-{number}")).id
        next_messages(connection, "test", 1000, now, 60)
        record_versions(connection, id_, [NewVersion("lab", number, digest, bundle)])
        (found,) = next_reports(connection, "test", 1000, now, 60)
        state = State(Stage.EXTRACTED, "", bundle, digest, resources, "accepted", "pN1a", "")
        assert record_state(connection, found.id, found.revision, state)
        return id_

    return store.write_now(work)


def stages(store: Store) -> dict[str, int]:
    """How many messages stand where, without the stages where none does."""
    return {stage.value: number for stage, number in store.read_now(counts).stages.items() if number}


def where(store: Store, message: int) -> tuple[str, str, int]:
    """Stage, reason and number of attempts of the report of a message."""
    found = store.read_now(lambda connection: shown(connection, message))
    assert found
    (of,) = found.reports
    return of.stage.value, of.reason or of.answer, of.deliveries


def all_done(store: Store) -> bool:
    """Whether nothing waits any more."""
    return not {"received", "extracted"} & stages(store).keys()
