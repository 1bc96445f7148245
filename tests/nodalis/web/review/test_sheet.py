"""The report beside its text: every value with its words, every word with its values, the row that decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodalis.archive.reasons import MEANINGS
from nodalis.output import FACTS
from nodalis.review.correction import changes, corrected
from nodalis.web.review.passages import passages
from nodalis.web.review.sheet import NAMES, sheet
from parser import parse
from parser.model import IssueKind, Span
from tests.nodalis.web.review.serving_review import DOUBTFUL

SAMPLES = sorted((Path(__file__).resolve().parents[4] / "samples").glob("*.txt"))


def test_every_fact_and_every_kind_of_issue_has_words() -> None:
    assert NAMES.keys() == FACTS.keys()
    assert MEANINGS.keys() == set(IssueKind)


def test_every_name_stands_for_the_value_of_its_fact() -> None:
    report = parse(DOUBTFUL)
    for key, name in NAMES.items():
        part, _, field = name.field.rpartition(".")
        assert FACTS[key](report) is getattr(getattr(report, part) if part else report, field), key


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_passages_are_the_whole_text_and_hold_the_words_of_every_value(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    report = parse(text)
    shown = sheet(report, text)
    assert len("".join(part.text for part in shown.passages)) == len(text)
    by_key: dict[str, str] = {}
    for part in shown.passages:
        assert bool(part.id) == bool(part.values)
        for key in part.values:
            by_key[key] = by_key.get(key, "") + part.text
    for fact in shown.facts:
        evidence = FACTS[fact.key.removeprefix("fact-")](report).evidence
        assert bool(fact.words) == bool(evidence)
        assert all(item.quote.replace("\r", " ") in by_key[fact.key] for item in evidence if "\n" not in item.quote)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_edition_shows_what_was_decided_and_by_which_row(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    report = parse(text)
    shown = sheet(report, text)
    assert [item.edition for item in shown.categories] == ["AJCC 8", "AJCC 7", "AJCC 6"]
    for item in shown.categories:
        decision = report.staging[item.edition]
        is_derived = decision.category is not None and decision.basis == "derived"
        assert item.derived == (str(decision.category) if is_derived else "")
        assert item.row == (decision.row or "")
    assert shown.stated == (str(report.pn_stated.value) if report.pn_stated else "")


def test_a_suffix_alone_is_no_difference_and_another_category_is() -> None:
    same = sheet(parse(DOUBTFUL), DOUBTFUL)
    other = sheet(parse(DOUBTFUL.replace("pN1a", "pN2a")), DOUBTFUL)
    assert [item.differs for item in same.categories] == [False] * 3
    assert [item.differs for item in other.categories] == [True] * 3


def test_a_value_that_a_person_gave_has_no_words_and_says_so() -> None:
    report = parse(DOUBTFUL)
    found = sheet(corrected(report, changes(report, {"nodes.examined": "4"})), DOUBTFUL, ["nodes.examined"])
    (fact,) = (fact for fact in found.facts if fact.key == "fact-examined")
    assert (fact.value, fact.words, fact.origin) == ("4", "", "given by hand")


def test_signs_that_hide_or_reorder_words_are_shown_as_such() -> None:
    (part,) = passages("pN1a\u202e0\x00", {})
    assert part.text == "pN1a\ufffd0␀"


def test_neighbours_with_the_same_values_are_one_and_spans_beyond_the_text_end_with_it() -> None:
    found = passages("0123456789", {"a": [Span(2, 4), Span(4, 6)], "b": [Span(8, 99)]})
    assert [(part.text, part.values) for part in found] == [("01", ()), ("2345", ("a",)), ("67", ()), ("89", ("b",))]
