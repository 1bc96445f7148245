"""Items to come."""

from __future__ import annotations

from collections.abc import Iterator

from fhir_export import Context

from .abstract import Coded


def codes(context: Context) -> Iterator[Coded]:
    """The items."""
    yield from ()
