"""``nodalis audit``: whether the rows are as they were written, the rows themselves, and the same as FHIR."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import orjson

from ..exits import Exit, FatalError, UsageError, say
from ..files import whole_file
from ..printable import one_line
from ..service.audit_events import audit_event
from ..service.operator import Operator
from ..settings import Settings
from ..store import Store, StoreError, audit
from ..store.audit_key import AuditKey

T = TypeVar("T")
_AT_A_TIME: Final = 1_000


def verify(settings: Settings, expect: str | None) -> Exit:
    """Print what is wrong, one problem a line, and the head."""
    try:
        kept = audit.Head.of(expect) if expect else None
    except ValueError as error:
        raise UsageError("--expect: expected NUMBER:HASH, as verify printed it") from error
    checked = audit.Audit(AuditKey(settings.store))

    def work(store: Store) -> Exit:
        problems = store.read_now(partial(checked.verify, kept=kept))
        for problem in problems:
            print(f"{'head' if problem.number is None else f'row {problem.number}'}: {problem.what}")
        if problems:
            return Exit.PROBLEMS
        head = store.read_now(audit.head)
        say(f"{head.number} row{'' if head.number == 1 else 's'}, all as they were written")
        print(f"head {head}")
        return Exit.OK

    return _with_store(settings, work)


def show(settings: Settings, report: int | None, after: int, limit: int) -> Exit:
    """Print rows, one a line."""

    def work(store: Store) -> Exit:
        rows = store.read_now(partial(audit.entries, after=after, limit=limit, report_id=report))
        _record_reading(settings, store, "list", len(rows), report)
        for row in rows:
            event = row.event
            details = " ".join(f"{name}={value}" for name, value in event.detail.items())
            about = "" if event.report_id is None else f"report {event.report_id}"
            said = (str(row.number), f"{row.at:%Y-%m-%d %H:%M:%S}Z", event.actor, event.action, about, details, event.reason)
            print("\t".join(map(one_line, said)))
        if len(rows) == limit:
            say(f"there may be more: --after {rows[-1].number}")
        return Exit.OK

    return _with_store(settings, work)


def export(settings: Settings, output: Path) -> Exit:
    """Write all rows as AuditEvents, one a line."""

    def work(store: Store) -> Exit:
        last = 0
        with whole_file(output) as stream:
            while rows := store.read_now(partial(audit.entries, after=last, limit=_AT_A_TIME)):
                stream.writelines(orjson.dumps(audit_event(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows)
                last = rows[-1].number
            _record_reading(settings, store, "fhir", last, None)
        say(f"{last} row{'' if last == 1 else 's'} in {output}")
        return Exit.OK

    return _with_store(settings, work)


def _record_reading(settings: Settings, store: Store, how: str, count: int, report: int | None) -> None:
    record = Operator(settings.store).record
    detail: dict[str, str | int] = {"format": how, "count": count}
    store.write_now(partial(record, action=audit.AuditAction.AUDIT_READ, detail=detail, report_id=report))


def _with_store(settings: Settings, work: Callable[[Store], T]) -> T:
    try:
        with closing(Store(settings.store)) as store:
            return work(store)
    except StoreError as error:
        raise FatalError(str(error)) from None
    except (TypeError, ValueError):  # a column that holds what we never write
        raise FatalError("a row is not as it was written: nodalis audit verify says which") from None
