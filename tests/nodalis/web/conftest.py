"""One server for most tests, and keys of every role."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from nodalis.web.roles import Role
from tests.nodalis.web.serving import Running, serving, some_messages


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a store, and the defaults but that nobody calls too often."""
    folder = tmp_path_factory.mktemp("server")
    settings = {
        "NODALIS_STORE__URL": some_messages(folder / "store.db"),
        "NODALIS_HTTP__REQUESTS_PER_MINUTE": "1000000",
        "NODALIS_READING__SECONDS": "60",
        "NODALIS_LOG__LEVEL": "debug",
    }
    with serving(folder, settings) as running:
        yield running


@pytest.fixture(scope="session")
def keys_by_role(server: Running) -> dict[Role, str]:
    """A key for each role."""
    return {role: server.key(f"only-{role}", role) for role in Role}


@pytest.fixture
def ingest(server: Running, keys_by_role: dict[Role, str]) -> Iterator[httpx.Client]:
    """A client that may have reports read."""
    with server.client(keys_by_role[Role.INGEST]) as client:
        yield client


@pytest.fixture
def admin(server: Running, keys_by_role: dict[Role, str]) -> Iterator[httpx.Client]:
    """A client that may do everything."""
    with server.client(keys_by_role[Role.ADMIN]) as client:
        yield client
