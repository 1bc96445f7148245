"""``nodalis queue``: the messages of the store, for people and for scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar

from rich import box
from rich.table import Table

from ..exits import Exit, FatalError, UsageError, say
from ..printable import block
from ..terminal import stdout_console, words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ..service.operator import Operator
    from ..settings import StoreSettings
    from ..store import Stage, Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Selected:
    """Which messages."""

    stages: tuple[Stage, ...]
    since: datetime | None
    until: datetime | None

    def __bool__(self) -> bool:
        return bool(self.stages or self.since or self.until)

    @property
    def in_words(self) -> dict[str, str]:
        """The same, as details of the audit."""
        times = {name: f"{time:%Y-%m-%dT%H:%M:%S%z}" for name, time in (("from", self.since), ("to", self.until)) if time}
        return times | ({"stages": " ".join(dict.fromkeys(self.stages))} if self.stages else {})


def selected(stages: Sequence[str] | None, since: str | None, until: str | None) -> Selected:
    """The messages that the options ask for.

    Raises:
        UsageError: there is no such stage or time.
    """
    from ..store import Stage

    try:
        chosen = tuple(Stage(name) for name in stages or ())
    except ValueError:
        raise UsageError(f"--stage: one of {', '.join(Stage)}") from None
    return Selected(chosen, _time("--since", since), _time("--until", until))


def counts(settings: Path | None, json: bool) -> Exit:
    """Print how many messages stand where."""
    from ..store import queue

    found = _done(settings, queue.counts)
    if json:
        return _print_json(asdict(found))
    table = _table("stage", "messages")
    for stage, number in found.stages.items():
        table.add_row(words(stage), str(number))
    table.add_section()
    table.add_row("received in total", str(found.total))
    table.add_row("oldest that waits", _shown(found.oldest) or "none")
    for kind, number in found.alarms.items():
        table.add_row(words(f"alarm: {kind.replace('_', ' ')}"), str(number))
    stdout_console().print(table)
    return Exit.OK


def list_messages(settings: Path | None, chosen: Selected, after: int, limit: int, json: bool) -> Exit:
    """Print messages."""
    from ..store import queue

    def work(connection: Connection) -> list[queue.Listed]:
        return queue.listed(connection, chosen.stages, chosen.since, chosen.until, after, limit)

    rows = _done(settings, work)
    if json:
        return _print_json([asdict(row) for row in rows])
    names = ("id", "received_at", "stage", "reason", "peer", "application", "facility", "control_id", "size", "first")
    _print_rows(names, ([getattr(row, name) for name in names] for row in rows))
    return _more(rows, limit)


def show(settings: Path | None, id: int, text: bool, json: bool) -> Exit:
    """Print one message; what identifies a report, and the message itself, only if asked for."""
    from ..store import queue
    from ..store.audit import AuditAction

    def read(connection: Connection, operator: Operator) -> queue.Shown | None:
        """Before any of it is seen, it is recorded that it is."""
        found = queue.shown(connection, id)
        if found is not None:
            for report in found.reports or (None,):
                operator.record(connection, AuditAction.VIEW, {"messages": id}, report.id if report else None)
        return found

    found = _recorded(settings, read) if text else _done(settings, lambda connection: queue.shown(connection, id))
    if found is None:
        raise UsageError(f"there is no message {id}")
    reports = [asdict(report) for report in found.reports]
    for report in () if text else reports:
        del report["issuer"], report["number"]
    content = None if found.body is None else found.body.decode("utf-8", "backslashreplace")
    if json:
        return _print_json(asdict(found.message) | {"reports": reports} | ({"text": content} if text else {}))
    _print_rows(("message", ""), asdict(found.message).items())
    for report in reports:
        _print_rows(("report", ""), report.items())
    if text:
        console = stdout_console()
        console.print("the message is no longer kept" if content is None else block(content))
    return Exit.OK


def replay(settings: Path | None, ids: Sequence[int] | None, chosen: Selected) -> Exit:
    """Have messages read again."""
    from ..store import queue
    from ..store.audit import AuditAction

    if not ids and not chosen:
        raise UsageError("which messages? Give ids, --stage, --since or --until")

    def again(connection: Connection, operator: Operator) -> int:
        number = queue.replay(connection, ids or None, chosen.stages, chosen.since, chosen.until)
        if number:
            operator.record(connection, AuditAction.REPLAY, {"count": number, **chosen.in_words, **_numbers(ids)})
        return number

    number = _recorded(settings, again)
    say(f"{number} message{'' if number == 1 else 's'} will be read again")
    return Exit.OK


def alarms(settings: Path | None, after: int, limit: int, json: bool) -> Exit:
    """Print alarms."""
    from ..store import queue

    rows = _done(settings, lambda connection: queue.alarms(connection, after, limit))
    if json:
        return _print_json([asdict(row) for row in rows])
    _print_rows(("id", "at", "kind", "message_id", "report_id"), ([*asdict(row).values()] for row in rows))
    return _more(rows, limit)


def _numbers(ids: Sequence[int] | None) -> dict[str, str]:
    """Messages by their numbers, as many as a detail of the audit holds."""
    return {"messages": shorten(" ".join(map(str, ids)), 200, placeholder=" ...")} if ids else {}


def _done(settings: Path | None, work: Callable[[Connection], T]) -> T:
    """What a work gives that reads the store of these settings."""
    with _opened(settings) as (store, _):
        return store.read_now(work)


def _recorded(settings: Path | None, work: Callable[[Connection, Operator], T]) -> T:
    """What a work gives, in one transaction with what it records of the operator."""
    from ..service.operator import Operator

    with _opened(settings) as (store, of_store):
        operator = Operator(of_store)
        return store.write_now(lambda connection: work(connection, operator))


@contextmanager
def _opened(settings: Path | None) -> Iterator[tuple[Store, StoreSettings]]:
    from ..settings import load
    from ..store import Store, StoreError

    of_store = load(settings).store
    store = Store(of_store)
    try:
        yield store, of_store
    except StoreError as error:
        raise FatalError(str(error)) from None
    finally:
        store.close()


def _time(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: a time such as 2026-03-02 or 2026-03-02T08:00+01:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _print_json(value: object) -> Exit:
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    sys.stdout.buffer.write(orjson.dumps(value, option=options))
    sys.stdout.buffer.flush()
    return Exit.OK


def _print_rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    table = _table(*(name.replace("_", " ") for name in names))
    for row in rows:
        table.add_row(*(words(_shown(value)) for value in row))
    stdout_console().print(table)


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def _more(rows: Sequence[Any], limit: int) -> Exit:
    if len(rows) == limit:
        say(f"there may be more: --after {rows[-1].id}")
    return Exit.OK
