"""How nodes were examined: what is a result of keratin stains, of molecular tests, of extranodal extension, and what is none."""

from __future__ import annotations

import pytest

from parser import parse, stage
from parser.model import DecisionStatus, IssueKind, Method

BREAST = "Left breast, mastectomy: invasive ductal carcinoma, grade 2, 1.8 cm.\n"
NEGATIVE = BREAST + "Two sentinel nodes, free of carcinoma (0/2). "
POSITIVE = BREAST + "Metastatic carcinoma in one of two sentinel lymph nodes (1/2). "


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param(NEGATIVE + "Cytokeratin stains of the sentinel nodes are negative.", "negative", id="cytokeratin negative"),
        pytest.param(NEGATIVE + "Immunostains for keratin AE1/AE3 on the lymph nodes are negative.", "negative", id="AE1/AE3 negative"),
        pytest.param(POSITIVE + "Pankeratin stain of the sentinel node is positive.", "positive", id="pankeratin positive"),
        pytest.param(
            NEGATIVE + "Keratin immunostain confirms the H&E impression in the lymph nodes.", "negative", id="confirms a negative H&E"
        ),
        pytest.param(
            POSITIVE + "Keratin immunostain confirms the H&E impression in the lymph nodes.", "positive", id="confirms a positive H&E"
        ),
        pytest.param(NEGATIVE + "Immunostains for keratin were not used on these sentinel nodes.", "not done", id="not used"),
        pytest.param(NEGATIVE + "Keratin stains of the sentinel nodes are pending.", None, id="pending"),
        pytest.param(NEGATIVE + "Cytokeratin stains of the sentinel nodes were performed.", "negative", id="performed on negative nodes"),
        pytest.param(NEGATIVE, None, id="silence"),
        pytest.param(BREAST + "Cytokeratin 5/6 is positive in myoepithelial cells of the tumor.", None, id="tumour block"),
        pytest.param(NEGATIVE + "\nD2-40 and CD31 show no vascular invasion.", None, id="vessels"),
        pytest.param(NEGATIVE + "\nImmunoperoxidase studies: HER2 negative (score 1+).", None, id="HER2"),
        pytest.param(NEGATIVE + "\nONLY KERATIN POSITIVE CELLS ARE PRESENT:", None, id="empty label"),
        pytest.param("CLINICAL HISTORY: keratin-positive sentinel node elsewhere.\n\nFINAL DIAGNOSIS:\n" + NEGATIVE, None, id="history"),
        pytest.param(
            "FINAL DIAGNOSIS:\n" + NEGATIVE + "\nADDENDUM:\nKeratin stain shows isolated tumor cells in one sentinel lymph node.",
            "positive",
            id="addendum",
        ),
    ],
)
def test_keratin_stains_of_nodes(text: str, result: str | None) -> None:
    ihc = parse(text).nodes.ihc
    assert (ihc.value if ihc else None) == result


@pytest.mark.parametrize(
    ("text", "result", "method", "pn"),
    [
        pytest.param(NEGATIVE + "OSNA of the sentinel nodes: positive.", "positive", Method.OSNA, "pN0(mol+)", id="OSNA positive"),
        pytest.param(NEGATIVE + "OSNA of the sentinel nodes: negative.", "negative", Method.OSNA, "pN0", id="OSNA negative"),
        pytest.param(NEGATIVE + "RT-PCR of the sentinel nodes is positive.", "positive", Method.RT_PCR, "pN0(mol+)", id="RT-PCR positive"),
        pytest.param(NEGATIVE + "RT-PCR of the sentinel nodes is negative.", "negative", Method.RT_PCR, "pN0", id="RT-PCR negative"),
        pytest.param(
            NEGATIVE + "\nOncotype DX 21-gene assay of the tumor by RT-PCR: ER positive, HER2 negative.",
            None,
            None,
            "pN0",
            id="RT-PCR of the tumour",
        ),
        pytest.param(NEGATIVE, None, None, "pN0", id="silence"),
    ],
)
def test_molecular_tests_of_nodes(text: str, result: str | None, method: Method | None, pn: str) -> None:
    report = parse(text)
    nodes = report.nodes
    assert (nodes.molecular.value if nodes.molecular else None) == result
    assert (nodes.molecular_method.value if nodes.molecular_method else None) == method
    assert stage(report).category.base.removesuffix("(mol-)") == pn


