"""The review page as one application: its routes behind the sign-in, what it reads in the background, refusals as pages."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ...exits import FatalError, complain
from ...pipeline import editions_of
from ...service.deciding import Deciding
from ...service.processing import Processing
from ...service.workers import Workers
from ...settings import Settings
from ...store import Store, StoreError
from ..bare import bare_application
from ..sign_in import add_sign_in
from .export_routes import add_export_routes
from .list_routes import add_list_routes
from .pages import refused
from .report_routes import add_report_routes
from .routes import ROUTES

_log: Final = structlog.get_logger()


def review_application(settings: Settings, store: Store) -> FastAPI:
    """The page on a store; what came into the store, and what people decide, is read by processes of its lifespan.

    Raises:
        FatalError: the rules or the key of the audit cannot be used.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:review"
    pool, views = (Workers(settings, lambda: _log.warning("worker_ended")) for _ in range(2))  # whoever opens a report waits for no other

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        try:
            async with pool, views:
                reading = asyncio.create_task(Processing(store, pool, owner, settings.mllp.max_waiting, lambda: None).run(stop))
                try:
                    yield
                finally:
                    stop.set()
                    await reading
        except FatalError as error:  # uvicorn would not say what it was
            for message in error.messages:
                complain(message)
            raise

    handlers: Any = {HTTPException: _refused, RequestValidationError: _invalid, StoreError: _down}
    app = bare_application(title="Nodalis review", openapi_url=None, lifespan=lifespan, exception_handlers=handlers)
    audit = add_sign_in(app, store, settings, ROUTES)
    deciding, (edition,) = Deciding(store, views, owner), editions_of([settings.reading.edition])
    add_list_routes(app, store, audit)
    add_report_routes(app, store, audit, deciding, edition)
    add_export_routes(app, store, audit, deciding, edition)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refused(request, error.status_code)


async def _invalid(request: Request, error: Exception) -> Response:
    return refused(request, 404)


async def _down(request: Request, error: Exception) -> Response:
    return refused(request, 503)
