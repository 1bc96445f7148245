"""The store of the interface engine: messages, the versions of their reports, what is delivered, and where each message stands."""

from __future__ import annotations

from . import people_schema  # noqa: F401  # its tables are of the schema
from .errors import StoreError
from .stages import Alarm, Stage
from .store import Store
from .upgrading import upgrade

__all__ = ["Alarm", "Stage", "Store", "StoreError", "upgrade"]
