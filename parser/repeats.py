"""The same nodes told again: which statements of counts repeat others, and which sum them up."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .beside import Beside, Spoken
from .document import Document
from .groups import Group
from .model import Region, Role, Section, Version
from .numbers import count
from .place import clause_of
from .sameness import REMAINING, THE_OTHERS, Sameness, apart, found_later
from .sections import names_nodes
from .sums import LARGE, NO_CHANCE, labelled_total
from .twins import Twins

_LEVEL = re.compile(r"(?<![a-z])level\s?(?:[ivx]{1,3}|\d)\s?[(:,-]{0,2}\s?\Z")  # nodes of one level are no other's
_FURTHER = re.compile(r"(?<![a-z])(?:additional|other|another|second|third|further|separate|different|intra-?mammary)(?![a-z])")
_KNOWN = re.compile(r"(?<![a-z])(?:the|these|those|each|both)(?![a-z])")  # "of each of the three sentinel nodes"
_BEFORE = 20  # characters before a number that may say that its nodes are all of them
_LABEL_LENGTH = 12  # characters at most: "part 2: ", "specimen b: "
_EXAMINED = re.compile(
    r"\s(?:(?:are|were|was|is)\s)?(?:examined|recovered|retrieved|dissected|removed|identified|found|isolated|in\stotal|total)(?![a-z])"
)
_NEGATIVE_REST = re.compile(
    r"(?<![a-z])(?:the\s)?(?:others?|second|remaining|rest)(?![a-z])[^.;]{0,60}(?<![a-z])(?:negative|free|benign|uninvolved|no\s(?:evidence|tumou?r|metas|carcinoma))"
)
_REST = 260  # characters at most from positive nodes to what is said of the others
_ALL_NODES = re.compile(r"(?<![a-z])(?:all|these|those|the)\s(?:the\s|of\sthe\s)?\Z")
_NEXT = 12  # characters at most from positive nodes to how many were examined
_TUMOUR = re.compile(r"(?<![a-z])(?:positive(?!\sfor\s(?:e|p|h)r)|tumou?r|carcinoma|(?:micro|macro)?metasta|deposits?|involve)")
_DENIED = re.compile(r"(?<![a-z])(?:no|not|none|negative|free|without|absent|benign|stain[a-z]*|block|frozen|pending)(?![a-z])")
_SUMMAND = re.compile(
    r"\s?,?\s?(?:and|plus|&)\s(?P<number>[a-z]{3,9}|\d{1,2})\s(?:(?:non-?\s?sentinel|sentinel|axillary|intra-?mammary|other|additional|further|lymph)\s){0,3}"
)


def distinct(document: Document, found: Sequence[Group], divisions: Collection[int]) -> list[Group]:
    """The groups without repeats: the same nodes told again become ``Role.REPEAT``, sums ``Role.CHECK``."""
    kept = _first_told(document, found, divisions)
    if any(group.positive is not None for group in kept):
        spoken = Spoken(kept)
        for group in kept:
            spoken.reach(group)
            if _spoken_of(document, group, spoken):
                group.role = Role.REPEAT
    _leave_out_listed([group for group in kept if group.role is Role.LEDGER])
    kept = [group for group in kept if group.role is Role.LEDGER]
    if len(kept) < 2:
        return kept
    beside = Beside(document, kept)
    for place, group in enumerate(kept):
        beside.reach(place)
        if id(group) not in divisions and _sums_up(document, group, beside):
            group.role = Role.CHECK
            beside.leave_out()
    return [group for group in kept if group.role is Role.LEDGER]


def _first_told(document: Document, found: Sequence[Group], divisions: Collection[int]) -> list[Group]:
    """Each group where it is told first; later statements of the same nodes complete it."""
    kept: dict[int, Group] = {}  # by id
    twins = Twins(document, Sameness(document, divisions))
    for group in found:
        if group.role is not Role.LEDGER:
            continue
        last = next(reversed(kept.values()), None)
        if last is not None and _included(document, last, group):
            kept.pop(id(last)).role = Role.REPEAT
            last = next(reversed(kept.values()), None)
        twin = twins.of(group)
        if twin is None and last is not None and _all_examined(document, last, group):
            twin = last
        if twin is not None and twin.of_parts and not group.of_parts:  # "7 of 8 nodes (see part F)", and now part F
            twin.role, group.evidence = Role.REPEAT, [*group.evidence, twin.mention]
            del kept[id(twin)]
            twins.replace(twin, group)
            twin = None
        twins.add(group, twin or group)
        if twin is None:
            kept[id(group)] = group
        else:
            _complete(document, twin, group)
            twins.changed(twin)
    return list(kept.values())


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
    if known or found_later(first, again):
        first.positive = again.positive
    if first.implied and not again.implied and again.positive in (first.positive, None) and again.examined is not None:
        first.examined, first.implied, first.at_least = again.examined, False, False
    if first.region is Region.UNSPECIFIED:
        first.region = again.region


def _others_negative(document: Document, group: Group) -> bool:
    """Whether the words behind positive nodes call the others negative: "in one node ...; the second node is negative"."""
    return _NEGATIVE_REST.search(document.clean, group.mention.end, min(group.part.end, group.mention.end + _REST)) is not None


def _holds(group: Group, beside: Beside) -> bool:
    """Whether a group is large enough to be the sum of the others."""
    return group.examined is not None and group.positive is not None and group.examined >= beside.most and group.examined > 1


def _sums_up(document: Document, group: Group, beside: Beside) -> bool:
    """Whether a group is told as the sum of others: in words, by its divisions behind it, in another part, or under no label."""
    others = beside.all()
    if not others.number:
        return False
    exact = others.equals(group)
    if group.of_parts and (exact or _holds(group, beside)):
        return True
    total = others.number >= 2 or others.ends <= group.mention.start
    if group.summary and (exact or (total and _holds(group, beside))):
        return True
    if group.positive is not None and (divisions := beside.divisions()).number > 1 and divisions.equals(group):
        return True
    before = beside.before()
    if before.number > 1 and (group.positive or (group.examined or 0) >= LARGE) and before.equals(group):
        own = (
            group.part.label is not None
            and not beside.before(in_part=True).number
            and names_nodes(document.clean, group.part, group.mention.start)
        )
        if not own:
            return True
    if group.part.label is None:
        labelled = beside.labelled
        few = group.positive == 0 and (group.examined or 0) < NO_CHANCE and not labelled_total(document, group)
        known = _KNOWN.search(document.clean, max(group.part.start, group.mention.start - 12), group.mention.end) is not None
        if few and not known and beside.is_first:
            return False  # the first specimen, under a label that was not read
        return labelled and (exact or beside.of_region().equals(group) or group.mention.rule == "nodes.ratio_label")
    by_chance = not group.positive and (group.examined or 0) < LARGE
    if before.number < others.number and by_chance and not labelled_total(document, group):
        return False  # specimens go on behind it, and it is told as one of them
    whole = group.region in (Region.UNSPECIFIED, Region.AXILLARY) or beside.of_region().number == others.number
    return exact and whole and beside.titled and not names_nodes(document.clean, group.part)


def _spoken_of(document: Document, group: Group, spoken: Spoken) -> bool:
    """Whether nodes are spoken of and not counted: "stains of both sentinel nodes are pending"."""
    if document.clean.startswith("both", group.mention.start):
        # "both sentinel nodes positive; 0/12"
        own = group.mention.kind == "node_count" and group.positive is not None and spoken.in_its_part(group)
        return not own and spoken.examined(group) >= 2
    before = spoken.before
    counted = before.examined
    number = group.first_number
    all_told = before.number > 1 and group.examined == counted
    if all_told and _ALL_NODES.search(document.clean, max(group.part.start, number - _BEFORE), number):
        return True  # "imprints of all four nodes had been negative"
    if before.number > 1 and not group.positive and group.examined == counted - before.positive and are_the_others(document, group):
        return True  # "the other three nodes lack keratin positive cells"
    later = group.mention.version is not Version.ORIGINAL or group.mention.section is Section.COMMENT
    if (
        later
        and not group.positive
        and counted >= (group.examined or 0)
        and THE_OTHERS.search(document.clean, max(group.part.start, group.mention.start - 20), group.mention.end)
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
        listed = document.clean.startswith(";", group.mention.end)  # "sentinel #1, two nodes; sentinel #2, one node; ..."
        new = not spoken.is_known(group) and (listed or _bears_tumour(document, group))
        return group.part.label is not None and spoken.is_outnumbered(group) and not new
    return spoken.may_hold(group) and not _FURTHER.search(document.clean, group.mention.start, group.mention.end)


def are_the_others(document: Document, group: Group) -> bool:
    """Whether the words before a number of nodes call them the others or the remaining ones."""
    return REMAINING.search(document.clean, max(group.part.start, group.mention.start - 20), group.mention.end) is not None


def _bears_tumour(document: Document, group: Group) -> bool:
    """Whether the clause of nodes without a result names tumour and denies none: "tumor foci are found in two nodes"."""
    words = clause_of(document, group.mention)
    return _TUMOUR.search(words) is not None and _DENIED.search(words) is None


def _leave_out_listed(kept: Sequence[Group]) -> None:
    """Positive nodes of a list whose total is told behind it become repeats: "two nodes of level I, one of level II (total: 3/29)"."""
    listed: dict[int, _Listed] = {}  # by part
    for group in kept:
        if group.implied:
            listed.setdefault(id(group.part), _Listed()).groups.append(group)
    for total in kept if listed else ():
        if total.summary and not total.implied and total.positive is not None and id(total.part) in listed:
            listed[id(total.part)].leave_out(total.mention.start, total.positive)


class _Listed:
    """The positive nodes of a part that are named alone."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._place = self._positive = self._left_out = 0

    def leave_out(self, before: int, positive: int) -> None:
        """Makes those before an offset repeats, unless they are more than so many."""
        while self._place < len(self.groups) and self.groups[self._place].mention.start < before:
            self._positive += self.groups[self._place].positive or 0
            self._place += 1
        if self._positive <= positive:
            for group in self.groups[self._left_out : self._place]:
                group.role = Role.REPEAT
            self._left_out = self._place


def _all_examined(document: Document, one: Group, other: Group) -> bool:
    """Whether a number of nodes tells how many were examined beside positive ones: "carcinoma in 4 lymph nodes, 17 nodes recovered"."""
    return (
        one.implied
        and one.part is other.part
        and other.mention.kind == "node_number"
        and other.positive is None
        and (other.examined or 0) >= (one.positive or 0)
        and not apart(one, other)
        and _EXAMINED.match(document.clean, other.mention.end) is not None
        and len(document.clean[one.mention.end : other.mention.start].strip()) <= _NEXT
    )
