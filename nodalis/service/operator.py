"""Whoever runs a command, and what they did with it, as the audit tells it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from ..settings import StoreSettings
from ..store.audit import Audit, AuditAction, Event
from ..store.audit_key import AuditKey


class Operator:
    """The user of the operating system whose process this is, before the audit of a store.

    Raises:
        UsageError: the settings say no place for the key of the audit.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self.name = f"os:{_user()}"
        self.audit = Audit(AuditKey(settings))

    def record(self, connection: Connection, action: AuditAction, detail: Mapping[str, str | int], report_id: int | None = None) -> None:
        """Add a row, in the transaction of what it tells of. To be the last that the transaction does.

        Raises:
            FatalError: the key of the audit cannot be used.
        """
        self.audit.record(connection, Event(self.name, action, report_id, detail=detail), datetime.now(UTC))


def _user() -> str:
    """The name of the user, whatever the environment says it is; the number of one without a name."""
    if os.name != "posix":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"#{os.getuid()}"
