"""A store to deliver from, and a delivery that does not wait long."""

from __future__ import annotations

import pytest

from nodalis.delivery.backoff import wait_seconds
from tests.nodalis.store.empty import store

__all__ = ["store"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait that the delivery decides on is a hundredth of what it is."""
    monkeypatch.setattr("nodalis.delivery.deliverer.wait_seconds", lambda failures: wait_seconds(failures) / 100)
    monkeypatch.setattr("nodalis.delivery.breaker.wait_seconds", lambda trials, longest: wait_seconds(trials, longest) / 100)
