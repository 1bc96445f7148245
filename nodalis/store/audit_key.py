"""The key of the audit: 32 random bytes in a file of their owner, made at first use."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from ..exits import FatalError, UsageError
from ..settings import StoreSettings

_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class AuditKey:
    """The key of one store; its file is read when it is first asked for, and made when there is nothing yet that another key sealed."""

    def __init__(self, settings: StoreSettings) -> None:
        """Raises UsageError where the settings say no place for the file."""
        self.path = settings.audit_key or _beside(settings)
        self._key = b""

    @property
    def exists(self) -> bool:
        """Whether there is one: then something was recorded."""
        return self.path.exists()

    def secret(self, first: bool = False) -> bytes:
        """The key; made where there is none, if this is its ``first`` use.

        Raises:
            FatalError: the file cannot be read or made, is gone, is none of ours, or others than its owner may read it.
        """
        if not self._key:
            try:
                if not self.exists:
                    if not first:
                        raise FatalError(f"{self.path}: the key of what is recorded is not there: put it back from its backup")
                    self._make()
                self._key = self._read()
            except OSError as error:
                raise FatalError(f"{self.path}: {(error.strerror or 'cannot be read').lower()}") from None
        return self._key

    def _read(self) -> bytes:
        with self.path.open("rb") as stream:
            if os.name == "posix" and os.fstat(stream.fileno()).st_mode & _OTHERS:
                raise FatalError(f"{self.path}: others may read it: expected mode 0600")
            key = stream.read(_BYTES + 1)
        if len(key) != _BYTES:
            raise FatalError(f"{self.path}: not a key of the audit: expected {_BYTES} bytes")
        return key

    def _make(self) -> None:
        """Make the file whole or not at all; of several processes that try, one does."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")
        handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(secrets.token_bytes(_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
                if os.name == "posix" and os.geteuid() == 0:  # somebody's command must not lock the service out
                    folder = self.path.parent.stat()
                    os.fchown(stream.fileno(), folder.st_uid, folder.st_gid)
            with suppress(FileExistsError):
                os.link(written, self.path)
        finally:
            written.unlink()


def _beside(settings: StoreSettings) -> Path:
    url = make_url(settings.url.get_secret_value())
    if url.get_backend_name() != "sqlite" or not url.database:
        raise UsageError("store.audit_key is not set: expected the path of a file that the database's server cannot read")
    return Path(f"{url.database}.audit-key")
