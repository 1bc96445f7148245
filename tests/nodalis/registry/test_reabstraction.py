"""The comparison of an abstract with a registry's: every class of difference, agreement and its interval."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from nodalis.registry.abstract import Abstract, Item
from nodalis.registry.code_words import compared
from nodalis.registry.dictionary import RELEASES, load_dictionary
from nodalis.registry.matching import Index, of_another_patient
from nodalis.registry.reabstraction import Agreement, Difference, Kind, agreements, compare, total, wilson
from nodalis.registry.reading import Existing
from nodalis.registry.tables import ITEMS
from parser.model import Evidence, IssueKind, Span

PROOF = (Evidence(Span(0, 3), "1/2", "nodes.ratio"),)


def ours(*doubts: IssueKind, **codes: str) -> Abstract:
    entries = load_dictionary().entries
    items = {id_: Item(id_, entries[id_].number, value, PROOF, "a reason") for id_, value in codes.items()}
    return Abstract("S26-0815", items, doubts)


def theirs(number: int = 1, /, **codes: str) -> Existing:
    return Existing(number, "26", {}, codes)


def compared_item(existing: Existing, mine: Abstract) -> Difference:
    (found,) = compare(existing, mine, "AJCC 8").items
    return found


def kind(existing: Existing, mine: Abstract) -> Kind:
    return compared_item(existing, mine).kind


NOTHING = theirs()


@pytest.mark.parametrize(
    ("registry", "report", "expected"),
    [
        ({"ajccTnmPathN": "pN1mi"}, {"ajccTnmPathN": "pN1mi"}, Kind.SAME),
        ({"ajccTnmPathN": "pN1a"}, {"ajccTnmPathN": "pN1mi"}, Kind.DIFFERS),
        ({"ajccTnmPathN": "N1mi"}, {"ajccTnmPathN": "pN1mi"}, Kind.DIFFERS),
        ({"ajccTnmPathN": "pN0"}, {"ajccTnmPathN": "pN0(i+)"}, Kind.DIFFERS),
        ({}, {"ajccTnmPathN": "pN1mi"}, Kind.ONLY_OURS),
        ({"regionalNodesPositive": "99"}, {"regionalNodesPositive": "02"}, Kind.ONLY_OURS),
        ({"ki67": "20.0"}, {}, Kind.ONLY_THEIRS),
        ({"regionalNodesPositive": "02"}, {"regionalNodesPositive": "99"}, Kind.NOT_COMPARABLE),
        ({"regionalNodesPositive": "99"}, {"regionalNodesPositive": "99"}, Kind.NOT_COMPARABLE),
        ({"ki67": "XXX.9"}, {}, Kind.NOT_COMPARABLE),
        ({}, {"regionalNodesPositive": "99"}, Kind.NOT_COMPARABLE),
        ({"regionalNodesPositive": "2"}, {"regionalNodesPositive": "02"}, Kind.SAME),
        ({"regionalNodesPositive": "97"}, {"regionalNodesPositive": "02"}, Kind.DIFFERS),
        ({"regionalNodesPositive": "98"}, {"regionalNodesPositive": "00"}, Kind.DIFFERS),
        ({"ki67": "20"}, {"ki67": "20.0"}, Kind.SAME),
        ({"ki67": "20.5"}, {"ki67": "20.0"}, Kind.DIFFERS),
        ({"estrogenReceptorPercntPosOrRange": "R90"}, {"estrogenReceptorPercntPosOrRange": "085"}, Kind.DIFFERS),
        ({"ajccTnmPathNSuffix": "(sn)"}, {"ajccTnmPathNSuffix": "(f)"}, Kind.DIFFERS),
    ],
)
def test_two_codes_are_of_one_class(registry: Mapping[str, str], report: Mapping[str, str], expected: Kind) -> None:
    assert kind(Existing(1, "26", {}, registry), ours(**report)) is expected


def test_what_a_report_under_review_does_not_code_is_not_comparable_and_says_why() -> None:
    found = compared_item(theirs(ajccTnmPathN="pN1a"), ours(IssueKind.COUNTS_DIFFER))
    assert (found.kind, found.basis) == (Kind.NOT_COMPARABLE, "the report needs review: counts_differ")


def test_an_item_that_the_registry_gives_with_two_values_is_compared_with_neither() -> None:
    existing = Existing(1, "26", {}, {"ki67": "20.0"}, frozenset({"ki67"}))
    assert kind(existing, ours(ki67="20.0")) is Kind.NOT_COMPARABLE


def test_an_item_of_neither_side_is_not_listed() -> None:
    assert compare(NOTHING, ours(), "AJCC 8").items == ()


def test_names_and_numbers_are_not_compared() -> None:
    existing = theirs(nameLast="DOE", pathReportNumber1="0815", dateOfBirth="19610302", textStaging="x")
    assert compare(existing, ours(nameLast="ROE", pathReportNumber1="4711"), "AJCC 8").items == ()


def test_a_difference_has_both_codes_in_words_and_the_proof_of_ours() -> None:
    found = compared_item(theirs(regionalNodesPositive="97"), ours(regionalNodesPositive="02"))
    assert (found.theirs, found.theirs_means) == ("97", "positive, number not told")
    assert (found.ours, found.ours_means) == ("02", "2 positive")
    assert (found.basis, found.evidence) == ("a reason", PROOF)


def test_a_code_that_no_source_explains_has_no_words() -> None:
    found = compared_item(theirs(ajccTnmPathN="88"), ours(ajccTnmPathN="pN0"))
    assert (found.theirs_means, found.ours_means) == ("", "")


@pytest.mark.parametrize(
    ("item", "code", "words"),
    [
        ("regionalNodesPositive", "89", "89 positive"),
        ("regionalNodesPositive", "90", "90 or more positive"),
        ("regionalNodesPositive", "91", ""),
        ("regionalNodesPositive", "000", ""),
        ("regionalNodesPositive", "٣", ""),
        ("lnPositiveAxillaryLevel1To2", "99", "99 positive"),
        ("lnPositiveAxillaryLevel1To2", "X1", "100 or more positive"),
        ("tumorSizePathologic", "988", "988 mm"),
        ("tumorSizePathologic", "995", ""),
        ("ki67", "100.0", "100.0 %"),
        ("ki67", "100.1", ""),
        ("estrogenReceptorPercntPosOrRange", "R90", "81 to 90 %"),
        ("oncotypeDxRecurrenceScoreInvasiv", "018", "score 18"),
        ("ajccTnmPathN", "01", ""),
    ],
)
def test_a_code_has_the_words_of_its_source_and_none_beyond_it(item: str, code: str, words: str) -> None:
    assert compared()[item].meaning(code) == words


def test_agreement_counts_only_what_both_sides_code() -> None:
    pairs = [
        (theirs(ki67="20.0"), ours(ki67="20.0")),
        (theirs(ki67="20.0"), ours(ki67="20.0")),
        (theirs(ki67="25.0"), ours(ki67="20.0")),
        (theirs(ki67="25.0"), ours()),
        (NOTHING, ours(ki67="20.0")),
        (theirs(ki67="25.0"), ours(ki67="XXX.7")),
    ]
    items = agreements(compare(existing, mine, "AJCC 8") for existing, mine in pairs)
    agreement = items["ki67"]
    assert list(items) == ["ki67"]
    assert (agreement.both, agreement.share) == (3, 2 / 3)
    assert sum(agreement.counts.values()) == len(pairs)
    assert total(items).counts == agreement.counts


def test_no_code_of_both_sides_has_no_agreement() -> None:
    assert Agreement({Kind.ONLY_OURS: 3}).share is None
    assert Agreement({Kind.ONLY_OURS: 3}).interval is None


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_newcombe_1998(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17:857, table I, method 3."""
    assert [round(end, 4) for end in wilson(successes, trials)] == [low, high]


