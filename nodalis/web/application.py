"""The applications: the HTTP interface behind its gate, and the status of the listener."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ..exits import FatalError, UsageError, complain
from ..settings import Settings
from ..store import Store
from ..worker_pool import Pool
from .bare import bare_application
from .envelope import Envelope
from .errors import invalid, refused
from .extraction_routes import add_extraction_routes
from .fhir_routes import add_fhir_routes
from .gate import Gate
from .keys import Keys, KeysError
from .measures import Measures
from .queue_routes import add_queue_routes
from .reading import Reader
from .status_routes import Figures, Ready, add_status_routes
from .tokens import Tokens

_PATIENCE: Final = 10.0  # seconds that a report may wait for a process
_DESCRIPTION: Final = (
    "Reads breast pathology reports: lymph-node facts with the words that prove them, AJCC pN, FHIR R4. It keeps no report."
)


def application(settings: Settings, store: Store | None = None) -> FastAPI:
    """The HTTP interface, with the queue of a store; its processes run from the start of its lifespan to the end.

    Raises:
        UsageError: nobody could be let in, or what lets them in is wrong.
    """
    gate = _gate(settings)
    readers = Pool(partial(Reader, settings.reading), settings.reading.workers, patience=_PATIENCE)
    measures = Measures()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with readers:
                yield
        except FatalError as error:  # uvicorn would not say what it was
            for message in error.messages:
                complain(message)
            raise

    async def ready() -> Mapping[str, bool]:
        return {"rules": readers.ready, **({"store": await store.is_usable()} if store else {})}

    async def figures() -> bytes:
        return measures.text()

    app = _empty(lifespan=lifespan, openapi_url="/openapi.json")
    add_extraction_routes(app, readers, settings.reading.seconds, settings.http.max_body_bytes)
    add_fhir_routes(app)
    add_status_routes(app, ready, figures)
    if store:
        add_queue_routes(app, store)
    app.add_middleware(Gate, **gate)
    app.add_middleware(Envelope, routes=app, measures=measures)
    return app


def status_application(ready: Ready, figures: Figures) -> FastAPI:
    """Health and figures of another process of ours, for whoever can reach its port; that is loopback unless the settings say more."""
    app = _empty(openapi_url=None)
    add_status_routes(app, ready, figures)
    app.add_middleware(Envelope, routes=app, measures=Measures())
    return app


def _empty(**options: Any) -> FastAPI:
    """An application without errors that quote what was sent."""
    handlers: Any = {HTTPException: refused, RequestValidationError: invalid}
    return bare_application(title="Nodalis", description=_DESCRIPTION, exception_handlers=handlers, **options)


def _gate(settings: Settings) -> dict[str, Any]:
    http = settings.http
    if http.keys_file is None and http.oidc is None:
        raise UsageError("http: expected keys_file, oidc or both: nobody could be let in")
    try:
        keys = Keys(http.keys_file) if http.keys_file else None
    except KeysError as error:
        raise UsageError(f"http.keys_file: {error}; 'nodalis key add' makes one") from None
    return {"settings": http, "keys": keys, "tokens": Tokens(http.oidc) if http.oidc else None}
