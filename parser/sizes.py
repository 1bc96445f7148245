"""Sizes behind positive nodes: whose they are where no word names a deposit, and the small ones that no rule reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .document import Document, Mention
from .groups import Group
from .measures import millimetres
from .model import DepositClass, Measure, Span
from .staging import StagingTable, deposit_classes

# What else has a size beside nodes.
_OTHER = re.compile(
    r"(?<![a-z])(?:margins?|closest|distance|away|clearance|skin|nipple|deep|breast|dcis|in\ssitu|invasive|infiltrating|primary|intervals?|slices?|sections?"
    r"|sectioned|thick(?:ness)?|levels?|calcific[a-z]*|biopsy|cavity|scar|fibroadenoma|cyst|nodule|mass|quadrant|excision|lumpectomy|mastectomy|specimen"
    r"|tissue|fragment|cassette|extra-?\s?(?:nodal|capsular)|perinodal|beyond|outside|capsule|stroma|papilloma|hyperplasia)(?![a-z])"
)
_NODE_SIZE = re.compile(r"n[o0]de[^.;,]{0,24}(?:measur|is\s|size|diameter)[^.;]{0,20}\Z")  # "the largest node measures |1.4 cm"
_STOP = re.compile(r"[.;\n](?=\s|\Z)")
_WITH = re.compile(r",|\swith(?:out)?\s|\sand\s")  # "1.2 mm, |with extranodal extension"
_MEASURE = re.compile(r"(?<![\d.,/x])(?:\d{1,2}[.,])?[.,]?\d{1,3}\s?-?\s?(?:mm|cm|millimet[a-z]{2,3}|centimet[a-z]{2,3})(?![a-z])")
_BEHIND = 160  # characters at most from positive nodes to the size of their deposit
_BEFORE = 60  # ... from the size to nodes behind it
_SENTENCES = 1  # stops at most between both
_EXPLAINED = ("deposit_size", "tumor_size", "ene", "category", "t_category")


def owner(document: Document, size: Mention, groups: Sequence[Group]) -> Group | None:
    """The positive nodes right behind which a size stands: "1 of 3 nodes (1/3), the largest focus 1.1 mm"."""
    before = [group for group in groups if group.part is size.part and group.mention.end <= size.start]
    if not before or not before[-1].positive or size.start - before[-1].mention.end > _BEHIND:
        return None
    between = document.clean[before[-1].mention.end : size.start]
    clause = _clause(document.clean, size.start, size.end)
    if len(_STOP.findall(between)) > _SENTENCES or _OTHER.search(between) or _OTHER.search(clause) or _NODE_SIZE.search(between):
        return None
    return before[-1]


def is_small(table: StagingTable, size: Measure) -> bool:
    """Whether a deposit of this size may be no macrometastasis."""
    return deposit_classes(table, None, size, None) != {DepositClass.MACROMETASTASIS}


def unread_small_sizes(document: Document, table: StagingTable, unsized: Sequence[Group]) -> list[Span]:
    """Sizes beside positive nodes of unknown deposits that would make these no macrometastases, and that no rule read."""
    text, words = document.clean, list[Span]()
    explained = document.of(*_EXPLAINED)
    for group in unsized:
        low, high = max(group.part.start, group.mention.start - _BEFORE), min(group.part.end, group.mention.end + _BEHIND)
        for found in _MEASURE.finditer(text, low, high):
            size = millimetres(found[0])
            if size is None or not is_small(table, size):
                continue
            if any(one.start < found.end() and found.start() < one.end for one in explained):
                continue
            if not _OTHER.search(_clause(text, found.start(), found.end())):
                words.append(Span(found.start(), found.end()))
    return words


def _clause(text: str, start: int, end: int) -> str:
    """The words around a size, from stop to stop."""
    before = text[max(0, start - 90) : start]
    stops = [match.end() for match in _STOP.finditer(before)]
    after = _STOP.search(text, end, end + 60)
    behind = text[end : after.start() if after else end + 60]
    return before[stops[-1] if stops else 0 :] + _WITH.split(behind)[0]
