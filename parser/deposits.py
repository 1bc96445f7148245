"""Deposits of tumour in nodes: which sizes and size classes belong to which group, and how many nodes of each class follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from .classes import CLASS_RANK, OF_SOME, by_class, number_of_nodes
from .document import Document, Mention
from .groups import Group
from .ledger import Ledger
from .model import Category, Deposit, DepositClass, IssueKind, Measure, Method, Version
from .numbers import count
from .owners import Owners
from .place import clause_of, in_key, of_node
from .regions import AXES
from .sections import NOT_FINAL
from .staging import StagingTable, deposit_classes

_LARGEST_MM = Decimal(80)  # a deposit larger than this is a misread number
_DENIED = re.compile(
    r"(?:(?<![a-z])(?:(?:question|possibility|suspicion)\s+of|none\s+with|no|not|without|non|negative\s+for|negative\s+for\s+any|absence\s+of|free\s+of|nor|(?<!positive\s)for|rule\s+out|evaluate\s+for|only\s+if|than|versus|vs\.?|exclude|any)\s+(?:(?!but|however|with|present|identified|seen|positive)[a-z&-]{1,18}[\s,]+){0,6}|>\s?)\Z"
)
# "below the size of a |micrometastasis", "too small for a |micrometastasis", "does not reach the size of a |micrometastasis"
BELOW = re.compile(
    r"(?<![a-z])(?:below|smaller\sthan|less\sthan|too\s(?:small|few)\s(?:for|to\sbe)|short\sof|(?:not|no)\s(?:meet|reach|qualif|amount|fulfil|large)[a-z]*|fails?\sto\s[a-z]+)"
    r"(?:\s(?!positive|metasta)[a-z]{1,12}){0,7}\s\Z"
)
_DENIED_AFTER = re.compile(
    r"-sized|\s{0,3}(?:\([^()]{0,60}\))?\s{0,3}(?:[:=?]\s{0,3}(?:0|o|none|no|not|absent|negative|n/?a)(?![a-z]|[.,]\d)|(?<=\s)(?:0|none|nil)(?![a-z\d]|[.,]\d)|(?:is|are|were|was)\s+(?:not|absent)|(?:not|absent)(?![a-z])|\(?\s?(?:>|<|less|greater|defined)[^()\n]{0,60}\)?\s{0,3}[:=])"
)
# "(macrometastasis, micrometastasis or isolated tumor cells)": the choices of a form
_CHOICES = re.compile(r"\([^()]{0,60}\Z"), re.compile(r"[^()]{0,40}(?:micro|macro|isolated|itc)[^()]{0,40}\)")
# "isolated tumor cells |in two others": in further nodes than those counted
_IN_FURTHER = re.compile(
    r"\s(?:(?:are|is|were|was|seen|present|found|identified)\s){0,2}in\s(?:(?:a|an|one|two|three|four|five|\d{1,2}|the)\s)?(?:others?|another|further|additional|second|third|more|remaining)(?![a-z])"
)
# "two of three nodes: a micrometastasis in the one, isolated cells |(0.08 mm) in the other|"
_IN_THE_OTHER = re.compile(r"(?:\s\([^()]{1,30}\))?\s(?:only\s)?in\sthe\s(?:other|second)(?![a-z])")
_TISSUE = re.compile(r"(?<![a-z])(?:margins?|breast|skin|nipple|stroma|ducts?|lymphatics?|vessels?|lymphovascular|primary)(?![a-z])")
_FURTHER = re.compile(r"(?<![a-z])(?:further|additional|other|more)(?![a-z])")
_DEFINITION = re.compile(
    r"(?:and/or|or|and)\s{1,2}[<>\u2264\u2265]?\s?(?:(?:more|fewer|less)\s+than\s+)?200\s{0,2}(?:tumou?r\s)?cells|[<>]\s?200\s{0,2}cells|pn\s?[0-3oil][a-z]{0,2}\s{0,2}(?:\(i\s?\+\))?\s{0,2}(?:\([^()]{0,12}\))?\s?:|\bin\s+(?:4|10|1)\s+(?:to|or)\s|metastas[ei]s\s+(?:greater|larger)\s+than|no\s+(?:greater|more|larger)\s+than"
)
_ONE_TO = re.compile(r"in\s+[14]")
_BESIDE = 60  # characters between a deposit and the stain that shows it, at most
_ADDED_BEFORE = re.compile(
    r"(?:adding\s{1,2}up\s{1,2}to|totall?ing|a\s{1,2}total\s{1,2}of|combined)(?:\s{1,2}(?:about|approximately|some))?\s{0,2}\Z"
)
_ADDED_BEHIND = re.compile(r"[^.;]{0,20}(?:in\s{1,2}(?:total|all)|altogether|combined|in\s{1,2}aggregate)(?![a-z])")
DEPOSITS = ("deposit_size", "deposit_class", "deposit_cells", "focus_size", "loose_size")  # findings that tell of tumour in nodes
_MOST_TALLIED = 12  # deposits


@dataclass(slots=True)
class Found:
    """What was said of one group's deposits, or, with ``group`` None, of all nodes together."""

    group: Group | None
    sizes: list[tuple[Measure, Mention]] = field(default_factory=list)
    words: list[tuple[DepositClass, Mention]] = field(default_factory=list)
    cells: list[tuple[Measure, Mention]] = field(default_factory=list)
    added: list[tuple[Measure, Mention]] = field(default_factory=list)  # cells of several sections together: of no one section
    method: Method | None = None
    numbers: list[int | None] = field(default_factory=list)  # of how many nodes each class named is told

    @property
    def nodes(self) -> int | None:
        """Of how many nodes the last class named is told."""
        return self.numbers[-1] if self.numbers else None

    @property
    def largest(self) -> Measure | None:
        """The largest size said."""
        return max((size for size, _ in self.sizes), key=lambda size: size.number, default=None)

    @property
    def word(self) -> DepositClass | None:
        """The largest class named."""
        return max((word for word, _ in self.words), key=CLASS_RANK.__getitem__, default=None)

    @property
    def cell_count(self) -> Measure | None:
        """The number of cells said."""
        return max((cells for cells, _ in self.cells), key=lambda cells: cells.number, default=None)

    def mentions(self) -> list[Mention]:
        """All the words."""
        return [mention for _, mention in (*self.sizes, *self.words, *self.cells, *self.added)]