def test_items_compared_stand_in_both_dictionaries() -> None:
    for release in RELEASES:
        assert not compared().keys() - load_dictionary(release).entries.keys()


def test_all_codes_of_an_abstract_are_compared_but_identity_texts_and_the_edition() -> None:
    identity = {"dateOfBirth", "medicalRecordNumber", "nameFirst", "nameLast", "pathReportNumber1"}
    assert set(ITEMS) - compared().keys() == identity | {"textDxProcPath", "textStaging", "tnmEditionNumber"}
    assert compared().keys() <= set(ITEMS)


@pytest.mark.parametrize("item", compared())
def test_codes_with_words_fit_their_item(item: str) -> None:
    entry, codes = load_dictionary().entries[item], compared()[item]
    for code in {*codes.words, *codes.unknown}:
        assert len(code) <= entry.length
    assert codes.unknown <= codes.words.keys()


def test_a_number_leads_to_the_tumours_that_hold_it() -> None:
    index = Index()
    index.add(theirs(1, pathReportNumber1="S26-1", pathReportNumber2="S26-2"))
    index.add(theirs(2, pathReportNumber5="S26-2"))
    index.add(theirs(3, pathReportNumber1="S26-3"))
    index.add(theirs(4))
    assert [one.number for one in index.find({"S26-1"}).tumors] == [1]
    assert sorted(one.number for one in index.find({"S26-2"}).tumors) == [1, 2]
    assert index.find({"S26-9"}).tumors == ()
    assert (index.tumors, index.without_number, index.unmatched) == (4, 1, 1)


def test_a_tumour_that_holds_a_number_twice_is_found_once() -> None:
    index = Index()
    index.add(theirs(1, pathReportNumber1="S26-1", pathReportNumber2="S26-1"))
    assert len(index.find({"S26-1", "S26-2"}).tumors) == 1


def test_another_item_may_hold_the_number() -> None:
    index = Index(("medicalRecordNumber",))
    index.add(Existing(1, "26", {"medicalRecordNumber": "0815"}, {"pathReportNumber1": "x"}))
    assert len(index.find({"0815"}).tumors) == 1
    assert index.find({"x"}).tumors == ()


def test_only_what_is_compared_is_kept_of_a_tumour() -> None:
    index = Index()
    index.add(theirs(1, pathReportNumber1="S26-1", nameLast="DOE", ki67="20.0", dateOfBirth="1961"))
    (kept,) = index.find({"S26-1"}).tumors
    assert kept.tumor == {"ki67": "20.0", "dateOfBirth": "1961"}


@pytest.mark.parametrize(
    ("registry", "report", "expected"),
    [
        ("19610302", "1961-03-02", False),
        ("19610302", "1961-03-03", True),
        ("1961", "1961-03-03", False),
        ("1962", "1961-03-03", True),
        ("", "1961-03-03", False),
        ("19610302", None, False),
    ],
)
def test_dates_of_birth_that_differ_are_of_two_patients(registry: str, report: str | None, expected: bool) -> None:
    existing = Existing(1, "26", {"dateOfBirth": registry} if registry else {}, {})
    assert of_another_patient(existing, report) is expected
