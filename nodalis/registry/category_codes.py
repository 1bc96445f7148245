"""Codes of the categories: AJCC path N or, after treatment, post therapy path N, with the suffix in its own item, and the printed T beside
it; EOD regional nodes.

Sources: NAACCR items 1012, 1035, 1022, 1036, 1011, 1021, 1060, 890 and 774; the strings that SEER EOD 2.1 allows for N (parse_n), with the
values it makes of them, which are the legacy codes of item 890 behind their p; the T of SEER's tables of stages for breast; the EOD table
of breast (nodes_daj), read off SEER's own derivation of N from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from parser.model import Category, Evidence, Report

from .coded import Coded, after_treatment, by_needle, staged
from .node_codes import dissection_of

# The strings of breast. Registries know no (i-) and no (mol-).
STRINGS: Final = frozenset({
    "pNX", "pN0", "pN0(i+)", "pN0(mol+)", "pN1", "pN1mi", "pN1a", "pN1b", "pN1c", "pN2", "pN2a", "pN2b", "pN3", "pN3a", "pN3b", "pN3c",
})  # fmt: skip
_WITHOUT_NEGATIVE: Final = {"pN0(i-)": "pN0", "pN0(mol-)": "pN0"}


def codes(report: Report, edition: str) -> Iterator[Coded]:
    """The items of the category of an edition; none where it is not known, or not known to be before or after treatment."""
    decision = report.staging[edition]
    category = decision.category
    if category is None:
        return
    reviewed = decision.basis == "reviewed"
    if not reviewed and not tells_of_tumor(report):
        return  # benign nodes of a benign breast have no category
    if by_needle(report) and not reviewed and "f" not in category.suffixes:
        return  # nodes proven by needle only are a clinical category unless the report says otherwise
    base = _WITHOUT_NEGATIVE.get(category.base, category.base)
    later = "y" in category.prefix or (after_treatment(report) and not reviewed)
    # Treated, but printed without y: which of both holds is not known.
    unclear = later and "y" not in category.prefix and report.pn_stated is not None
    if base not in STRINGS or "r" in category.prefix or unclear:
        return
    evidence = _evidence(report)
    why = f"{edition}, {_BASES.get(decision.basis) or f'derived by {decision.row}'}"
    if base != category.base:
        why += "; registries know no (i-) and (mol-)"
    category_id, suffix_id = ("ajccTnmPostTherapyN", "ajccTnmPostTherapyNSuffix") if later else ("ajccTnmPathN", "ajccTnmPathNSuffix")
    yield Coded(category_id, f"y{base}" if later else base, why, evidence)
    if suffix := _suffix(category):
        yield Coded(suffix_id, suffix, _SUFFIXES[suffix], evidence)
    stated = report.tumor.pt_stated
    if stated is not None and (printed := t_string(stated.value)) is not None and printed.startswith("y") is later:
        yield Coded("ajccTnmPostTherapyT" if later else "ajccTnmPathT", printed, "as the report prints it", stated.evidence)
    yield Coded("tnmEditionNumber", f"{int(edition.split()[-1]):02}", f"the edition of the category: {edition}")
    if edition == _OF_LEGACY and not later and base == category.base:
        yield Coded("tnmPathN", legacy(base), f"{why}; the item before 1012", evidence)
    if not later and not by_needle(report) and staged(report):
        yield from _extent(report, evidence)


def tells_of_tumor(report: Report) -> bool:
    """Whether the report tells of a cancer: facts of it, a category, tumour in a node, or an operation that only cancer asks for."""
    tumor, nodes = report.tumor, report.nodes
    facts = (
        *(tumor.size, tumor.histology, tumor.grade, tumor.pt_stated, tumor.m_stated, tumor.er, tumor.pr, tumor.her2),
        *(tumor.ki67_percent, tumor.oncotype_score, report.pn_stated, nodes.sentinel_examined, dissection_of(report)),
    )
    found = (nodes.positive, nodes.itc, nodes.positive_as_printed, tumor.neoadjuvant)
    molecular = nodes.molecular is not None and nodes.molecular.value == "positive"
    return molecular or any(fact is not None for fact in facts) or any(value is not None and value.value for value in found)


def t_string(printed: str) -> str | None:
    """A printed T category as registries write it, without what stands in another item; None for one that they do not know.

    >>> t_string("pT2(m)"), t_string("ypT1c"), t_string("pTis(DCIS)"), t_string("rpT2"), t_string("pT9")
    ('pT2', 'ypT1c', 'pTis(DCIS)', None, None)
    """
    found = _T.fullmatch(printed)
    return found[1] if found else None


def legacy(base: str) -> str:
    """The code of the legacy item: the string in capitals without N and brackets.

    >>> legacy("pN0(i+)"), legacy("pN0(mol+)"), legacy("pN1mi")
    ('p0I+', 'p0M+', 'p1MI')
    """
    return f"p{base.removeprefix('pN').upper().replace('(MOL', '(M').strip(')').replace('(', '')}"


_T: Final = re.compile(r"(y?pT(?:X|0|is(?:\((?:DCIS|Paget)\))?|1(?:mi|[abc])?|2|3|4[abcd]?))(?:\(m?,?\d*\))?")
_OF_LEGACY: Final = "AJCC 7"  # the edition whose tumours SEER coded directly in TNM
_SUFFIXES: Final = {"(sn)": "sentinel node procedure", "(f)": "proven by needle only"}
_BASES: Final = {"stated": "as the report prints it", "reviewed": "as a person gave it"}


def _suffix(category: Category) -> str | None:
    """The one suffix: a sentinel procedure with or without a needle sample is (sn)."""
    return next((f"({suffix})" for suffix in ("sn", "f") if suffix in category.suffixes), None)


def _evidence(report: Report) -> tuple[Evidence, ...]:
    nodes, stated = report.nodes, report.pn_stated
    values = (nodes.examined, nodes.positive, nodes.itc, nodes.largest_deposit, stated)
    found = {evidence.span: evidence for value in values if value is not None for evidence in value.evidence}
    return tuple(found[span] for span in sorted(found))


def _extent(report: Report, evidence: tuple[Evidence, ...]) -> Iterator[Coded]:
    decision = report.staging.get("AJCC 8")  # whose size classes those of EOD are
    if decision and decision.basis == "derived" and len(decision.possible) == 1 and (code := eod_regional_nodes(decision.inputs)):
        yield Coded("eodRegionalNodes", code, "as of resected tumours, from the same counts as the category", evidence)


def eod_regional_nodes(inputs: Mapping[str, int | str]) -> str | None:
    """The pathological EOD code of what a staging table was asked; None where SEER's tables have no single one.

    >>> eod_regional_nodes({"macro": 0, "micro": 2, "unsized": 0, "itc": 0, "im": "none", "infraclav": 0, "supraclav": 0, "examined": 3})
    '100'
    """
    large = bool(inputs.get("macro") or inputs.get("unsized"))
    small = bool(inputs.get("micro"))
    mammary = inputs.get("im", "none")
    if inputs.get("supraclav"):
        return "700"
    if mammary == "clinical" or (inputs.get("infraclav") and mammary != "none") or not inputs.get("examined"):
        return None
    if inputs.get("infraclav"):
        return "500"
    if mammary == "occult_sln":
        return "300" if large else None if small else "250"
    if large or small:
        return "200" if large else "100"
    if inputs.get("itc"):
        return "030"
    return "050" if inputs.get("mol") in ("pos", "positive") else "070"
