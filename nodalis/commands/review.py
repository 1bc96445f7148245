"""``nodalis review``: the review page until a signal ends it."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Connection

from ..exits import Exit, FatalError, UsageError, say
from ..service.filing import load
from ..service.logs import configure
from ..settings import Settings, StoreSettings, is_loopback
from ..store import Store, StoreError, accounts, upgrade
from ..web.review.application import review_application
from ..web.roles import Role
from ..web.server import bound, server
from ..web.sign_in.passwords import hashed

SAMPLES_STORE: Final = Path("out/demo/review/store.db")
_SAMPLES_NAME: Final = "demo"


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


def run_samples(settings: Settings, samples: Path) -> Exit:
    """The same with the reports of a folder, in a store for them alone, and with an account whose password is printed."""
    if not is_loopback(settings.review.host):
        raise UsageError("review.host: samples are shown on this machine only: expected 127.0.0.1")
    if not samples.is_dir():
        raise UsageError(f"--samples: no such folder: {samples}")
    configure(settings.log)
    SAMPLES_STORE.parent.mkdir(parents=True, exist_ok=True)
    own = settings.model_copy(update={"store": StoreSettings(url=SecretStr(f"sqlite:///{SAMPLES_STORE}"))})
    store, password = _store(own), secrets.token_urlsafe(9)
    try:
        store.write_now(lambda connection: _let_in(connection, hashed(password)))
        texts = sorted(str(path) for path in samples.glob("*.txt"))
        asyncio.run(load(own, store, texts, bar=False))
        app, listener = review_application(own, store), _listener(own)
        say(f"sign in as {_SAMPLES_NAME} with the password {password}")
        _serve(app, own, listener)
    except StoreError as error:
        raise FatalError(f"store: {error}") from None
    finally:
        store.close()
    return Exit.OK


def _let_in(connection: Connection, password: str) -> None:
    """The account of the samples, with this password."""
    if accounts.found(connection, _SAMPLES_NAME) is None:
        accounts.add(connection, _SAMPLES_NAME, "Demo", [Role.REVIEWER, Role.ADMIN], password, datetime.now(UTC))
    else:
        accounts.set_password(connection, _SAMPLES_NAME, password)


def _listener(settings: Settings) -> socket.socket:
    """Where the samples are shown: at the usual port, or another one where that is taken."""
    try:
        return bound(settings.review)
    except FatalError:
        return bound(settings.review.model_copy(update={"port": 0}))


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
