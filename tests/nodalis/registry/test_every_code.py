"""Every code of every item: the report that gives it, or why no report does.

The codes are those that the facts of NAACCR list (items 754 to 3915), with those that SEER prints where the facts name a range only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from parser import parse
from parser.model import Category, Decision, Finding, Issue, IssueKind, Nodes, Region, Report, Span, Value
from tests.nodalis.registry.abstracts import BREAST, PROOF, coded, facts, group

Case: TypeAlias = Report | str  # a report, a text, or in brackets why no report gives it
SN: Final = BREAST + "SENTINEL LYMPH NODES, LEFT AXILLA: "
NEEDLE: Final = (Issue(IssueKind.NEEDLE_SAMPLE_ONLY, "by needle"),)
DISSECTION: Final = Finding("dissection", "context.dissection", Span(0, 5), "nodes", {}, {})
REMOVED: Final = BREAST + "SENTINEL LYMPH NODES: TWO LYMPH NODES, NEGATIVE (0/2). pT1c pN0(sn) "
IN_WORDS: Final = "LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA. {} pT1c"

NOT_READ: Final = "the words that would tell it are not read"
ANOTHER_MAY: Final = "another report may tell it: the item is left out"
NOT_OURS: Final = "for those who do not collect the item"


def counted(count: int) -> Report:
    return facts(base="pN3a", examined=120, positive=count, sentinel_examined=count, sentinel_positive=count)


def of_category(base: str, prefix: str = "", edition: str = "AJCC 8", *, suffixes: tuple[str, ...] = ()) -> Report:
    """A report with a printed category."""
    report = replace(parse(BREAST + "AXILLA: 0 OF 9 LYMPH NODES POSITIVE."), nodes=Nodes(), ledger=())
    found = Category(base, prefix, suffixes)
    decision = Decision(edition, found, None, None, {}, (base,), "stated")
    return replace(report, staging={edition: decision}, pn_stated=Value(found, PROOF))


def of_size(words: str) -> str:
    return f"LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, {words}. SENTINEL LYMPH NODES: TWO LYMPH NODES, NEGATIVE (0/2)."


def of_extent(words: str) -> str:
    return f"{BREAST}{words} pT1c"


BASES: Final = (
    "NX", "N0", "N0(i+)", "N0(mol+)", "N1", "N1mi", "N1a", "N1b", "N1c", "N2", "N2a", "N2b", "N3", "N3a", "N3b", "N3c",
)  # fmt: skip
RECEPTOR: Final = {
    "summary": {
        "0": "{}: NEGATIVE.", "1": "{}: POSITIVE.", "7": f"[{ANOTHER_MAY}]", "9": f"[{ANOTHER_MAY}]",
    },
    "percent": {
        "000": "{}: LESS THAN 1%.", "001": "{}: 1%.", "050": "{}: POSITIVE (50%).", "100": "{}: 100%.", "R10": "{}: POSITIVE (1-10%).",
        "R20": "{}: 11-20%.", "R30": "{}: 25-34%.", "R40": "{}: POSITIVE, 31-40%.", "R50": "{}: 41-50%.", "R60": "{}: 51-60%.",
        "R70": "{}: 61-70%.", "R80": "{}: 71-80%.", "R90": "{}: 81-90%.", "R99": "{}: POSITIVE (STRONG, 91-100%).",
        "XX7": f"[{ANOTHER_MAY}]", "XX8": f"[{NOT_OURS}]", "XX9": "{}: 10-25%.",
    },
}  # fmt: skip

CODES: Final[dict[str, dict[str, Case]]] = {
    "regionalNodesPositive": {
        "00": SN + "TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2).",
        "01": SN + "MICROMETASTASIS IN 1 OF 2 LYMPH NODES, 1.1 MM.",
        "89": counted(89), "90": counted(90),
        "95": "LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA.",
        "97": facts(base="pN1a"), "98": facts(examined=0), "99": BREAST,
    },
    "regionalNodesExamined": {
        "00": facts(examined=0), "01": SN + "ONE LYMPH NODE, NEGATIVE (0/1).", "89": facts(examined=89, positive=0, base="pN0"),
        "90": facts(examined=95, positive=0, base="pN0"),
        "95": "LYMPH NODE, LEFT AXILLA, CORE BIOPSY: METASTATIC CARCINOMA.", "96": f"[{NOT_READ}]",
        "97": "LEFT AXILLARY DISSECTION: THREE POSITIVE LYMPH NODES. LEFT BREAST: INVASIVE DUCTAL CARCINOMA, 3.1 CM. pT2 pN1a",
        "98": f"[{NOT_READ}]", "99": BREAST,
    },
    "sentinelLymphNodesExamined": {
        "00": facts(examined=0), "01": SN + "ONE LYMPH NODE, NEGATIVE (0/1).", "89": counted(89), "90": counted(90),
        "95": facts(ledger=(group(Region.SENTINEL, 1, 1),), base="pN1a", examined=1, positive=1, issues=NEEDLE),
        "98": facts(base="pN0", stated="pN0", suffixes=("sn",), examined=2, positive=0), "99": BREAST,
    },
    "sentinelLymphNodesPositive": {
        "00": SN + "TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2).", "01": SN + "METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 5 MM.",
        "89": facts(base="pN3a", examined=89, positive=89, sentinel_examined=89, sentinel_positive=89),
        "90": facts(base="pN3a", examined=95, positive=91, sentinel_examined=95, sentinel_positive=91),
        "95": facts(ledger=(group(Region.SENTINEL, 1, 1),), base="pN1a", examined=1, positive=1, issues=NEEDLE),
        "97": SN + "METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 5 MM. LEFT AXILLARY CONTENTS: 4 LYMPH NODES, NEGATIVE (0/4).",
        "98": facts(examined=0), "99": BREAST,
    },
    "lnPositiveAxillaryLevel1To2": {
        "00": SN + "ONE OF TWO LYMPH NODES WITH ISOLATED TUMOR CELLS, 0.1 MM.", "01": SN + "MICROMETASTASIS IN 1 OF 2 LYMPH NODES, 1.1 MM.",
        "99": counted(99), "X1": facts(base="pN3a", examined=120, positive=100), "X5": facts(base="pN1a"),
        "X6": "LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA.", "X8": f"[{NOT_OURS}]", "X9": BREAST,
    },
    "ajccTnmPathN": {**{f"p{base}": of_category(f"p{base}") for base in BASES}, "88": f"[{NOT_OURS}]"},
    "ajccTnmPathNSuffix": {"(sn)": of_category("pN0", suffixes=("sn",)), "(f)": of_category("pN1", suffixes=("f",))},
    "ajccTnmPostTherapyN": {**{f"yp{base}": of_category(f"p{base}", "y") for base in BASES}, "88": f"[{NOT_OURS}]"},
    "ajccTnmPostTherapyNSuffix": {
        "(sn)": of_category("pN0", "y", suffixes=("sn",)), "(f)": of_category("pN1", "y", suffixes=("f",)),
    },
    "tnmEditionNumber": {f"0{edition}": of_category("pN1a", edition=f"AJCC {edition}") for edition in (6, 7, 8)},
    "tnmPathN": {
        f"p{code}": of_category(f"p{base}", edition="AJCC 7")
        for base, code in zip(
            BASES, ("X", "0", "0I+", "0M+", "1", "1MI", "1A", "1B", "1C", "2", "2A", "2B", "3", "3A", "3B", "3C"), strict=True,
        )
    },
    "eodRegionalNodes": {
        "000": "[of clinical findings]",
        "030": of_extent("SENTINEL LYMPH NODES: ONE OF TWO LYMPH NODES WITH ISOLATED TUMOR CELLS, 0.1 MM."),
        "050": "[tested on the tables of SEER]", "070": of_extent("AXILLA: 0 OF 9 LYMPH NODES POSITIVE."),
        "100": of_extent("SENTINEL LYMPH NODES: MICROMETASTASIS IN 1 OF 2 LYMPH NODES, 1.1 MM."), "150": "[of clinical findings]",
        "200": of_extent("AXILLA: 2 OF 9 LYMPH NODES POSITIVE."),
        "250": of_extent("INTERNAL MAMMARY SENTINEL NODE: METASTATIC CARCINOMA IN 1 OF 1 NODE, 3 MM. AXILLA: 0 OF 9 LYMPH NODES POSITIVE."),
        "300": "[tested on the tables of SEER]", "350": "[of clinical findings]", "400": "[of clinical findings]",
        "500": "[tested on the tables of SEER]", "600": "[of clinical findings]",
        "700": of_extent("AXILLA: 2 OF 9 LYMPH NODES POSITIVE. SUPRACLAVICULAR LYMPH NODE: METASTATIC CARCINOMA (1/1)."),
        "800": f"[{ANOTHER_MAY}]", "999": f"[{ANOTHER_MAY}]",
    },
    "tumorSizePathologic": {
        "000": f"[{ANOTHER_MAY}]", "001": of_size("0.8 MM"), "002": of_size("1.3 MM"), "014": of_size("1.4 CM"), "988": of_size("98.8 CM"),
        "989": "[tested on sizes]", "990": f"[{NOT_READ}]", "998": f"[{NOT_READ}]", "999": f"[{ANOTHER_MAY}]",
    },
    "estrogenReceptorSummary": {code: words.format("ER") for code, words in RECEPTOR["summary"].items()},
    "estrogenReceptorPercntPosOrRange": {code: words.format("ER") for code, words in RECEPTOR["percent"].items()},
    "progesteroneRecepSummary": {code: words.format("PR") for code, words in RECEPTOR["summary"].items()},
    "progesteroneRecepPrcntPosOrRange": {code: words.format("PR") for code, words in RECEPTOR["percent"].items()},
    "her2OverallSummary": {
        "0": "HER2: NEGATIVE (1+).", "1": "HER2: POSITIVE (3+).", "7": f"[{ANOTHER_MAY}]",
        "8": f"[{NOT_OURS}]", "9": f"[{ANOTHER_MAY}]",
    },
    "ki67": {
        "0.0": "Ki-67: 0%.", "8.6": "Ki-67: 8.6%.", "100.0": "Ki-67: 100%.", "XXX.7": "Ki-67: 10-20%.", "XXX.8": f"[{NOT_OURS}]",
        "XXX.9": f"[{ANOTHER_MAY}]",
    },
    "oncotypeDxRecurrenceScoreInvasiv": {
        "000": "Recurrence Score: 0.", "017": "Recurrence Score: 17.", "100": "Recurrence Score: 100.", "XX4": f"[{NOT_READ}]",
        "XX5": f"[{NOT_READ}]", "XX6": "LEFT BREAST, MASTECTOMY: DUCTAL CARCINOMA IN SITU, 3 CM. pTis pNX", "XX7": f"[{NOT_READ}]",
        "XX9": f"[{ANOTHER_MAY}]",
    },
    "gradePathological": {
        "1": IN_WORDS.format("LOW COMBINED HISTOLOGIC GRADE."), "2": IN_WORDS.format("GRADE: 2."),
        "3": IN_WORDS.format("NOTTINGHAM GRADE 3."),
        "A": IN_WORDS.format("WELL DIFFERENTIATED."), "B": IN_WORDS.format("Histologic grade: intermediate."),
        "C": IN_WORDS.format("TUMOR GRADE: HIGH."), "D": f"[{NOT_READ}]", "L": f"[{NOT_READ}]", "M": f"[{NOT_READ}]", "H": f"[{NOT_READ}]",
        "9": f"[{ANOTHER_MAY}]",
    },
    "gradePostTherapy": {
        code: f"LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA. {words} ypT1c"
        for code, words in {"1": "GRADE: 1.", "2": "GRADE: 2.", "3": "GRADE: 3.", "A": "WELL DIFFERENTIATED."}.items()
    },
}  # fmt: skip
_CASES: Final[list[tuple[str, str, Case]]] = [(item, code, case) for item, codes in CODES.items() for code, case in codes.items()]
_GIVEN: Final = [one for one in _CASES if not (isinstance(one[2], str) and one[2].startswith("["))]


@pytest.mark.parametrize(("item", "code", "case"), _GIVEN, ids=[f"{item}-{code}" for item, code, _ in _GIVEN])
def test_a_report_gives_the_code(item: str, code: str, case: Report | str) -> None:
    if isinstance(case, str) and "BREAST" not in case and "NODE" not in case:
        case = BREAST + case
    edition = next(iter(case.staging)) if isinstance(case, Report) and len(case.staging) == 1 else "AJCC 8"
    assert coded(case, edition)[item] == code


def test_no_report_of_this_table_gives_a_code_that_none_should() -> None:
    never = {(item, code) for item, code, case in _CASES if isinstance(case, str) and case.startswith("[")}
    for _, _, case in _GIVEN:
        edition = next(iter(case.staging)) if isinstance(case, Report) and len(case.staging) == 1 else "AJCC 8"
        assert not never & set(coded(case, edition).items()) - {("eodRegionalNodes", "050")}


def test_the_table_holds_every_code_that_the_audit_explains() -> None:
    from nodalis.registry.code_words import compared

    missing = {(item, code) for item, codes in compared().items() for code in codes.words if code not in CODES[item]}
    assert {item for item, _ in missing} <= {"gradePostTherapy"}
    assert compared().keys() <= CODES.keys()


def test_legacy_codes_are_the_values_of_seer(shared: Path) -> None:
    import json

    rows = json.loads((shared / "oracle" / "staging" / "allowed_n_strings.json").read_text(encoding="utf-8"))["rows"]
    of_seer = {f"p{value.removeprefix('VALUE:')}" for string, prefix, value in rows if prefix == "VALUE:p"}
    assert CODES["tnmPathN"].keys() <= of_seer
