"""Items to come."""

from __future__ import annotations

from collections.abc import Iterator

from parser.model import IssueKind, Report

from .abstract import Coded


def codes(report: Report, edition: str, doubts: tuple[IssueKind, ...]) -> Iterator[Coded]:
    """The items."""
    yield from ()