def find(document: Document, ledger: Ledger) -> list[Found]:
    """The deposits that the report describes, one entry a group and one for all nodes together."""
    entries: dict[int, Found] = {}
    owners = Owners(document, ledger)
    for mention in document.of(*DEPOSITS):
        if mention.section in NOT_FINAL or mention.version is Version.SUPERSEDED or is_definition(document, mention):
            continue
        group = owners.of(mention)
        if mention.kind == "deposit_class":
            if _denied(document, mention) or document.overlapping(mention, "node_total"):
                continue
            some = OF_SOME.search(document.clean, max(mention.part.start, mention.start - 60), mention.start)
            further = _IN_FURTHER.match(document.clean, mention.end) or (some and _FURTHER.search(some[0]) and count(some["nodes"]))
            if further and group is not None and group.positive:
                ledger.flag(IssueKind.COUNT_MISSING, "deposits in further nodes than those counted", [mention])
                continue
            if group is not None and group.positive == 0 and of_other_tissue(document, mention):
                continue
            if group is not None and (group.positive or 0) > 1 and _IN_THE_OTHER.match(document.clean, mention.end):
                ledger.flag(IssueKind.COUNT_MISSING, "a deposit in one of the nodes counted as positive, another in the other", [mention])
            entry = _entry(entries, group)
            entry.words.append((DepositClass(str(mention.values["words"])), mention))
            entry.numbers.append(number_of_nodes(document, mention, some))
        elif mention.kind == "deposit_cells":
            cells = mention.values["cells"]
            if isinstance(cells, Measure) and group is not None and (_of_its_part(mention, group) or of_node(document, mention)):
                entry = _entry(entries, group)
                (entry.added if _is_added(document, mention) else entry.cells).append((cells, mention))
        else:
            if mention.kind == "focus_size":
                sized = document.overlapping(mention, "deposit_size")
                if sized or (nodes := owners.told_of(mention)) is None:
                    continue
                group = nodes.group
            if mention.kind == "loose_size":
                behind = owners.right_behind(mention)
                if behind is None or document.overlapping(mention, "deposit_size", "focus_size"):
                    continue
                group = behind
            for size in (mention.values.get("size"), mention.values.get("second")):
                if isinstance(size, Measure) and Decimal(0) < size.number <= _LARGEST_MM:
                    _entry(entries, group).sizes.append((size, mention))
    for entry in entries.values():
        entry.method = _method(document, entry)
    return list(entries.values())


