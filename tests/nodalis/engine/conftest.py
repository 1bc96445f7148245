"""An engine that sends to a FHIR server of the tests, with a store of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nodalis.delivery.fault_server import FaultServer
from tests.nodalis.engine.running import Engine
from tests.nodalis.store.postgresql import postgresql, postgresql_url

__all__ = ["postgresql", "postgresql_url"]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A FHIR server."""
    with FaultServer() as running:
        yield running


@pytest.fixture
def engine(tmp_path: Path, server: FaultServer) -> Iterator[Engine]:
    """An engine that listens, on SQLite."""
    with Engine(tmp_path, server.url) as running:
        yield running
