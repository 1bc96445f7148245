"""Sizes behind positive nodes: whose they are where no word names a deposit, and the small ones that no rule reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .document import Document, Mention
from .groups import Group
from .ledger import Ledger
from .measures import millimetres
from .model import DepositClass, Measure, Span
from .staging import StagingTable, deposit_classes
from .words import holds

FEW_CELLS = r"(?:rare|scattered|single|individual|occasional|(?:a\s)?few)\s(?:[a-z-]{2,14}\s){0,3}cells(?![a-z])"

# What else has a size beside nodes.
AFAR = re.compile(
    r"(?<![a-z])(?:margins?|closest|distance|away|clearance|skin|nipple|deep|breast|dcis|in\ssitu|invasive|infiltrating|primary|intervals?"
    r"|sectioned|thick(?:ness)?|calcific[a-z]*|biopsy|cavity|scar|fibroadenoma|cyst|nodule|mass|quadrant|excision|lumpectomy|mastectomy|specimen"
    r"|tissue|fragment|cassette|extra-?\s?(?:nodal|capsular)|perinodal|beyond|outside|capsule|stroma|papilloma|hyperplasia)(?![a-z])"
)
_CUT = re.compile(r"[\s-]{1,2}(?:thick\s)?(?:slices?|sections?|levels?|steps?|cuts?|intervals?|apart)(?![a-z])")  # "2 mm |sections|"
SENTENCE_END = re.compile(r"[.;\n](?=\s|\Z)")
_WITH = re.compile(r",|\swith(?:out)?\s|\sand\s")  # "1.2 mm, |with extranodal extension"
_MEASURE = re.compile(
    r"(?<![a-z])(?:one|two|half|quarter)\s(?:[a-z]{1,8}\s){0,4}(?:mm|millimet[a-z]{2,3})(?![a-z])|(?<![\d.,/x])(?:\d{1,2}[.,])?[.,]?\d{1,3}\s?-?\s?(?:mm|cm|millimet[a-z]{2,3}|centimet[a-z]{2,3})(?![a-z])"
)
_UNITS = ("mm", "cm", "imet")  # each match of the pattern above holds one
BEHIND = 160  # characters at most from positive nodes to the size of their deposit
BEFORE = 60  # ... from the size to nodes behind it
_EXPLAINED = ("deposit_size", "ene", "category", "t_category")


def positive_nodes(ledger: Ledger) -> list[tuple[Mention, Group | None]]:
    """The statements of positive nodes, each with its group, and the labels that count them."""
    groups = [(group.mention, group) for group in ledger.groups if group.positive]
    totals = [ledger.totals.values[key] for key in ("positive", "sentinel_positive") if key in ledger.totals.values]
    return [*groups, *((total.mention, None) for total in totals if total.value)]


def is_small(table: StagingTable, size: Measure) -> bool:
    """Whether a deposit of this size may be no macrometastasis."""
    return deposit_classes(table, None, size, None) != {DepositClass.MACROMETASTASIS}


def unread_small_sizes(document: Document, table: StagingTable, unsized: Sequence[Mention]) -> list[Span]:
    """Sizes beside statements of positive nodes that would make their deposits no macrometastases, and that no rule read."""
    text, words = document.clean, list[Span]()
    for mention in unsized:
        low, high = max(mention.part.start, mention.start - BEFORE), min(mention.part.end, mention.end + BEHIND)
        for found in _MEASURE.finditer(text, low, high) if holds(text, low, high, _UNITS) else ():
            size = millimetres(found[0])
            if size is not None and not is_small(table, size):
                continue
            span = Span(*found.span())
            explained = document.overlapping(span, *_EXPLAINED) or _CUT.match(text, span.end)
            if not explained and not AFAR.search(clause_around(text, span.start, span.end)):
                words.append(span)
    return words


def clause_around(text: str, start: int, end: int) -> str:
    """The words around a size, from stop to stop."""
    before = text[max(0, start - 90) : start]
    stops = [match.end() for match in SENTENCE_END.finditer(before)]
    after = SENTENCE_END.search(text, end, end + 60)
    behind = text[end : after.start() if after else end + 60]
    return before[stops[-1] if stops else 0 :] + _WITH.split(behind)[0]