def of_other_tissue(document: Document, mention: Mention) -> bool:
    """Whether the clause of a deposit names another tissue than a node."""
    return not of_node(document, mention) and _TISSUE.search(clause_of(document, mention)) is not None


def _is_added(document: Document, cells: Mention) -> bool:
    """Whether cells are told as a sum: those of several sections are not added up (staging facts 1.1)."""
    before = _ADDED_BEFORE.search(document.clean, max(cells.part.start, cells.start - 30), cells.start)
    return before is not None or _ADDED_BEHIND.match(document.clean, cells.end) is not None


def _of_its_part(mention: Mention, group: Group) -> bool:
    """Whether an addendum says something under the label of the group's part."""
    return mention.version is not Version.ORIGINAL and mention.part.label is not None and mention.part.label == group.part.label


def _method(document: Document, entry: Found) -> Method | None:
    """Immunohistochemistry where the words beside a deposit say that it shows it; else the method is not told."""
    shown = any(
        stain.values["result"] == "positive" and stain.part is mention.part and mention.start <= stain.end + _BESIDE
        for mention in (entry.mentions() if document.of("node_ihc") else ())
        for stain in document.within(mention.start - _BESIDE - document.longest, mention.end + _BESIDE + 1, "node_ihc")
    )
    return Method.IHC if shown else None


def _entry(entries: dict[int, Found], group: Group | None) -> Found:
    return entries.setdefault(id(group) if group else 0, Found(group))


def is_definition(document: Document, mention: Mention) -> bool:
    """Whether the words quote a category's definition or a template's threshold, not a measurement."""
    if in_key(document, mention.start):
        return True
    size = mention.values.get("size")
    if isinstance(size, Measure) and size.comparator == ">" and size.number in (Decimal(2), Decimal("0.2")):
        return True
    low, high = max(0, mention.start - 110), mention.end + 40
    near = document.clean[low:high]
    holds = "200" in near or "pn" in near or "than" in near or _ONE_TO.search(near)  # as each definition does
    words = (found for found in _DEFINITION.finditer(document.clean, low, high) if not _label_between(document, mention, found))
    return bool(holds) and any(not isinstance(size, Measure) or bool(size.comparator) or "200" in found[0] for found in words)


def _label_between(document: Document, mention: Mention, words: re.Match[str]) -> bool:
    """Whether a label stands between a definition and a size: "(0.2 mm or less or 200 cells or less): 1. Largest deposit: |0.2 mm"."""
    return isinstance(mention.values.get("size"), Measure) and ":" in document.clean[words.end() : mention.spans["size"][0]]


