"""A store to deliver from."""

from __future__ import annotations

from tests.nodalis.store.empty import store

__all__ = ["store"]