@pytest.mark.parametrize(
    ("text", "present"),
    [
        pytest.param(POSITIVE + "Extranodal extension is present.", True, id="present"),
        pytest.param(POSITIVE + "Extranodal extension: not identified.", False, id="not identified"),
        pytest.param(POSITIVE + "No extracapsular extension.", False, id="none"),
        pytest.param(POSITIVE + "Extracapsular spread is identified.", True, id="spread"),
        pytest.param(
            POSITIVE + "There is tumor in the perinodal soft tissue.",
            True,
            id="perinodal tissue",
        ),
        pytest.param(POSITIVE + "Extranodal extension: present, 1 mm.", True, id="label"),
        pytest.param(POSITIVE, None, id="silence"),
        pytest.param(
            "FINAL DIAGNOSIS:\nA. Left breast: invasive carcinoma.\nB. Sentinel node: tumor, no extranodal extension (1/1).\n"
            "C. Axilla: tumor in 3 of 9 lymph nodes with extranodal extension.\n",
            True,
            id="absent in one part and present in another",
        ),
        pytest.param("CLINICAL HISTORY: extranodal extension elsewhere.\n\nFINAL DIAGNOSIS:\n" + POSITIVE, None, id="history"),
        pytest.param(POSITIVE + "Lymphovascular invasion is present.", None, id="vessels are no extension"),
    ],
)
def test_extranodal_extension(text: str, present: bool | None) -> None:
    extension = parse(text).nodes.extranodal_extension
    assert (extension.value if extension else None) is present


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Keratin stains of the sentinel nodes are pending.", id="stains are pending"),
        pytest.param("Immunostains for keratin of the lymph nodes are pending; an addendum will follow.", id="addendum will follow"),
        pytest.param("Cytokeratin stains of the nodes are pending and will be reported in an addendum.", id="will be reported"),
    ],
)
def test_a_pending_stain_is_an_issue(words: str) -> None:
    assert IssueKind.RESULT_PENDING in parse(NEGATIVE + words).reasons


def test_an_answered_stain_is_no_longer_pending() -> None:
    asked, answered = (f"Keratin stains of the sentinel nodes are {result}.\n" for result in ("pending", "negative"))
    text = f"FINAL DIAGNOSIS:\n{NEGATIVE}{asked}\nADDENDUM:\n{answered}"
    report = parse(text)
    assert IssueKind.RESULT_PENDING not in report.reasons
    assert report.nodes.ihc.value == "negative"


@pytest.mark.parametrize(
    ("words", "result"),
    [
        pytest.param("IHC positive in one node.", "positive", id="a stain without its name"),
        pytest.param("Positive by immunohistochemistry.", "positive", id="the result before it"),
        pytest.param("AE1/AE3 highlights no tumor cells.", "negative", id="denied behind"),
        pytest.param("Cytokeratin: metastases not found.", "negative", id="denied behind a class"),
        pytest.param("No metastasis histologically and by staining for cytokeratin.", "negative", id="denied before"),
        pytest.param("HER2 of the primary by IHC: positive.", None, id="a receptor"),
    ],
)
def test_a_stain_of_negative_nodes(words: str, result: str | None) -> None:
    ihc = parse(f"Left breast: invasive ductal carcinoma, 2.1 cm.\nSentinel nodes 0/2 by H&E. {words}\n").nodes.ihc
    assert (ihc.value if ihc else None) == result


@pytest.mark.parametrize(
    "words",
    [
        "Sentinel nodes 0/2 by H&E; IHC positive in one node.",
        "Sentinel nodes 0/2 by H&E; cytokeratin stain: positive.",
        "Sentinel nodes negative on H&E and positive on IHC (0/2).",
        "Sentinel nodes negative (0/2). Immunostains for keratin highlight tumor cells in one node.",
    ],
)
def test_tumour_that_only_a_stain_shows_needs_its_size(words: str) -> None:
    report = parse(f"Left breast: invasive ductal carcinoma, 2.1 cm.\n{words}\n")
    assert report.status is DecisionStatus.NEEDS_REVIEW


def test_benign_cells_that_a_stain_shows_are_no_tumour() -> None:
    report = parse("Left breast: invasive ductal carcinoma, 2.1 cm.\nSentinel nodes 0/2; keratin-positive dendritic cells only.\n")
    assert report.status is DecisionStatus.ACCEPTED
