"""The groups of the ledger against the printed totals: what they add, what repeats, and where both differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from .document import Document
from .dropped import Surplus, own_specimen
from .groups import Group, summed
from .ledger import Ledger
from .model import IssueKind, Region, Role, Section
from .regions import AXES
from .repeats import are_the_others
from .sums import LARGE, NO_CHANCE, labelled_total, sums_of_some
from .totals import Total
from .verdicts import positive_among

# "lymph nodes examined: 12 (including parts A and B)", "(utilizing all specimens submitted)": a total of what the parts tell, and of more
_INCLUDES = re.compile(
    r"(?<![a-z])(?:includ(?:es?|ing)|from|utili[sz]ing|in|see(?:\salso)?)\s(?:(?:the|all|both|\w{3,5})\s){0,2}(?:parts?|specimens?|biops(?:y|ies))(?![a-z])"
)
_BESIDE_TOTAL = 50  # characters at most between a total and what it includes
_OF_LEVEL = re.compile(r"(?<![a-z])level\s(?:[ivx]{1,3}|\d)(?![a-z\d])")
_REFERS = re.compile(r"(?<![a-z])(?:see|above|below|parts?|specimens?|described|sampling)(?![a-z])")


def take_ratios(document: Document, ledger: Ledger, stated: Sequence[Group], view: Sequence[Group]) -> None:
    """Ratios in a synoptic block beside the view, and sums within the view, are totals: "Lymph node status: Positive 1/13"."""
    counted, positive = summed(ledger.groups)
    further: list[Group] = []
    viewed = set(map(id, view))
    told = Counter(group.counts for group in ledger.groups)
    told_in = Counter((group.counts, group.region) for group in ledger.groups)
    # "the four negative nodes" of six
    left = {(one.examined or 0) - (one.positive or 0) for one in ledger.groups}
    sums: set[tuple[int, int]] | None = None
    all_sentinel = all(one.sentinel for one in ledger.groups)
    for group in stated:
        beside = (
            id(group) not in viewed
            and group.mention.kind == "node_count"
            and (
                group.mention.section in (Section.SYNOPTIC, Section.COMMENT)
                or (group.mention.section is Section.MICROSCOPIC and (group.examined or 0) > counted)
            )
        )
        if group.positive is None or group.examined is None or group.implied or not (beside or group.role is Role.CHECK):
            continue
        rest = group.positive == 0 and (group.examined in left or group.examined == counted - positive)
        if rest and are_the_others(document, group):
            ledger.roles[id(group.mention)] = Role.REPEAT  # "3 of 12 positive ... Comment: keratin of the other nine nodes is negative"
            continue
        fewer = group.mention.section is Section.COMMENT and beside and group.examined < counted
        same = told[group.counts] if group.region is Region.UNSPECIFIED else told_in[group.counts, group.region]
        if group.examined < counted and same == 1 and not group.summary and not labelled_total(document, group):
            # the ratio of one specimen, told again: "Comment: the one of three level I nodes ..."
            ledger.roles[id(group.mention)] = Role.REPEAT
        elif fewer and _OF_LEVEL.search(document.clean, max(group.part.start, group.mention.start - 12), group.mention.end):
            ledger.roles[id(group.mention)] = Role.REPEAT  # "8 of 19 nodes ... Comment: level I, seven of twelve; level II, one of four"
        elif fewer and not (
            told[group.counts]
            or group.counts in (sums := sums_of_some(ledger.groups) if sums is None else sums)
            or (group.positive == 0 and group.examined in left and "positive" not in group.mention.spans)
        ):
            further.append(group)
        elif group.region in (Region.UNSPECIFIED, Region.AXILLARY, Region.SENTINEL):
            of_all = group.counts == (counted, positive) and not all_sentinel
            prefix = "" if of_all else _scope(document, group)
            ledger.totals.add_ratio(prefix, group)
            ledger.roles[id(group.mention)] = Role.CHECK
            if group.positive > group.examined:
                ledger.flag(IssueKind.POSITIVE_EXCEEDS_EXAMINED, "more positive nodes than examined", [group.mention])
    if further and sum(group.examined or 0 for group in further) != counted:
        ledger.groups += further
        ledger.flag(IssueKind.COUNTS_DIFFER, "nodes are counted only beside the diagnosis", [group.mention for group in further])
        ledger.roles.update((id(group.mention), Role.LEDGER) for group in further)


# "non-sentinel nodes: 2/12", but not "sentinel and non-sentinel nodes: 2/12"; "2/12 non-sentinel nodes"
_NOT_SENTINEL = re.compile(r"(?<![a-z])(?<!and\s)(?<!or\s)(?<!/)non-?\s?sentinel[^.;\n]{0,40}\Z")
_OTHER_NODES = re.compile(r"\d\s(?:other\s)?non-?\s?sentinel")


def _scope(document: Document, group: Group) -> str:
    """Which nodes a count is of, as the first part of a total's key; "" for all."""
    text, mention = document.clean, group.mention
    before = max(group.part.start, mention.start - 60)
    if _NOT_SENTINEL.search(text, before, group.first_number) or _OTHER_NODES.search(text, mention.start, mention.end + 20):
        return "nonsentinel_"
    return "sentinel_" if group.sentinel else "axillary_" if group.region is Region.AXILLARY else ""


