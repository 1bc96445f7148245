"""Wordings around counts and sizes that make them doubtful: bounds, other digits beside words, earlier operations, lost numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, islice

from .deposits import BELOW, Found, is_definition
from .digits import NODE, digits, no_whole_numbers
from .document import Document, Mention
from .groups import Group
from .ledger import Ledger
from .measures import millimetres
from .model import Category, DepositClass, Issue, IssueKind, Measure, Section, Side, Span, Version
from .sections import NOT_FINAL
from .sizes import FEW_CELLS, is_small, positive_nodes, unread_small_sizes
from .staging import StagingTable
from .surplus import surplus
from .words import before, holds

_ALSO_MICRO = ("pN1mi", "pN1b")  # categories of micrometastases; pN1b of internal mammary ones, by the staging tables
_MOST_NODES = 99  # more than any dissection of a breast's nodes yields: a misread number

_BOUND = before(
    r"(?:(?<![a-z])(?:at\s+least|at\s+most|up\s+to|more\s+than|less\s+than|fewer\s+than|over|approximately|approx\.?|about|around|roughly"
    r"|a\s+minimum\s+of|nearly)|[<>\u2264\u2265~])\s{0,2}"
)
_BOUND_ENDS = (
    *("least", "most", "to", "than", "over", "approximately", "approx", ".", "about", "around", "roughly", "of", "nearly"),
    *("<", ">", "\u2264", "\u2265", "~"),
)
_ABOUT = re.compile(r"(?<![a-z])(?:approximately|approx\.?|about|around|roughly|circa|nearly|almost|estimated\s(?:at|as|to\sbe))\s{0,2}\Z")
_BETWEEN = re.compile(r"(?<![a-z])between\s{1,2}(?P<size>\d{1,2}(?:[.,]\d{1,2})?)\s?(?P<unit>[cm]m)?\s{1,2}and\s{1,2}\Z")
_OR_MORE = re.compile(r"(?<![a-z])or\s+(?:more|so|fewer)(?![a-z])")
_EARLIER = re.compile(
    r"(?<![a-z])(?:previous|prior|outside|earlier)\s{1,2}(?:\(?[a-z0-9#:/.-]{1,20}\)?\s{1,2}){0,3}?(?:biops[a-z]{1,4}|report|specimen|surgery|excision|procedure|case|dissection|material|sln|sentinel)"
    r"[^.;\n]{0,50}\Z"
)
_ELSEWHERE = re.compile(
    r"[^.;\n]{0,60}(?<![a-z])(?:at|in|from)\s(?:an?\s|the\s)?(?:outside|another|other)\s(?:hospital|institution|facility|laboratory|clinic|department)"
)
_OPERATIONS = ("previous", "prior", "outside", "earlier")  # each match of the pattern above holds one
_NEGATED = re.compile(
    r"(?<![a-z])(?:no\s+(?:evidence\s+of\s+)?(?:metasta[a-z]{3,6}\s+)?(?:tumou?r|carcinoma|malignan[a-z]{2,4})"
    r"|negative\s+for\s+[a-z ]{4,24})"
    r"\s?,\s[^.;:\n]{0,24}\Z"
)

_BOTH_RESULTS = re.compile(
    r"(?<![a-z])(?:pos|neg)(?:itive|ative)?\s?/\s?(?:pos|neg)(?:itive|ative)?(?![a-z])(?!\s?[/:]|\s?\))"
)  # "pos/neg"
_CORRECTS = re.compile(
    r"(?<![a-z])(?:corrected|replaces|supersedes|revised|should\s+read|should\s+(?:be|have\s+been)(?=\s+(?:\d|[a-z]{3,6}\s+(?:of|lymph|node|positive))))(?![a-z])"
)

_CORRECTIONS = ("corrected", "replaces", "supersedes", "revised", "should")  # each match of the pattern above holds one
_EXCEPT = re.compile(
    r"[^.;\n]{0,30}(?<![a-z])(?:except(?:ing|ion)?|excluding|bar(?:ring)?|but\sfor|apart\sfrom|other\sthan|save\s(?:for|one|two|three|the|a)|but\sone|less\sone|minus)(?![a-z])"
)
_FEW_CELLS = re.compile(rf"(?<![a-z]){FEW_CELLS}")
_BARE_CLASS = re.compile(r"(?<![a-z])micro(?![a-z-])(?!\s?:)|\(\s?mi\s?\)|,\smi(?![a-z])")  # "in two nodes (both micro)", "1/3 (mi)"
_I_PLUS = re.compile(r"(?<![a-z])i\s?\+(?!\d)")  # "(0/2, i+)"
_SMALL_FOCUS = re.compile(
    r"(?<![a-z])(?:microscopic(?!ally)|minute|tiny|minimal|small)\s(?:sub-?capsular\s|tumou?r\s|metastatic\s)?(?:focus|foci|deposits?|clusters?|nests?|involvement|aggregates?)(?![a-z])"
)
# what makes a size or class that of all: "the largest 0.9 mm", "all micrometastases"; plural classes are told of all unless counted
_OF_ALL = re.compile(
    r"(?<![a-z])(?:largest|greatest|biggest|maximum|maximal|max|up\sto|all|both|each|every|none|no\smore|not\sexceed[a-z]{0,3}|overall|size\sof\smetastatic)(?![a-z])"
)
_PLURAL = re.compile(r"metastases|cells|itcs|deposits")


def cautions(
    document: Document, table: StagingTable, ledger: Ledger, told: Sequence[Group], found: Sequence[Found], stated: Category | None
) -> list[Issue]:
    """The issues about counts and sizes that the words beside them raise."""
    issues = [
        *_of_groups(document, ledger),
        *surplus(document, ledger),
        *digits(document),
        *no_whole_numbers(document),
        *_later(document, ledger, told),
        *_sizes(document, table, ledger, found, stated),
    ]
    kinds = {issue.kind for issue in ledger.issues}
    if ledger.examined and ledger.positive is None and IssueKind.RESULT_MISSING not in kinds:
        issues.append(_issue(IssueKind.RESULT_MISSING, "nodes are counted without a result", ledger.totals.mentions()))
    printed = ledger.totals.values.get("examined")
    if printed is not None and printed.value == 0 and (ledger.groups or not ledger.none_found) and document.of("node_count", "node_number"):
        issues.append(_issue(IssueKind.COUNTS_DIFFER, "no nodes by the printed total, but nodes are counted", [printed.mention]))
    return issues


def _issue(kind: IssueKind, message: str, words: Sequence[Mention | Span]) -> Issue:
    return Issue(kind, message, tuple(sorted({word.span if isinstance(word, Mention) else word for word in words})))


def _of_groups(document: Document, ledger: Ledger) -> list[Issue]:
    text, issues = document.clean, list[Issue]()
    for mention in (group.mention for group in ledger.groups):
        starts = {mention.start, *[start for start, _ in mention.spans.values()]}
        bound = any(_is_bound(text, start) for start in starts) or _OR_MORE.search(text, mention.start, mention.end + 9)
        if bound:
            issues.append(_issue(IssueKind.COUNT_MISSING, "a count is a bound or an estimate", [mention]))
        if mention.kind != "node_total" and _EXCEPT.match(text, mention.end):
            issues.append(_issue(IssueKind.COUNT_MISSING, "some nodes are excepted from a count", [mention]))
        low = max(0, mention.start - 120)
        if (holds(text, low, mention.start, _OPERATIONS) and _EARLIER.search(text, low, mention.start)) or _ELSEWHERE.match(
            text, mention.end
        ):
            issues.append(_issue(IssueKind.COUNTS_DIFFER, "nodes of an earlier operation beside this one's", [mention]))
        if _BOTH_RESULTS.search(text, mention.start, mention.end + 30):
            issues.append(_issue(IssueKind.COUNTS_DIFFER, "two results in one word", [mention]))
        if mention.values.get("positive") and _NEGATED.search(text, max(mention.part.start, mention.start - 70), mention.start):
            issues.append(_issue(IssueKind.COUNTS_DIFFER, "a negative verdict before a count of positive nodes", [mention]))
    many = [group.mention for group in ledger.groups if (group.examined or 0) > _MOST_NODES]
    if many or (ledger.examined or 0) > _MOST_NODES:
        issues.append(_issue(IssueKind.IMPOSSIBLE_COUNT, "more nodes than a dissection yields", many or ledger.totals.mentions("examined")))
    return issues


def _is_bound(text: str, start: int) -> bool:
    """Whether the words before a number make it a bound or an estimate."""
    low = max(0, start - 14)
    return text[low:start].rstrip().endswith(_BOUND_ENDS) and _BOUND.match(text, low, start) is not None


def _tells_of_some(document: Document, table: StagingTable, ledger: Ledger, entry: Found) -> bool:
    """Whether only small deposits are told, and of fewer nodes than are positive: the others may bear larger ones."""
    positive = entry.group.positive if entry.group else ledger.positive
    small = is_small(table, entry.largest) if entry.largest else entry.word in (DepositClass.MICROMETASTASIS, DepositClass.ITC)
    if not positive or positive < 2 or not small or entry.word is DepositClass.MACROMETASTASIS:
        return False
    if entry.nodes is not None and entry.nodes < positive:
        return True
    if len(entry.sizes) >= positive:
        return False
    text = document.clean
    return not any(
        _OF_ALL.search(text, max(mention.part.start, mention.start - 40), mention.end) or _PLURAL.search(text, mention.start, mention.end)
        for mention in entry.mentions()
    )


def _later(document: Document, ledger: Ledger, told: Sequence[Group]) -> list[Issue]:
    """Counts of a later section or version that are not those of the ledger, or were not read."""
    issues: list[Issue] = []
    counted = set(map(id, ledger.groups))
    one = len(ledger.groups) == 1
    groups_of: dict[tuple[str | None, Side | None], list[Group]] = {}  # by label and side
    for group in ledger.groups:
        groups_of.setdefault((None if one else group.part.label, group.side), []).append(group)
    for group in told:
        if id(group) in counted or group.mention.section is not Section.MICROSCOPIC or group.mention.version is Version.SUPERSEDED:
            continue
        if group.examined is None or group.positive is None or group.implied:
            continue
        label = None if one else group.part.label
        labelled = chain.from_iterable(groups_of.get((label, side), ()) for side in {None, group.side})
        same = list(islice((other for other in labelled if other.passage is not group.passage), 2))
        if len(same) == 1 and same[0].examined == group.examined and same[0].positive not in (None, group.positive):
            issues.append(
                _issue(IssueKind.COUNTS_DIFFER, "two sections count the positive nodes differently", [same[0].mention, group.mention])
            )
    counting = {id(group.passage) for group in told}
    for passage in document.passages:
        if passage.version is Version.ORIGINAL or passage.section in NOT_FINAL or id(passage) in counting:
            continue
        if not holds(document.clean, passage.start, passage.end, _CORRECTIONS):
            continue
        word = _CORRECTS.search(document.clean, passage.start, passage.end)
        if word is None:
            continue
        low, high = max(0, word.start() - 60), word.end() + 60
        if NODE.search(document.clean, low, high) and any(char.isdigit() for char in document.clean[low:high]):
            issues.append(_issue(IssueKind.UNREAD_NODE_STATEMENT, "a correction of the nodes was not read", [Span(*word.span())]))
    return issues


def _is_about(document: Document, size: Measure, mention: Mention) -> bool:
    start = mention.spans.get("size", mention.span)[0]
    return size.comparator == "~" or _ABOUT.search(document.clean, max(mention.start, start - 20), start) is not None


def _is_between(document: Document, table: StagingTable, size: Measure, mention: Mention) -> bool:
    """Whether a size is the larger of two between which a deposit is, and the smaller is of another class."""
    end = mention.spans.get("size", mention.span)[0]
    found = _BETWEEN.search(document.clean, max(mention.part.start, end - 24), end)
    smaller = millimetres(f"{found['size']} {found['unit'] or 'mm'}") if found else None
    return smaller is not None and is_small(table, smaller) is not is_small(table, size)


def _sizes(document: Document, table: StagingTable, ledger: Ledger, found: Sequence[Found], stated: Category | None) -> list[Issue]:
    """Sizes that were not given to a node, and a largest size too small for the printed category."""
    issues: list[Issue] = []
    sized = [entry for entry in found if entry.sizes]
    limits = (table.deposit.itc_max_mm, table.deposit.micro_max_mm)
    if about := [
        mention for entry in sized for size, mention in entry.sizes if size.number in limits and _is_about(document, size, mention)
    ]:
        issues.append(_issue(IssueKind.SIZE_SPANS_CLASSES, "about the limit of a size class: it may be more", about))
    if between := [mention for entry in sized for size, mention in entry.sizes if _is_between(document, table, size, mention)]:
        issues.append(_issue(IssueKind.SIZE_SPANS_CLASSES, "between two sizes of different classes", between))
    small = [
        mention
        for mention in (document.of("loose_size") if ledger.positive and not sized else ())
        if mention.section not in NOT_FINAL
        and (not isinstance(size := mention.values.get("size"), Measure) or is_small(table, size))
        and not document.overlapping(mention, "deposit_size")
        and not is_definition(document, mention)
    ]
    if small:
        issues.append(_issue(IssueKind.SIZE_SPANS_CLASSES, "a size that may be that of a node or of its deposit, or has no unit", small))
    described = {id(entry.group) for entry in found if entry.sizes or entry.words or entry.cells}
    unsized = [group for group in ledger.groups if group.positive and id(group) not in described and id(None) not in described]
    unread = [mention for mention, group in positive_nodes(ledger) if id(group) not in described and id(None) not in described]
    if small_sizes := unread_small_sizes(document, table, unread):
        issues.append(_issue(IssueKind.SIZE_SPANS_CLASSES, "a small size beside positive nodes that no rule explains", small_sizes))
    cells = [
        group.mention
        for group in unsized
        if _BARE_CLASS.search(document.clean, group.mention.start, group.mention.end + 60)
        or _FEW_CELLS.search(document.clean, max(group.part.start, group.mention.start - 60), group.mention.end + 60)
        or _SMALL_FOCUS.search(document.clean, max(group.part.start, group.mention.start - 60), group.mention.end + 80)
    ]
    if ledger.positive == 0 and not found and stated is None:
        cells += [group.mention for group in ledger.groups if _I_PLUS.search(document.clean, group.mention.start, group.mention.end + 20)]
    unclassed = {group.part.label for group in unsized}
    cells += [
        mention
        for mention in document.of("deposit_class")
        if mention.part.label in unclassed
        and mention.section not in NOT_FINAL
        and BELOW.search(document.clean, max(mention.part.start, mention.start - 70), mention.start)
    ]
    if cells:
        issues.append(
            _issue(IssueKind.SIZE_SPANS_CLASSES, "a few tumor cells or a small focus, but neither a size nor a class was read", cells)
        )
    partly = [
        mention for entry in found if stated is None and _tells_of_some(document, table, ledger, entry) for mention in entry.mentions()
    ]
    if partly and not ledger.totals.get("macro"):
        issues.append(_issue(IssueKind.SIZE_SPANS_CLASSES, "small deposits of some of the positive nodes, nothing of the others", partly))
    macro = bool(ledger.totals.get("macro")) or (
        stated is not None and stated.base[2:3] in ("1", "2", "3") and stated.base not in _ALSO_MICRO
    )
    words = any(entry.word is DepositClass.MACROMETASTASIS for entry in found)
    below = bool(sized) and all(entry.largest is not None and is_small(table, entry.largest) for entry in sized)
    if macro and below and not words:
        mentions = [mention for entry in sized for _, mention in entry.sizes]
        issues.append(_issue(IssueKind.WORDS_DIFFER_FROM_SIZE, "no size told is that of a macrometastasis, but one is stated", mentions))
    return issues
