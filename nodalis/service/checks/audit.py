"""The audit: whether its key is there, private and its own, and whether the rows are sealed by it. Nothing is made or changed."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from ...exits import FatalError, UsageError
from ...settings import Settings
from ...store import Store, StoreError
from ...store.audit import Audit, length
from ...store.audit_key import AuditKey
from .finding import Finding, ok, problem, warning

_MOST: Final = 10_000  # rows; so many take less than a second
_UNRECORDED: Final = "until then nothing is recorded, and so nothing is shown or decided"


def audit(settings: Settings) -> Iterator[Finding]:
    """The audit of the store of the settings, as far as the store can be read: what is wrong with that is another check's."""
    try:
        opened = Store(settings.store)
    except UsageError:
        return
    with closing(opened):
        try:
            key = AuditKey(settings.store)
        except UsageError as error:
            advice = "name one, such as /var/lib/nodalis/audit.key: the review page and `nodalis queue show --text` need it"
            yield warning("audit.key", error.messages[0].partition(":")[0], advice)
            return
        try:
            rows = opened.read_now(length)
        except StoreError:
            rows = 0
        yield from _key(key, rows, opened.engine.url.database if opened.engine.dialect.name == "sqlite" else None)
        if key.exists:
            with suppress(FatalError, StoreError):  # of the key, or the store: told of before
                yield _chain(opened, Audit(key), rows)


def _key(key: AuditKey, rows: int, database: str | None) -> Iterator[Finding]:
    """The file of the key."""
    path = key.path
    if not key.exists:
        if rows:
            yield problem("audit.key", "is gone, and what is recorded was sealed by it", f"put {path} back from its backup: {_UNRECORDED}")
        elif not os.access(folder := _nearest(path.absolute().parent), os.W_OK | os.X_OK):
            yield problem("audit.key", "cannot be made", f"let the service write {folder}, or name another place in store.audit_key")
        else:
            yield ok("audit.key", "is not made yet; the first row makes it")
        return
    found = path.stat()
    owner = Path(database).stat().st_uid if database and Path(database).exists() else os.geteuid()
    if found.st_mode & 0o077:
        yield problem("audit.key", f"others may read it (mode {found.st_mode & 0o777:04o})", f"chmod 600 {path}: {_UNRECORDED}")
    elif owner not in (found.st_uid, 0):
        yield problem("audit.key", "belongs to another user than the store", f"chown {_name(owner)} {path}: {_UNRECORDED}")
    else:
        try:
            key.secret()
            yield ok("audit.key", "is there, and private")
        except FatalError as error:
            said = error.messages[0].removeprefix(f"{path}: ")
            yield problem("audit.key", said, f"put {path} back from its backup, or run as the user of the service: {_UNRECORDED}")


def _chain(opened: Store, audit: Audit, rows: int) -> Finding:
    """The head and the rows before it, not too many of them."""
    problems = opened.read_now(partial(audit.verify, most=_MOST if rows > _MOST else None))
    if problems:
        return problem("audit", "is not as it was written", "`nodalis audit verify` says where; keep a copy of the store as it is now")
    return ok("audit", f"the last {_MOST} of {rows} rows are as they were written" if rows > _MOST else "is as it was written")


def _nearest(folder: Path) -> Path:
    """The folder, or the first one above it that is there."""
    return next(above for above in (folder, *folder.parents) if above.is_dir())


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
