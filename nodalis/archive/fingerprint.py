"""What a run is made of, as one key: with the same key a run goes on or is done, with another it is a new one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from ..readers import STDIN


def key_of(parts: Mapping[str, object], files: Iterable[str]) -> str:
    """A digest of settings and inputs. Inputs count as equal while path, size and time of change are: they are not read twice for it."""
    digest = hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))
    for name in files:
        digest.update(f"\0{name}\0".encode("utf-8", "surrogatepass"))
        # What comes through a pipe cannot be compared with anything.
        for line in [os.urandom(16).hex()] if name == STDIN else _states(Path(name)):
            digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _states(path: Path) -> Iterable[str]:
    if not path.is_dir():
        yield _state(path, path.name)
        return
    for base, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            file = Path(base, name)
            yield _state(file, str(file.relative_to(path)))


def _state(path: Path, name: str) -> str:
    try:
        found = path.stat()
    except OSError:
        return f"{name}\0missing\0"
    return f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0"
