"""``nodalis review`` on the command line: what it needs, what it says, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodalis.commands.review import run_samples
from nodalis.exits import UsageError
from nodalis.settings import ReviewSettings, Settings
from tests.nodalis.web.review.serving_review import DOUBTFUL, starting


def test_samples_are_shown_on_this_machine_only(tmp_path: Path) -> None:
    settings = Settings(review=ReviewSettings(host="0.0.0.0", url="https://nodalis.example"))
    with pytest.raises(UsageError, match="this machine only"):
        run_samples(settings, tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        run_samples(Settings(), tmp_path / "none")


@pytest.mark.slow
def test_it_makes_a_store_and_says_how_somebody_may_sign_in(tmp_path: Path) -> None:
    with starting(tmp_path) as lines:
        assert lines[0] == "nodalis: nobody can sign in yet: nodalis account add NAME --role reviewer\n"
        assert len(lines) == 2
        assert (tmp_path / "nodalis.db").is_file()


@pytest.mark.slow
def test_samples_have_a_store_and_an_account_of_their_own_and_may_be_shown_again(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "0815.txt").write_text(DOUBTFUL, encoding="utf-8")
    for _ in range(2):
        with starting(tmp_path, "--samples", "samples") as lines:
            assert lines[0].startswith("nodalis: sign in as demo with the password ")
    assert (tmp_path / "out" / "demo" / "review" / "store.db").is_file()
    assert not (tmp_path / "nodalis.db").exists()
