"""What several test modules need: the shared facts, where they are there, and one way to run hypothesis."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run and no deadline: a slow machine, or a lucky draw, must not decide whether a change passes.
settings.register_profile("nodalis", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nodalis")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of corpus and oracles beside the repository; tests that ask for it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "corpus" / "reports.jsonl").is_file():
        pytest.skip("../shared is absent: the corpus and the oracles are not part of the project")
    return folder
