"""Medplum's FHIR router, in JavaScript, takes our transactions, keeps no duplicate, and answers what registrars ask.

It proves the same as test_sekmet.py with a server of another language and another authorship: what works with both is in the Bundle
and not in the habits of one server. Its repository in memory searches tokens, dates, references and strings only; where a
query needs more, queries.toml says so, and the test holds that it is so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.receivers.contract import Receiver
from tests.receivers.paths import HERE
from tests.receivers.servers import Server, free_port, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(medplum_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, with nothing in its memory."""
    node = shutil.which("node")
    assert node is not None
    port = free_port()
    with running("medplum", port, [node, HERE / "medplum.mjs", medplum_folder, str(port)], tmp_path_factory.mktemp("medplum")) as started:
        yield started


class TestMedplum(Receiver):
    """The tests of every receiver, with Medplum's router."""