def _denied(document: Document, mention: Mention) -> bool:
    before = document.clean[max(0, mention.start - 60) : mention.start]
    choice = _CHOICES[0].search(before) is not None and _CHOICES[1].match(document.clean, mention.end) is not None
    return (
        choice
        or _DENIED.search(before) is not None
        or BELOW.search(before) is not None
        or _DENIED_AFTER.match(document.clean, mention.end) is not None
    )


def add_later(table: StagingTable, ledger: Ledger, found: Sequence[Found]) -> None:
    """A node called negative in which an addendum finds more than isolated tumour cells is positive after all."""
    for entry in found:
        group, later = entry.group, [mention for mention in entry.mentions() if mention.version is not Version.ORIGINAL]
        if group is None or group.positive != 0 or len(later) < len(entry.mentions()):
            continue
        if deposit_classes(table, entry.word, entry.largest, entry.cell_count) - {DepositClass.ITC}:
            group.positive = 1
            group.evidence.extend(later)
            ledger.positive = (ledger.positive or 0) + 1
            if group.sentinel:
                ledger.sentinel_positive = (ledger.sentinel_positive or 0) + 1
            ledger.flag(IssueKind.COUNTS_DIFFER, "an addendum finds tumour in a node that was called negative", [group.mention, *later])


def add_cells(table: StagingTable, ledger: Ledger, found: Sequence[Found], stated: Category | None) -> None:
    """Where pN0(i+) is printed, nodes without a result in which only isolated tumour cells are told of have these and no more."""
    if stated is None or stated.base != "pN0(i+)":
        return
    settled = 0
    for entry in found:
        group = entry.group
        if group is None or group.positive is not None or not group.examined:
            continue
        if deposit_classes(table, entry.word, entry.largest, entry.cell_count) == {DepositClass.ITC}:
            group.positive = min(entry.nodes or 1, group.examined)
            settled += 1
    if settled and all(group.positive is not None for group in ledger.groups):
        ledger.positive = sum(group.positive or 0 for group in ledger.groups)
        ledger.issues = [issue for issue in ledger.issues if issue.kind is not IssueKind.RESULT_MISSING]


class Counts(NamedTuple):
    """Nodes of each class under one reading of the facts."""

    macro: int
    micro: int
    unsized: int
    itc: int


def deposits_of(table: StagingTable, ledger: Ledger, found: Sequence[Found], stated: Category | None) -> list[tuple[Group | None, Deposit]]:
    """The deposits of every positive node, so that their nodes add up to the printed positive count and the nodes with ITC only."""
    totals = ledger.totals
    macro, micro, itc = totals.get("macro"), totals.get("micro"), totals.get("itc")
    overall = next((entry for entry in found if entry.group is None), None)
    if macro is not None and micro is not None and macro + micro in ((ledger.positive or 0), (ledger.positive or 0) - (itc or 0)):
        counted = ((macro, DepositClass.MACROMETASTASIS), (micro, DepositClass.MICROMETASTASIS), (itc or 0, DepositClass.ITC))
        if macro + micro + (itc or 0) and not any(group.region in AXES and group.positive for group in ledger.groups):
            return [(None, Deposit(nodes, word)) for nodes, word in counted if nodes]
    result: list[tuple[Group | None, Deposit]] = []
    entries = {id(entry.group): entry for entry in found if entry.group is not None}
    for group in ledger.groups:
        result.extend((group, deposit) for deposit in _of_group(table, group.positive, entries.get(id(group))))
    rest = (ledger.positive or 0) - sum(group.positive or 0 for group in ledger.groups)
    if rest > 0:
        result.append((None, Deposit(rest)))
    if itc and not any(deposit.words is DepositClass.ITC for _, deposit in result):
        result.append((None, Deposit(itc, DepositClass.ITC)))
    return _with_overall(table, result, overall, stated, ledger)


