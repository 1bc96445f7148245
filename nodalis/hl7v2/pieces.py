"""Values of one name that are one text cut to pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .origins import Words, linked

_MIN_WIDTH: Final = 40  # characters of lines that are cut to one width; shorter ones are alike by chance


def joined(values: Sequence[Words]) -> list[Words]:
    """The values as lines; as one where they are a text cut to pieces of one width, which may be in the middle of a number.

    >>> from .origins import words
    >>> [line.text for line in joined([words("A. NODES"), words("(1/3)")])]
    ['A. NODES', '(1/3)']
    >>> [line.text[-8:] for line in joined([words("x" * 59 + "1"), words("x" * 60), words("2/14")])]
    ['xxxx2/14']
    """
    texts = [value.text for value in values]
    widths = {len(text) for text in texts[:-1]}
    if len(texts) > 2 and len(widths) == 1 and _MIN_WIDTH <= min(widths) >= len(texts[-1]):
        padded = sum(text.endswith(" ") for text in texts[:-1])
        if padded * 2 < len(texts) and not any("\n" in text for text in texts):
            return [linked(values)]
    return list(values)
