"""sekmet, a FHIR R4 server with a database, takes our transactions, keeps no duplicate, and answers what registrars ask.

It proves that our Bundles work at a receiver none of us wrote: every sample is taken as one transaction, references between its
entries become references between resources of the server, the same report sent again adds nothing, a corrected one replaces
its values, and the queries of queries.toml find exactly the reports that the text itself puts into the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.receivers.contract import Receiver
from tests.receivers.servers import Server, free_port, running

pytestmark = pytest.mark.slow

_SETTINGS = """\
base_url: http://127.0.0.1:{port}/fhir
host: 127.0.0.1
port: {port}
data_dir: data
log_inbound: false
simulator: {{enabled: false}}
"""


@pytest.fixture(scope="module")
def server(sekmet_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, with an empty database."""
    folder, port = tmp_path_factory.mktemp("sekmet"), free_port()
    (folder / "settings.yaml").write_text(_SETTINGS.format(port=port), encoding="utf-8")
    command: list[str | Path] = [sekmet_python, "-c", "from sekmet.cli import app; app()", "serve", "--config", "settings.yaml"]
    with running("sekmet", port, command, folder) as started:
        yield started


class TestSekmet(Receiver):
    """The tests of every receiver, with sekmet."""
