"""Boxes before or behind choices: what stands beside an empty one is as if it were not printed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import NamedTuple

from .model import Span

_BOX = re.compile(
    r"(?P<ticked>\[\s?[x\u2713\u2714\u2612\u2611]\s?\]|\(\s?[x\u2713\u2714]\s?\)|[\u2611\u2612\u2713\u2714\u2705]|_{1,3}x_{1,3})"
    r"|\[\s{0,3}\]|\(\s{1,3}\)|[\u2610\u25a1\u25fb\u25a2]|(?P<line>(?<![a-z_])_{2,6}(?=\s?p?n\s?[0-3x]))"
)
# a text without any of them has no box
_SQUARE = ("[ ]", "[]", "[  ]", "[x]", "[ x ]")
_ROUND = ("(x)", "( )", "_x_")
_PRINTED = ("\u2610", "\u2611", "\u2612", "\u2713", "\u2714", "\u25a1", "\u2705")
_LIST = 200  # characters at most between two boxes of a list
_LABEL = re.compile(r"[ \t]{0,3}\(?[a-z0-9]")  # the choice behind a box
_BESIDE = 24  # characters at most between a box and a word of its choice


class Box(NamedTuple):
    """A box of a list."""

    start: int
    end: int
    ticked: bool
    behind: bool  # whether it stands behind its choice
    answered: bool  # whether a box of its list is ticked


_start = itemgetter(0)


class Boxes:
    """The boxes of a clean text, in lists."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._boxes: list[Box] = []
        signs = (_SQUARE if "[" in text else ()) + _ROUND + (() if text.isascii() else _PRINTED)
        if any(sign in text for sign in signs):
            self._read()

    def __bool__(self) -> bool:
        return bool(self._boxes)

    def _read(self) -> None:
        """Finds the lists; lines are boxes only beside one that is ticked."""
        together: list[re.Match[str]] = []
        for found in [*_BOX.finditer(self._text), None]:
            if together and (found is None or found.start() - together[-1].end() > _LIST):
                answered = any(one["ticked"] for one in together)
                boxes = [one for one in together if answered or not one["line"]]
                behind = bool(boxes) and _LABEL.match(self._text, boxes[-1].end()) is None
                self._boxes += [Box(one.start(), one.end(), one["ticked"] is not None, behind, answered) for one in boxes]
                together = []
            if found is not None:
                together.append(found)

    def left_empty(self, words: Span) -> bool:
        """Whether the box beside some words is empty."""
        place = bisect_right(self._boxes, words.start, key=_start)
        box = self._boxes[place - 1] if place else None
        if box is not None and not box.behind:
            return not box.ticked and box.end <= words.start and self._beside(box.end, words.start)
        box = self._boxes[place] if place < len(self._boxes) else None
        return box is not None and box.behind and not box.ticked and box.start >= words.end and self._beside(words.end, box.start)

    def answered(self, words: Span) -> bool:
        """Whether words hold a box of a list of which one is ticked."""
        place = bisect_left(self._boxes, words.start, key=_start)
        return place < len(self._boxes) and self._boxes[place].start < words.end and self._boxes[place].answered

    def _beside(self, start: int, end: int) -> bool:
        return end - start <= _BESIDE and "\n" not in self._text[start:end]
