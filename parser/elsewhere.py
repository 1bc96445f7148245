"""Counts of a specimen that stand outside the diagnosis: in its frozen section, its microscopic description, a comment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .document import Document
from .groups import Group
from .ledger import Ledger
from .model import IssueKind, Role, Section
from .sections import DIAGNOSES, names_nodes

_SECTIONS = frozenset({Section.INTRAOPERATIVE, Section.MICROSCOPIC, Section.COMMENT})
# "Specimen C contains two lymph nodes", "A1-A2: two lymph nodes", "in part 4 there is a single tail node"
_NAMED = re.compile(r"(?<![a-z])(?:part|specimen)s?\s?#?\s?(?P<label>[a-z]|\d{1,2})(?![a-z\d]|\.\d)[^.;]{0,60}\Z")
# "A1-A2: two nodes", "A1FS: two nodes", "FSA: two nodes", "FS-A1. Two nodes"
_BLOCK = re.compile(
    r"(?:[.;:\n]\s{0,3}|\A)(?:(?:fs|tp|f/s)\s?-?\s?)?(?P<label>[a-z])(?:fs|f)?\d{0,2}(?:\s?-\s?[a-z]?\d{1,2})?(?:\s?\(\d(?:\s?-\s?\d)?\))?\s?[:.]\s[^.;]{0,60}\Z"
)


def complete(document: Document, ledger: Ledger, told: Sequence[Group], stated: Sequence[Group], view: Sequence[Group]) -> None:
    """Gives the specimens of the diagnosis the numbers of nodes that only other sections tell of them.

    A verdict without a number takes the number; a specimen of nodes of which the diagnosis counts nothing is counted, under review.
    """
    passages = {id(group.passage): group.passage for group in view if group.mention.section in DIAGNOSES}
    parts = {part.label: part for passage in passages.values() for part in passage.parts if part.label is not None and part.label[0] != "#"}
    empty = {id(mention.part) for mention in document.of("no_nodes")}
    counted = {group.part.label for group in told if group.mention.section in DIAGNOSES}
    added: list[Group] = []
    viewed = set(map(id, view))
    groups_of: dict[str | None, list[Group]] = {}
    for one in ledger.groups:
        groups_of.setdefault(one.part.label, []).append(one)
    told_of = Counter(one.counts for one in ledger.groups)
    for group in stated:
        if id(group) in viewed or group.mention.section not in _SECTIONS or group.examined is None or group.implied:
            continue
        label = _label(document, group)
        if label not in parts:
            continue
        own = groups_of.get(label, [])
        if len(own) == 1 and own[0].mention.kind == "verdict":
            told_of[own[0].counts] -= 1
            _take(ledger, own[0], group)
            told_of[own[0].counts] += 1
        elif (
            label not in counted
            and id(parts[label]) not in empty
            and names_nodes(document.clean, parts[label])
            and group.positive is not None
            and not told_of[group.counts]
        ):
            ledger.groups.append(group)
            groups_of.setdefault(group.part.label, []).append(group)
            told_of[group.counts] += 1
            ledger.roles[id(group.mention)] = Role.LEDGER
            added.append(group)
            parts.pop(label)
    if added:
        ledger.flag(
            IssueKind.COUNTS_DIFFER, "nodes of a specimen are counted only beside the diagnosis", [group.mention for group in added]
        )


def _label(document: Document, group: Group) -> str | None:
    """The specimen that a statement outside the diagnosis is about."""
    label = group.part.label or "#"
    if label[0] != "#" and not (label.isdigit() and group.mention.section is Section.COMMENT):  # the comments may be numbered
        return label
    before = document.clean[max(group.passage.start, group.mention.start - 80) : group.mention.start]
    named = _NAMED.search(before) or _BLOCK.search(before)
    return named["label"].upper() if named else None


def _take(ledger: Ledger, verdict: Group, counted: Group) -> None:
    """Gives a verdict the number of nodes that it is on."""
    if verdict.positive == 0 and counted.positive in (0, None):
        verdict.examined = counted.examined
    elif verdict.positive != 0 and counted.positive and counted.mention.section is not Section.INTRAOPERATIVE:
        verdict.examined, verdict.positive = counted.counts
    elif verdict.positive != 0 and counted.positive:
        verdict.examined = counted.examined
        verdict.positive = max(counted.positive, verdict.positive or 0)
        ledger.flag(IssueKind.INTRAOPERATIVE_ONLY, "nodes are counted only here", [counted.mention])
    else:
        return
    verdict.implied = False
    verdict.evidence.append(counted.mention)
    ledger.roles[id(counted.mention)] = Role.LEDGER
