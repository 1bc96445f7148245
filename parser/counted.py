"""Which statements of nodes count: whose side, which version, which passages; and the ledger drawn up from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .balance import add_up, fit_to_totals, take_ratios
from .denial import affirmed, denied_behind
from .divisions import divided
from .document import Document, Mention
from .elsewhere import complete
from .groups import Group, Names, summed
from .ledger import Ledger
from .model import IssueKind, Region, Role, Section, Side, Version
from .repeats import distinct
from .sections import DIAGNOSES, names_nodes
from .totals import combine, printed
from .words import word_start

# Where nodes are counted, the most binding first. What stands further down repeats what stands above.
_VIEWS: tuple[frozenset[Section], ...] = (
    DIAGNOSES,
    frozenset({Section.MICROSCOPIC}),
    frozenset({Section.SYNOPTIC, Section.COMMENT, Section.ANCILLARY}),
    frozenset({Section.INTRAOPERATIVE}),
    frozenset({Section.GROSS}),
)
_BREAST = re.compile(word_start("breast", "mastectomy", "lumpectomy") + "(?![a-z])")
# the title of a breast that was removed together with nodes
_WITH_AXILLA = re.compile(
    r"(?<![a-z])(?:modified\sradical|axill(?:ary|a)\s(?:[a-z]{4,6}\s){0,2}(?:contents?|dissection|tail|nodes?|clearance))(?![a-z])"
)
_TITLE = 90  # characters at most of the title of a specimen
_AMONG_NODES = re.compile(r"(?<![a-z])(?:n[o0]des?|sentinel|axilla|axillary)(?![a-z])")
_AROUND = 100  # characters around a tumour nodule that tell whether it lies among the nodes
_TUMOUR = re.compile(r"(?<![a-z])(?:tumou?r|(?:adeno)?carcinoma|carcinomatous|metasta|malignan|neoplas)")
_IN_OTHER_TISSUE = re.compile(r"\s(?:is\s)?(?:present\s)?in\s(?:the\s)?(?:[a-z]{4,8}\s)?(?:chest\swall|skin|breast|muscle)(?![a-z])")
_FALLBACK = {3: IssueKind.INTRAOPERATIVE_ONLY, 4: IssueKind.GROSS_ONLY}
_SEVERAL = 2  # single nodes are told one by one
_MORE = re.compile(r"(?<![a-z])(?:additional|further|more)(?![a-z])")


def draw_up(document: Document, side: Side | None, told: Sequence[Group]) -> Ledger:
    """The ledger of one side; ``side`` is None where the report has only one."""
    ledger = Ledger()
    stated = [group for group in told if not group.distant and (side is None or group.side in (None, side, Side.BILATERAL))]
    if far := [group.mention for group in told if group.distant and group.positive]:
        ledger.flag(IssueKind.CATEGORY_NOT_DERIVED, "positive nodes of a station that is not regional", far)
    stated = _current(document, stated, ledger)
    level, view = _view(stated)
    divisions = divided(document, view)
    ledger.groups = distinct(document, view, divisions.groups)
    ledger.divisions = divisions.ratios
    viewed = set(map(id, view))
    for group in stated:
        role = group.role if id(group) in viewed else Role.REPEAT
        for mention in [group.mention, *group.evidence]:
            ledger.roles.setdefault(id(mention), role)
    complete(document, ledger, told, stated, view)
    taken = {id(mention) for group in told for mention in group.evidence}
    ledger.totals = combine(printed(document, taken), side)
    _further(document, ledger, stated)
    _outside(ledger, stated, view)
    _told_anew(document, ledger)
    take_ratios(document, ledger, stated, view)
    fit_to_totals(document, ledger, view)
    if level in _FALLBACK and ledger.groups:
        if ledger.totals.get("examined") is not None:
            ledger.groups = []
        else:
            ledger.flag(_FALLBACK[level], "nodes are counted only here", [group.mention for group in ledger.groups])
    ledger.none_found = [
        mention for mention in document.of("no_nodes") if mention.section not in (Section.HISTORY, Section.GROSS, Section.INTRAOPERATIVE)
    ]
    ledger.nodules = _nodules(document)
    empty = {id(mention.part) for mention in ledger.none_found} | {id(group.part) for group in told}
    ledger.unread_specimens = any(
        part.label is not None
        and id(part) not in empty
        and (
            _WITH_AXILLA.search(document.clean, part.start, min(part.end, part.start + _TITLE))
            if _BREAST.search(document.clean, part.start, part.start + _TITLE)
            else names_nodes(document.clean, part)
        )
        for passage in document.passages
        if passage.section in DIAGNOSES
        for part in passage.parts
    )
    add_up(document, ledger)
    return ledger


def _nodules(document: Document) -> list[Mention]:
    """Tumour among the nodes that lies in no node, or in one that it replaced."""
    text = document.clean
    result = []
    for mention in document.of("tumor_nodule"):
        low, high = max(0, mention.start - _AROUND), mention.end + _AROUND
        own = text[max(mention.part.start, low) : min(mention.part.end, high)]
        if (
            mention.section not in (Section.HISTORY, Section.GROSS)
            and _TUMOUR.search(affirmed(own))
            and not _IN_OTHER_TISSUE.match(text, mention.end)
            and not denied_behind(text, mention.end)
            and _AMONG_NODES.search(text, low, high)
        ):
            result.append(mention)
    return result


def _current(document: Document, stated: list[Group], ledger: Ledger) -> list[Group]:
    """The groups of the version that counts: an amended diagnosis replaces the one before it, an addendum its own parts."""
    amended = [group for group in stated if group.mention.version is Version.AMENDMENT and group.mention.section is Section.DIAGNOSIS]
    if amended:
        for group in stated:
            if group.mention.version is Version.ORIGINAL and group.mention.section in DIAGNOSES:
                group.role = Role.SUPERSEDED
                ledger.roles[id(group.mention)] = Role.SUPERSEDED
    corrected = [group for group in stated if group.corrected and group.mention.version is not Version.ORIGINAL]
    if corrected:
        for group in stated:
            if group is not corrected[-1] and (
                group.mention.version is not Version.ORIGINAL
                or group.part.label in (None, corrected[-1].part.label)
                or corrected[-1].part.label is None
            ):
                group.role = Role.SUPERSEDED
                ledger.roles[id(group.mention)] = Role.SUPERSEDED
    current = [group for group in stated if group.role is not Role.SUPERSEDED]
    later = [one for one in current if one.mention.version is Version.ADDENDUM and one.mention.section in DIAGNOSES]
    if not later:
        return current
    names, labels = Names(document, current), _by_label(current)
    left: dict[int, _Replaceable] = {}  # by the id of the groups meant
    for group in later:
        if group.positive is None or _MORE.search(document.clean, max(group.part.start, group.mention.start - 30), group.mention.end):
            continue
        labelled = group.part.label is not None
        if not labelled and group.mention.kind != "node_count":
            continue
        meant = labels.get(group.part.label, ()) if labelled else names.of(group.mention)
        if id(meant) not in left:
            left[id(meant)] = _Replaceable(meant)
        for other in left[id(meant)].take(group, labelled):
            if other.mention.section in DIAGNOSES:
                other.role = Role.SUPERSEDED
                ledger.roles[id(other.mention)] = Role.SUPERSEDED
    return [group for group in current if group.role is not Role.SUPERSEDED]


def _by_label(groups: Sequence[Group]) -> dict[str | None, list[Group]]:
    found: dict[str | None, list[Group]] = {}
    for group in groups:
        found.setdefault(group.part.label, []).append(group)
    return found


class _Replaceable:
    """Groups of the original report that a later statement may be about, each until one replaces it."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._left: dict[int | None, dict[int | None, list[Group]]] = {}  # by the nodes examined, then by the positive ones
        for group in groups:
            if group.mention.version is Version.ORIGINAL:
                self._left.setdefault(group.examined, {}).setdefault(group.positive, []).append(group)
        self._told = frozenset(self._left)  # numbers of nodes that are told, whether replaced or not

    def take(self, group: Group, of_as_many: bool) -> list[Group]:
        """The groups with other counts, which a statement replaces; ``of_as_many``: of those with as many nodes where there are any."""
        taken: list[Group] = []
        for examined in [group.examined] if of_as_many and group.examined in self._told else list(self._left):
            left = self._left.get(examined, {})
            for positive in [one for one in left if (examined, one) != group.counts]:
                taken += left.pop(positive)
            if not left:
                self._left.pop(examined, None)
        return taken


