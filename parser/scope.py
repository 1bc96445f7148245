"""What a report is about: which organ, which side, which cancer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .document import Document, Mention, spans_of
from .groups import Group
from .ledger import Ledger
from .model import Category, Issue, IssueKind, Section, Side, Span, Tumor, Version
from .sides import is_slip, side_conflicts
from .text import HIDING
from .words import holds

_ELSEWHERE = frozenset({Section.HISTORY, Section.BOILERPLATE, Section.GROSS})
_NODE_WORD = re.compile(r"(?<![a-z])(?:n[o0]d(?:es?|al)|lymphonod[a-z]{1,5}|lns?|sentinel|axillary)(?![a-z])")
_NOT_HERE = ("no ", "negative", "without", "free of", "adjacent")
_AXILLA = re.compile(r"(?<![a-z])axill(?:a|ary)(?![a-z])")
_CARCINOMA = re.compile(r"(?<![a-z])(?:adeno)?carcinoma(?![a-z])")
_HIDING = re.compile(f"[{''.join(sorted(HIDING))}\ud800-\udfff]")  # with halves of characters
_SIDES = (Side.LEFT, Side.RIGHT)


def is_breast(document: Document) -> bool:
    """Whether the report is one of a breast: it names the breast, and other organs less often; or no organ at all, and the axilla."""
    breast = (mention for mention in document.of("breast") if mention.section not in (Section.HISTORY, Section.BOILERPLATE))
    others = [mention for mention in document.of("other_site") if mention.section not in (Section.HISTORY, Section.BOILERPLATE)]
    if others:
        return sum(1 for _ in breast) > len(others)
    if next(breast, None) is not None:
        return True
    # an axillary specimen alone
    return _AXILLA.search(document.clean) is not None and _CARCINOMA.search(document.clean) is not None


def index_side(document: Document, tumor: Tumor, groups: Sequence[Group], invasive: set[Side]) -> tuple[Side | None, list[Issue]]:
    """The side whose nodes are regional, where nodes of both sides are told; None where there is nothing to choose."""
    stated = [group for group in groups if group.mention.section not in _ELSEWHERE]
    sides = {group.side for group in stated} & set(_SIDES)
    laterality = tumor.laterality.value if tumor.laterality else None
    # "1. Two sentinel nodes, negative. 2. Left mastectomy: carcinoma. 3. Right mastectomy: one benign lymph node."
    if len(sides) == 1 and invasive == {laterality} and any(group.side is None for group in stated):
        beside = [group for group in stated if group.side in sides - invasive]
        if beside and not any(group.positive for group in beside):
            sides |= invasive
    if len(sides) < 2 or is_slip(document):
        return None, []
    if len(invasive) == 1:
        return next(iter(invasive)), []
    positive = Counter[Side]()
    for group in stated:
        if group.side in _SIDES:
            positive[group.side] += (group.positive or 0) * 100 + (group.examined or 0)
    if len(invasive) == 2:
        side = max(_SIDES, key=lambda one: positive[one])
        return side, [
            Issue(
                IssueKind.TWO_CANCERS,
                "invasive cancer on both sides: each side is staged alone",
                tuple(group.mention.span for group in stated),
            )
        ]
    if laterality in _SIDES and not all(positive[side] >= 100 for side in _SIDES):
        return laterality, []
    side = max(_SIDES, key=lambda one: positive[one])
    return side, [
        Issue(
            IssueKind.SIDES_DIFFER,
            "nodes of both sides are told, and not which side has the cancer",
            tuple(group.mention.span for group in stated),
        )
    ]


def invasive_sides(document: Document) -> set[Side]:
    """The sides that words for an invasive cancer stand beside."""
    found: set[Side] = set()
    for mention in document.of("invasive"):
        if mention.section in _ELSEWHERE or mention.section in (Section.SPECIMENS, Section.INTRAOPERATIVE):
            continue
        side = document.side_of(mention)
        if side in _SIDES and side not in found and not holds(document.clean, max(0, mention.start - 30), mention.start, _NOT_HERE):
            found.add(side)
    return found


def scope_issues(document: Document, ledger: Ledger, stated: Category | None, invasive: set[Side]) -> list[Issue]:
    """Doubts about the text as a whole."""
    issues: list[Issue] = []
    plain = document.text.isascii() and "\x00" not in document.text
    hiding = [] if plain else [match.start() for match in _HIDING.finditer(document.text)]
    if hiding:
        issues.append(
            Issue(IssueKind.UNREADABLE_TEXT, "characters that hide or reorder text", tuple(Span(at, at + 1) for at in hiding[:20]))
        )
    issues += side_conflicts(document, invasive)
    blanks = [mention for mention in document.of("blank") if mention.section not in _ELSEWHERE]
    if blanks:
        issues.append(Issue(IssueKind.TEMPLATE_BLANK, "a template field about nodes is empty", spans_of(blanks)))
    pending = [mention for mention in document.of("pending") if mention.section not in (Section.HISTORY, Section.BOILERPLATE)]
    answered = [
        mention
        for mention in document.of("node_ihc")
        if mention.values["result"] in ("positive", "negative", "as H&E") and mention.version is not Version.ORIGINAL
    ]
    later = any(passage.version is not Version.ORIGINAL for passage in document.passages)
    pending += [mention for mention in document.of("pending_addendum") if not later and _near_node(document, mention)]
    if pending and not answered:
        issues.append(Issue(IssueKind.RESULT_PENDING, "a stain of the nodes is pending", spans_of(pending)))
    hedges = [
        mention
        for mention in document.of("hedge")
        if mention.section not in _ELSEWHERE and mention.section is not Section.INTRAOPERATIVE and _near_node(document, mention)
    ]
    if hedges:
        issues.append(Issue(IssueKind.HEDGED_RESULT, "a result of the nodes is hedged", spans_of(hedges)))
    if ledger.nodules:
        message = "a tumour nodule without node tissue counts as a node for pN"
        issues.append(Issue(IssueKind.TUMOUR_NODULE, message, spans_of(ledger.nodules)))
    if ledger.examined is None and ledger.positive is None and stated is None:
        told = [(one.start, one.end) for one in document.of("node_count", "node_number", "node_total")]
        words = told or [match.span() for match in _NODE_WORD.finditer(document.clean) if _counts_here(document, match.start())]
        kind = IssueKind.UNREAD_NODE_STATEMENT if words else IssueKind.NO_NODE_STATEMENT
        message = "nodes are mentioned, but nothing was read of them" if words else "the report says nothing of nodes"
        issues.append(Issue(kind, message, tuple(Span(*word) for word in words[:20]), blocking=bool(words)))
    return issues


def _near_node(document: Document, mention: Mention) -> bool:
    return _NODE_WORD.search(document.clean, max(0, mention.start - 100), mention.end + 100) is not None


def _counts_here(document: Document, offset: int) -> bool:
    return document.passage_at(offset).section not in (Section.HISTORY, Section.BOILERPLATE)
