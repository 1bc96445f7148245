"""Reports of one statement about nodes, and what was counted in them."""

from __future__ import annotations

from parser import parse
from parser.model import Report

HEAD = "DIAGNOSIS: Breast, left, mastectomy: Invasive ductal carcinoma, 2.1 cm. "


def read(text: str) -> Report:
    """A report with this statement behind a diagnosis of the breast."""
    return parse(HEAD + text)


def counts(report: Report) -> tuple[int | None, int | None]:
    """Positive and examined nodes."""
    positive, examined = report.nodes.positive, report.nodes.examined
    return positive.value if positive else None, examined.value if examined else None
