"""What a report says, as frozen values. Imports nothing of ours; everything else imports this.

Offsets are indices of Python characters (Unicode code points) into the text as it was given.
What there are dozens of in a report is a named tuple: frozen as well, and made in a fraction of the time.
Sizes are millimetres as ``Decimal`` intervals. ``None`` means "not stated"; zero is zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Side(StrEnum):
    """The side of a breast or axilla."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Region(StrEnum):
    """Where a group of lymph nodes lies."""

    SENTINEL = "sentinel"
    AXILLARY = "axillary"
    INTRAMAMMARY = "intramammary"
    INTERNAL_MAMMARY = "internal mammary"
    INFRACLAVICULAR = "infraclavicular"
    SUPRACLAVICULAR = "supraclavicular"
    UNSPECIFIED = "unspecified"


class DepositClass(StrEnum):
    """The size class of a nodal deposit, as words state it or as a staging table derives it."""

    ITC = "itc"
    MICROMETASTASIS = "micrometastasis"
    MACROMETASTASIS = "macrometastasis"


class Method(StrEnum):
    """How a deposit was looked for."""

    HE = "H&E"
    IHC = "IHC"
    RT_PCR = "RT-PCR"
    OSNA = "OSNA"


class Version(StrEnum):
    """Which version of a report a passage belongs to."""

    ORIGINAL = "original"
    ADDENDUM = "addendum"
    AMENDMENT = "amendment"
    SUPERSEDED = "superseded"


class Section(StrEnum):
    """The section of a report a passage stands in."""

    DIAGNOSIS = "diagnosis"
    SYNOPTIC = "synoptic"
    MICROSCOPIC = "microscopic"
    INTRAOPERATIVE = "intraoperative"
    GROSS = "gross"
    SPECIMENS = "specimens"
    COMMENT = "comment"
    ANCILLARY = "ancillary"
    HISTORY = "history"
    BOILERPLATE = "boilerplate"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What resolution made of a finding."""

    LEDGER = "ledger"  # a group of nodes that is counted
    CHECK = "check"  # a printed total, compared with the sum of the groups
    REPEAT = "repeat"  # the same nodes told again
    VALUE = "value"  # the source of a resolved value
    CONTEXT = "context"  # read, and used to place other findings
    SUPERSEDED = "superseded"  # replaced by an addendum or amendment
    OUT_OF_SCOPE = "out of scope"  # history, other side, other organ, template, candidate nodes


class IssueKind(StrEnum):
    """The closed list of what can be doubtful in a report. ``docs/issues.md`` explains each."""

    TOTAL_DIFFERS_FROM_PARTS = "total_differs_from_parts"
    STATED_DIFFERS_FROM_DERIVED = "stated_differs_from_derived"
    STATED_CATEGORIES_DIFFER = "stated_categories_differ"
    COUNTS_DIFFER = "counts_differ"
    POSITIVE_EXCEEDS_EXAMINED = "positive_exceeds_examined"
    IMPOSSIBLE_COUNT = "impossible_count"
    COUNT_MISSING = "count_missing"
    RESULT_MISSING = "result_missing"
    SIZE_SPANS_CLASSES = "size_spans_classes"
    WORDS_DIFFER_FROM_SIZE = "words_differ_from_size"
    CELLS_AT_BOUNDARY = "cells_at_boundary"
    SIDES_DIFFER = "sides_differ"
    TWO_CANCERS = "two_cancers"
    RESULT_PENDING = "result_pending"
    HEDGED_RESULT = "hedged_result"
    UNREAD_NODE_STATEMENT = "unread_node_statement"
    CATEGORY_NOT_DERIVED = "category_not_derived"
    STAGING_TABLE_SILENT = "staging_table_silent"
    INTRAOPERATIVE_ONLY = "intraoperative_only"
    GROSS_ONLY = "gross_only"
    TUMOUR_NODULE = "tumour_nodule"
    MOLECULAR_ONLY = "molecular_only"
    NEEDLE_SAMPLE_ONLY = "needle_sample_only"
    TEMPLATE_BLANK = "template_blank"
    NO_NODE_STATEMENT = "no_node_statement"
    NOT_BREAST = "not_breast"
    EMPTY_TEXT = "empty_text"
    UNREADABLE_TEXT = "unreadable_text"
    TEXT_FROM_SCAN = "text_from_scan"
    TEXT_LEFT_OUT = "text_left_out"
    ANSWERS_DIFFER = "answers_differ"
    VERSIONS_UNCLEAR = "versions_unclear"


class DecisionStatus(StrEnum):
    """Whether the category may be used as it is."""

    ACCEPTED = "accepted"
    NEEDS_REVIEW = "needs_review"


class Span(NamedTuple):
    """Half-open range of code points in the text as given."""

    start: int
    end: int


class Evidence(NamedTuple):
    """The words a value comes from: ``text[span.start:span.end] == quote``."""

    span: Span
    quote: str
    rule: str
    section: Section = Section.UNKNOWN
    version: Version = Version.ORIGINAL


class Value(NamedTuple, Generic[T_co]):
    """A value with the words that prove it."""

    value: T_co
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A length in mm as the report prints it: exact, or an interval with open or closed ends.

    ``low`` and ``high`` are None where the interval has no such end. An exact size has both equal.
    ``comparator`` is one of ``""``, ``"<"``, ``"<="``, ``">"``, ``">="``, ``"~"``; ``number`` is the printed number in mm.
    """

    number: Decimal
    comparator: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def of(cls, number: Decimal, comparator: str = "") -> Measure:
        """An exact size or the interval a comparator makes of it.

        >>> Measure.of(Decimal("0.2"), "<").high_open
        True
        """
        if comparator in ("<", "<="):
            return cls(number, comparator, None, number, high_open=comparator == "<")
        if comparator in (">", ">="):
            return cls(number, comparator, number, None, low_open=comparator == ">")
        return cls(number, comparator, number, number)

    def __str__(self) -> str:
        return self.comparator.replace("~", "") + format(self.number, "f")


