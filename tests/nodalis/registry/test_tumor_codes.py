"""Codes of the tumour: what the report tells, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from nodalis.registry.marker_codes import percent_code
from nodalis.registry.tumor_codes import size_code
from parser import parse
from parser.model import Measure, Value
from tests.nodalis.registry.abstracts import BREAST, abstracted, coded


@pytest.mark.parametrize(("mm", "comparator", "code"), [
    ("0.4", "", "001"), ("1", "", "001"), ("1", "<", "001"), ("1.1", "", "002"), ("1.5", "", "002"), ("2.4", "", "002"), ("2.5", "", "003"),
    ("12", "", "012"), ("12.4", "", "012"), ("12.5", "", "013"), ("21", "~", "021"), ("20", "<", "019"), ("988", "", "988"),
    ("989", "", "989"), ("1200", "", "989"), ("20", ">", None), ("20", "<=", None), ("20", ">=", None), ("0", "", None),
])  # fmt: skip
def test_the_size_in_three_digits(mm: str, comparator: str, code: str | None) -> None:
    assert size_code(Measure.of(Decimal(mm), comparator))[0] == code


def test_the_size_after_treatment_is_left_out() -> None:
    assert coded(BREAST + "pT1c")["tumorSizePathologic"] == "014"
    assert "tumorSizePathologic" not in coded(BREAST + "STATUS POST NEOADJUVANT CHEMOTHERAPY. ypT1c")


@pytest.mark.parametrize(("words", "code"), [
    ("85%", "085"), ("85 %", "085"), ("100%", "100"), ("1%", "001"), ("90 percent", "090"), ("1-5%", "R10"), ("1 - 10 %", "R10"),
    ("11-20%", "R20"), ("10-20%", "R10"),
    ("10-25%", "XX9"), ("67-100%", "XX9"), ("25-34%", "R30"), ("approximately 80%", "080"), ("~ 5 %", "005"),
    ("90-95%", "R90"), ("91 to 100%", "R99"), ("80%-90%", "R80"),
    (">90%", None), ("<10%", None), ("2.5%", None), ("0%", None), ("120%", None), ("95-90%", None), ("o5%", None), ("", None),
])  # fmt: skip
def test_the_percentage_of_a_receptor(words: str, code: str | None) -> None:
    assert percent_code(words) == code


@pytest.mark.parametrize(("words", "summary", "percent"), [
    ("ER: 90% of nuclei.", "1", "090"), ("ESTROGEN RECEPTOR: NEGATIVE.", "0", "000"), ("ER: <1% of nuclei.", "0", "000"),
    ("ESTROGEN RECEPTOR: POSITIVE.", "1", None), ("ER: 90-95% of nuclei.", "1", "R90"), ("", None, None),
    ("ESTROGEN RECEPTOR: POSITIVE (90%).", "1", "090"), ("ER: POSITIVE, 3+, 85%.", "1", "085"),
    ("ER: 85%, STRONG.", "1", "085"),
    ("ER: Positive\nPercentage of Cells with Nuclear Positivity: 51-60%", "1", "R60"),
    ("ER: POSITIVE, MORE THAN 90% OF NUCLEI.", "1", None),
    ("ER: POSITIVE. 90% OF THE SPECIMEN IS FAT.", "1", None), ("ER: POSITIVE (90%). SECOND FOCUS: ER: POSITIVE (20%).", "1", None),
])  # fmt: skip
def test_receptors(words: str, summary: str | None, percent: str | None) -> None:
    codes = coded(BREAST + words)
    assert (codes.get("estrogenReceptorSummary"), codes.get("estrogenReceptorPercntPosOrRange")) == (summary, percent)
    codes = coded(BREAST + words.replace("ESTROGEN", "PROGESTERONE").replace("ER:", "PR:"))
    assert (codes.get("progesteroneRecepSummary"), codes.get("progesteroneRecepPrcntPosOrRange")) == (summary, percent)


@pytest.mark.parametrize(
    ("words", "code"), [("HER2: NEGATIVE.", "0"), ("HER2: POSITIVE (3+).", "1"), ("HER2: EQUIVOCAL (2+).", None), ("", None)]
)
def test_her2(words: str, code: str | None) -> None:
    assert coded(BREAST + words).get("her2OverallSummary") == code


@pytest.mark.parametrize(("words", "code"), [("Ki-67: 15%.", "15.0"), ("Ki-67: 100%.", "100.0"), ("Ki-67: 10-20%.", "XXX.7"), ("", None)])
def test_ki67_has_one_decimal(words: str, code: str | None) -> None:
    assert coded(BREAST + words).get("ki67") == code


def test_ki67_with_a_decimal_and_with_more_than_its_field_holds() -> None:
    report = parse(BREAST)
    for percent, code in (("12.5", "12.5"), ("0", "0.0"), ("12.25", "XXX.7"), ("140", "XXX.7")):
        changed = replace(report, tumor=replace(report.tumor, ki67_percent=Value(Decimal(percent), ())))
        assert coded(changed)["ki67"] == code


@pytest.mark.parametrize(("score", "code"), [(0, "000"), (16, "016"), (100, "100"), (101, None)])
def test_the_recurrence_score(score: int, code: str | None) -> None:
    report = parse(BREAST)
    changed = replace(report, tumor=replace(report.tumor, oncotype_score=Value(score, ())))
    assert coded(changed).get("oncotypeDxRecurrenceScoreInvasiv") == code


@pytest.mark.parametrize(("words", "code"), [
    ("NOTTINGHAM GRADE 3.", "3"), ("GRADE: 2.", "2"), ("NOTTINGHAM SCORE 8/9.", "3"), ("Histologic grade: Moderately differentiated.", "B"),
    ("LOW COMBINED HISTOLOGIC GRADE.", "1"), ("POORLY DIFFERENTIATED.", "C"),
    ("TUMOR GRADE: HIGH.", "C"), ("TUMOR GRADE: LOW.", "A"), ("", None),
])  # fmt: skip
def test_the_grade_of_its_system(words: str, code: str | None) -> None:
    codes = coded(f"LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA. {words} pT1c")
    assert (codes.get("gradePathological"), codes.get("gradePostTherapy")) == (code, None)


def test_the_grade_after_treatment_stands_in_its_own_item() -> None:
    codes = coded(BREAST + "STATUS POST NEOADJUVANT CHEMOTHERAPY. ypT1c")
    assert (codes.get("gradePathological"), codes.get("gradePostTherapy")) == (None, "2")


def test_an_in_situ_carcinoma_has_no_grade_of_invasive_ones() -> None:
    assert "gradePathological" not in coded(BREAST + "pTis pN0")


def test_a_percentage_of_several_markers_is_of_none_of_them() -> None:
    for words in ("ER AND PR POSITIVE (90%).", "ER/PR: POSITIVE (90%).", "ER AND PR POSITIVE (90% AND 40%)."):
        codes = coded(BREAST + words)
        assert (codes["estrogenReceptorSummary"], codes["progesteroneRecepSummary"]) == ("1", "1")
        assert not {"estrogenReceptorPercntPosOrRange", "progesteroneRecepPrcntPosOrRange"} & codes.keys()


def test_the_words_of_a_percentage_prove_it() -> None:
    found = abstracted(BREAST + "ER: POSITIVE (90%). HER2: NEGATIVE.").items
    assert [item.quote for item in found["estrogenReceptorPercntPosOrRange"].evidence] == ["ER: POSITIVE", "ER: POSITIVE (90%"]


def test_markers_after_treatment_are_left_out() -> None:
    codes = coded(BREAST + "STATUS POST NEOADJUVANT CHEMOTHERAPY. ypT1c ER: 90%. PR: 5%. HER2: NEGATIVE (1+). Ki-67: 12%.")
    left_out = {"estrogenReceptorSummary", "estrogenReceptorPercntPosOrRange", "progesteroneRecepSummary", "her2OverallSummary", "ki67"}
    assert not left_out & codes.keys()


@pytest.mark.parametrize(("size", "category", "code"), [
    ("2.4 CM", "pT2", "024"), ("2.4 CM", "pT1c", None), ("30 MM", "pT1mi", "001"), ("0.8 MM", "pT1mi", "001"), ("20.4 MM", "pT1c", "020"),
    ("1.3 MM", "pT1a", "002"), ("6 MM", "pT1a", None), ("6 CM", "pT2", None), ("3 CM", "pT4b", "030"), ("3 CM", "pT2(m)", "030"),
])  # fmt: skip
def test_a_size_that_the_printed_category_contradicts_is_left_out(size: str, category: str, code: str | None) -> None:
    assert coded(f"LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, {size}. {category}").get("tumorSizePathologic") == code


def test_a_recurrence_gives_nothing_but_its_texts() -> None:
    codes = coded(
        "RIGHT CHEST WALL: RECURRENT INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.5 CM. AXILLA: 2 OF 6 LYMPH NODES POSITIVE. rpT1c rpN1a ER: 90%."
    )
    assert {id_: code for id_, code in codes.items() if not id_.startswith(("text", "path"))} == {
        "regionalNodesPositive": "99", "regionalNodesExamined": "99",
        "sentinelLymphNodesPositive": "99", "sentinelLymphNodesExamined": "99",
        "lnPositiveAxillaryLevel1To2": "X9",
    }  # fmt: skip


def test_the_score_of_a_carcinoma_in_situ_is_not_that_of_an_invasive_one() -> None:
    codes = coded("RIGHT BREAST, MASTECTOMY: DUCTAL CARCINOMA IN SITU, 3 CM. pTis pNX. Oncotype DX recurrence score: 39.")
    assert codes["oncotypeDxRecurrenceScoreInvasiv"] == "XX6"
    treated = coded("RIGHT BREAST, MASTECTOMY AFTER NEOADJUVANT CHEMOTHERAPY: DUCTAL CARCINOMA IN SITU, 3 CM. ypTis ypNX.")
    assert "oncotypeDxRecurrenceScoreInvasiv" not in treated


def test_a_biopsy_gives_neither_size_nor_grade_of_an_operation() -> None:
    for text in (BREAST + "pTX", BREAST, BREAST + "LYMPH NODE, LEFT AXILLA, FINE NEEDLE ASPIRATION: METASTATIC CARCINOMA."):
        assert not {"tumorSizePathologic", "gradePathological"} & coded(text).keys()
    removed = coded(BREAST + "SENTINEL LYMPH NODES: TWO LYMPH NODES, NEGATIVE FOR CARCINOMA (0/2).")
    assert (removed["tumorSizePathologic"], removed["gradePathological"]) == ("014", "2")
