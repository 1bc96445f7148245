"""The codes of one abstract agree with each other, whatever the facts: those of texts, and those that a person gave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodalis.registry.abstract import Abstract
from parser import parse
from parser.model import Category, Decision, Deposit, DepositClass, Region, Report
from parser.staging import editions, evaluate, load_table
from tests.nodalis.registry.abstracts import abstracted, facts, group

_YP = ("ajccTnmPostTherapyN", "ajccTnmPostTherapyNSuffix", "gradePostTherapy")
_P = ("ajccTnmPathN", "ajccTnmPathNSuffix", "gradePathological", "tumorSizePathologic", "eodRegionalNodes", "tnmPathN",
      "lnPositiveAxillaryLevel1To2", "estrogenReceptorSummary")  # fmt: skip


def _count(abstract: Abstract, id_: str) -> int | None:
    """The number that a code stands for; None for a code that is none."""
    value = abstract.items[id_].value if id_ in abstract.items else ""
    return int(value) if value.isdigit() and (id_ == "lnPositiveAxillaryLevel1To2" or int(value) <= 90) else None


def contradictions(abstract: Abstract, edition: str = "AJCC 8") -> list[str]:
    """What in an abstract cannot be true together."""
    codes = {item.id: item.value for item in abstract.items.values()}
    pairs = [
        ("regionalNodesPositive", "regionalNodesExamined"), ("sentinelLymphNodesExamined", "regionalNodesExamined"),
        ("sentinelLymphNodesPositive", "sentinelLymphNodesExamined"), ("sentinelLymphNodesPositive", "regionalNodesPositive"),
        ("lnPositiveAxillaryLevel1To2", "regionalNodesPositive"),
    ]  # fmt: skip
    found = []
    for part, whole in pairs:
        few, many = _count(abstract, part), _count(abstract, whole)
        if few is not None and many is not None and min(few, 90) > many:
            found.append(f"{part} {few} of {whole} {many}")
    category = codes.get("ajccTnmPathN") or codes.get("ajccTnmPostTherapyN", "")[1:]
    positive = codes["regionalNodesPositive"]
    axillary = _count(abstract, "lnPositiveAxillaryLevel1To2")
    by_needle = codes["regionalNodesExamined"] == "95"
    if edition == "AJCC 8" and category.startswith(("pN1", "pN2", "pN3")) and positive in ("00", "98"):
        found.append("positive category, no positive node")
    if edition == "AJCC 8" and category.startswith("pN0") and positive not in ("00", "99"):
        found.append("negative category, positive nodes")
    given = "as a person gave it" in "".join(item.basis for item in abstract.items.values())  # which may rest on more than this report
    if not given and category == "pN1a" and axillary is not None and not 1 <= axillary <= 3:
        found.append("pN1a holds one to three")
    if not given and category == "pN2a" and axillary is not None and not 4 <= axillary <= 9:
        found.append("pN2a holds four to nine")
    if positive == "98" and codes["regionalNodesExamined"] != "00":
        found.append("98 of nodes that were examined")
    if codes["regionalNodesExamined"] == "00" and positive != "98":
        found.append("positive nodes of none")
    if by_needle and positive not in ("00", "95", "99"):
        found.append("a needle sample is counted")
    if bool(category) != ("tnmEditionNumber" in codes) or codes.get("tnmEditionNumber", edition[-1:].zfill(2)) != edition[-1:].zfill(2):
        found.append("an edition without its category")
    if any(id_ in codes for id_ in _YP) and any(id_ in codes for id_ in _P):
        found.append("items of before and after treatment")
    if "ajccTnmPathNSuffix" in codes and "ajccTnmPathN" not in codes:
        found.append("a suffix without its category")
    if edition == "AJCC 8" and "eodRegionalNodes" in codes:
        eod = {"pN0": ("070",), "pN0(i+)": ("030",), "pN0(mol+)": ("050",), "pN1mi": ("100",), "pN1a": ("200",), "pN2a": ("200",)}
        if category in eod and codes["eodRegionalNodes"] not in eod[category]:
            found.append("EOD of another category")
    if ("estrogenReceptorPercntPosOrRange" in codes) and (codes["estrogenReceptorSummary"] == "0") != (
        codes["estrogenReceptorPercntPosOrRange"] == "000"
    ):
        found.append("a percentage of another result")
    return found


_CLASSES = st.sampled_from(
    ["ISOLATED TUMOR CELLS, 0.1 MM", "MICROMETASTASIS, 1.1 MM", "METASTATIC CARCINOMA, 6 MM", "METASTATIC CARCINOMA"]
)


@st.composite
def _group(draw: st.DrawFn, name: str) -> str:
    examined = draw(st.integers(1, 24))
    positive = draw(st.integers(0, examined))
    if not positive:
        return f"{name}: {examined} LYMPH NODES, NEGATIVE FOR CARCINOMA (0/{examined})."
    return f"{name}: {draw(_CLASSES)}, IN {positive} OF {examined} LYMPH NODES ({positive}/{examined})."


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A report of an operation: some groups of nodes, printed categories that may fit or not, receptors."""
    names = draw(st.lists(st.sampled_from(
        ["LEFT SENTINEL LYMPH NODES", "LEFT AXILLARY CONTENTS", "LEFT INTRAMAMMARY NODE", "LEFT INTERNAL MAMMARY SENTINEL NODE",
         "LEFT SUPRACLAVICULAR NODE", "LEFT AXILLA, LEVEL III"]), unique=True, max_size=3))  # fmt: skip
    parts = [f"{letter}. {draw(_group(name))}" for letter, name in zip("BCDE", names, strict=False)]
    treated = draw(st.booleans())
    y = draw(st.sampled_from(["", "y", "y", "r"])) if treated else ""
    tumor = (
        f"A. LEFT BREAST, MASTECTOMY{', AFTER NEOADJUVANT CHEMOTHERAPY' if treated else ''}: INVASIVE DUCTAL CARCINOMA, GRADE 2, 2.4 CM."
    )
    printed = draw(st.sampled_from(["", f"{y}pT2", f"{y}pT2 {y}pN0(sn)", f"{y}pT2 {y}pN1a", f"{y}pT2 {y}pN1mi(sn)", f"{y}pT2 {y}pN2a"]))
    markers = draw(st.sampled_from(["", "ER: POSITIVE (90%).", "ER: NEGATIVE (0%). PR: 10-25%.", "ER: <1%. HER2: 2+."]))
    return "\n".join(["FINAL DIAGNOSIS:", tumor, *parts, printed, markers])