@dataclass(frozen=True, slots=True)
class Category:
    """A printed or derived N category, OCR repaired.

    ``base`` never holds a prefix other than ``p`` or ``c``: ``pN1mi``, ``pN0(i+)``, ``pNX``.
    """

    base: str
    prefix: str = ""  # "y", "r", "yr" before the p
    suffixes: tuple[str, ...] = ()  # "sn", "f"

    def __str__(self) -> str:
        return self.prefix + self.base + "".join(f"({suffix})" for suffix in self.suffixes)


class Finding(NamedTuple):
    """One match of one rule: what a passage says, before any choice was made."""

    kind: str  # the ``finding`` of the rule: node_count, deposit_size, category ...
    rule: str
    span: Span
    quote: str
    values: Mapping[str, object]  # capture name -> normalised value
    spans: Mapping[str, Span]  # capture name -> where it stands
    section: Section = Section.UNKNOWN
    version: Version = Version.ORIGINAL
    specimen: str | None = None
    role: Role = Role.CONTEXT


@dataclass(frozen=True, slots=True)
class Issue:
    """A doubt, with the words to look at. ``blocking`` doubts could change the category."""

    kind: IssueKind
    message: str  # never holds report text
    spans: tuple[Span, ...] = ()
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Deposit:
    """Tumour in ``nodes`` nodes of a group, as the report describes it."""

    nodes: int
    words: DepositClass | None = None
    size: Measure | None = None
    cells: Measure | None = None  # number of tumour cells in one section; the unit is cells, not mm
    method: Method | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """One line of the ledger: nodes of one specimen, counted once."""

    specimen: str | None
    region: Region
    side: Side | None
    examined: int | None
    positive: int | None  # as printed: may include nodes with isolated tumour cells only
    deposits: tuple[Deposit, ...] = ()
    version: Version = Version.ORIGINAL
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Nodes:
    """Regional lymph nodes of the index cancer. Counts are numbers of nodes."""

    examined: Value[int] | None = None
    positive: Value[int] | None = None  # nodes with more than isolated tumour cells
    positive_as_printed: Value[int] | None = None
    macromet: Value[int] | None = None
    micromet: Value[int] | None = None
    itc: Value[int] | None = None
    sentinel_examined: Value[int] | None = None
    sentinel_positive: Value[int] | None = None
    largest_deposit: Value[Measure] | None = None
    extranodal_extension: Value[bool] | None = None
    ihc: Value[str] | None = None  # positive, negative, performed, not done
    molecular: Value[str] | None = None  # positive, negative
    molecular_method: Value[Method] | None = None


@dataclass(frozen=True, slots=True)
class Tumor:
    """The index cancer. Words as the field writes them."""

    laterality: Value[Side] | None = None
    size: Value[Measure] | None = None
    histology: Value[str] | None = None  # ductal, lobular, mixed ...
    grade: Value[int] | None = None  # Nottingham, 1 to 3
    pt_stated: Value[str] | None = None  # "pT2", "ypT1c", with (m) where printed
    er: Value[str] | None = None  # positive, negative
    pr: Value[str] | None = None
    her2: Value[str] | None = None  # positive, negative, equivocal
    ki67_percent: Value[Decimal] | None = None
    oncotype_score: Value[int] | None = None
    neoadjuvant: Value[bool] | None = None
    m_stated: Value[str] | None = None  # "M0", "MX", "cM0", "pM1", "cM0(i+)", as printed, OCR repaired


@dataclass(frozen=True, slots=True)
class Decision:
    """What a staging table makes of the facts: the category, the row that decided and its inputs."""

    edition: str  # "AJCC 8"
    category: Category | None  # None: the facts decide nothing
    row: str | None = None  # "breast.ajcc8.n1mi"
    source: str | None = None  # where the row's rule comes from
    inputs: Mapping[str, int | str] = field(default_factory=dict)
    possible: tuple[str, ...] = ()  # every category the facts allow; more than one is an Issue
    basis: str = "derived"  # "derived" from the facts, or "stated" where only the report's category is known, "reviewed": a person gave it


@dataclass(frozen=True, slots=True)
class Report:
    """Everything read from one report."""

    status: DecisionStatus
    issues: tuple[Issue, ...]
    nodes: Nodes
    tumor: Tumor
    pn_stated: Value[Category] | None
    staging: Mapping[str, Decision]  # edition -> decision: "AJCC 6", "AJCC 7", "AJCC 8"
    ledger: tuple[NodeGroup, ...]
    findings: tuple[Finding, ...]
    grammar: str  # "sha256:..." of the grammar files

    @property
    def reasons(self) -> tuple[IssueKind, ...]:
        """The kinds of the blocking issues, each once, in the order of the text."""
        return tuple(dict.fromkeys(issue.kind for issue in self.issues if issue.blocking))
