"""Two texts beside each other, line by line, with what differs."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

_MOST: Final = 5_000  # lines; of more, all count as different where the texts are

Lines = list[tuple[bool, str]]
"""Lines, and whether the other text has them otherwise."""


def beside(old: str, new: str) -> tuple[Lines, Lines]:
    r"""The lines of both texts.

    >>> beside("a\nb", "a\nc")
    ([(False, 'a'), (True, 'b')], [(False, 'a'), (True, 'c')])
    """
    before, after = old.splitlines(), new.splitlines()
    if old != new and max(len(before), len(after)) > _MOST:
        return [(True, line) for line in before], [(True, line) for line in after]
    left: Lines = []
    right: Lines = []
    for tag, start, end, begin, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        left += [(tag != "equal", line) for line in before[start:end]]
        right += [(tag != "equal", line) for line in after[begin:stop]]
    return left, right
