"""A code with its reason: what the modules of codes give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parser.model import Evidence, Finding, IssueKind, Report, Value


@dataclass(frozen=True, slots=True)
class Coded:
    """A code for an item."""

    id: str
    value: str
    basis: str  # one line in words why it is this code; holds no report text
    evidence: tuple[Evidence, ...] = ()


def finding_of(report: Report, value: Value[Any]) -> Finding | None:
    """The finding whose words prove a value."""
    place = {(evidence.span, evidence.rule) for evidence in value.evidence}
    return next((finding for finding in report.findings if (finding.span, finding.rule) in place), None)


def evidence_of(finding: Finding) -> Evidence:
    """The words of a finding."""
    return Evidence(finding.span, finding.quote, finding.rule, finding.section, finding.version)


def after_treatment(report: Report) -> bool:
    """Whether the report is of an operation after treatment: it says so, or prints a category with y."""
    tumor = report.tumor
    categories = [decision.category for decision in report.staging.values() if decision.category is not None]
    if not categories and report.pn_stated is not None:
        categories = [report.pn_stated.value]
    return (
        (tumor.neoadjuvant is not None and tumor.neoadjuvant.value)
        or (tumor.pt_stated is not None and tumor.pt_stated.value.startswith("y"))
        or any("y" in category.prefix for category in categories)
    )


def recurrent(report: Report) -> bool:
    """Whether the report is of a recurrence: it prints a category with r."""
    printed = report.pn_stated is not None and "r" in report.pn_stated.value.prefix
    pt = report.tumor.pt_stated
    return printed or (pt is not None and "r" in pt.value.partition("p")[0])


def by_needle(report: Report) -> bool:
    """Whether nodes were sampled by needle only: the words or the printed (f) say so, and no person has counted nodes."""
    examined = report.nodes.examined
    if examined is not None and not examined.evidence and examined.value:
        return False
    printed = report.pn_stated.value.suffixes if report.pn_stated else ()
    return ("f" in printed and "sn" not in printed) or any(issue.kind is IssueKind.NEEDLE_SAMPLE_ONLY for issue in report.issues)


def staged(report: Report) -> bool:
    """Whether the report stages a resected tumour: it has a pT."""
    stated = report.tumor.pt_stated
    return stated is not None and "pT" in stated.value and "pTX" not in stated.value


def in_situ(report: Report) -> bool:
    """Whether the report stages a carcinoma in situ, before any treatment, and tells of no invasive one."""
    stated = report.tumor.pt_stated
    return stated is not None and stated.value.startswith("pTis") and report.tumor.histology is None


def operated(report: Report) -> bool:
    """Whether the report is of an operation, not of a biopsy: it has a pT, or nodes were removed."""
    examined = report.nodes.examined
    return staged(report) or (examined is not None and examined.value > 0 and not by_needle(report))
