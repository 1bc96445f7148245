"""``nodalis review``: the review page until a signal ends it."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from ..exits import Exit, FatalError, say
from ..service.logs import configure
from ..settings import Settings
from ..store import Store, StoreError, accounts, upgrade
from ..web.review.application import review_application
from ..web.server import bound, server

SAMPLES_STORE: Final = Path("out/demo/review/store.db")
_DEMO: Final = "demo"


def run(settings: Settings) -> Exit:
    """Serve the page until SIGTERM or Ctrl-C."""
    configure(settings.log)
    store = _store(settings)
    try:
        if not store.read_now(accounts.listed) and settings.review.oidc is None:
            say("nobody can sign in yet: nodalis account add NAME --role reviewer")
        _serve(review_application(settings, store), settings, bound(settings.review))
    except StoreError as error:
        raise FatalError(f"store: {error}") from None
    finally:
        store.close()
    return Exit.OK


def _store(settings: Settings) -> Store:
    """The store with the tables of this version; made where there is none."""
    store = Store(settings.store)
    try:
        upgrade(store)
    except StoreError as error:
        store.close()
        raise FatalError(f"store: {error}") from None
    return store


def _serve(app: FastAPI, settings: Settings, listener: socket.socket) -> None:
    serving = server(app, settings.review, settings.drain_seconds, "review page")
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises what ended it once more, which would end us before we say 0
        signal.signal(number, lambda *_: None)
    try:
        serving.run([listener])
    except SystemExit:  # the reason was said
        raise FatalError("not started") from None
