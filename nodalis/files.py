"""Files that appear whole or not at all, under names that stay in their folder."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_MAX_NAME = 150  # bytes before the suffix; file systems stop at 255
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # names that Windows keeps for itself


def stamp(path: Path) -> tuple[int, ...] | None:
    """What is another after a file was written or replaced; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size


def safe_name(id_: str) -> str:
    """A file name for a report id: letters, digits, dot, dash, underscore; all else percent-encoded.

    Two ids never share a name: the encoding can be undone, and names cut for length carry a hash.

    >>> safe_name("TCGA-A7/t14"), safe_name("../../etc/passwd")
    ('TCGA-A7%2Ft14', '%2E.%2F..%2Fetc%2Fpasswd')
    """
    data = id_.encode("utf-8", "surrogatepass")
    name = "".join(chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "._-") else f"%{byte:02X}" for byte in data)
    if name.startswith((".", "-")) or _DEVICES.match(name):
        name = f"%{data[0]:02X}{name[1:]}"
    if not name:
        return "%"  # no other id gives this
    if len(name) > _MAX_NAME:
        name = f"{name[:_MAX_NAME]}~{hashlib.sha256(data).hexdigest()[:16]}"
    return name


class Names:
    """Names for the reports of one run, distinct also where a file system ignores case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, id_: str) -> str:
        """A name not given before."""
        name = safe_name(id_)
        if name.lower() in self._taken:
            name = f"{name}~{hashlib.sha256(id_.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
        self._taken.add(name.lower())
        return name


@contextmanager
def whole_file(path: Path, durable: bool = True) -> Iterator[BinaryIO]:
    """A file that takes its name when the block ends without an error; until then the old one stands.

    ``durable`` waits until the disk has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # a temporary file is readable by its owner only
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