def _view(stated: Sequence[Group]) -> tuple[int, list[Group]]:
    """The first view that counts nodes with a result, else the first that counts any."""
    views = [[group for group in stated if group.mention.section in sections] for sections in _VIEWS]
    if any(
        group.positive is not None and group.mention.section is Section.DIAGNOSIS and group.mention.version is not Version.ADDENDUM
        for group in stated
    ):
        views[0] = [group for group in views[0] if group.mention.section is Section.DIAGNOSIS]  # what precedes it is no diagnosis
    for telling in (True, False):
        for level, view in enumerate(views):
            if any(group.positive is not None for group in view) if telling else view:
                return level, view
    return 0, []


def _outside(ledger: Ledger, stated: Sequence[Group], view: Sequence[Group]) -> None:
    """What stands outside the diagnosis and tells of more nodes, or more positive ones, makes the number doubtful."""
    examined, positive = summed(ledger.groups)
    viewed = set(map(id, view))
    words = [
        group.mention
        for group in stated
        if group.mention.section is Section.UNKNOWN
        and id(group) not in viewed
        and group.positive is not None
        and ((group.examined or 0) > examined or group.positive > positive)
    ]
    if words:
        ledger.flag(IssueKind.COUNTS_DIFFER, "more nodes are told before the diagnosis than in it", words)


