"""An application before it has routes."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from .. import __version__

# FastAPI would look for an OpenTelemetry of the process and tell it of every request, path and all.
_NO_TELEMETRY: Final[Any] = {"tracing": False, "metrics": False, "logs": False}


def bare_application(**options: Any) -> FastAPI:
    """An application without pages that load scripts from elsewhere, and that tells nobody of its requests."""
    return FastAPI(version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=_NO_TELEMETRY, **options)
