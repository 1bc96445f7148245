"""The clinical order of N categories."""

from __future__ import annotations

import re
from typing import Final

_PREFIXES: Final = ("", "y", "r", "yr")
_DIGITS: Final = ("X", "0", "1", "2", "3")
_RESTS: Final = ("", "(i-)", "(mol-)", "(i+)", "(mol+)", "mi", "a", "b", "c")
_CATEGORY: Final = re.compile(r"(y?r?)[pc]N([X0-3])(.*)")


def clinical_order(category: str) -> tuple[int, int, int, str]:
    """A key for sorting: by prefix, then from pNX to pN3c; what is no category comes last.

    >>> sorted(["ypN0", "pN1a", "pN2", "pN1mi", "pN0(i+)", "none", "pN0", "pNX"], key=clinical_order)
    ['pNX', 'pN0', 'pN0(i+)', 'pN1mi', 'pN1a', 'pN2', 'ypN0', 'none']
    """
    match = _CATEGORY.fullmatch(category)
    if match is None:
        return len(_PREFIXES), 0, 0, category
    prefix, digit, rest = match.groups()
    return _PREFIXES.index(prefix), _DIGITS.index(digit), _RESTS.index(rest) if rest in _RESTS else len(_RESTS), category
