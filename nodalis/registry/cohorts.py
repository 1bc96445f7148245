"""Cohorts: named questions to a report, answered yes, no or not known, with the facts that decide. No advice.

A cohort is data: the facts it asks and what each of them must be. A fact is read as all the values that the report leaves open, so that
a size of "less than 2 mm" makes no member and no stranger, and what a report does not say is not known. Doubts of a report under review
leave a cohort undecided unless they cannot touch its facts.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from parser.model import DecisionStatus, Evidence, IssueKind, Report, Section, Version
from parser.staging import editions

from ..output import FACTS, plain
from ..spreadsheet import edition_column
from . import node_codes

EDITION: Final = editions()[-1]  # the current one
_EDITIONS: Final = {edition_column(edition): edition for edition in editions()}
_STAIN_ONLY: Final = "node_ihc_only"  # the finding that a deposit is seen on a stain only
_OF_OTHERS: Final = frozenset({Section.HISTORY, Section.BOILERPLATE})  # passages about another report, or about none
_OTHERS_OF_A_DISSECTION: Final = 6  # nodes: level I resection "ordinarily 6 or more" (SEER TNM 2.1, path_n_daj, note 1)

Open = frozenset[object]  # the values that a report leaves open for a fact; none: it says nothing of it


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that decides, as text, with the words it comes from; values that a table derives have none of their own."""

    name: str
    value: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Cohort:
    """A question to a report: every fact of ``when`` must be one of its values."""

    name: str
    title: str
    asks: str
    when: Mapping[str, Container[object]]
    shown: tuple[str, ...]  # the facts that a member is listed with
    beside: frozenset[IssueKind] = field(default=frozenset())  # doubts that cannot change a fact of ``when``


@dataclass(frozen=True, slots=True)
class Membership:
    """A report is in a cohort; ``accepted`` is whether its category may be used without review."""

    cohort: Cohort
    accepted: bool
    facts: tuple[Fact, ...]