def _told_anew(document: Document, ledger: Ledger) -> None:
    """As many nodes of a region told again, in no specimen of their own and with another result, may be the same nodes."""
    first: dict[tuple[Region | None, int | None], Group] = {}  # by the region too, but where one of them tells none
    words: list[Mention] = []
    for group in ledger.groups:
        labelled = group.part.label is not None and group.part.label[0] != "#"
        if labelled or group.positive is None or (group.examined or 0) < _SEVERAL:
            continue
        same = first.setdefault((group.region, group.examined), group)
        anywhere = first.setdefault((None, group.examined), group)
        if same is group and Region.UNSPECIFIED in (group.region, anywhere.region):
            same = anywhere
        of_one_side = same.side is None or group.side in (None, same.side)
        further = _MORE.search(document.clean, group.mention.start - 30, group.mention.end)
        if same.positive != group.positive and of_one_side and not further:
            words += [same.mention, group.mention]
    if words:
        ledger.flag(IssueKind.COUNTS_DIFFER, "as many nodes are counted twice with different results: the same ones, or others", words)


def _further(document: Document, ledger: Ledger, stated: Sequence[Group]) -> None:
    """An addendum that speaks of additional nodes which are not counted makes the number doubtful."""
    counted = set(map(id, ledger.groups))
    words = [
        group.mention
        for group in stated
        if group.mention.version is Version.ADDENDUM
        and id(group) not in counted
        and _MORE.search(document.clean, group.mention.start, group.mention.end)
    ]
    later = [group for group in ledger.groups if group.mention.version is not Version.ORIGINAL]
    if words and not later:
        ledger.flag(IssueKind.COUNTS_DIFFER, "an addendum tells of further nodes", words)
