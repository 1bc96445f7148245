"""An output folder of either engine, as its manifest tells of it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def lines(folder: Path) -> dict[str, list[bytes]]:
    """The lines of every type, sorted; each file has the digest, the length and the lines that the manifest says."""
    found: dict[str, list[bytes]] = defaultdict(list)
    said = manifest(folder)
    for file in [*said["output"], *said["error"]]:
        data = _checked(folder, file)
        some = (gzip.decompress(data) if file["url"].endswith(".gz") else data).splitlines()
        assert len(some) == file["count"], file["url"]
        found[file["type"]] += some
    for file in said["extension"]["files"]:
        _checked(folder, file)
    return {kind: sorted(some) for kind, some in found.items()}


def _checked(folder: Path, file: dict[str, Any]) -> bytes:
    data = (folder / str(file["url"])).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (file["extension"]["bytes"], file["extension"]["sha256"])
    return data


def files(folder: Path) -> set[str]:
    """All files but the manifest, relative to the folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
