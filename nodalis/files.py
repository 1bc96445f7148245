"""Files that appear whole or not at all, under names that stay in their folder."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from .exits import complain

_MAX_NAME = 150  # bytes before the suffix; file systems stop at 255
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # names that Windows keeps for itself


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


class NdjsonFiles:
    """One NDJSON file a resource type in a folder; all of them take their names when the work ends without an error."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = ExitStack()
        self._streams: dict[str, BinaryIO] = {}

    def __enter__(self) -> NdjsonFiles:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def write(self, kind: str, line: bytes) -> None:
        """Add one resource, given as JSON without line breaks."""
        stream = self._streams.get(kind)
        if stream is None:
            stream = self._streams[kind] = self._files.enter_context(whole_file(self._folder / f"{kind}.ndjson"))
        stream.write(line + b"\n")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        old = {path.stem for path in self._folder.glob("*.ndjson")} - self._streams.keys()
        for name in sorted(old) if kind is None else ():
            complain(f"{self._folder / name}.ndjson is of an earlier run: this one has no {name}", "warning")
        return self._files.__exit__(kind, error, trace)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
