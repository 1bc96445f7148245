"""An empty store in SQLite, for tests that need one kind of store only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in SQLite."""
    opened = Store(StoreSettings(url=SecretStr(f"sqlite:///{tmp_path}/store.db")))
    upgrade(opened)
    yield opened
    opened.close()
