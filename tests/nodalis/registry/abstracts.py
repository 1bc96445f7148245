"""Reports of these tests and their codes."""

from __future__ import annotations

from typing import Any, Final

from fhir_export import Context
from nodalis.registry.abstract import Abstract, abstract
from parser import parse
from parser.model import (
    Category,
    Decision,
    DecisionStatus,
    Deposit,
    Evidence,
    Issue,
    NodeGroup,
    Nodes,
    Region,
    Report,
    Span,
    Tumor,
    Value,
)  # fmt: skip

CONTEXT: Final = Context(report_id="0815", issuer="urn:oid:1.2.3")
BREAST: Final = "LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, NOTTINGHAM GRADE 2, 1.4 CM. "


def abstracted(source: str | Report, edition: str = "AJCC 8", **known: Any) -> Abstract:
    """The abstract of a text or report, with what is known besides."""
    report = parse(source) if isinstance(source, str) else source
    return abstract(report, CONTEXT.with_values(**known), edition)


def coded(source: str | Report, edition: str = "AJCC 8", **known: Any) -> dict[str, str]:
    """Its items: id and value."""
    return {item.id: item.value for item in abstracted(source, edition, **known).items.values()}


def nodes(source: str | Report, edition: str = "AJCC 8", **known: Any) -> list[str | None]:
    """Items 820, 830, 835, 834 and 3882."""
    codes = coded(source, edition, **known)
    ids = ("regionalNodesPositive", "regionalNodesExamined", "sentinelLymphNodesPositive", "sentinelLymphNodesExamined")
    return [codes.get(id_) for id_ in (*ids, "lnPositiveAxillaryLevel1To2")]


def facts(
    *, ledger: tuple[NodeGroup, ...] = (), base: str | None = None, status: DecisionStatus = DecisionStatus.ACCEPTED,
    inputs: dict[str, int | str] | None = None, issues: tuple[Issue, ...] = (), stated: str | None = None, suffixes: tuple[str, ...] = (),
    **counts: Any,
) -> Report:  # fmt: skip
    """A report with these counts of nodes, written by hand: what no sentence can be found for."""
    category = None if base is None else Category(base, suffixes=suffixes)
    decision = Decision("AJCC 8", category, "breast.ajcc8.row", "facts", inputs or {}, () if base is None else (base,))
    return Report(
        status, issues, Nodes(**{name: Value(count, PROOF) for name, count in counts.items()}), Tumor(),
        None if stated is None else Value(Category(stated, suffixes=suffixes), PROOF), {"AJCC 8": decision}, ledger, (), "sha256:0",
    )  # fmt: skip


PROOF = (Evidence(Span(0, 5), "nodes", "rule"),)


def group(region: Region, examined: int | None, positive: int | None, *deposits: Deposit) -> NodeGroup:
    return NodeGroup(None, region, None, examined, positive, deposits)
