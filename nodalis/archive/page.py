"""The summary of a run as one HTML page: no other file, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Mapping

from .figures import Figures
from .ledger import Done


def page(figures: Figures, done: Done, about: Mapping[str, str]) -> str:
    """The page. It holds no report's id or text."""
    return "<!doctype html>"
