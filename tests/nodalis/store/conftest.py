"""An empty store of each kind, and messages to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade

from .postgresql import postgresql, postgresql_url

__all__ = ["postgresql", "postgresql_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made."""
    return f"sqlite:///{tmp_path}/store.db" if request.param == "sqlite" else str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    opened = Store(StoreSettings(url=SecretStr(url)))
    upgrade(opened)
    yield opened
    opened.close()
