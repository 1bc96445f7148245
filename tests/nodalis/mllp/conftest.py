"""A store, and a listener that keeps messages in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nodalis.store import Store

from ..store.empty import store
from ..store.postgresql import postgresql, postgresql_url
from .listening import Running, listening, settings

__all__ = ["postgresql", "postgresql_url", "store"]


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    """A listener on loopback, in plain text."""
    with listening(settings(), store) as started:
        yield started
