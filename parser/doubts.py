"""The issues that only facts and decision together show: what contradicts, what was left out, what was not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from .denial import denied_behind, denied_in_list
from .deposits import DEPOSITS, Counts, Found, of_other_tissue
from .document import Document, Mention, spans_of
from .facts import Facts
from .groups import Group
from .ledger import Ledger
from .model import Category, Decision, DepositClass, Issue, IssueKind, Section, Version
from .place import clause_of, of_node
from .sections import NOT_FINAL
from .sizes import FEW_CELLS
from .staging import StagingTable, cells_at_boundary, deposit_classes, load_table, silence, words_contradict_size
from .stated import agree

_DEFAULT_EDITION = "AJCC 8"
_TELLING = frozenset({Section.DIAGNOSIS, Section.UNKNOWN, Section.MICROSCOPIC, Section.COMMENT})


def doubts(
    document: Document,
    ledger: Ledger,
    facts: Facts,
    counts: Counts,
    found: Sequence[Found],
    staging: Mapping[str, Decision],
    stated: Category | None,
    stated_mentions: Sequence[Mention],
    extension: Sequence[Mention],
    stains: Sequence[Mention],
) -> list[Issue]:
    """The issues that only facts and decision together show."""
    issues: list[Issue] = []
    decision = staging[_DEFAULT_EDITION]
    spans = spans_of(stated_mentions)
    derived = [one.category.base for one in staging.values() if one.category and one.basis == "derived"]
    if stated is not None and derived and not any(agree(stated.base, base) for base in derived):
        issues.append(Issue(IssueKind.STATED_DIFFERS_FROM_DERIVED, "the printed category is not what the facts give", spans))
    if decision.basis == "stated":
        bare = stated is not None and stated.base in ("pN1", "pN2", "pN3")
        issues.append(
            Issue(
                IssueKind.CATEGORY_NOT_DERIVED,
                "only the category is printed, the facts decide nothing",
                spans,
                blocking=bare or _speaks_of_nodes(document),
            )
        )
    if len(decision.possible) > 1:
        words = tuple(mention.span for entry in found for mention in entry.mentions())
        issues.append(Issue(IssueKind.SIZE_SPANS_CLASSES, "a size allows more than one category", words))
    table = load_table(_DEFAULT_EDITION)
    for entry in found:
        words = spans_of(entry.mentions())
        if words_contradict_size(table, entry.word, entry.largest) and not (entry.group is None and ledger.groups):
            issues.append(Issue(IssueKind.WORDS_DIFFER_FROM_SIZE, "the size class in words is not that of the size", words))
        if cells_at_boundary(table, entry.cell_count, entry.largest):
            issues.append(Issue(IssueKind.CELLS_AT_BOUNDARY, "the number of cells is the limit of isolated tumour cells", words))
        elif _added_exceed(table, entry) or (
            _only_cells_exceed(table, entry) and not any(_told_of_a_section(document, mention) for _, mention in entry.cells)
        ):
            issues.append(Issue(IssueKind.CELLS_AT_BOUNDARY, "many cells, but each group is small and no one section is told", words))
    if decision.category is not None and decision.category.base == "pN0(mol+)" and decision.basis == "derived":
        message = "only a molecular test found tumour; no rule makes a size class of its copies"
        issues.append(Issue(IssueKind.MOLECULAR_ONLY, message, spans_of(document.of("node_molecular")), blocking=False))
    unsized = ledger.positive and any(
        deposit.nodes and not (deposit.size or deposit.words or deposit.cells) for _, deposit in facts.deposits
    )
    if unsized and facts.molecular == "positive" and stated is None:
        message = "a molecular test found tumour, nothing tells the size of the deposits"
        issues.append(Issue(IssueKind.SIZE_SPANS_CLASSES, message, spans_of(document.of("node_molecular"))))
    if unsized and stated is None and (hidden := _by_stain_only(document)):
        message = "only a stain shows tumour in a node, nothing tells the size of the deposit"
        issues.append(Issue(IssueKind.SIZE_SPANS_CLASSES, message, spans_of(hidden)))
    if uncounted := [mention for entry in found if _leaves_cells_uncounted(entry, facts) for mention in entry.mentions()]:
        message = "isolated tumor cells beside larger deposits, and nothing tells how many of the positive nodes bear no more"
        issues.append(Issue(IssueKind.SIZE_SPANS_CLASSES, message, spans_of(uncounted)))
    if more := [mention for entry in found if _tells_of_more(entry) for mention in entry.mentions()]:
        issues.append(Issue(IssueKind.COUNTS_DIFFER, "more nodes with deposits of two classes are told than are positive", spans_of(more)))
    issues.extend(_needle_only(document, ledger))
    if (silent := silence(table, decision)) is not None:
        issues.append(silent)
    issues.extend(_unaccounted(document, ledger, facts, found))
    issues.extend(_printed_beyond(ledger, counts))
    shown = stains if facts.ihc == "positive" else _showing_cells(document)
    if shown and ledger.positive == 0 and not facts.deposits:
        message = "a stain found tumour in nodes counted as negative, nothing tells its size"
        issues.append(Issue(IssueKind.SIZE_SPANS_CLASSES, message, spans_of(shown)))
    if beside := _found_by_stain(document, ledger):
        message = "a stain finds tumour in a node, and nothing tells whether it is one of those counted as negative"
        issues.append(Issue(IssueKind.COUNTS_DIFFER, message, spans_of(beside)))
    if extension and ledger.positive == 0 and not facts.deposits:
        message = "tumour extends out of a node, and no positive node is counted"
        issues.append(Issue(IssueKind.COUNTS_DIFFER, message, spans_of(extension)))
    if facts.undecided and ledger.groups:
        issues.append(
            Issue(
                IssueKind.COUNT_MISSING, "the number of positive nodes is not known", tuple(group.mention.span for group in ledger.groups)
            )
        )
    return issues


def _printed_beyond(ledger: Ledger, counts: Counts) -> list[Issue]:
    """Printed numbers of nodes with one class of deposits that are more than those counted: of further nodes, or of another class."""
    counted = {"macro": counts.macro + counts.unsized, "micro": counts.micro + counts.unsized}
    beyond = [total for key, total in ledger.totals.values.items() if key in counted and total.value > counted[key]]
    if not beyond:
        return []
    message = "more nodes with deposits of one class are printed than are counted"
    return [Issue(IssueKind.COUNTS_DIFFER, message, spans_of([total.mention for total in beyond]))]


def _found_by_stain(document: Document, ledger: Ledger) -> list[Mention]:
    """Positive nodes told with a stain where others of the specimen are negative: "(0/2). Keratin shows cells in one node"."""
    negative = {id(group.part) for group in ledger.groups if group.examined and group.positive == 0}
    positive = [group.mention for group in ledger.groups if group.positive and id(group.part) in negative]
    return [
        mention
        for mention in positive
        if any(
            stain.values["result"] == "positive" and not _STOPS.search(document.clean, stain.start, mention.start)
            for stain in document.within(mention.start - _ONE_SENTENCE, mention.start, "node_ihc")
        )
    ]


# "keratin| highlights single cells", "AE1/AE3| shows a cluster of"
_SHOWS_CELLS = re.compile(
    rf"[^.;\n]{{0,25}}(?<![a-z])(?:highlights?|reveals?|shows?|demonstrates?)\s(?:{FEW_CELLS}"
    r"|(?:a\s|one\s)?(?:cluster|group|collection)s?\sof|\d{1,3}\s)"
)


def _showing_cells(document: Document) -> list[Mention]:
    """The stains that are said to show cells, whatever their own result."""
    return [stain for stain in document.of("node_ihc") if stain.section not in NOT_FINAL and _SHOWS_CELLS.match(document.clean, stain.end)]


def _leaves_cells_uncounted(entry: Found, facts: Facts) -> bool:
    """Whether isolated tumour cells are told beside another class of several positive nodes, and none of them bears just these."""
    kinds = {kind for kind, _ in entry.words}
    larger = sum(number or 0 for (kind, _), number in zip(entry.words, entry.numbers, strict=True) if kind is not DepositClass.ITC)
    return (
        entry.group is not None
        and (entry.group.positive or 0) > max(larger, 1)
        and DepositClass.ITC in kinds
        and len(kinds) > 1
        and not any(owner is entry.group and deposit.words is DepositClass.ITC for owner, deposit in facts.deposits)
    )


def _tells_of_more(entry: Found) -> bool:
    """Whether the nodes of two classes are counted, and more than the positive ones of the group."""
    told = {kind: number or 0 for (kind, _), number in zip(entry.words, entry.numbers, strict=True) if kind is not DepositClass.ITC}
    return entry.group is not None and len(told) > 1 and sum(told.values()) > (entry.group.positive or 0)


def _by_stain_only(document: Document) -> list[Mention]:
    """The words that say that only a stain shows tumour, but where they are about a deposit of known size or class."""
    return [
        words
        for words in document.of("node_ihc_only")
        if words.section not in NOT_FINAL
        and words.version is not Version.SUPERSEDED
        and not document.within(words.start - _ONE_SENTENCE, words.end + _NEXT, "deposit_size", "deposit_class", "deposit_cells")
    ]


_NEXT = 40  # characters at most from such words to the size or class behind them
_STOPS = re.compile(r"[.;:]\s")
_EARLIER = re.compile(r"(?<![a-z])(?:prior|previous|earlier|see|outside)(?![a-z])")


def _needle_only(document: Document, ledger: Ledger) -> list[Issue]:
    """Nodes known from a needle sample only are a clinical category, or (f): no group stands outside the parts of needle samples."""
    needles = [
        mention
        for mention in document.of("needle_node")
        if mention.section in _TELLING
        and mention.section is not Section.COMMENT
        and not _EARLIER.search(document.clean, max(0, mention.start - 40), mention.end)
    ]
    parts = {mention.part for mention in needles}
    if not needles or not ledger.groups or any(group.part not in parts for group in ledger.groups):
        return []
    return [Issue(IssueKind.NEEDLE_SAMPLE_ONLY, "the nodes were sampled by needle only", spans_of(needles))]


_ONE_SECTION = re.compile(r"(?<![a-z])(?:one|a|single|any)\s(?:[a-z]{4,12}\s){0,2}(?:cross[\s-]?section|section|slide|level)(?![a-z])")


def _told_of_a_section(document: Document, cells: Mention) -> bool:
    return _ONE_SECTION.search(document.clean, max(0, cells.start - 40), cells.end + 60) is not None


def _added_exceed(table: StagingTable, entry: Found) -> bool:
    """Whether the cells of several sections together are more than isolated tumour cells."""
    return any(deposit_classes(table, None, None, cells) != {DepositClass.ITC} for cells, _ in entry.added)


def _only_cells_exceed(table: StagingTable, entry: Found) -> bool:
    """Whether the size is that of isolated tumour cells and only their number is that of more."""
    small = entry.largest is not None and deposit_classes(table, None, entry.largest, None) == {DepositClass.ITC}
    return small and deposit_classes(table, None, entry.largest, entry.cell_count) != {DepositClass.ITC}


def _unaccounted(document: Document, ledger: Ledger, facts: Facts, found: Sequence[Found]) -> list[Issue]:
    """Tumour in a node that no count holds: a positive verdict or a deposit where every node of the part is counted negative."""
    if ledger.positive is None:
        return []
    bearing: _Bearing | None = None
    words: list[Mention] = []
    for mention in document.of("verdict"):
        if mention.values["result"] != "positive" or mention.section not in _TELLING or mention.version is Version.SUPERSEDED:
            continue
        if ledger.positive:
            if mention.part.label is None or _THE_ONE_TOLD.search(document.clean, max(0, mention.start - 8), mention.start):
                continue
            bearing = bearing or _Bearing(document, ledger)
            if mention in bearing:
                continue
        if (ledger.positive or not facts.deposits) and not _counted(document, mention) and of_node(document, mention):
            words.append(mention)
    negative = [entry for entry in found if entry.group is not None and entry.group.positive == 0]
    owners = {id(owner) for owner, _ in facts.deposits} if negative else set()
    told_of = {id(mention): id(entry) for entry in found for mention in entry.mentions()} if negative else {}
    for entry in negative:
        if entry.group is not None and id(entry.group) not in owners:
            later = entry.group.mention.version
            words.extend(
                mention
                for mention in entry.mentions()
                if (mention.version is not later or not of_other_tissue(document, mention))
                and all(  # "one node (1/1). |B. metastatic focus 7 mm|"
                    told_of.get(id(other), id(entry)) == id(entry) for other in document.overlapping(mention, *DEPOSITS)
                )
            )
    if not words:
        return []
    return [
        Issue(
            IssueKind.COUNTS_DIFFER,
            "tumour in a node is described that no count of positive nodes holds",
            tuple(mention.span for mention in words),
        )
    ]


# What makes a positive word no verdict of its own: a label or definition around it, a denial before it.
_NO_VERDICT = re.compile(
    r"(?:number\s+(?:of|with|positive)|nodes\s+with|(?:no|without|not\s(?:display|show|demonstrat|reveal|contain|exhibit)[a-z]{0,4})(?:[\s.]+[a-z]{2,14}){0,4}|negative\s+for(?:\s+[a-z]{2,14}){0,3}"
    r"|(?<![a-z])p?n\s?[0-3x][a-c]?(?:mi)?\s?(?:\([^)]{1,5}\))?\s?[:(](?:\s?nodal)?|(?:largest|greatest|biggest|treated|staged\s+as\s+an?|rather\s+than(?:\s+as)?)"
    r"|includ(?:es?|ing)(?:\s+[a-z]{4,6}){1,2}|receptors?\s+(?:is|are)|status[.:]?|(?:proven|known|regressed|lobular|such))[\s.:]{0,4}\Z"
)
_NO_DEPOSIT = re.compile(r"-sized|[^\S\n]{2,}(?:(?:micro|macro)-?met|isolated|itc)")  # "a metastasis-sized inclusion", the head of a table
_THE_ONE_TOLD = re.compile(r"[.:;\n]\s{1,3}the\s\Z")  # "Note: the |metastasis| is in the subcapsular sinus"
_OF_TUMOUR = re.compile(
    r"[\s.]{1,3}(?:[a-z]{3,12}\s){0,2}(?:tumou?r|carcinoma|adenocarcinoma|cancer|malignan|metasta|micrometa|macrometa|disease|isolated|involvement|ductal|lobular)"
)
_BEHIND = re.compile(r"[\s,:()-]{0,3}(?:[a-z]{2,10}[\s,)]{1,2}){0,3}")  # between "0 of 3 nodes" and "involved by"


def _counted(document: Document, mention: Mention) -> bool:
    """Whether a positive word belongs to a count, a label, a definition or a denial, and says nothing of its own."""
    text = document.clean
    words = text[mention.start : mention.end]
    if words == "positive" or text[mention.end : mention.end + 3].strip()[:1] == ":":
        return True
    if words == "positive for" and not _OF_TUMOUR.match(text, mention.end):
        return True
    if document.overlapping(mention, "node_total", "node_count"):
        return True
    if denied_behind(text, mention.end) or denied_in_list(text, mention.part.start, mention.start):
        return True
    if _NO_DEPOSIT.match(text, mention.end) or _NO_VERDICT.search(text, max(0, mention.start - 60), mention.start):
        return True
    low, high = mention.start - _ONE_SENTENCE - document.longest, mention.end + _ONE_SENTENCE
    return any(_of_count(document, mention, other) for other in document.within(low, high, "node_count", "part_ratio"))


def _of_count(document: Document, mention: Mention, other: Mention) -> bool:
    """Whether a positive word and a count stand in one sentence: "ten nodes, four of which are involved by", "0 of 3 involved by"."""
    between = document.clean[mention.end : other.start] if mention.end <= other.start else document.clean[other.end : mention.start]
    if other.values.get("positive") and len(between) < _ONE_SENTENCE:
        return ". " not in between and "\n\n" not in between
    return other.end <= mention.start and _BEHIND.fullmatch(between) is not None


_ONE_SENTENCE = 120  # characters at most


class _Bearing:
    """The groups of the ledger with positive nodes, asked whether one may hold the tumour that words tell of."""

    def __init__(self, document: Document, ledger: Ledger) -> None:
        self._document = document
        self._labels: set[tuple[int, str | None]] = set()  # with the passage
        self._everywhere: set[str | None] = set()  # labels that count the same specimens in each passage
        self._told: dict[int, list[Group]] = {}  # by the part in which a group is told, or told again
        self._kinds: Counter[tuple[int | None, str, bool]] = Counter()  # by passage or none, kind of label, sentinel
        for group in ledger.groups:
            if group.positive:
                self._labels.add((id(group.passage), group.part.label))
                self._everywhere.add(group.part.label)
                for part in {id(one.part) for one in (group.mention, *group.evidence)}:
                    self._told.setdefault(part, []).append(group)
                for passage in (id(group.passage), None):
                    self._kinds[passage, _kind(group.part.label), group.sentinel] += 1

    def __contains__(self, mention: Mention) -> bool:
        """Whether a group is told, or told again, in the part of a mention, or of the whole report in another section."""
        label, passage = mention.part.label, id(mention.passage)
        kind = _kind(label)
        comparable = kind in _COMPARABLE
        if label is not None and ((passage, label) in self._labels or (comparable and label in self._everywhere)):
            return True
        told = self._told.get(id(mention.part), ())
        if any(group.passage is mention.passage or (comparable and _kind(group.part.label) == kind) for group in told):
            return True
        others = [(one, sentinel) for one in _KINDS if one != kind or not comparable for sentinel in (True, False)]
        elsewhere = {sentinel for one, sentinel in others if self._kinds[None, one, sentinel] > self._kinds[passage, one, sentinel]}
        return True in elsewhere or (bool(elsewhere) and "sentinel" not in clause_of(self._document, mention))


# of labels; those of two passages count the same specimens if both are letters, or both numbers
_COMPARABLE = ("number", "letter")
_KINDS = ("none", "title", *_COMPARABLE)


def _kind(label: str | None) -> str:
    if label is None:
        return "none"
    return "title" if label[0] == "#" else "number" if label.isdigit() else "letter"


def _speaks_of_nodes(document: Document) -> bool:
    """Whether the report counts nodes or gives them a result anywhere but in its category string."""
    return any(
        mention.section not in (Section.HISTORY, Section.BOILERPLATE, Section.GROSS)
        for mention in document.of("node_count", "node_number", "node_total")
    )
