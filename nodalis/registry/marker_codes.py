"""Codes of receptors and proliferation: ER, PR, HER2, Ki-67, as tested before any treatment.

Sources: NAACCR items 3827, 3826, 3915, 3914, 3855 and 3863 with the codes and the coding guidelines that SEER EOD prints for breast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from parser.model import Evidence, Finding, Report, Role, Value

from .coded import Coded, after_treatment, evidence_of, finding_of

_MARKERS: Final = {
    "er": ("estrogenReceptorSummary", "estrogenReceptorPercntPosOrRange"),
    "pr": ("progesteroneRecepSummary", "progesteroneRecepPrcntPosOrRange"),
}
_ABOUT: Final = r"\s*(?:(?:~|approximately|about)\s*)?"
_SIGN: Final = r"\s*(?:%|percent|per\s+cent)?\s*"
_RANGE: Final = re.compile(rf"{_ABOUT}(\d{{1,3}})\s*%?\s*(?:-|to)\s*(\d{{1,3}}){_SIGN}", re.IGNORECASE)
_NUMBER: Final = re.compile(rf"{_ABOUT}(\d{{1,3}}(?:[.,]\d)?){_SIGN}", re.IGNORECASE)
_WIDEST_RANGE: Final = 10  # a wider one is coded as unknown (SEER EOD, er_percent_positive)
_NOT_OF_THE_TUMOR: Final = (Role.SUPERSEDED, Role.OUT_OF_SCOPE)


def codes(report: Report) -> Iterator[Coded]:
    """The items of the markers that the report tells; none after a treatment: what was tested before it decides."""
    if after_treatment(report):
        return
    tumor = report.tumor
    for marker, value in (("er", tumor.er), ("pr", tumor.pr)):
        if value is not None:
            yield from _receptor(report, marker, value)
    if tumor.her2 is not None and tumor.her2.value in ("negative", "positive"):  # an equivocal one waits for hybridisation
        yield Coded("her2OverallSummary", "1" if tumor.her2.value == "positive" else "0", f"HER2 {tumor.her2.value}", tumor.her2.evidence)
    if tumor.ki67_percent is not None:
        yield from _ki67(report, tumor.ki67_percent)


def _receptor(report: Report, marker: str, value: Value[str]) -> Iterator[Coded]:
    summary, percent = _MARKERS[marker]
    if value.value not in ("positive", "negative"):
        return
    yield Coded(summary, "1" if value.value == "positive" else "0", f"{marker.upper()} {value.value}", value.evidence)
    if value.value == "negative":
        yield Coded(percent, "000", "negative, or less than 1 %", value.evidence)
        return
    told = {percent_code(words): evidence for words, evidence in _percentages(report, marker, value)}
    if len(told) == 1 and (code := next(iter(told))) is not None:
        why = "a range too wide for a code" if code == "XX9" else "percentage of positive nuclei, or the step that its range begins in"
        yield Coded(percent, code, why, tuple(dict.fromkeys((*value.evidence, told[code]))))


def _percentages(report: Report, marker: str, value: Value[str]) -> Iterator[tuple[str, Evidence]]:
    """The percentages printed of a marker where its result stands: in the same section, version and specimen."""
    result = finding_of(report, value)
    if result is None:
        return
    for finding in report.findings:
        here = (finding.section, finding.version, finding.specimen) == (result.section, result.version, result.specimen)
        named = finding is result or finding.values.get("marker") == marker
        if here and named and finding.role not in _NOT_OF_THE_TUMOR and (words := _words(finding, "percent")) is not None:
            yield words, evidence_of(finding)


def percent_code(words: str) -> str | None:
    """The code of a percentage as a report prints it; of a range the step that holds its lower end; None for a bound.

    >>> percent_code("85%"), percent_code("90-95 %"), percent_code("1 - 5%"), percent_code("10-25%"), percent_code(">90%")
    ('085', 'R90', 'R10', 'XX9', None)
    """
    if match := _RANGE.fullmatch(words):
        low, high = int(match[1]), int(match[2])
        if not 1 <= low < high <= 100:
            return None
        if high - low > _WIDEST_RANGE:
            return "XX9"
        step = (low + 9) // 10 * 10
        return "R99" if step == 100 else f"R{step}"
    if not (match := _NUMBER.fullmatch(words)):
        return None
    number = Decimal(match[1].replace(",", "."))
    return f"{int(number):03}" if number == int(number) and 1 <= number <= 100 else None


def _ki67(report: Report, value: Value[Decimal]) -> Iterator[Coded]:
    finding, percent = finding_of(report, value), value.value
    words = _words(finding, "percent") if finding is not None else None
    exact = words is None or _NUMBER.fullmatch(words) is not None
    if exact and 0 <= percent <= 100 and percent == round(percent, 1):
        yield Coded("ki67", f"{percent:.1f}", "percentage of positive nuclei", value.evidence)
    else:
        yield Coded("ki67", "XXX.7", "done; a range or a bound, no percentage", value.evidence)


def _words(finding: Finding, name: str) -> str | None:
    """What a report prints for a named part of a finding; None where the finding has no such part."""
    span, start = finding.spans.get(name), finding.span.start
    return finding.quote[span[0] - start : span[1] - start] if span is not None else None
