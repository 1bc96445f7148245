"""Archives of some thousand short reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .kills import write_archive


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive of so many reports, some of them bad."""

    def write(count: int, bad: bool = True) -> Path:
        return write_archive(tmp_path / "archive.jsonl", count, bad)

    return write
