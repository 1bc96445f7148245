"""Reports written by hand, as the parser would give them, for the tests of the export. No text was parsed for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from parser.model import (
    Category,
    Decision,
    DecisionStatus,
    Deposit,
    DepositClass,
    Evidence,
    Issue,
    IssueKind,
    Measure,
    Method,
    NodeGroup,
    Nodes,
    Region,
    Report,
    Section,
    Side,
    Span,
    Tumor,
    Value,
    Version,
)

T = TypeVar("T")

GRAMMAR = "sha256:" + "0" * 64


def said(value: T, start: int, quote: str, rule: str = "test.rule") -> Value[T]:
    """A value read at ``start`` from the words ``quote``."""
    return Value(value, (Evidence(Span(start, start + len(quote)), quote, rule, Section.DIAGNOSIS),))


def decided(category: Category | None, row: str | None = None, basis: str = "derived", **inputs: int | str) -> Mapping[str, Decision]:
    """The same decision in the three editions."""
    return {
        edition: Decision(edition, category, row and f"breast.{edition.lower().replace(' ', '')}.{row}", None, inputs, (), basis)
        for edition in ("AJCC 6", "AJCC 7", "AJCC 8")
    }


def report(
    nodes: Nodes | None = None,
    tumor: Tumor | None = None,
    stated: Value[Category] | None = None,
    staging: Mapping[str, Decision] | None = None,
    ledger: tuple[NodeGroup, ...] = (),
    issues: tuple[Issue, ...] = (),
) -> Report:
    """A Report; it needs review if an issue is blocking."""
    status = DecisionStatus.NEEDS_REVIEW if any(issue.blocking for issue in issues) else DecisionStatus.ACCEPTED
    return Report(status, issues, nodes or Nodes(), tumor or Tumor(), stated, staging or {}, ledger, (), GRAMMAR)


def group(
    region: Region, side: Side | None, examined: int, positive: int, *deposits: Deposit, specimen: str = "A", start: int = 171
) -> NodeGroup:
    """A line of the ledger."""
    return NodeGroup(specimen, region, side, examined, positive, deposits, evidence=said(0, start, "1 of 2").evidence)


_MICRO = Deposit(1, DepositClass.MICROMETASTASIS, Measure.of(Decimal("0.8")))
_MACRO = Deposit(1, DepositClass.MACROMETASTASIS, Measure.of(Decimal("5.0")))
_ITC = Deposit(1, DepositClass.ITC, Measure.of(Decimal("0.1")), method=Method.IHC)

# 1 of 2 and 0 of 1 sentinel nodes, isolated tumour cells found by an addendum
WALKTHROUGH = report(
    Nodes(
        examined=said(3, 388, "Lymph nodes examined: 3"),
        positive=said(1, 414, "Lymph nodes positive: 1"),
        macromet=said(0, 171, "ONE OF TWO LYMPH NODES (1/2)"),
        micromet=said(1, 171, "ONE OF TWO LYMPH NODES (1/2)"),
        itc=said(1, 520, "a cluster of tumor cells, 0.1 mm"),
        sentinel_examined=said(3, 95, "SENTINEL LYMPH NODE"),
        sentinel_positive=said(1, 95, "SENTINEL LYMPH NODE"),
        largest_deposit=said(Measure.of(Decimal("0.8")), 201, "LARGEST DEPOSIT O.8 MM"),
        ihc=said("positive", 490, "Cytokeratin AE1/AE3"),
    ),
    Tumor(
        laterality=said(Side.LEFT, 330, "LEFT BREAST"),
        size=said(Measure.of(Decimal("14")), 372, "1.4 CM"),
        histology=said("ductal", 343, "INVASIVE DUCTAL CARCINOMA"),
        grade=said(2, 362, "GRADE 2"),
        pt_stated=said("pT1c", 446, "pTlc"),
        neoadjuvant=said(False, 0, "SURGICAL"),
        m_stated=said("cM0", 461, "cMO"),
    ),
    said(Category("pN1mi", suffixes=("sn",)), 451, "pNlmi(sn)"),
    decided(Category("pN1mi", suffixes=("sn",)), "n1mi", macro=0, micro=1, unsized=0, itc=1),
    (
        group(Region.SENTINEL, Side.LEFT, 2, 1, _MICRO),
        group(Region.SENTINEL, Side.LEFT, 1, 0, _ITC, specimen="B", start=260),
    ),
)

ISOLATED_CELLS = report(
    Nodes(
        examined=said(2, 10, "two nodes"),
        positive=said(0, 30, "isolated tumor cells"),
        positive_as_printed=said(1, 60, "1 of 2"),
        itc=said(1, 30, "isolated tumor cells"),
        largest_deposit=said(Measure.of(Decimal("0.20")), 80, "0.20 mm"),
        extranodal_extension=said(False, 95, "no extranodal extension"),
        ihc=said("positive", 120, "keratin positive"),
    ),
    Tumor(laterality=said(Side.RIGHT, 0, "right"), histology=said("lobular", 140, "lobular carcinoma")),
    said(Category("pN0(i+)", suffixes=("sn",)), 160, "pN0(i+)(sn)"),
    decided(Category("pN0(i+)", suffixes=("sn",)), "n0i", itc=1),
    (group(Region.SENTINEL, Side.RIGHT, 2, 1, _ITC),),
)

MOLECULAR = report(
    Nodes(
        examined=said(4, 10, "four nodes"),
        positive=said(0, 25, "negative"),
        ihc=said("not done", 40, "no immunostains"),
        molecular=said("positive", 60, "OSNA positive"),
        molecular_method=said(Method.OSNA, 60, "OSNA"),
    ),
    Tumor(laterality=said(Side.LEFT, 0, "left")),
    None,
    decided(Category("pN0(mol+)"), "n0mol"),
    (group(Region.AXILLARY, Side.LEFT, 4, 0),),
)

SENTINEL_MACRO = report(
    Nodes(
        examined=said(3, 10, "1/3"),
        positive=said(1, 10, "1/3"),
        macromet=said(1, 20, "macrometastasis"),
        largest_deposit=said(Measure.of(Decimal("2"), ">"), 40, "> 2 mm"),
        extranodal_extension=said(True, 60, "extranodal extension present"),
    ),
    Tumor(
        laterality=said(Side.LEFT, 0, "left"),
        size=said(Measure.of(Decimal("21"), "~"), 90, "about 2.1 cm"),
        grade=said(3, 110, "grade 3"),
        pt_stated=said("pT2(m)", 120, "pT2(m)"),
        er=said("positive", 130, "ER +"),
        pr=said("negative", 140, "PR -"),
        her2=said("equivocal", 150, "HER2 2+"),
        ki67_percent=said(Decimal("17.50"), 160, "Ki-67 17.50%"),
        oncotype_score=said(21, 180, "Recurrence Score 21"),
    ),
    said(Category("pN1a", suffixes=("sn",)), 200, "pN1a(sn)"),
    decided(Category("pN1a", suffixes=("sn",)), "n1a", macro=1),
    (group(Region.SENTINEL, Side.LEFT, 3, 1, _MACRO),),
)

AFTER_TREATMENT = report(
    Nodes(
        examined=said(12, 10, "2/12"),
        positive=said(2, 10, "2/12"),
        largest_deposit=said(Measure(Decimal("6"), "", Decimal("3"), Decimal("6")), 20, "3-6 mm"),
    ),
    Tumor(
        laterality=said(Side.RIGHT, 0, "right"),
        pt_stated=said("ypT1b", 50, "ypT1b"),
        histology=said("ductal", 60, "ductal"),
        neoadjuvant=said(True, 70, "status post neoadjuvant chemotherapy"),
    ),
    said(Category("pN1a", "y"), 55, "ypN1a"),
    decided(Category("pN1a", "y"), "n1a", macro=2),
    (group(Region.AXILLARY, Side.RIGHT, 12, 2, replace(_MACRO, nodes=2)),),
)

BILATERAL = report(
    Nodes(examined=said(9, 10, "3/9"), positive=said(3, 10, "3/9")),
    Tumor(laterality=said(Side.BILATERAL, 0, "both breasts")),
    None,
    decided(Category("pN1a"), "n1a", unsized=3),
    (
        group(Region.AXILLARY, Side.LEFT, 5, 2),
        group(Region.AXILLARY, Side.RIGHT, 4, 1, specimen="B", start=250),
    ),
    (Issue(IssueKind.TWO_CANCERS, "two cancers", (Span(0, 12),)),),
)

STATED_ONLY = report(
    Nodes(positive=said(2, 10, "two positive nodes")),
    Tumor(),
    said(Category("pN1a", suffixes=("f",)), 40, "pN1a(f)"),
    decided(Category("pN1a", suffixes=("f",)), basis="stated"),
)

NEEDS_REVIEW = replace(
    WALKTHROUGH,
    status=DecisionStatus.NEEDS_REVIEW,
    issues=(
        Issue(IssueKind.TOTAL_DIFFERS_FROM_PARTS, "the total differs", (Span(414, 437),)),
        Issue(IssueKind.HEDGED_RESULT, "hedged", (), blocking=False),
        Issue(IssueKind.STATED_DIFFERS_FROM_DERIVED, "stated", (Span(451, 460),)),
    ),
)

EMPTY = report(issues=(Issue(IssueKind.EMPTY_TEXT, "empty"),))

INTERNAL_MAMMARY = report(
    Nodes(examined=said(9, 10, "2/8"), positive=said(3, 10, "2/8")),
    Tumor(laterality=said(Side.LEFT, 0, "left")),
    said(Category("pN1c"), 90, "pN1c"),
    decided(Category("pN1c"), "n1c", macro=2, im="occult"),
    (
        group(Region.AXILLARY, Side.LEFT, 8, 2, replace(_MACRO, nodes=2)),
        group(Region.INTERNAL_MAMMARY, Side.LEFT, 1, 1, _MICRO, specimen="B", start=250),
        group(Region.SUPRACLAVICULAR, Side.LEFT, 1, 1, _ITC, specimen="C", start=300),
        replace(group(Region.INFRACLAVICULAR, Side.LEFT, 1, 1, _MACRO, specimen="D", start=350), version=Version.SUPERSEDED),
        group(Region.INTRAMAMMARY, Side.RIGHT, 1, 1, _MACRO, specimen="E", start=400),
    ),
)


def with_issue(found: Report, kind: IssueKind) -> Report:
    """The same report with a blocking issue."""
    return replace(found, status=DecisionStatus.NEEDS_REVIEW, issues=(*found.issues, Issue(kind, "a doubt")))


ALL: Mapping[str, Report] = {
    "walkthrough": WALKTHROUGH,
    "isolated_cells": ISOLATED_CELLS,
    "molecular": MOLECULAR,
    "sentinel_macro": SENTINEL_MACRO,
    "after_treatment": AFTER_TREATMENT,
    "bilateral": BILATERAL,
    "stated_only": STATED_ONLY,
    "needs_review": NEEDS_REVIEW,
    "empty": EMPTY,
    "internal_mammary": INTERNAL_MAMMARY,
}
