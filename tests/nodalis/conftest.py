"""Reports built by hand, small input files, and what an HTML page is made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from parser.model import (
    Category,
    Decision,
    DecisionStatus,
    Deposit,
    DepositClass,
    Evidence,
    Finding,
    Issue,
    IssueKind,
    Measure,
    Method,
    NodeGroup,
    Nodes,
    Region,
    Report,
    Role,
    Section,
    Side,
    Span,
    Tumor,
    Value,
    Version,
)

# Written for these tests. CANARY stands where a patient's name would.
CANARY = "Quillfeather-Marsh"
TEXT = f"""SURGICAL PATHOLOGY REPORT   Patient: {CANARY}
FINAL DIAGNOSIS
A. SENTINEL LYMPH NODE #1, LEFT AXILLA, EXCISION:
   - METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2). LARGEST DEPOSIT 0.8 MM.
B. LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.
pTNM: pT1c pN1mi(sn)
"""


def evidence(words: str, rule: str, text: str = TEXT) -> tuple[Evidence, ...]:
    """The evidence of words that stand in the text."""
    start = text.index(words)
    return (Evidence(Span(start, start + len(words)), words, rule, Section.DIAGNOSIS),)


def _report() -> Report:
    counts = evidence("ONE OF TWO LYMPH NODES (1/2)", "nodes.ratio_of")
    deposit = evidence("LARGEST DEPOSIT 0.8 MM", "deposit.largest")
    stated = evidence("pN1mi(sn)", "category.pn")
    micro = Category("pN1mi", suffixes=("sn",))
    inputs = {"macro": 0, "micro": 1, "itc": 0}
    return Report(
        status=DecisionStatus.ACCEPTED,
        issues=(),
        nodes=Nodes(
            examined=Value(2, counts),
            positive=Value(1, counts),
            positive_as_printed=Value(1, counts),
            macromet=Value(0, deposit),
            micromet=Value(1, deposit),
            itc=Value(0, deposit),
            sentinel_examined=Value(2, counts),
            sentinel_positive=Value(1, counts),
            largest_deposit=Value(Measure.of(Decimal("0.8")), deposit),
        ),
        tumor=Tumor(
            laterality=Value(Side.LEFT, evidence("LEFT BREAST", "side.left")),
            size=Value(Measure.of(Decimal("14")), evidence("1.4 CM", "tumor.size")),
            grade=Value(2, evidence("GRADE 2", "tumor.grade")),
            pt_stated=Value("pT1c", evidence("pT1c", "category.pt")),
            ki67_percent=Value(Decimal("12.5"), ()),
            neoadjuvant=Value(False, ()),
        ),
        pn_stated=Value(micro, stated),
        staging={
            edition: Decision(edition, micro, f"breast.{edition[-1]}.n1mi", "facts", inputs, ("pN1mi",))
            for edition in ("AJCC 6", "AJCC 7", "AJCC 8")
        },
        ledger=(
            NodeGroup(
                "A", Region.SENTINEL, Side.LEFT, 2, 1,
                (Deposit(1, DepositClass.MICROMETASTASIS, Measure.of(Decimal("0.8")), method=Method.IHC, evidence=deposit),),
                Version.ORIGINAL, counts,
            ),
        ),
        findings=(
            Finding(
                "node_count", "nodes.ratio_of", counts[0].span, counts[0].quote,
                {"positive": 1, "examined": 2, "size": Measure.of(Decimal("0.20"), "<"), "role": "a value of the rule"},
                {}, Section.DIAGNOSIS, Version.ORIGINAL, "A", Role.LEDGER,
            ),
        ),
        grammar="sha256:0",
    )  # fmt: skip


@pytest.fixture
def report() -> Report:
    """A report with one micrometastasis, as a parser would give it for ``text``."""
    return _report()


@pytest.fixture
def text() -> str:
    """The text that ``report`` was read from."""
    return TEXT


@pytest.fixture
def canary() -> str:
    """Words of the report that no error, log or file name may hold."""
    return CANARY


@pytest.fixture
def doubtful(report: Report) -> Report:
    """The same report with one doubt."""
    issue = Issue(IssueKind.STATED_DIFFERS_FROM_DERIVED, "stated pN1mi, derived pN1a in AJCC 8", (report.findings[0].span,))
    return replace(report, status=DecisionStatus.NEEDS_REVIEW, issues=(issue,))


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows, objects or raw bytes, as JSON lines."""

    def write(*rows: object, name: str = "reports.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
        return path

    return write


class _Balance(HTMLParser):
    """Collects the tags and attributes, and checks that what opens also closes."""

    VOID = ("meta", "rect", "line", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def markup() -> Callable[[str], tuple[set[str], set[str]]]:
    """The tags and the attributes of a page whose tags are in balance."""

    def read(page: str) -> tuple[set[str], set[str]]:
        parser = _Balance()
        parser.feed(page)
        parser.close()
        assert parser.open == []
        return parser.seen, parser.attributes

    return read