def fit_to_totals(document: Document, ledger: Ledger, view: Sequence[Group]) -> None:
    """Counts what the printed totals need, and leaves out what they do not hold."""
    _restore(document, ledger, view)
    _drop_sums(document, ledger)
    for total in ledger.totals.values.values():
        ledger.roles[id(total.mention)] = Role.CHECK


def _restore(document: Document, ledger: Ledger, view: Sequence[Group]) -> None:
    """A group taken for a restatement is counted after all where the printed total needs it; where no total tells, that is doubtful."""
    total = ledger.totals.get("examined")
    counted = sum(group.examined or 0 for group in ledger.groups)
    for group in view:
        if (
            group.role is not Role.CHECK
            or group.part.label is None
            or any(one.mention is group.mention for one in ledger.totals.values.values() if total is None)
        ):
            continue
        if total is not None and counted + (group.examined or 0) == total and ledger.totals.values["examined"].mention is not group.mention:
            group.role = Role.LEDGER
            ledger.groups.append(group)
            ledger.roles[id(group.mention)] = Role.LEDGER
            counted += group.examined or 0
        elif total is None and group.positive and not _REFERS.search(document.clean, group.mention.start - 30, group.mention.end + 40):
            ledger.flag(IssueKind.COUNTS_DIFFER, "positive nodes are told twice, or are more nodes", [group.mention])


