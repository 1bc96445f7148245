"""A store, and a listener that keeps messages in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade

from ..store.postgresql import postgresql, postgresql_url
from .listening import Running, listening, settings

__all__ = ["postgresql", "postgresql_url"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in SQLite."""
    opened = Store(StoreSettings(url=SecretStr(f"sqlite:///{tmp_path}/store.db")))
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    """A listener on loopback, in plain text."""
    with listening(settings(), store) as started:
        yield started