class Answer(StrEnum):
    """Whether a report is in a cohort."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not known"


def members(report: Report) -> tuple[Membership, ...]:
    """The cohorts that a report is in, with the facts that decide."""
    return tuple(membership(cohort, report) for cohort in COHORTS.values() if answer(cohort, report) is Answer.YES)


def membership(cohort: Cohort, report: Report) -> Membership:
    """A member of a cohort with the facts it is listed with."""
    facts = tuple(fact for name in cohort.shown if (fact := _fact(name, report)) is not None)
    return Membership(cohort, report.status is DecisionStatus.ACCEPTED, facts)


def answer(cohort: Cohort, report: Report) -> Answer:
    """Whether a report is in a cohort: no where one fact rules it out, not known where one is open or in doubt."""
    doubts = set(report.reasons)
    if IssueKind.NOT_BREAST in doubts:
        return Answer.NO
    if doubts - cohort.beside:
        return Answer.NOT_KNOWN
    certain = True
    for name, wanted in cohort.when.items():
        left_open = _DECIDING[name](report)
        fitting = sum(value in wanted for value in left_open)
        if left_open and not fitting:
            return Answer.NO
        certain = certain and 0 < len(left_open) == fitting
    return Answer.YES if certain else Answer.NOT_KNOWN


def _category(report: Report) -> Open:
    """The categories of the current edition that the facts allow."""
    return frozenset(report.staging[EDITION].possible)


def _changed(report: Report) -> Open:
    """Whether an older edition gives another category. A printed category is of an edition that nobody knows: it tells nothing."""
    if any(decision.basis != "derived" for decision in report.staging.values()):
        return frozenset()
    current = _category(report)
    older = [frozenset(decision.possible) for edition, decision in report.staging.items() if edition != EDITION]
    if not current or not all(older):
        return frozenset()
    if len(current) == 1 and all(len(found) == 1 for found in older):
        return frozenset({any(found != current for found in older)})
    return frozenset({True, False})


def _sentinel_positive(report: Report) -> Open:
    """Positive sentinel nodes, as they are coded for a registry; not known where a molecular test may be what found the tumour."""
    if any(count is not None and count.value == 0 for count in (report.nodes.positive, report.nodes.examined)):
        return frozenset({0})
    found, molecular = _coded_sentinel(report), report.nodes.molecular
    if found is None or (molecular is not None and molecular.value == "positive"):
        return frozenset()
    return frozenset({int(found.value)})


def _coded_sentinel(report: Report) -> Fact | None:
    """The number of positive sentinel nodes; None for a code that says anything else (95 to 99)."""
    (code,) = (code for code in node_codes.codes(report, EDITION, ()) if code.id == node_codes.SENTINEL_POSITIVE)
    return Fact("sentinel_positive", str(int(code.value)), code.evidence) if code.value < "90" else None


def _dissection(report: Report) -> Open:
    """Whether there was an axillary dissection: none but sentinel nodes is no, six or more others is yes, fewer may be either.

    Where the report names one, other nodes are of it.
    """
    examined, sentinel = report.nodes.examined, report.nodes.sentinel_examined
    if examined is None or sentinel is None or sentinel.value > examined.value:
        return frozenset()
    others = examined.value - sentinel.value
    named = node_codes.dissection_of(report) is not None
    if others >= _OTHERS_OF_A_DISSECTION or (named and others):
        return frozenset({True})
    return frozenset({True, False} if named or others else {False})


def _stain(report: Report) -> Open:
    """What the stain on the nodes showed, if the report says so."""
    return frozenset() if report.nodes.ihc is None else frozenset({report.nodes.ihc.value})


def _by_stain_only(report: Report) -> Open:
    """Whether only a stain shows the tumour. The words tell of one deposit: of more than one node with tumour, not known of which."""
    counts = (report.nodes.itc, report.nodes.micromet, report.nodes.macromet)
    one = sum(count.value for count in counts if count is not None) == 1
    return frozenset({True}) if one and _told_of_stain_only(report) else frozenset()


def _told_of_stain_only(report: Report) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(finding.span, finding.quote, finding.rule, finding.section, finding.version)
        for finding in report.findings
        if finding.kind == _STAIN_ONLY and finding.section not in _OF_OTHERS and finding.version is not Version.SUPERSEDED
    )


_DECIDING: Final[Mapping[str, Callable[[Report], Open]]] = {
    "category": _category,
    "changed": _changed,
    "sentinel_positive": _sentinel_positive,
    "dissection": _dissection,
    "ihc_on_nodes": _stain,
    "ihc_only": _by_stain_only,
}


def _fact(name: str, report: Report) -> Fact | None:
    """A fact as it is listed; None where the report says nothing of it."""
    if name == "sentinel_positive":
        return _coded_sentinel(report)
    if name in FACTS:
        value = FACTS[name](report)
        return None if value is None else Fact(name, _words(plain(value.value)), value.evidence)
    if name == "ihc_only":
        proof = _told_of_stain_only(report)
        return Fact(name, "true", proof) if proof else None
    if name == "row":
        row = report.staging[EDITION].row
        return None if row is None else Fact(name, row)
    derived = report.staging[_EDITIONS[name]].category
    return None if derived is None else Fact(name, str(derived))


def _words(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_NODES: Final = ("examined", "positive", "macromet_nodes", "micromet_nodes", "itc_nodes", "largest_deposit_mm")
_METHODS: Final = ("ihc_on_nodes", "molecular_on_nodes")
_CURRENT: Final = (edition_column(EDITION), "row", "pn_stated")
_SENTINEL: Final = ("sentinel_positive", "sentinel_examined", "examined")

COHORTS: Final[Mapping[str, Cohort]] = {
    cohort.name: cohort
    for cohort in (
        Cohort(
            "micrometastasis-only",
            "Micrometastasis only",
            f"Micrometastases and nothing larger in the regional nodes: the category of {EDITION} is pN1mi, before or after treatment.",
            {"category": {"pN1mi"}},
            (*_NODES, *_METHODS, *_CURRENT),
        ),
        Cohort(
            "itc-only",
            "Isolated tumour cells only",
            "Isolated tumour cells and nothing larger in the regional nodes: "
            f"the category of {EDITION} is pN0(i+), before or after treatment.",
            {"category": {"pN0(i+)"}},
            (*_NODES, *_METHODS, *_CURRENT),
        ),
        Cohort(
            "sentinel-1-2-no-dissection",
            "One or two positive sentinel nodes, no dissection",
            "One or two sentinel nodes with more than isolated tumour cells, and this report counts no node that is not a sentinel node. "
            "A dissection that another report tells of is not known to it.",
            {"sentinel_positive": {1, 2}, "dissection": {False}},
            (*_SENTINEL, *_CURRENT),
            # The category is open, not the counts: where deposits may be isolated tumour cells, the number has no code.
            frozenset({IssueKind.STAGING_TABLE_SILENT, IssueKind.SIZE_SPANS_CLASSES}),
        ),
        Cohort(
            "ihc-only",
            "Detected by IHC only",
            "Isolated tumour cells or a micrometastasis in one node that, as the report says, only a keratin stain shows.",
            {"category": {"pN0(i+)", "pN1mi"}, "ihc_on_nodes": {"positive"}, "ihc_only": {True}},
            ("ihc_on_nodes", "ihc_only", *_NODES, *_CURRENT),
        ),
        Cohort(
            "molecular-only",
            "Molecular only",
            "A positive molecular test of the nodes and no tumour seen in them: "
            f"the category of {EDITION} is pN0(mol+), before or after treatment.",
            {"category": {"pN0(mol+)"}},
            ("molecular_on_nodes", "ihc_on_nodes", *_NODES, *_CURRENT),
        ),
        Cohort(
            "edition-changes-category",
            "Category that the current edition changes",
            f"The same facts give another category in an older edition than in {EDITION}, prefixes and suffixes aside.",
            {"changed": {True}},
            (*_EDITIONS, "row", "pn_stated", *_METHODS, *_NODES),
        ),
    )
}
FACT_NAMES: Final = tuple(dict.fromkeys(name for cohort in COHORTS.values() for name in cohort.shown))
