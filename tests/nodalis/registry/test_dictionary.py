"""The dictionaries are NAACCR's own, and what is said of values is what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodalis.registry.dictionary import RELEASES, Entry, Release, load_dictionary
from nodalis.registry.tables import ITEMS

# From the registry facts, item by item: number, length, level.
_ITEMS = {
    "regionalNodesPositive": (820, 2, "Tumor"), "regionalNodesExamined": (830, 2, "Tumor"), "sentinelLymphNodesExamined": (834, 2, "Tumor"),
    "sentinelLymphNodesPositive": (835, 2, "Tumor"), "ajccTnmPathN": (1012, 15, "Tumor"), "ajccTnmPathNSuffix": (1035, 4, "Tumor"),
    "ajccTnmPostTherapyN": (1022, 15, "Tumor"), "ajccTnmPostTherapyNSuffix": (1036, 4, "Tumor"), "tnmEditionNumber": (1060, 2, "Tumor"),
    "tnmPathN": (890, 4, "Tumor"),
    "lnPositiveAxillaryLevel1To2": (3882, 2, "Tumor"), "eodRegionalNodes": (774, 3, "Tumor"), "tumorSizePathologic": (754, 3, "Tumor"),
    "estrogenReceptorSummary": (3827, 1, "Tumor"), "estrogenReceptorPercntPosOrRange": (3826, 3, "Tumor"), "ki67": (3863, 5, "Tumor"),
    "progesteroneRecepSummary": (3915, 1, "Tumor"), "progesteroneRecepPrcntPosOrRange": (3914, 3, "Tumor"),
    "her2OverallSummary": (3855, 1, "Tumor"), "oncotypeDxRecurrenceScoreInvasiv": (3904, 3, "Tumor"),
    "gradePathological": (3844, 1, "Tumor"), "gradePostTherapy": (3845, 1, "Tumor"), "textDxProcPath": (2570, 4000, "Tumor"),
    "textStaging": (2600, 4000, "Tumor"),
    "medicalRecordNumber": (2300, 15, "Tumor"), "nameLast": (2230, 40, "Patient"), "nameFirst": (2240, 40, "Patient"),
    "dateOfBirth": (240, 8, "Patient"), "pathReportNumber1": (7090, 20, "Tumor"),
}  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_each_item_of_an_abstract_is_in_the_dictionary(release: Release) -> None:
    entries = load_dictionary(release).entries
    assert {id_: (entries[id_].number, entries[id_].length, entries[id_].level) for id_ in _ITEMS} == _ITEMS
    assert set(ITEMS) == set(_ITEMS)
    assert [id_ for id_ in entries if id_ in _ITEMS] == list(ITEMS)


@pytest.mark.parametrize(("release", "items", "specification"), [("25", 780, "1.7"), ("26", 771, "1.8")])
def test_the_releases_are_whole(release: Release, items: int, specification: str) -> None:
    dictionary = load_dictionary(release)
    assert (len(dictionary.entries), dictionary.specification) == (items, specification)
    assert dictionary.uri == f"http://naaccr.org/naaccrxml/naaccr-dictionary-{release}0.xml"


def test_the_files_are_byte_for_byte_those_of_naaccr(root: Path, shared: Path) -> None:
    kept = [path for path in (root / "nodalis" / "registry" / "data").iterdir() if path.suffix in {".xml", ".xsd"}]
    assert len(kept) == 3
    assert all(path.read_bytes() == (shared / "oracle" / "naaccr" / path.name).read_bytes() for path in kept)


@pytest.mark.parametrize(("kind", "value", "problem"), [
    ("digits", "02", None), ("digits", "1x", "expected digits"), ("digits", "-1", "expected digits"),
    ("digits", "\u0661", "expected digits"), ("digits", "020", "longer than 2 characters"), ("digits", "", "empty"),
    ("text", "X1", None), ("text", "\U0001f600", None),
    ("text", "a\U0001f600", "longer than 2 characters"), ("numeric", "-1", None), ("numeric", "1,", "expected numeric"),
    ("alpha", "AB", None), ("alpha", "A1", "expected alpha"), ("mixed", "A1", None), ("mixed", "a1", "expected mixed"),
])  # fmt: skip
def test_a_value_is_of_its_type_and_fits(kind: str, value: str, problem: str | None) -> None:
    assert Entry("item", 1, "Item", 2, "Tumor", "AM", kind).problem(value, "A") == problem


@pytest.mark.parametrize(("value", "right"), [
    ("20260105", True), ("202601", True), ("2026", True), ("20261305", False), ("20260140", False), ("2026-1-5", False), ("26", False),
])  # fmt: skip
def test_a_date_may_end_behind_its_year_or_month(value: str, right: bool) -> None:
    assert (Entry("item", 1, "Item", 8, "Tumor", "AM", "date").problem(value, "A") is None) is right


def test_an_item_of_other_records_is_told() -> None:
    assert Entry("item", 1, "Item", 2, "Tumor", "AM", "text").problem("a", "I") == "not an item of records of type I"
