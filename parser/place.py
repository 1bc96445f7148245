"""What words are about: their clause, and the title of the specimen part they stand in."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from operator import itemgetter

from .document import Document, Mention

_NODE_WORD = re.compile(r"(?<![a-z])(?:n[o0]des?|lymphonod[a-z]{1,5}|sentinel|axillary(?!\stail)|axilla)(?![a-z])")
_CLAUSE_END = re.compile(r"[.;]\s|\n\s*\n")
_NODE_TITLE = re.compile(
    r"(?:part\s)?[\s#(]{0,3}(?:[a-z]|\d{1,2})?[\s).:\"'-]{0,5}[^:;]{0,60}?(?<![a-z])(?:n[o0]des?|sentinel)(?![a-z])[^:;]{0,90}[:;]"
)


_start = itemgetter(0)
_ENTRY_LENGTH, _ENTRIES = 200, 3  # characters at most of an entry; entries at least of a key


def in_key(document: Document, offset: int) -> bool:
    """Whether an offset lies in a key that says what each N category means."""
    entries = document.key_entries
    place = bisect_right(entries, offset, key=_start)
    if not place or offset - entries[place - 1][0] >= _ENTRY_LENGTH:
        return False
    low = bisect_left(entries, offset - 2 * _ENTRY_LENGTH + 1, hi=place, key=_start)
    high = bisect_left(entries, offset + 2 * _ENTRY_LENGTH, lo=place, key=_start)
    return len({category for _, category in entries[low:high]}) >= _ENTRIES


def clause_of(document: Document, mention: Mention) -> str:
    """The words around a mention up to the next stops, without its own."""
    text = document.clean
    low, high = max(mention.part.start, mention.start - 90), min(mention.passage.end, mention.end + 70)
    return f"{_CLAUSE_END.split(text[low : mention.start])[-1]} {_CLAUSE_END.split(text[mention.end : high])[0]}"


def of_node(document: Document, mention: Mention) -> bool:
    """Whether words are about a node: their clause names one, or the title of their part does."""
    text = document.clean
    if _NODE_WORD.search(clause_of(document, mention)):
        return True
    return (
        mention.part.label is not None
        and mention.start - mention.part.start < 300
        and _NODE_TITLE.match(text, mention.part.start) is not None
    )