def _drop_sums(document: Document, ledger: Ledger) -> None:
    """Where the parts exceed the printed total, groups that are sums of others are left out if that makes both agree."""
    total, positive = ledger.totals.get("examined"), ledger.totals.positive
    if total is None or sum(group.examined or 0 for group in ledger.groups) <= total:
        return
    whole = [group for group in ledger.groups if group.part.label is None and group.counts == (total, positive)]
    if len(whole) == 1 and len(ledger.groups) > 2:  # the total itself, told before the parts
        ledger.groups.remove(whole[0])
        whole[0].role = ledger.roles[id(whole[0].mention)] = Role.CHECK
        return
    dropped = Surplus(document, ledger.groups).find(total, positive)
    if not dropped:
        return
    rest = ledger.groups = [group for group in ledger.groups if group not in dropped]
    for group in dropped:
        group.role = Role.REPEAT
        ledger.roles[id(group.mention)] = Role.REPEAT
    if few := [group.mention for group in dropped if (group.examined or 0) < NO_CHANCE and own_specimen(document, group, rest)]:
        ledger.flag(IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the printed total leaves out a specimen of few nodes", few)


def add_up(document: Document, ledger: Ledger) -> None:
    """Sums of the groups, taken together with the printed totals."""
    known = ledger.groups
    examined, positive = summed(known)
    beside_negative = _beside_negative(known)
    counted = all(group.examined is not None and not _open(group, beside_negative) for group in known)
    complete = counted and all(group.positive is not None for group in known)
    total_examined, total_positive = _total(ledger, "examined"), _total(ledger, "positive")
    if total_examined == 0 and examined:  # a value that slid to another label: parts count nodes
        total_examined = total_positive = None
    if total_examined and total_positive is None and not positive and "examined" in ledger.totals.values:
        among = positive_among(document, ledger.totals.values["examined"].mention, total_examined)
        total_positive = 0 if among == 0 else None
    if not known:
        ledger.examined, ledger.positive = total_examined, total_positive
        _none_found(ledger)
    else:
        ledger.examined, ledger.positive = (examined if counted else None), positive
        _reconcile(document, ledger, examined, positive, complete, total_examined, total_positive)
    sentinel = [group for group in known if group.sentinel]
    ledger.sentinel_examined = ledger.totals.get("sentinel_examined")
    ledger.sentinel_positive = ledger.totals.get("sentinel_positive")
    axillary = sum(group.examined or 0 for group in sentinel if group.region not in AXES)  # the printed number may leave out other regions
    fewer = ledger.sentinel_examined is not None and ledger.sentinel_examined < axillary
    numbered = complete and all(group.mention.kind != "verdict" for group in known)
    if fewer or (known and len(sentinel) == len(known) and numbered and ledger.sentinel_examined not in (None, examined, axillary)):
        mentions = [group.mention for group in known] + ledger.totals.mentions("sentinel_examined")
        ledger.flag(IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the printed number of sentinel nodes differs from the sum of the parts", mentions)
    if sentinel:
        told = sum(group.examined or 0 for group in sentinel)
        ledger.sentinel_examined = max(told, ledger.sentinel_examined or 0)
        if ledger.sentinel_positive is None and all(group.positive is not None for group in sentinel):
            ledger.sentinel_positive = sum(group.positive or 0 for group in sentinel)
    if ledger.sentinel_positive is None and ledger.positive == 0 and ledger.sentinel_examined:
        ledger.sentinel_positive = 0
    _check_axilla(ledger)
    _check_kinds(document, ledger)
    _check_groups(ledger)


def _check_kinds(document: Document, ledger: Ledger) -> None:
    """Flags numbers of sentinel and of other nodes that the numbers of all nodes cannot hold together."""
    other = [group for group in ledger.groups if not group.sentinel and _scope(document, group) == "nonsentinel_"]
    for key, counted, sentinel in (
        ("examined", ledger.examined, ledger.sentinel_examined),
        ("positive", ledger.positive, ledger.sentinel_positive),
    ):
        others = max(ledger.totals.get(f"nonsentinel_{key}") or 0, sum(getattr(group, key) or 0 for group in other))
        if counted is not None and counted < (sentinel or 0) + others:
            mentions = [one.mention for one in ledger.groups] + ledger.totals.mentions(f"sentinel_{key}", f"nonsentinel_{key}")
            ledger.flag(IssueKind.TOTAL_DIFFERS_FROM_PARTS, f"sentinel and other nodes are more than all nodes {key}", mentions)


def _check_axilla(ledger: Ledger) -> None:
    """Flags a number printed for the axilla that is not that of its groups, where other regions have their own."""
    total = ledger.totals.values.get("axillary_examined")
    rest = [group for group in ledger.groups if group.region not in AXES and group.region is not Region.INTRAMAMMARY]
    if total is None or not rest or len(rest) == len(ledger.groups):
        return
    if total.value != sum(group.examined or 0 for group in rest):
        ledger.flag(IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the printed total differs from the sum of the parts", [total.mention])


def _total(ledger: Ledger, key: str) -> int | None:
    """The printed total; where only the axilla or the nonsentinel nodes have one, that and the groups that it leaves out."""
    printed_total = ledger.totals.positive if key == "positive" else ledger.totals.get(key)
    axillary = ledger.totals.get(f"axillary_{key}")
    others = ledger.totals.get(f"nonsentinel_{key}")
    if printed_total is None and axillary is None and others is not None and ledger.groups and all(one.sentinel for one in ledger.groups):
        return others + sum(getattr(group, key) or 0 for group in ledger.groups)
    if printed_total is None and axillary is None and ledger.groups and all(_may_be_sentinel(group) for group in ledger.groups):
        return ledger.totals.get(f"sentinel_{key}")
    if printed_total is not None or axillary is None:
        return printed_total
    return axillary + sum(getattr(group, key) or 0 for group in ledger.groups if group.region in AXES)


def _beside_negative(groups: Sequence[Group]) -> set[tuple[int, bool]]:
    """The parts with nodes not called positive, by ``id``, each with the kinds of nodes, sentinel or not, whose rest these may be."""
    negative = [group for group in groups if group.examined and not group.positive]
    return {(id(group.part), kind) for group in negative for kind in (True, group.sentinel)}


def _open(group: Group, beside_negative: Collection[tuple[int, bool]]) -> bool:
    """Whether more nodes may have been examined than a group names: "7 positive nodes", and no negative ones beside them.

    Negative sentinel nodes are not the rest of positive other nodes.
    """
    return group.at_least and (id(group.part), group.sentinel) not in beside_negative


def _may_be_sentinel(group: Group) -> bool:
    return group.region in (Region.SENTINEL, Region.UNSPECIFIED)


def _reconcile(
    document: Document, ledger: Ledger, examined: int, positive: int, complete: bool, total_examined: int | None, total_positive: int | None
) -> None:
    mentions = [group.mention for group in ledger.groups] + ledger.totals.mentions("examined", "positive", "macro", "micro")
    missing = [group for group in ledger.groups if group.positive is None]
    counted = ledger.examined is not None
    if not counted and total_examined is None:
        beside_negative = _beside_negative(ledger.groups)
        uncounted = [group.mention for group in ledger.groups if group.examined is None or _open(group, beside_negative)]
        ledger.flag(IssueKind.COUNT_MISSING, "the number of nodes is not told", uncounted, blocking=False)
    if total_examined in (None, examined) and total_positive in (None, positive):
        ledger.examined = ledger.examined if counted else total_examined
        if missing and total_positive is None:
            ledger.flag(IssueKind.RESULT_MISSING, "nodes are counted without a result", [group.mention for group in missing])
            ledger.positive = positive if positive else None
        return
    if total_examined in (None, examined) and total_positive is not None and total_positive < positive and not missing:
        ledger.fewer_printed = positive - total_positive
        return
    fits = (total_examined is None or total_examined >= examined) and (total_positive is None or total_positive >= positive)
    among = total_examined if total_examined is not None else 0 if complete else examined
    if fits and among >= (total_positive or 0):
        ledger.examined = total_examined if total_examined is not None else examined
        ledger.positive = total_positive if total_positive is not None else positive
        if complete or total_positive is None:
            total = ledger.totals.values.get("examined")
            # what is missing from the parts has no positive node, and the parts leave room for it
            told = total_positive == positive and total is not None and (ledger.unread_specimens or _holds_more(document, ledger, total))
            told = told or (total_positive is None and not counted and not missing)
            ledger.flag(
                IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the printed total is larger than the sum of the parts", mentions, blocking=not told
            )
        return
    of_one = not missing and _of_one_specimen(document, ledger, total_examined, total_positive)
    ledger.flag(IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the printed total differs from the sum of the parts", mentions, blocking=not of_one)
    if missing:
        ledger.positive = positive if positive else None


def _of_one_specimen(document: Document, ledger: Ledger, examined: int | None, positive: int | None) -> bool:
    """Whether printed totals are those of one large specimen, and all others are negative specimens of nodes that it leaves out."""
    for group in ledger.groups:
        if (examined or 0) >= LARGE and group.counts == (examined, positive):
            others = [other for other in ledger.groups if other is not group]
            return all(other.positive == 0 and own_specimen(document, other) for other in others)
    return False


def _holds_more(document: Document, ledger: Ledger, total: Total) -> bool:
    """Whether a printed total may be larger than the parts: it says that it is of several specimens, or they leave nodes uncounted.

    Uncounted are nodes that are named without a number, those beside the positive ones, and those beside as many sentinel nodes as printed.
    """
    text, mention = document.clean, total.mention
    if _INCLUDES.search(text, max(mention.part.start, mention.start - _BESIDE_TOTAL), mention.end + _BESIDE_TOTAL):
        return True
    groups = ledger.groups
    if any(group.mention.kind == "verdict" for group in groups) or all(group.implied for group in groups):
        return True
    return all(group.sentinel for group in groups) and summed(groups)[0] == ledger.totals.get("sentinel_examined")


def _none_found(ledger: Ledger) -> None:
    if ledger.examined is None and ledger.none_found:
        ledger.examined = 0
        for mention in ledger.none_found:
            ledger.roles[id(mention)] = Role.VALUE
        if ledger.unread_specimens:
            ledger.flag(IssueKind.UNREAD_NODE_STATEMENT, "no nodes in one specimen, but nothing was read of another", ledger.none_found)


def _check_groups(ledger: Ledger) -> None:
    for group in ledger.groups:
        if group.examined is not None and group.positive is not None and group.positive > group.examined:
            ledger.flag(IssueKind.POSITIVE_EXCEEDS_EXAMINED, "more positive nodes than examined", [group.mention])
        if group.doubt is not None:
            ledger.flag(IssueKind.COUNTS_DIFFER, group.doubt, [group.mention])
    for first, second in ledger.totals.differing.values():
        ledger.flag(IssueKind.COUNTS_DIFFER, "two printed totals differ", [first.mention, second.mention])
    if ledger.examined is not None and ledger.positive is not None and ledger.positive > ledger.examined:
        mentions = [group.mention for group in ledger.groups] + ledger.totals.mentions()
        ledger.flag(IssueKind.POSITIVE_EXCEEDS_EXAMINED, "more positive nodes than examined", mentions)
