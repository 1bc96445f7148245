"""The manifest of a finished run, in the form of FHIR Bulk Data: the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from .. import __version__
from ..conversion import Settings

MANIFEST: Final = "manifest.json"
Listed = dict[str, Any]


def about(settings: Settings, rules: str) -> dict[str, str]:
    """By which software, rules and edition a run was made; ``rules`` is their digest."""
    return {"nodalis": __version__, "grammar": rules, "edition": settings.edition, "fhirVersion": settings.fhir_version}


def listed(url: str, kind: str, size: int, digest: str, count: int | None = None) -> Listed:
    """A file as the manifest lists it; ``url`` is relative to the manifest, ``digest`` the SHA-256, ``count`` the lines or rows."""
    counted = {} if count is None else {"count": count}
    return {"type": kind, "url": url, **counted, "extension": {"bytes": size, "sha256": digest}}


def manifest(
    started: str,
    about: Mapping[str, str],
    counts: Mapping[str, int],
    output: Sequence[Listed],
    error: Sequence[Listed],
    files: Sequence[Listed],
) -> bytes:
    """The manifest; ``counts`` are those of the inputs by what became of them, ``files`` all that is no FHIR."""
    said = {
        "transactionTime": started,
        "request": "urn:nodalis:convert",
        "requiresAccessToken": False,
        "output": output,
        "error": error,
        "extension": {**about, "counts": counts, "files": files},
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