def _of_group(table: StagingTable, positive: int | None, entry: Found | None) -> list[Deposit]:
    if entry is None:
        return [Deposit(positive)] if positive else []
    size, word, cells = entry.largest, entry.word, entry.cell_count
    classes = deposit_classes(table, word, size, cells)
    if not positive:
        small = bool(classes) and classes <= {DepositClass.ITC}
        return [Deposit(1, DepositClass.ITC, size, cells, entry.method)] if small else []
    told = [(kind, number) for (kind, _), number in zip(entry.words, entry.numbers, strict=True)]
    if (size is None or deposit_classes(table, None, size, None) == {word}) and (shares := by_class(told, positive, size is not None)):
        return [Deposit(nodes, kind, size if kind is word else None) for kind, nodes in shares]
    some = entry.nodes if len(entry.words) == 1 and size is None and cells is None else None
    if some and some < positive:
        return [Deposit(some, word, size, cells, entry.method), Deposit(positive - some)]
    if classes == {DepositClass.MACROMETASTASIS} and positive > 1:
        return [Deposit(1, word, size, cells, entry.method), Deposit(positive - 1)]
    return [Deposit(positive, word, size, cells, entry.method)]


def _with_overall(
    table: StagingTable, deposits: list[tuple[Group | None, Deposit]], overall: Found | None, stated: Category | None, ledger: Ledger
) -> list[tuple[Group | None, Deposit]]:
    """Gives unsized nodes what is said of all nodes together: the largest deposit, a class in words, the stated category."""
    size = overall.largest if overall else None
    word = overall.word if overall else None
    cells = overall.cell_count if overall else None
    if size is None and word is None and stated is not None:
        word = {"pN1mi": DepositClass.MICROMETASTASIS, "pN0(i+)": DepositClass.ITC}.get(stated.base)
    classes = deposit_classes(table, word, size, cells)
    if not classes:
        return deposits
    if ledger.positive == 0 and not deposits and classes <= {DepositClass.ITC}:
        return [(None, Deposit(1, DepositClass.ITC, size, cells))]
    sized = [item for item in deposits if _is_described(item[1])]
    unsized = [item for item in deposits if not _is_described(item[1])]
    if classes != {DepositClass.MACROMETASTASIS}:
        return sized + [(group, Deposit(deposit.nodes, word, size, cells)) for group, deposit in unsized]
    has_macro = any(
        DepositClass.MACROMETASTASIS in deposit_classes(table, deposit.words, deposit.size, deposit.cells) for _, deposit in sized
    )
    if has_macro or not unsized:
        return deposits
    group, first = unsized[0]
    rest = [(group, Deposit(first.nodes - 1))] if first.nodes > 1 else []
    return [*sized, (group, Deposit(1, word, size, cells)), *rest, *unsized[1:]]


def _is_described(deposit: Deposit) -> bool:
    return bool(deposit.size or deposit.words or deposit.cells)


def tally(table: StagingTable, deposits: Iterable[Deposit]) -> list[Counts]:
    """How many nodes are of each class: one reading, or several where a size or word spans classes, the largest class first."""
    readings = [Counts(0, 0, 0, 0)]
    for deposit in islice(deposits, _MOST_TALLIED):
        classes = deposit_classes(table, deposit.words, deposit.size, deposit.cells)
        ordered: list[DepositClass | None] = [*sorted(classes, key=CLASS_RANK.__getitem__, reverse=True)] or [None]
        # readings that agree so far go on alike: each is followed once, where it is met first
        readings = list(dict.fromkeys(_with(reading, kind, deposit.nodes) for reading in readings for kind in ordered))
    return readings


def _with(reading: Counts, kind: DepositClass | None, nodes: int) -> Counts:
    macro, micro, unsized, itc = reading
    if kind is None:
        return Counts(macro, micro, unsized + nodes, itc)
    if kind is DepositClass.MACROMETASTASIS:
        return Counts(macro + nodes, micro, unsized, itc)
    return Counts(macro, micro, unsized, itc + nodes) if kind is DepositClass.ITC else Counts(macro, micro + nodes, unsized, itc)
