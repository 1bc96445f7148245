"""The same nodes told again: which statements of counts repeat others, and which sum them up."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .document import Document
from .groups import Group, summed
from .model import Region, Role, Section, Version
from .numbers import count
from .place import clause_of
from .sections import names_nodes
from .stations import STATION
from .sums import LARGE, NO_CHANCE, labelled_total, outnumbers, sums_up

_ITEM = re.compile(r"[.;\n]\s{0,3}(?:[ivx]{1,4}|[a-h]|\d{1,2})\s?[-).:]\s{1,3}\Z")  # "III - Node without metastasis"
_LEVEL = re.compile(r"(?<![a-z])level\s?(?:[ivx]{1,3}|\d)\s?[(:,-]{0,2}\s?\Z")  # nodes of one level are no other's
_OF_THE = re.compile(
    r"(?<![a-z])of\s+(?:the|these|those|both)\s(?!left|right|axill|sentinel|regional)"
)  # nodes named before: "one of the two nodes contains ..."
_FURTHER = re.compile(r"(?<![a-z])(?:additional|other|another|second|third|further|separate|different|intra-?mammary)(?![a-z])")
# "#2, biopsy:", "node 3:", "axillary lymph nodes, excision:": what is told from there on is another specimen
_SPECIMEN = re.compile(
    r"(?<![a-z])(?:n[o0]{1,2}[dca]es?|sentine[a-z]{1,3}|axill[a-z]{1,5})(?![a-z])[^.:]{0,60}?"
    r"(?:(?:n[or]\.\s?)?\#?\s?\d{1,2}|excision|excisions|biops(?:y|ies)|dissection|removal|resection|lymphadenectomy)[^:a-z]{0,6}(?::|\s-\s)"
)
_LABEL_LENGTH = 12  # characters at most: "part 2: ", "specimen b: "
_NEAR = 150
_PASTED = 60  # characters at least that are the same before two statements of a report that was pasted twice
_SAME_BREATH = 40
_SAME_BREATH_WORDS = re.compile(r"[^.;:\d\n]*")
_ITC = re.compile(r"(?<![a-z])(?:isolated\s+(?:tumou?r|cytokeratin|keratin)|itc)")
_EXAMINED = re.compile(
    r"\s(?:(?:are|were|was|is)\s)?(?:examined|recovered|retrieved|dissected|removed|identified|found|isolated|in\stotal|total)(?![a-z])"
)
_NEGATIVE_REST = re.compile(
    r"(?<![a-z])(?:the\s)?(?:others?|second|remaining|rest)(?![a-z])[^.;]{0,60}(?<![a-z])(?:negative|free|benign|uninvolved|no\s(?:evidence|tumou?r|metas|carcinoma))"
)
_REST = 260  # characters at most from positive nodes to what is said of the others
_ALL_NODES = re.compile(r"(?<![a-z])(?:all|these|those|the)\s(?:the\s|of\sthe\s)?\Z")
_NEXT = 12  # characters at most from positive nodes to how many were examined
_THE_OTHERS = re.compile(r"(?<![a-z])the\s+(?:[a-z]{3,5}\s+|\d{1,2}\s+)?(?:others?|remaining|rest)(?![a-z])")
# "level II (1/4): metastasis |confined to| a single node"
_CONFINED = re.compile(r"(?<![a-z])(?:confined|limited|restricted)\sto(?![a-z])")
_TUMOUR = re.compile(r"(?<![a-z])(?:positive(?!\sfor\s(?:e|p|h)r)|tumou?r|carcinoma|(?:micro|macro)?metasta|deposits?|involve)")
_DENIED = re.compile(r"(?<![a-z])(?:no|not|none|negative|free|without|absent|benign|stain[a-z]*|block|frozen|pending)(?![a-z])")
_SUMMAND = re.compile(
    r"\s?,?\s?(?:and|plus|&)\s(?P<number>[a-z]{3,9}|\d{1,2})\s(?:(?:non-?\s?sentinel|sentinel|axillary|intra-?mammary|other|additional|further|lymph)\s){0,3}"
)
_REMAINING = re.compile(r"(?<![a-z])(?:remaining|remainder|rest|others?)(?![a-z])")


def distinct(document: Document, found: Sequence[Group], divisions: Collection[int]) -> list[Group]:
    """The groups without repeats: the same nodes told again become ``Role.REPEAT``, sums ``Role.CHECK``."""
    kept = _first_told(document, found, divisions)
    if any(group.positive is not None for group in kept):
        for group in kept:
            if _spoken_of(document, group, [other for other in kept if other is not group]):
                group.role = Role.REPEAT
    _leave_out_listed([group for group in kept if group.role is Role.LEDGER])
    kept = [group for group in kept if group.role is Role.LEDGER]
    for group in kept:
        others = [
            other
            for other in kept
            if other is not group and other.role is Role.LEDGER and (other.side is None or group.side is None or other.side is group.side)
        ]
        if id(group) not in divisions and sums_up(document, group, others):
            group.role = Role.CHECK
    return [group for group in kept if group.role is Role.LEDGER]


def _first_told(document: Document, found: Sequence[Group], divisions: Collection[int]) -> list[Group]:
    """Each group where it is told first; later statements of the same nodes complete it."""
    kept: list[Group] = []
    told: list[tuple[Group, Group]] = []  # each statement so far with the group whose nodes it counts
    for group in found:
        if group.role is not Role.LEDGER:
            continue
        if kept and _included(document, kept[-1], group):
            kept.pop().role = Role.REPEAT
        twin = next((first for other, first in reversed(told) if _again(document, other, group, divisions)), None)
        if twin is None and kept and _all_examined(document, kept[-1], group):
            twin = kept[-1]
        if twin is not None and twin.of_parts and not group.of_parts:  # "7 of 8 nodes (see part F)", and now part F
            twin.role, group.evidence = Role.REPEAT, [*group.evidence, twin.mention]
            kept.remove(twin)
            told = [(other, group if first is twin else first) for other, first in told]
            twin = None
        told.append((group, twin or group))
        if twin is None:
            kept.append(group)
        else:
            _complete(document, twin, group)
    return kept


def _again(document: Document, one: Group, other: Group, divisions: Collection[int]) -> bool:
    """Whether a later statement counts the nodes of an earlier one; a division of a sum does where the sum is told as a sum."""
    if id(other) in divisions and other.passage is one.passage:
        return other.summary and one.counts == other.counts and not _apart(one, other)
    return _same_nodes(document, one, other)


def _included(document: Document, one: Group, other: Group) -> bool:
    """Whether nodes are the first summand of the next statement: "one sentinel node and |one other node, both free (0/2)"."""
    link = _SUMMAND.fullmatch(document.clean, one.mention.end, other.mention.start)
    rest = count(link["number"]) if link else None
    return rest is not None and "examined" in other.mention.spans and other.examined == (one.examined or 0) + rest


def _complete(document: Document, first: Group, again: Group) -> None:
    """What a later statement of the same nodes adds to the first."""
    again.role = Role.REPEAT
    first.evidence.append(again.mention)
    known = first.positive is None and (first.examined == again.examined or (again.positive and _others_negative(document, again)))
    if known or _found_later(first, again):
        first.positive = again.positive
    if first.implied and not again.implied and again.positive in (first.positive, None) and again.examined is not None:
        first.examined, first.implied, first.at_least = again.examined, False, False
    if first.region is Region.UNSPECIFIED:
        first.region = again.region


def _others_negative(document: Document, group: Group) -> bool:
    """Whether the words behind positive nodes call the others negative: "in one node ...; the second node is negative"."""
    return _NEGATIVE_REST.search(document.clean, group.mention.end, min(group.part.end, group.mention.end + _REST)) is not None


def _spoken_of(document: Document, group: Group, others: Sequence[Group]) -> bool:
    """Whether nodes are spoken of and not counted: "stains of both sentinel nodes are pending"."""
    told, _ = summed(others)
    if document.clean.startswith("both", group.mention.start):
        beside = any(other.part is group.part for other in others)
        own = group.mention.kind == "node_count" and group.positive is not None and beside  # "both sentinel nodes positive; 0/12"
        return not own and told >= 2
    before = [other for other in others if other.role is Role.LEDGER and other.mention.start < group.mention.start]
    counted, positive = summed(before)
    if len(before) > 1 and group.examined == counted and _ALL_NODES.search(document.clean, group.part.start, group.first_number):
        return True  # "imprints of all four nodes had been negative"
    if len(before) > 1 and not group.positive and group.examined == counted - positive and are_the_others(document, group):
        return True  # "the other three nodes lack keratin positive cells"
    later = group.mention.version is not Version.ORIGINAL or group.mention.section is Section.COMMENT
    if (
        later
        and not group.positive
        and counted >= (group.examined or 0)
        and _THE_OTHERS.search(document.clean, max(group.part.start, group.mention.start - 20), group.mention.end)
    ):
        return True  # "Addendum: ... The other two nodes are negative."
    if group.mention.kind != "node_number" or "joined" in group.mention.values:
        return False
    if _LEVEL.search(document.clean, max(0, group.mention.start - 20), group.mention.start):
        return False
    first = group.mention.start - group.part.start < _LABEL_LENGTH
    if group.part.label is not None and (first or names_nodes(document.clean, group.part, group.mention.start)):
        return False
    if group.positive is None:
        known = {told, *(number for other in others for number in other.counts)}
        listed = document.clean.startswith(";", group.mention.end)  # "sentinel #1, two nodes; sentinel #2, one node; ..."
        new = group.examined not in known and (listed or _bears_tumour(document, group))
        return group.part.label is not None and not outnumbers(group, others) and not new
    fewer = any(
        (other.examined or 0) >= (group.examined or 0)
        and not _apart(other, group)
        and (group.part.label is None or other.part is group.part or other.mention.start < group.mention.start)
        for other in others
    )
    return fewer and not _FURTHER.search(document.clean, group.mention.start, group.mention.end)


def are_the_others(document: Document, group: Group) -> bool:
    """Whether the words before a number of nodes call them the others or the remaining ones."""
    return _REMAINING.search(document.clean, max(group.part.start, group.mention.start - 20), group.mention.end) is not None


def _bears_tumour(document: Document, group: Group) -> bool:
    """Whether the clause of nodes without a result names tumour and denies none: "tumor foci are found in two nodes"."""
    words = clause_of(document, group.mention)
    return _TUMOUR.search(words) is not None and _DENIED.search(words) is None


def _leave_out_listed(kept: Sequence[Group]) -> None:
    """Positive nodes of a list whose total is told behind it become repeats: "two nodes of level I, one of level II (total: 3/29)"."""
    for total in kept:
        if total.summary and not total.implied and total.positive is not None:
            listed = [other for other in kept if other.implied and other.part is total.part and other.mention.start < total.mention.start]
            if sum(other.positive or 0 for other in listed) <= total.positive:
                for other in listed:
                    other.role = Role.REPEAT


def _all_examined(document: Document, one: Group, other: Group) -> bool:
    """Whether a number of nodes tells how many were examined beside positive ones: "carcinoma in 4 lymph nodes, 17 nodes recovered"."""
    return (
        one.implied
        and one.part is other.part
        and other.mention.kind == "node_number"
        and other.positive is None
        and (other.examined or 0) >= (one.positive or 0)
        and not _apart(one, other)
        and _EXAMINED.match(document.clean, other.mention.end) is not None
        and len(document.clean[one.mention.end : other.mention.start].strip()) <= _NEXT
    )


def _apart(one: Group, other: Group) -> bool:
    """Whether two groups are known to lie in different regions."""
    return Region.UNSPECIFIED not in (one.region, other.region) and one.region is not other.region


def _same_nodes(document: Document, one: Group, other: Group) -> bool:
    """Whether a later statement counts the nodes of an earlier one."""
    if one.side and other.side and one.side is not other.side:
        return False
    if one.counts == other.counts and _pasted(document, one, other):
        return True
    regions = {one.region, other.region} - {Region.UNSPECIFIED}
    same = one.counts == other.counts
    unknown = one.examined == other.examined and (one.positive is None or other.positive is None)
    named = (other.implied or (one.implied and other.summary)) and other.positive == one.positive
    if one.passage is other.passage and one.part is not other.part and one.part.label == other.part.label and same:
        return True  # the labels start over: the diagnosis is printed twice
    if one.passage is other.passage and one.part is other.part:
        return _told_again(document, one, other, len(regions) > 1, same or unknown or named)
    if one.passage is other.passage:
        words = document.clean[max(other.part.start, other.mention.start - 20) : other.mention.end]
        if other.implied and one.positive == other.positive and _OF_THE.search(words):
            return True  # "the node biopsied is one of the four positive nodes"
        both = all(names_nodes(document.clean, group.part, group.mention.start) for group in (one, other))
        least = NO_CHANCE if one.positive or labelled_total(document, other) else LARGE
        return same and (one.examined or 0) >= least and not both and len(regions) <= 1
    if len(regions) > 1 and regions != {Region.SENTINEL, Region.AXILLARY}:
        return False
    labels = [group.part.label for group in (one, other) if group.part.label and group.part.label[0] != "#"]
    if len(labels) == 2:
        return labels[0] == labels[1] and (same or unknown or named)
    return (same or unknown or _found_later(one, other)) and len(regions) <= 1


def _found_later(one: Group, other: Group) -> bool:
    """Whether an addendum finds tumour in some of the nodes that were negative: "0/4 ... Addendum: tumor cells in one sentinel node"."""
    later = other.mention.version is Version.ADDENDUM and other.implied and other.positive
    return bool(later) and one.positive == 0 and (one.examined or 0) >= (other.positive or 0)


def _pasted(document: Document, one: Group, other: Group) -> bool:
    """Whether the words before both, and their own, are the same so far that the report was pasted twice."""
    near, near_other = (_words_up_to(document.clean, at.end - 2 * _PASTED, at.end)[-_PASTED:] for at in (one.mention, other.mention))
    if len(near) == len(near_other) == _PASTED and near != near_other:
        return False
    first, second = (_words_up_to(document.clean, at.start - 400, at.end)[-150:] for at in (one.mention, other.mention))
    length = min(len(first), len(second))
    return length >= _PASTED and first[-length:] == second[-length:]


def _words_up_to(text: str, low: int, high: int) -> str:
    """The words of a stretch of text, one space apart."""
    return " ".join(text[max(0, low) : high].split())


def _told_again(document: Document, one: Group, other: Group, elsewhere: bool, equal: bool) -> bool:
    """Whether a statement of the same part is about nodes counted just before it: all of them, the positive, the remaining."""
    between = document.clean[one.mention.end : other.mention.start]
    if one.counts == other.counts and len(between) < _SAME_BREATH and _SAME_BREATH_WORDS.fullmatch(between):
        return True
    confined = _CONFINED.search(document.clean, max(one.mention.end, other.mention.start - 20), other.mention.start)
    if confined and other.examined == one.positive:
        return True
    stations = _stations(document, one), _stations(document, other)
    if all(stations) and stations[0] != stations[1] and not other.summary:
        return False
    if one.mention.kind == other.mention.kind and one.mention.kind in ("part_ratio", "node_total"):
        return False  # items of a list, labels of two stations
    level = _LEVEL.search(document.clean, max(0, other.mention.start - 20), other.mention.start)
    if one.examined is None or other.examined is None or len(between) > 1500 or level:
        return False
    words = document.clean[max(one.mention.end, other.mention.start - 20) : other.mention.end]
    if _THE_OTHERS.search(words) and other.examined <= one.examined - max(one.positive or 0, 1):
        return True
    if _REMAINING.search(words) and one.positive is not None and other.examined <= one.examined:
        return other.examined == one.examined - one.positive or other.examined == one.positive
    another = _SPECIMEN.search(document.clean, one.mention.end, other.first_number) or _ITEM.search(
        document.clean, one.mention.end, other.mention.start
    )
    some = other.positive == 0 and other.examined <= one.examined - (one.positive or 0)  # "one of the nodes is benign"
    if (some or other.examined in (one.examined, one.positive)) and _OF_THE.search(words):
        return True
    whole = "examined" in one.mention.spans and one.positive is not None and one.positive < one.examined
    of_them = other.implied or other.examined == one.examined
    if whole and of_them and _ITC.search(document.clean, other.mention.start, other.mention.end + 40):
        return True  # "in 1 of 4 nodes; an additional node contains isolated tumor cells": one of the four
    if (
        whole
        and not elsewhere
        and not _of_further_nodes(words, one)
        and other.counts == (one.examined - (one.positive or 0), 0)
        and one.positive
    ):
        return len(between) < _NEAR  # "in one of three nodes. Two nodes negative": the two that are left
    if elsewhere or (another and one.positive is not None and other.positive is not None):
        return False
    if (
        (other.implied or other.mention.kind == "node_number")
        and "examined" in one.mention.values
        and other.examined <= one.examined
        and one.examined > 1
        and not (one.positive == 0 and other.implied and other.positive)
    ):
        return not _of_further_nodes(words, one)
    near = len(between) < 500 or other.examined >= NO_CHANCE
    return equal and near and not _of_further_nodes(words, one)


def _stations(document: Document, group: Group) -> frozenset[str]:
    """The stations that the words before the number of nodes name, else those behind it: "nodes of the lateral group: (0/3)"."""
    number = group.first_number
    start = max(document.clean.rfind(sign, group.part.start, number) for sign in (". ", ";", "\n"))
    named = STATION.findall(document.clean, max(start, group.part.start, number - 90), number)
    return frozenset(named or STATION.findall(document.clean, number, group.mention.end))


def _of_further_nodes(words: str, one: Group) -> bool:
    """Whether words speak of further nodes; an intramammary one is none beside an intramammary one."""
    found = _FURTHER.search(words)
    return found is not None and not (found[0].startswith("intra") and one.region is Region.INTRAMAMMARY)
