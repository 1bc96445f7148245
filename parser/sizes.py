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

# What else has a size beside nodes.
_OTHER = re.compile(
    r"(?<![a-z])(?:margins?|closest|distance|away|clearance|skin|nipple|deep|breast|dcis|in\ssitu|invasive|infiltrating|primary|intervals?"
    r"|sectioned|thick(?:ness)?|calcific[a-z]*|biopsy|cavity|scar|fibroadenoma|cyst|nodule|mass|quadrant|excision|lumpectomy|mastectomy|specimen"
    r"|tissue|fragment|cassette|extra-?\s?(?:nodal|capsular)|perinodal|beyond|outside|capsule|stroma|papilloma|hyperplasia)(?![a-z])"
)
_CUT = re.compile(r"[\s-]{1,2}(?:thick\s)?(?:slices?|sections?|levels?|steps?|cuts?|intervals?|apart)(?![a-z])")  # "2 mm |sections|"
_NODE_SIZE = re.compile(r"n[o0]de[^.;,]{0,24}(?:measur|is\s|size|diameter)[^.;]{0,20}\Z")  # "the largest node measures |1.4 cm"
_OF_DEPOSIT = re.compile(r"largest|foc(?:us|i)|nest|involve|node")
_IN = re.compile(r"\s(?:(?:is|was|are)\s)?(?:(?:present|seen|identified|found|noted)\s)?(?:in|within|involving|of|to)\s(?:the\s|a\s)?")
_TUMOUR_IN = re.compile(
    r"(?<![a-z])(?<!no\s)(?<!for\s)(?:(?:micro|macro)?-?metasta[a-z]{2,5}|(?:micro|macro)?-?mets?|(?:adeno)?carcinoma|tumou?r|deposits?)\s{1,3}"
    r"(?:(?:ductal|lobular|mammary|breast|carcinoma|is|are|present|seen|identified|found|noted|deposits?|\([^()]{0,40}\))\s{1,3}){0,4}"
    r"(?:in|to|within|involving|involves)\s{1,3}(?:(?:only|the)\s{1,3}){0,2}\Z"
)
# "one node 16 mm, |in which| there is"
_NODE_BEHIND = re.compile(r"[\s,]{1,3}(?:in\s{1,3}which|with\s{1,3}a|which|lymph|n[o0]de)(?![a-z])")
_STOP = re.compile(r"[.;\n](?=\s|\Z)")
_WITH = re.compile(r",|\swith(?:out)?\s|\sand\s")  # "1.2 mm, |with extranodal extension"
_MEASURE = re.compile(
    r"(?<![a-z])(?:one|two|half|quarter)\s(?:[a-z]{1,8}\s){0,4}(?:mm|millimet[a-z]{2,3})(?![a-z])|(?<![\d.,/x])(?:\d{1,2}[.,])?[.,]?\d{1,3}\s?-?\s?(?:mm|cm|millimet[a-z]{2,3}|centimet[a-z]{2,3})(?![a-z])"
)
_UNITS = ("mm", "cm", "imet")  # each match of the pattern above holds one
_BEHIND = 160  # characters at most from positive nodes to the size of their deposit
_BEFORE = 60  # ... from the size to nodes behind it
_SENTENCES = 1  # stops at most between both
_EXPLAINED = ("deposit_size", "ene", "category", "t_category")


def told_of(document: Document, size: Mention, ledger: Ledger) -> Mention | None:
    """The positive nodes right beside which a size stands: "1 of 3 nodes, the largest focus 1.1 mm", "a 1.1 mm focus in 1 of 3 nodes"."""
    beside = [(mention, group) for mention, group in positive_nodes(ledger) if mention.part is size.part]
    if ledger.groups or not _OF_DEPOSIT.search(document.clean, size.start, size.end):
        beside = [(mention, group) for mention, group in beside if group is not None]  # a label may be followed by one of the tumour
    positive = [mention for mention, _ in beside]
    behind = [mention for mention in positive if size.end <= mention.start]
    if behind and _IN.fullmatch(document.clean, size.end, behind[0].start):
        return behind[0]
    counted = [group.mention for group in ledger.groups if group.part is size.part] + positive
    before = sorted((mention for mention in counted if mention.end <= size.start), key=lambda mention: mention.end)
    if not before or before[-1] not in positive or size.start - before[-1].end > _BEHIND:
        return None
    between = document.clean[before[-1].end : size.start]
    clause = _clause(document.clean, size.start, size.end)
    if len(_STOP.findall(between)) > _SENTENCES or _OTHER.search(between) or _OTHER.search(clause) or _NODE_SIZE.search(between):
        return None
    return before[-1]


def right_behind(document: Document, size: Mention, ledger: Ledger) -> Group | None:
    """The positive nodes right behind which a size stands, where the words before them name tumour: "tumor in 1 of 2 nodes, |0.5 cm|"."""
    text = document.clean
    for group in ledger.groups:
        mention = group.mention
        if (
            not group.positive
            or mention.kind == "verdict"
            or not mention.start <= size.start <= mention.end
            or _NODE_BEHIND.match(text, size.end)
        ):
            continue
        if _TUMOUR_IN.search(text, max(mention.part.start, mention.start - _BEFORE), group.first_number):
            return group
    return None


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
        low, high = max(mention.part.start, mention.start - _BEFORE), min(mention.part.end, mention.end + _BEHIND)
        for found in _MEASURE.finditer(text, low, high) if holds(text, low, high, _UNITS) else ():
            size = millimetres(found[0])
            if size is not None and not is_small(table, size):
                continue
            span = Span(*found.span())
            explained = any(mention.overlaps(span) for mention in document.of(*_EXPLAINED)) or _CUT.match(text, span.end)
            if not explained and not _OTHER.search(_clause(text, span.start, span.end)):
                words.append(span)
    return words


def _clause(text: str, start: int, end: int) -> str:
    """The words around a size, from stop to stop."""
    before = text[max(0, start - 90) : start]
    stops = [match.end() for match in _STOP.finditer(before)]
    after = _STOP.search(text, end, end + 60)
    behind = text[end : after.start() if after else end + 60]
    return before[stops[-1] if stops else 0 :] + _WITH.split(behind)[0]
