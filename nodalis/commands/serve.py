"""``nodalis serve``: the HTTP interface until a signal ends it."""

from __future__ import annotations

import signal

from fastapi import FastAPI

from ..exits import Exit, FatalError
from ..service.logs import configure
from ..settings import Settings
from ..store import Store
from ..web.application import application
from ..web.server import bound, server


def run(settings: Settings) -> Exit:
    """Serve until SIGTERM or Ctrl-C; requests under way are answered first."""
    configure(settings.log)
    store = Store(settings.store) if "store" in settings.model_fields_set else None  # else there is none: it reads what it is sent
    try:
        _serve(application(settings, store), settings)
    finally:
        if store:
            store.close()
    return Exit.OK


def _serve(app: FastAPI, settings: Settings) -> None:
    serving = server(app, settings.http, settings.drain_seconds)
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises what ended it once more, which would end us before we say 0
        signal.signal(number, lambda *_: None)
    try:
        serving.run([bound(settings.http)])
    except SystemExit:  # the reason was said
        raise FatalError("not started") from None
