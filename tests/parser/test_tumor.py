"""What is read of the index cancer: size, grade, type, side, category, receptors, treatment before the operation.

All texts are written for these tests.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from parser.document import Document
from parser.grammar import load_grammar
from parser.model import Section, Side, Tumor
from parser.tumor import resolve_tumor

BOTH_BREASTS = """FINAL DIAGNOSIS:
A. Breast, right, mastectomy: Invasive lobular carcinoma, Nottingham grade 1, 3.6 cm.
B. Lymph nodes, right axilla: Five lymph nodes, negative for carcinoma (0/5).
C. Breast, left, mastectomy: Invasive ductal carcinoma, Nottingham grade 3, 1.4 cm.
D. Lymph nodes, left axilla: Metastatic carcinoma in two of nine lymph nodes (2/9).
"""


def tumor(text: str) -> Tumor:
    return resolve_tumor(Document(text, load_grammar()))[0]


def diagnosis(words: str) -> Tumor:
    return tumor(f"FINAL DIAGNOSIS:\nA. Breast, left, excision:\n{words}\n")


def size(words: str) -> str | None:
    found = diagnosis(words).size
    return str(found.value) if found else None


def result(marker: str, words: str) -> str | None:
    found = getattr(diagnosis(f"Invasive ductal carcinoma. {words}"), marker)
    return found.value if found else None


# ---------------------------------------------------------------- evidence


def test_every_value_is_proved_by_words_of_the_text() -> None:
    text = (
        "FINAL DIAGNOSIS:\nBreast, right, lumpectomy: Invasive ductal carcinoma, Nottingham grade II, 2.1 x 1.5 cm (pT2 pN0 cM0).\n"
        "ER: positive (90%). PR: negative (0%). HER2: negative (score 1+). Ki-67: 20%. Oncotype DX recurrence score: 14.\n"
        "Neoadjuvant therapy: none\n"
    )
    found, used = resolve_tumor(Document(text, load_grammar()))
    values = [getattr(found, name) for name in found.__slots__]
    assert all(value is not None and value.evidence for value in values)
    for value in values:
        for evidence in value.evidence:
            assert text[evidence.span.start : evidence.span.end] == evidence.quote
    spans = {evidence.span for value in values for evidence in value.evidence}
    assert spans == {mention.span for mention in used}


def test_a_silent_report_gives_nothing_but_no_treatment() -> None:
    assert tumor("FINAL DIAGNOSIS: Breast tissue.") == Tumor(neoadjuvant=tumor("").neoadjuvant)
    assert tumor("").neoadjuvant.value is False
    assert tumor("").neoadjuvant.evidence == ()


# ---------------------------------------------------------------- size


@pytest.mark.parametrize(
    ("words", "millimetres"),
    [
        ("Invasive ductal carcinoma, grade 2, measuring 2.4-cm.", "24"),
        ("Invasive ductal carcinoma (1.1 x 2.3 x 0.9 cm)", "23"),
        ("Tumor size: 1.2x1.7x1cm.", "17"),
        ("Tumor size: 2.1.\nx 1.9 x 1 cm.", "21"),
        ("Tumor size: 1.3 cm and 2.2 cm", "22"),
        ("Tumour size: 18 mm", "18"),
        ("Tumour Size (cm): 2.4", "24"),
        ("Invasive ductal carcinoma, largest dimension at least 2 cm", ">=20"),
        ("Infiltrating lobular carcinoma (tubules 3/3, nuclei 2/3; score 6/9), forming a mass (2.8 x 2 x 1 cm)", "28"),
        ("Segment with a 1.6 cm poorly differentiated invasive ductal carcinoma.", "16"),
        ("Invasive carcinoma, ranging in size from 0.4 up to 1.8 cm.", "18"),
    ],
)
def test_size_is_the_largest_dimension_in_mm(words: str, millimetres: str) -> None:
    assert size(words) == millimetres


@pytest.mark.parametrize(
    "words",
    [
        "Invasive carcinoma is 2 mm from the deep margin.",
        "Invasive carcinoma extends to within 0.3 cm of the margin.",
        "Distance of invasive carcinoma to the closest margin: 4 mm",
        "Ductal carcinoma in situ, spanning 4 cm.",
        "Specimen size: 12 x 8 x 4 cm",
        "Invasive carcinoma. Metastasis in one lymph node, 1.2 cm.",
        "Tumor size (if pure in situ): 5 mm",
        "Invasive carcinoma (3+2+1; 2 mitoses/10 HPF, visual field 0.55 mm)",
    ],
)
def test_what_is_no_size_of_the_invasive_tumour(words: str) -> None:
    assert size(words) is None


def test_a_label_of_the_invasive_component_comes_before_the_sentence() -> None:
    text = "Invasive ductal carcinoma, 1.1 cm in greatest dimension.\nSYNOPTIC REPORT:\nSize of invasive component: 1.6 cm\n"
    assert size(text) == "16"


def test_the_diagnosis_comes_before_the_gross_description() -> None:
    text = "GROSS DESCRIPTION:\nA 2.9 x 2 cm firm tan mass is seen.\nFINAL DIAGNOSIS:\nInvasive ductal carcinoma, 2.4 cm.\n"
    assert str(tumor(text).size.value) == "24"


def test_the_gross_description_is_read_where_nothing_else_is_told() -> None:
    text = "GROSS DESCRIPTION:\nSectioning shows a 2.9 x 2 cm firm, tan-white mass.\nFINAL DIAGNOSIS:\nInvasive ductal carcinoma.\n"
    found = tumor(text).size
    assert str(found.value) == "29"
    assert found.evidence[0].section is Section.GROSS


# ---------------------------------------------------------------- grade


@pytest.mark.parametrize(
    ("words", "grade"),
    [
        ("Invasive ductal carcinoma, Nottingham grade II (of III)", 2),
        ("Invasive ductal carcinoma, SBR GRADE 3", 3),
        ("Invasive ductal carcinoma, grade 1, 2 cm", 1),
        ("Invasive ductal carcinoma, Nottingham score 8/9", 3),
        ("Invasive ductal carcinoma. Total Nottingham score: 5", 1),
        ("Invasive ductal carcinoma. Histologic grade: Overall grade: 7/9", 2),
        ("Invasive ductal carcinoma. Nottingham grade (1, 2, 3): 2", 2),
        ("Carcinoma ductale invasivum (NHG2)", 2),
        ("Invasive carcinoma NOS, G III, pT2", 3),
        ("Poorly differentiated invasive ductal carcinoma", 3),
        ("Invasive carcinoma. Histologic grade: moderately differentiated", 2),
        ("Invasive carcinoma. Histologic grade, poor. Nottingham score 7", 2),
        ("Invasive carcinoma, Nottingham grade 2 (score 5/9)", 2),
    ],
)
def test_grade(words: str, grade: int) -> None:
    assert diagnosis(words).grade.value == grade


@pytest.mark.parametrize(
    "words",
    [
        "Ductal carcinoma in situ, nuclear grade 3",
        "Invasive carcinoma, nuclear grade 2",
        "Ductal carcinoma in situ, grade 2",
        "Invasive carcinoma. Ductal carcinoma in situ, high grade",
        "Invasive carcinoma. Histologic grade: not specified",
    ],
)
def test_a_nuclear_grade_is_no_histologic_grade(words: str) -> None:
    assert diagnosis(words).grade is None


def test_block_names_are_no_grades() -> None:
    text = "FINAL DIAGNOSIS: Invasive carcinoma.\nGROSS DESCRIPTION:\nSubmitted (G1), margins in G2 and G3."
    assert tumor(text).grade is None


# ---------------------------------------------------------------- type, side, category


@pytest.mark.parametrize(
    ("words", "histology"),
    [
        ("Infiltrating duct carcinoma", "ductal"),
        ("Invasive mixed ductal and lobular carcinoma", "mixed"),
        ("Mucinous carcinoma, 1 cm", "mucinous"),
        ("Carcinoma lobulare invasivum", "lobular"),
        ("Histologic type: Lobular", "lobular"),
    ],
)
def test_histology(words: str, histology: str) -> None:
    assert diagnosis(words).histology.value == histology


def test_an_in_situ_carcinoma_has_no_invasive_type() -> None:
    assert diagnosis("Ductal carcinoma in situ. No invasive ductal carcinoma is seen.").histology is None


def test_the_side_is_that_of_the_invasive_cancer() -> None:
    text = "FINAL DIAGNOSIS:\nA. Breast, left: Ductal carcinoma in situ.\nB. Breast, right: Invasive ductal carcinoma.\n"
    found = tumor(text).laterality
    assert found.value is Side.RIGHT
    assert [evidence.quote for evidence in found.evidence] == ["right"]


def test_a_label_gives_the_side() -> None:
    assert tumor("SYNOPTIC REPORT:\nSpecimen laterality: Left\nTumor size: 1 cm\n").laterality.value is Side.LEFT


def test_invasive_cancers_of_both_breasts_are_bilateral() -> None:
    assert tumor(BOTH_BREASTS).laterality.value is Side.BILATERAL


def test_of_two_cancers_the_one_with_more_positive_nodes_is_the_index() -> None:
    found = tumor(BOTH_BREASTS)
    assert (str(found.size.value), found.grade.value, found.histology.value) == ("14", 3, "ductal")


def test_of_two_cancers_without_positive_nodes_the_larger_is_the_index() -> None:
    found = tumor(BOTH_BREASTS.replace("Metastatic carcinoma in two of nine lymph nodes (2/9)", "Nine lymph nodes, negative (0/9)"))
    assert (str(found.size.value), found.grade.value, found.histology.value) == ("36", 1, "lobular")


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Invasive carcinoma. pTlc pN0", "pT1c"),
        ("Invasive carcinoma. pT2(m) pN1a", "pT2(m)"),
        ("Invasive carcinoma. pTNM stage: T3 pN1a", "pT3"),
        ("Invasive carcinoma with dermal lymphatic invasion (T4d)", "pT4d"),
        ("DCIS: pTis (DCIS). Invasive carcinoma: pT1a", "pT1a"),
    ],
)
def test_printed_t_category(words: str, category: str) -> None:
    assert diagnosis(words).pt_stated.value == category


def test_a_clinical_category_is_not_the_pathologic_one() -> None:
    assert diagnosis("Invasive carcinoma. cT2").pt_stated is None


# ---------------------------------------------------------------- receptors


@pytest.mark.parametrize(
    ("words", "er", "pr"),
    [
        ("ER: Positive. PR: Negative.", "positive", "negative"),
        ("ESTROGEN RECEPTOR IS POSITIVE, PROGESTERONE RECEPTOR IS NEGATIVE", "positive", "negative"),
        ("ER and PR are positive.", "positive", "positive"),
        ("ER/PR +", "positive", "positive"),
        ("ER+, PR-, HER2 1+", "positive", "negative"),
        ("The tumor cells are positive for estrogen and progesterone receptors.", "positive", "positive"),
        ("Positive for ER and negative for PR.", "positive", "negative"),
        ("ER: 90%. PR: 0%.", "positive", "negative"),
        ("ER: 1%. PR: <1%", "positive", "negative"),
        ("Estrogen receptors found in over 75% of nuclei. No progesterone receptors found in the nuclei.", "positive", "negative"),
        ("60% of tumor cells show nuclear staining for estrogen receptors", "positive", None),
        ("Estrogen receptor: Allred score: 7. Progesterone receptor: Allred score: 2", "positive", "negative"),
        ("ER H-score: 210. PR H-score: 0", "positive", "negative"),
        ("ER: weak expression in 10% of cells. PR: no expression.", "positive", "negative"),
        ("Estrogen receptor: immunoreactive tumor cells present. PR: No immunoreactive tumor cells present", "positive", "negative"),
        ("Triple negative.", "negative", "negative"),
        ("ER: Pending. PR: Pending.", None, None),
        ("ER positive. PR ordered.", "positive", None),
        ("ER on previous biopsy: positive; PR on previous biopsy: negative", "positive", "negative"),
    ],
)
def test_hormone_receptors(words: str, er: str | None, pr: str | None) -> None:
    assert (result("er", words), result("pr", words)) == (er, pr)


@pytest.mark.parametrize(
    ("words", "her2"),
    [
        ("HER2: negative (score 0)", "negative"),
        ("HER-2/neu: zero or 1+", "negative"),
        ("HER2: 3+", "positive"),
        ("HER2/NEU (HERCEPTEST): POSITIVE (STAINING INTENSITY OF 3+)", "positive"),
        ("HER2: positive (score 2+)", "equivocal"),
        ("Weakly positive for HER2/neu", "equivocal"),
        ("HER2: 2+ by immunohistochemistry. FISH: HER2 not amplified.", "negative"),
        ("HER2 is equivocal (2+). The HER2 gene is amplified (ratio 3.2).", "positive"),
        ("HER2 2+; FISH pending", "equivocal"),
        ("Her-2/neu: not amplified", "negative"),
        ("HER2 (FISH): Non-amplified", "negative"),
        ("HER2 gene amplification not found", "negative"),
        ("HER2: 2+. HER2/CEP17 ratio: 1.1", "negative"),
        ("HER2: 2+. HER2/CEP17 ratio: 2.0", "positive"),
        ("Lack of HER2 overexpression; HER2 shows no overexpression", "negative"),
        ("HER2 overexpressed", "positive"),
        ("Triple negative.", "negative"),
        ("HER2: pending", None),
        ("HER2 testing has been ordered.", None),
    ],
)
def test_her2(words: str, her2: str | None) -> None:
    assert result("her2", words) == her2


@pytest.mark.parametrize(
    "words",
    [
        "ER/PR positive is defined as an Allred score above 2.",
        "Criteria: ER and PR: >1% of tumor cells.",
        "The ER positive control is adequate. Known HER2 amplified control tissue was used.",
        "Scoring: Negative (0), Negative (1+), Equivocal (2+), Positive (3+).",
        "HER2-positive breast cancer may respond to trastuzumab.",
        "A HER2/CEP17 ratio of 2.0 or more is considered amplified.",
        "ER was tested with appropriate positive and negative controls.",
    ],
)
def test_definitions_and_controls_are_no_results(words: str) -> None:
    assert [result(marker, words) for marker in ("er", "pr", "her2")] == [None, None, None]


def test_the_description_of_a_test_is_not_read() -> None:
    text = "ANCILLARY STUDIES:\nHER2: negative (1+)\nMETHODOLOGY: HER2: positive (3+) where all cells stain. ER: positive.\n"
    found = tumor(text)
    assert (found.her2.value, found.er) == ("negative", None)


def test_a_history_is_not_read() -> None:
    text = "CLINICAL HISTORY: Invasive ductal carcinoma, 4.1 cm, grade 3, ER positive, left.\nFINAL DIAGNOSIS:\nBreast tissue, right.\n"
    found = tumor(text)
    assert (found.size, found.grade, found.er, found.histology) == (None, None, None, None)


def test_an_addendum_answers_what_was_pending() -> None:
    text = "FINAL DIAGNOSIS:\nBreast, left: Invasive carcinoma. ER: pending.\nADDENDUM:\nER: negative (0%).\n"
    assert tumor(text).er.value == "negative"


def test_receptors_of_the_other_cancer_are_left_out() -> None:
    found = tumor(
        "FINAL DIAGNOSIS:\nA. Breast, right: Invasive ductal carcinoma, 3 cm. ER positive. HER2: 3+.\n"
        "B. Breast, left: Invasive ductal carcinoma, 1 cm. ER negative. HER2: 0+.\n"
    )
    assert (found.er.value, found.her2.value) == ("positive", "positive")


def test_proliferation() -> None:
    found = diagnosis("Invasive carcinoma. Ki-67: 10-20%. The recurrence score is 31.")
    assert (found.ki67_percent.value, found.oncotype_score.value) == (Decimal(20), 31)


# ---------------------------------------------------------------- treatment before the operation


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("Invasive carcinoma. Response to presurgical therapy: in the breast: No known presurgical therapy", False),
        ("Neoadjuvant chemotherapy: none", False),
        ("Residual carcinoma; the patient received neoadjuvant chemotherapy.", True),
        ("Invasive carcinoma, status post neoadjuvant chemotherapy", True),
        ("Treatment effect in the breast: probable", True),
        ("No definite response to presurgical therapy in the invasive carcinoma", True),
        ("Invasive carcinoma, ypT1c ypN0", True),
    ],
)
def test_neoadjuvant_as_printed(words: str, given: bool) -> None:
    found = diagnosis(words).neoadjuvant
    assert found.value is given
    assert found.evidence


@pytest.mark.parametrize("words", ["Evidence of neo-adjuvant treatment: Not specified", "Adjuvant chemotherapy is advised."])
def test_neoadjuvant_not_said_is_false_without_evidence(words: str) -> None:
    found = diagnosis(words).neoadjuvant
    assert (found.value, found.evidence) == (False, ())
