"""The M category that a report prints: where it counts, where it is something else, and what staging makes of it.

All texts are written for these tests.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from parser import parse
from parser.model import Role
from parser.staging import editions, stage_group

HEAD = "FINAL DIAGNOSIS:\nA. Breast, left, mastectomy: Invasive ductal carcinoma, grade 2, 2.4 cm.\n"


def m_stated(words: str, head: str = HEAD) -> str | None:
    found = parse(f"{head}{words}\n").tumor.m_stated
    return found.value if found else None


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Stage: pT2 pN1a cM0", "cM0"),
        ("Stage: pT2 pN1a cMO, R0", "cM0"),
        ("AJCC: T2NIMX", "MX"),
        ("AJCC: pT2 N1a MO", "M0"),
        ("pTNM: pT1cN0(sn)Mx (staging scan not seen)", "MX"),
        ("pT2, pL0, pV0, pN0 (0/14), pMX, R0", "pMX"),
        ("pT2 (2.4 cm) pN0 sn (n=5), MX", "MX"),
        ("pT2 pN1mi (one sentinel node), M0", "M0"),
        ("p T2 p N la p M X", "pMX"),
        ("ypT1c ypN0 ypM0", "ypM0"),
        ("ypT1c ypN0 ycM0", "ycM0"),
        ("pT2 pN0(i+)(sn) cM0(i+)", "cM0(i+)"),
        ("pT1c N0(sn) MX, 0 of 4 nodes", "MX"),
        ("pT2 pN3a M1", "M1"),
        ("pT2 pN3a pMl", "pM1"),
        ("T STAGE: pT2\nN STAGE: pN1a\nM STAGE, PATHOLOGIC: pMX", "pMX"),
        ("Grade: 2; M Stage: 0; nodes: see above", "M0"),
        ("M category: M0", "M0"),
        ("Distant metastasis (pM): pM1", "pM1"),
        ("Distant metastasis: cM0", "cM0"),
        ("No distant metastasis (M0)", "M0"),
        ("pT2 pN1a. ER: pMX", "pMX"),
    ],
)
def test_m_is_read_behind_t_and_n_or_behind_its_label(words: str, category: str) -> None:
    assert m_stated(words) == category


@pytest.mark.parametrize(
    "words",
    [
        "pT2 pN1a",
        "Distant metastasis (pM): not applicable. pT2 pN1a",
        "Distant metastasis (pM): cannot be assessed. pT2 pN1a",
        "M STAGE: Not applicable. pT2 pN1a",
        "pT2 pN1a pM__",
        "pT2 pN1a. No evidence of distant metastasis.",
    ],
)
def test_an_m_that_is_not_printed_is_none(words: str) -> None:
    assert m_stated(words) is None


@pytest.mark.parametrize(
    "words",
    [
        "pT2 pN1mi",
        "pT2 pN1 mi (sn)",
        "pT 1c N 1mi",
        "pT2 N1 MI",
        "pT2 pN1 m1",
        "PT2 PN1 ML",
    ],
)
def test_the_mi_of_n1mi_is_no_m1(words: str) -> None:
    assert m_stated(words) is None


@pytest.mark.parametrize(
    "words",
    [
        "Slide M1: tumor. pT2 pN1a",
        "pT2 pN1a\nM1 - new medial margin, free of tumor",
        "pT2 pN1a. M1: new medial margin",
        "pT2 pN1a, m1-m3 negative",
        "Cassettes M0 to M4. pT2 pN1a",
        "Size 2.1 cm x 1.4 cm. pT2 pN1a",
        "Received at 3 pM1 today. pT2 pN1a",
        "M. 0 mitoses. pT2 pN1a",
        "Grade 2 (T3, N2, M1). pT2 pN1a",
        "Nottingham score 6 (T3, N2, M1), pT2 pN1a",
        "Grade 2 (T3 P2 M1 = 6). pT2 pN1a",
        f"Grade {'.' * 60} 2 (T3, N2, M1)",
    ],
)
def test_an_m_beside_no_category_is_a_label_or_a_size(words: str) -> None:
    assert m_stated(words) is None


def test_a_lone_pm1_far_from_t_and_n_may_be_the_posterior_margin() -> None:
    assert m_stated("The specimen is oriented. " * 12 + "PM1, free of tumor.") is None


@pytest.mark.parametrize(
    "words",
    [
        "Clinical stage: T2 N1 M0",
        "cT2 cN1 cM0",
        "Clinical M stage: M0",
        "Previous carcinoma of the other breast T1 N0 M0",
        "Distant metastasis: __ pM0 __ pM1",
        "M category: M0 no distant metastasis, M1 distant metastasis",
        "T1 T2 N0 N1 M0 M1",
        "pT2 pN1a M0/M1",
        "pT1 pN0 pM0 pT2 pN1 pM1",
        "Stages: T1 N0 M0 I, T0 N1 M0 IIA, T1 N1 M0 IIA, T2 N0 M0 IIA, T2 N1 M0 IIB",
    ],
)
def test_a_clinical_stage_a_key_and_a_template_state_nothing(words: str) -> None:
    assert m_stated(words) is None


@pytest.mark.parametrize("heading", ["CLINICAL HISTORY", "GROSS DESCRIPTION", "SPECIMENS SUBMITTED"])
def test_a_history_and_a_gross_description_state_nothing(heading: str) -> None:
    assert m_stated(f"pT2 pN1a\n\n{heading}:\nCarcinoma T2 N1a M0") is None


def test_two_different_m_give_none() -> None:
    assert m_stated(f"pT2 pN1a M0.\n{'The margins are free. ' * 14}\nDistant metastasis: pM1") is None


def test_the_same_m_with_and_without_prefix_is_one() -> None:
    assert m_stated("pT2 pN1a M0. Distant metastasis: cM0") == "M0"


def test_an_amended_m_replaces_the_first() -> None:
    text = f"{HEAD}pT2 pN1a MX\n\nAMENDED REPORT:\nBreast, left: Invasive ductal carcinoma. pT2 pN1a cM0\n"
    found = parse(text).tumor.m_stated
    assert found is not None
    assert found.value == "cM0"


def test_m_is_proved_by_its_words() -> None:
    text = f"{HEAD}pT2 pN1a (1/12), cM0\n"
    report = parse(text)
    (evidence,) = report.tumor.m_stated.evidence
    assert text[evidence.span.start : evidence.span.end] == evidence.quote == "pN1a (1/12), cM0"
    assert [(finding.span, finding.role) for finding in report.findings if finding.kind == "m_category"] == [(evidence.span, Role.VALUE)]


@pytest.mark.parametrize("m", ["MX", "M0", "M1", "cM0", "pM1", "pMX"])
def test_m_changes_no_other_value(m: str) -> None:
    words = "B. Lymph nodes, left axilla: Metastatic carcinoma in one of twelve lymph nodes (1/12), 4 mm. Stage: pT2 pN1a"
    bare, told = parse(f"{HEAD}{words}\n"), parse(f"{HEAD}{words} {m}\n")
    assert told.tumor.m_stated is not None
    findings = tuple(finding for finding in told.findings if finding.kind != "m_category")
    assert replace(told, tumor=replace(told.tumor, m_stated=None), findings=findings) == bare


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ("pT2 pN1a cMO", ["IIB", "IIB", "IIB"]),
        ("pT2 pN1a pM0", ["IIB", "IIB", "IIB"]),
        ("pT2 pN1a cM0(i+)", [None, "IIB", "IIB"]),
        ("pT2 pN1a M1", ["IV", "IV", "IV"]),
        ("pT2 pN1a pMX", [None, None, None]),
    ],
)
def test_the_stage_group_takes_m_as_it_is_read(words: str, groups: list[str | None]) -> None:
    tumor = parse(f"{HEAD}{words}\n").tumor
    assert [stage_group(edition, tumor.pt_stated.value, "pN1a", tumor.m_stated.value) for edition in editions()] == groups
