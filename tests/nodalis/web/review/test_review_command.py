"""``nodalis review`` on the command line: what it needs, what it says, what it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nodalis.commands.review import run_samples
from nodalis.exits import UsageError
from nodalis.settings import ReviewSettings, Settings
from tests.nodalis.web.review.serving_review import DOUBTFUL, ROOT


def test_samples_are_shown_on_this_machine_only(tmp_path: Path) -> None:
    settings = Settings(review=ReviewSettings(host="0.0.0.0", url="https://nodalis.example"))
    with pytest.raises(UsageError, match="this machine only"):
        run_samples(settings, tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        run_samples(Settings(), tmp_path / "none")


@contextmanager
def _said(folder: Path, *arguments: str) -> Iterator[list[str]]:
    """The lines of the command until it names its address."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NODALIS_REVIEW__PORT": "0", "NODALIS_LOG__LEVEL": "error"}
    command = [sys.executable, "-m", "nodalis", "review", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        for line in process.stderr:
            lines.append(line)
            if "review page at http://127.0.0.1:" in line:
                break
        yield lines
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.slow
def test_it_makes_a_store_and_says_how_somebody_may_sign_in(tmp_path: Path) -> None:
    with _said(tmp_path) as lines:
        assert lines[0] == "nodalis: nobody can sign in yet: nodalis account add NAME --role reviewer\n"
        assert len(lines) == 2
        assert (tmp_path / "nodalis.db").is_file()


@pytest.mark.slow
def test_samples_have_a_store_and_an_account_of_their_own_and_may_be_shown_again(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "0815.txt").write_text(DOUBTFUL, encoding="utf-8")
    for _ in range(2):
        with _said(tmp_path, "--samples", "samples") as lines:
            assert lines[0].startswith("nodalis: sign in as demo with the password ")
    assert (tmp_path / "out" / "demo" / "review" / "store.db").is_file()
    assert not (tmp_path / "nodalis.db").exists()
