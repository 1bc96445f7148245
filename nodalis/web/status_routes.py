"""Whether the server lives, whether it can work, and its figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from .roles import WAYS_IN
from .schemas import CHECKS, LIVE, PROBLEMS

Ready = Callable[[], Awaitable[Mapping[str, bool]]]  # what must be there, and whether it is
Figures = Callable[[], Awaitable[bytes]]  # in the exposition format of Prometheus
JSON: Final = "application/json"


def add_status_routes(app: FastAPI, ready: Ready, figures: Figures) -> None:
    """Add ``/health/live``, ``/health/ready`` and ``/metrics``."""

    @app.get(
        "/health/live",
        summary="Alive?",
        response_class=Response,
        responses={200: {"description": "Yes.", "content": {JSON: {"schema": LIVE}}}, **PROBLEMS},
    )
    async def live() -> Response:
        """Answers as long as the process does."""
        return Response(orjson.dumps({"live": True}), media_type=JSON)

    @app.get(
        "/health/ready",
        summary="Ready?",
        response_class=Response,
        responses={
            **PROBLEMS,
            200: {"description": "Yes.", "content": {JSON: {"schema": CHECKS}}},
            503: {"description": "No: at least one check is false.", "content": {JSON: {"schema": CHECKS}}},
        },
    )
    async def readiness() -> Response:
        """Whether all that is needed is there."""
        checks = dict(await ready())
        answer = {"ready": all(checks.values()), "checks": checks}
        return Response(orjson.dumps(answer), 200 if answer["ready"] else 503, media_type=JSON)

    @app.get(
        "/metrics",
        dependencies=WAYS_IN,
        summary="Figures",
        response_class=Response,
        responses={200: {"description": "For Prometheus.", "content": {"text/plain": {"schema": {"type": "string"}}}}, **PROBLEMS},
    )
    async def metrics() -> Response:
        """Counts and durations by route; nothing of any report."""
        return Response(await figures(), media_type=CONTENT_TYPE_LATEST)
