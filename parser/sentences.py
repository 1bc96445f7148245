"""The sentence around a statement of nodes, in its part, and whether it names tumour."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from operator import itemgetter

from .denial import affirmed
from .sections import Part

# not "nodes contain. metastatic carcinoma" as scanned
_SENTENCE_END = re.compile(
    r"(?<!max)(?<!no)(?<!nos)(?<!approx)(?<!contain)(?<!contains)(?<!with)\.\s{1,3}(?!in\s|of\s|to\s|by\s|with\s|contain)|;\s|\n\s*\n"
)
_BEARS_TUMOUR = re.compile(
    r"(?<![a-z])(?:(?:micro|macro)?-?mets?(?![a-z])|(?:micro|macro)?-?metast|(?:adeno)?carcino|tumou?r|positiv|pos(?![a-z])|involv|deposit|malignan|cancer|neoplas|itc|isolated"
    r"|replaced|invaded|infiltrat|foc(?:us|i)|cluster|cells?|diseased|affected|p?n[123](?:[a-c]|mi)?(?![a-z0-9]))|\+|[cm]m(?![a-z])"
)
_STOP_LENGTH = 12  # characters at most of a stop in one line, with those that it looks at behind it
_start, _end = itemgetter(0), itemgetter(1)


class Sentences:
    """The sentences of a clean text; each part is looked through once for stops, and each sentence once for tumour."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stops: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._tumour: dict[tuple[int, int], bool] = {}

    def name_tumour(self, part: Part, start: int, end: int) -> bool:
        """Whether the sentence around some words names tumour and does not deny it."""
        around = self._begin(part, start), self._end(part, end)
        known = self._tumour.get(around)
        if known is None:
            low, high = around
            known = self._tumour[around] = _BEARS_TUMOUR.search(affirmed(self._text[low:high])) is not None
        return known

    def _stops_of(self, part: Part) -> list[tuple[int, int]]:
        place = part.start, part.end
        stops = self._stops.get(place)
        if stops is None:
            stops = self._stops[place] = [stop.span() for stop in _SENTENCE_END.finditer(self._text, *place)]
        return stops

    def _begin(self, part: Part, start: int) -> int:
        """Behind the last stop before some words, or where their part begins."""
        stops, near = self._stops_of(part), start
        while near > part.start and self._text[near - 1].isspace():
            near -= 1
        near = max(part.start, near - _STOP_LENGTH)
        # a search that ends with the words may find another stop right before them, and no other further off
        place = bisect_right(stops, near, key=_end)
        behind = stops[place - 1][1] if place else part.start
        again = stops[place][0] if place < len(stops) and stops[place][0] < near else near
        for stop in _SENTENCE_END.finditer(self._text, max(behind, again), start):
            behind = stop.end()
        return behind

    def _end(self, part: Part, end: int) -> int:
        """Where the first stop behind some words stands, or where their part ends."""
        stops = self._stops_of(part)
        place = bisect_left(stops, end, key=_start)
        if place and stops[place - 1][1] > end:  # the words end within a stop
            stop = _SENTENCE_END.search(self._text, end, part.end)
            return stop.start() if stop else part.end
        return stops[place][0] if place < len(stops) else part.end
