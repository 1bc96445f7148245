"""What a check found: one line, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ...settings import Settings


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # it works, or it will not for long
    PROBLEM = "problem"  # it does not


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor; it holds no secret and no word of a message."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""  # what to do


Check = Callable[[Settings], Iterable[Finding]]


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.OK, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """It works, and somebody should do something."""
    return Finding(check, Verdict.WARNING, found, advice)


def problem(check: str, found: str, advice: str) -> Finding:
    """It does not work, or not as it must."""
    return Finding(check, Verdict.PROBLEM, found, advice)
