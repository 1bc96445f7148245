"""A page on an empty store of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from nodalis.settings import ReviewSettings, Settings, StoreSettings
from nodalis.store import Store, upgrade
from tests.nodalis.store.postgresql import postgresql, postgresql_url
from tests.nodalis.web.sign_in.pages import Running, running

__all__ = ["postgresql", "postgresql_url"]


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a store of the kind that a test asks for; else SQLite."""
    kind = getattr(request, "param", "sqlite")
    url = f"sqlite:///{tmp_path}/store.db" if kind == "sqlite" else str(request.getfixturevalue("postgresql_url"))
    return Settings(store=StoreSettings(url=SecretStr(url), audit_key=tmp_path / "audit.key"), review=ReviewSettings(port=0))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """Its store."""
    opened = Store(settings.store)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def page(store: Store, settings: Settings) -> Iterator[Running]:
    """A page that answers."""
    with running(store, settings) as found:
        yield found