@pytest.mark.slow
@settings(max_examples=400)
@given(texts(), st.sampled_from(editions()), st.booleans())
def test_codes_of_texts_do_not_contradict_each_other(text: str, edition: str, read: bool) -> None:
    report = parse(text)
    assert contradictions(abstracted(report, edition), edition) == []
    if read:  # by a person who changed nothing: the doubts are gone, the facts are not
        assert contradictions(abstracted(report, edition, reviewer="Practitioner/7"), edition) == []


_COUNTS = ("examined", "positive", "itc", "sentinel_examined", "sentinel_positive")
_REGIONS = [Region.SENTINEL, Region.AXILLARY, Region.INTRAMAMMARY, Region.INTERNAL_MAMMARY, Region.SUPRACLAVICULAR, Region.UNSPECIFIED]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Counts as a person may give them, with or without a ledger that fits, and the category of a table or of a person."""
    counts = {
        name: draw(st.none() | st.integers(0, 110)) for name in ("examined", "positive", "itc", "sentinel_examined", "sentinel_positive")
    }
    ledger = tuple(
        group(draw(st.sampled_from(_REGIONS)), draw(st.none() | st.integers(0, 60)), draw(st.none() | st.integers(0, 60)),
              *([Deposit(1, words=draw(st.sampled_from(DepositClass)))] if draw(st.booleans()) else []))
        for _ in range(draw(st.integers(0, 3)))
    )  # fmt: skip
    given: dict[str, Any] = {name: count for name, count in counts.items() if count is not None}
    report = facts(ledger=ledger, **given)
    inputs = {name: draw(st.integers(0, 12)) for name in ("macro", "micro", "unsized", "itc")}
    decided = evaluate(load_table("AJCC 8"), {**inputs, "examined": 60})
    if decided.category is not None:
        decided = replace(decided, category=replace(decided.category, prefix=draw(st.sampled_from(["", "y", "r"]))), basis="reviewed")
    return replace(report, staging={"AJCC 8": decided})


@settings(max_examples=600)
@given(reports())
def test_codes_of_counts_that_a_person_gave_do_not_contradict_each_other(report: Report) -> None:
    assert contradictions(abstracted(report)) == []


def test_a_person_s_category_that_the_count_denies_is_not_written() -> None:
    report = facts(examined=9, positive=2)
    of_person = Decision("AJCC 8", Category("pN0"), possible=("pN0",), basis="reviewed")
    codes = abstracted(replace(report, staging={"AJCC 8": of_person})).items
    assert not {"ajccTnmPathN", "tnmEditionNumber", "eodRegionalNodes"} & codes.keys()
    assert (codes["regionalNodesPositive"].value, codes["regionalNodesExamined"].value) == ("99", "99")
    assert "contradict" in codes["regionalNodesPositive"].basis
