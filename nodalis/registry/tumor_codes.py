"""Codes of the tumour: size, grade, receptors, Ki-67, recurrence score. What a report does not tell is left out: another may.

Sources: NAACCR items 754, 3844, 3845, 3827, 3826, 3915, 3914, 3855, 3863 and 3904 with the codes that SEER EOD prints for breast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from parser.model import Finding, Measure, Report, Value

from .coded import Coded, after_treatment, operated

_MARKERS: Final = {
    "er": ("estrogenReceptorSummary", "estrogenReceptorPercntPosOrRange"),
    "pr": ("progesteroneRecepSummary", "progesteroneRecepPrcntPosOrRange"),
}
_PERCENT: Final = r"\s*(?:%|percent|per\s+cent)?\s*"
_RANGE: Final = re.compile(rf"\s*(\d{{1,3}})\s*%?\s*(?:-|to)\s*(\d{{1,3}}){_PERCENT}", re.IGNORECASE)
_NUMBER: Final = re.compile(rf"\s*(\d{{1,3}}(?:[.,]\d)?){_PERCENT}", re.IGNORECASE)
_COMBINED: Final = re.compile(r"(?i)combined|nottingham|bloom|richardson|elston|sbr")
_DIFFERENTIATION: Final = re.compile(r"(?i)well|moderate|poor")


def codes(report: Report) -> Iterator[Coded]:
    """The items of the tumour that the report tells."""
    tumor = report.tumor
    if operated(report):  # size and grade of a biopsy have other, clinical items
        yield from _grade(report)
        if tumor.size is not None and not after_treatment(report):
            yield from _size(tumor.size)
    for marker, value in (("er", tumor.er), ("pr", tumor.pr)):
        if value is not None:
            yield from _receptor(report, marker, value)
    if tumor.her2 is not None and tumor.her2.value in ("negative", "positive"):  # an equivocal one waits for hybridisation
        yield Coded("her2OverallSummary", "1" if tumor.her2.value == "positive" else "0", f"HER2 {tumor.her2.value}", tumor.her2.evidence)
    if tumor.ki67_percent is not None:
        yield from _ki67(report, tumor.ki67_percent)
    if tumor.oncotype_score is not None and tumor.oncotype_score.value <= 100:
        score = tumor.oncotype_score
        yield Coded("oncotypeDxRecurrenceScoreInvasiv", f"{score.value:03}", "the recurrence score", score.evidence)


def _size(value: Value[Measure]) -> Iterator[Coded]:
    code, why = size_code(value.value)
    if code is not None:
        yield Coded("tumorSizePathologic", code, why, value.evidence)


def size_code(size: Measure) -> tuple[str | None, str]:
    """Millimetres as three digits and why; None for a size that no code is sourced for.

    A size above 1.0 and up to 2.4 mm is 002 in breast (SEER EOD, size_path), so that the T category comes out right.

    >>> size_code(Measure.of(Decimal("1.3")))[0], size_code(Measure.of(Decimal("20"), "<"))[0], size_code(Measure.of(Decimal("9.5")))[0]
    ('002', '019', '010')
    """
    number = size.number
    if number <= 0 or size.comparator not in ("", "~", "<"):
        return None, "a bound"
    if number <= 1:
        return "001", "1 mm or less"
    if size.comparator == "<":
        return f"{min(int(number.to_integral_value(ROUND_HALF_UP)) - 1, 989):03}", "less than so many mm: one less"
    if number < 2:
        return "002", "above 1.0 mm and up to 2.4 mm is 2 mm in breast"
    return f"{min(int(number.to_integral_value(ROUND_HALF_UP)), 989):03}", "mm, rounded"


def _grade(report: Report) -> Iterator[Coded]:
    grade, stated = report.tumor.grade, report.tumor.pt_stated
    if grade is None or (stated is not None and "Tis" in stated.value):  # the grade of an in situ carcinoma is another scale
        return
    code, why = _grade_code(report, grade)
    if code is not None:
        later = after_treatment(report)
        yield Coded("gradePostTherapy" if later else "gradePathological", code, why, grade.evidence)


def _grade_code(report: Report, grade: Value[int]) -> tuple[str | None, str]:
    found = _finding(report, grade)
    by = found.values.get("by") if found else None
    if by not in ("words", "differentiation"):
        return str(grade.value), "combined histologic grade; a grade of no named system is taken for it"
    if _COMBINED.search(grade.evidence[0].quote):
        return str(grade.value), "combined histologic grade in words"
    if _DIFFERENTIATION.search(grade.evidence[0].quote):
        return "ABC"[grade.value - 1], "differentiation in words, no combined grade"
    return None, ""


def _receptor(report: Report, marker: str, value: Value[str]) -> Iterator[Coded]:
    summary, percent = _MARKERS[marker]
    if value.value not in ("positive", "negative"):
        return
    yield Coded(summary, "1" if value.value == "positive" else "0", f"{marker.upper()} {value.value}", value.evidence)
    if value.value == "negative":
        yield Coded(percent, "000", "negative, or less than 1 %", value.evidence)
        return
    words = _words(report, value, "percent")
    if words is not None and (code := percent_code(words)) is not None:
        yield Coded(percent, code, "percentage of positive nuclei, or the step that its range begins in", value.evidence)


def percent_code(words: str) -> str | None:
    """The code of a percentage as a report prints it; of a range the step that holds its lower end; None for a bound.

    >>> percent_code("85%"), percent_code("90-95 %"), percent_code("1 - 5%"), percent_code(">90%")
    ('085', 'R90', 'R10', None)
    """
    if match := _RANGE.fullmatch(words):
        low, high = int(match[1]), int(match[2])
        if not 1 <= low < high <= 100:
            return None
        step = (low + 9) // 10 * 10
        return "R99" if step == 100 else f"R{step}"
    if not (match := _NUMBER.fullmatch(words)):
        return None
    number = Decimal(match[1].replace(",", "."))
    return f"{int(number):03}" if number == int(number) and 1 <= number <= 100 else None


def _ki67(report: Report, value: Value[Decimal]) -> Iterator[Coded]:
    words, percent = _words(report, value, "percent"), value.value
    exact = words is None or _NUMBER.fullmatch(words) is not None
    if exact and 0 <= percent <= 100 and percent == round(percent, 1):
        yield Coded("ki67", f"{percent:.1f}", "percentage of positive nuclei", value.evidence)
    else:
        yield Coded("ki67", "XXX.7", "done; a range or a bound, no percentage", value.evidence)


def _finding(report: Report, value: Value[Any]) -> Finding | None:
    """The finding whose words prove a value."""
    place = {(evidence.span, evidence.rule) for evidence in value.evidence}
    return next((finding for finding in report.findings if (finding.span, finding.rule) in place), None)


def _words(report: Report, value: Value[Any], name: str) -> str | None:
    """What a report prints for a named part of a finding; None where the finding has no such part."""
    finding = _finding(report, value)
    span = finding.spans.get(name) if finding else None
    if finding is None or span is None:
        return None
    start = finding.span.start
    return finding.quote[span[0] - start : span[1] - start]
