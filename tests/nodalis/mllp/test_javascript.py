"""A client in JavaScript, of another authorship, is answered."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.nodalis.mllp.listening import Running
from tests.receivers.environments import Unavailable, node_modules

HERE = Path(__file__).parent / "javascript"


@pytest.mark.slow
def test_a_client_in_javascript_is_answered(running: Running) -> None:
    try:
        folder = node_modules("mllp-client", HERE)
    except Unavailable as reason:
        pytest.skip(str(reason))
    node = shutil.which("node")
    assert node
    command = [node, str(HERE / "send.js"), str(folder), str(running.address[1]), "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    answers = done.stdout.splitlines()
    assert len(answers) == 5, done.stderr
    assert {answer.split()[0] for answer in answers} == {"AA"}
    assert running.stages() == {"received": 5}
