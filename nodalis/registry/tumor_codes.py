"""Codes of the tumour: size, grade, recurrence score. What a report does not tell is left out: another may.

Sources: NAACCR items 754, 3844, 3845 and 3904 with the codes that SEER EOD prints for breast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP
from typing import Final

from parser.model import Measure, Report, Value

from .coded import Coded, after_treatment, finding_of, in_situ, operated

_COMBINED: Final = re.compile(r"(?i)combined|nottingham|bloom|richardson|elston|sbr")
# Sizes in mm, rounded, that a T category holds (AJCC 6 to 8); T4 and T0 are of other facts.
_OF_CATEGORY: Final = {
    "T1mi": (0, 1), "T1a": (1, 5), "T1b": (5, 10), "T1c": (10, 20), "T1": (0, 20), "T2": (20, 50), "T3": (50, 9999), "Tis": (0, 9999),
}  # fmt: skip
_CATEGORY: Final = re.compile(r"T(?:is|[0-4X](?:mi|[a-d])?)")


def codes(report: Report) -> Iterator[Coded]:
    """The items of the tumour that the report tells."""
    tumor = report.tumor
    if operated(report):  # size and grade of a biopsy have other, clinical items
        yield from _grade(report)
        if not after_treatment(report):
            yield from _size(report)
    if in_situ(report):
        told = "not applicable: carcinoma in situ"
        yield Coded("oncotypeDxRecurrenceScoreInvasiv", "XX6", told, tumor.pt_stated.evidence if tumor.pt_stated else ())
    elif tumor.oncotype_score is not None and tumor.oncotype_score.value <= 100:
        score = tumor.oncotype_score
        yield Coded("oncotypeDxRecurrenceScoreInvasiv", f"{score.value:03}", "the recurrence score", score.evidence)


def _size(report: Report) -> Iterator[Coded]:
    size, stated = report.tumor.size, report.tumor.pt_stated
    category = _CATEGORY.search(stated.value) if stated is not None else None
    low, high = _OF_CATEGORY.get(category[0], (0, 9999)) if category is not None else (0, 9999)
    code, why = size_code(size.value) if size is not None else (None, "")
    if size is not None and code is not None and low <= size.value.number.to_integral_value(ROUND_HALF_UP) <= high:
        yield Coded("tumorSizePathologic", code, why, size.evidence)
    elif stated is not None and category is not None and category[0] == "T1mi":
        yield Coded("tumorSizePathologic", "001", "1 mm or less, by the printed category", stated.evidence)


def size_code(size: Measure) -> tuple[str | None, str]:
    """Millimetres as three digits and why; None for a size that no code is sourced for.

    A size above 1.0 and up to 2.4 mm is 002 in breast (SEER EOD, size_path), so that the T category comes out right.

    >>> from decimal import Decimal
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
    if grade is None or (report.tumor.histology is None and stated is None) or (stated is not None and "Tis" in stated.value):
        return  # the grade of an in situ carcinoma is of another scale
    code, why = _grade_code(report, grade)
    yield Coded("gradePostTherapy" if after_treatment(report) else "gradePathological", code, why, grade.evidence)


def _grade_code(report: Report, grade: Value[int]) -> tuple[str, str]:
    found = finding_of(report, grade)
    by = found.values.get("by") if found else None
    if by not in ("words", "differentiation"):
        return str(grade.value), "combined histologic grade; a grade of no named system is taken for it"
    if _COMBINED.search(grade.evidence[0].quote):
        return str(grade.value), "combined histologic grade in words"
    return "ABC"[grade.value - 1], "grade in words, of no named system"
