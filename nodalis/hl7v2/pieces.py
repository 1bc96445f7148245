"""Values of one name that are one text cut to pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MIN_WIDTH: Final = 40  # characters of lines that are cut to one width; shorter ones are alike by chance


def joined(values: Sequence[str]) -> list[str]:
    """The values as lines; as one where they are a text cut to pieces of one width, which may be in the middle of a number.

    >>> joined(["A. NODES", "(1/3)"]), joined(["x" * 59 + "1", "x" * 60, "2/14"])[0][-8:]
    (['A. NODES', '(1/3)'], 'xxxx2/14')
    """
    widths = {len(value) for value in values[:-1]}
    if len(values) > 2 and len(widths) == 1 and _MIN_WIDTH <= min(widths) >= len(values[-1]):
        padded = sum(value.endswith(" ") for value in values[:-1])
        if padded * 2 < len(values) and not any("\n" in value for value in values):
            return ["".join(values)]
    return list(values)
