"""A code with its reason: what the modules of codes give."""

from __future__ import annotations

from dataclasses import dataclass

from parser.model import Evidence, IssueKind, Report


@dataclass(frozen=True, slots=True)
class Coded:
    """A code for an item."""

    id: str
    value: str
    basis: str  # one line in words why it is this code; holds no report text
    evidence: tuple[Evidence, ...] = ()


def after_treatment(report: Report) -> bool:
    """Whether the report is of an operation after treatment: it says so, or prints a category with y."""
    tumor, stated = report.tumor, report.pn_stated
    return (
        (tumor.neoadjuvant is not None and tumor.neoadjuvant.value)
        or (tumor.pt_stated is not None and tumor.pt_stated.value.startswith("y"))
        or (stated is not None and "y" in stated.value.prefix)
        or any(decision.category is not None and "y" in decision.category.prefix for decision in report.staging.values())
    )


def by_needle(report: Report) -> bool:
    """Whether nodes were sampled by needle only: the words say so, or the printed category does with (f)."""
    printed = report.pn_stated.value.suffixes if report.pn_stated else ()
    return ("f" in printed and "sn" not in printed) or any(issue.kind is IssueKind.NEEDLE_SAMPLE_ONLY for issue in report.issues)
