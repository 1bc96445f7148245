"""What a document holds: the matches of every rule, each in its passage and part, with offsets of the text as given."""

from __future__ import annotations

import pytest

from parser.document import Document
from parser.grammar import load_grammar
from parser.model import Role, Section, Side, Span, Version


def read(text: str, everywhere: bool = False) -> Document:
    """A document of the packaged grammar."""
    return Document(text, load_grammar(), everywhere)


def test_mentions_have_the_offsets_of_the_text_as_given() -> None:
    text = "Metastatic\ttumor  in 2 of\r\n 14   lymph \t nodes."
    (mention, *_) = read(text).of("node_count")
    assert text[mention.start : mention.end].endswith("2 of\r\n 14   lymph \t nodes")
    start, end = mention.spans["examined"]
    assert text[start:end] == "14"


def test_mentions_of_several_kinds_come_in_the_order_of_the_text() -> None:
    document = read("Left axillary lymph nodes: 2 of 9 nodes positive. pN1a. Right sentinel nodes.")
    found = document.of("region", "side", "category")
    assert [mention.kind for mention in found] == ["side", "region", "category", "side", "region"]
    assert [mention.start for mention in found] == sorted(mention.start for mention in found)


def test_there_are_no_mentions_of_an_unknown_kind() -> None:
    assert read("2 of 9 lymph nodes").of("no such kind") == []


def test_a_mention_knows_section_version_and_part() -> None:
    document = read("FINAL DIAGNOSIS:\nA. Breast.\n\nADDENDUM DIAGNOSIS:\nB. Tumor in 2 of 9 lymph nodes.\n")
    mention = document.of("node_count")[0]
    assert (mention.version, mention.part.label) == (Version.ADDENDUM, "B")


@pytest.mark.parametrize(
    "heading", ["GROSS DESCRIPTION:", "SPECIMENS SUBMITTED:", "DISCLAIMER:"], ids=["gross", "specimens", "boilerplate"]
)
def test_results_are_not_read_where_they_bind_nobody(heading: str) -> None:
    text = f"FINAL DIAGNOSIS:\nLeft breast.\n\n{heading}\nTumor in 2 of 9 lymph nodes. pN1a.\n"
    assert read(text).of("node_count", "category") == []
    assert read(text, everywhere=True).of("node_count", "category") != []


def test_a_match_over_a_heading_is_none() -> None:
    document = read("FINAL DIAGNOSIS:\nTumor in 2 of\nCOMMENT:\n9 lymph nodes\n")
    assert all(mention.values.get("positive") != 2 for mention in document.of("node_count"))


def test_evidence_and_finding_quote_the_text() -> None:
    text = "FINAL DIAGNOSIS:\nA. Left axilla: TUMOR IN 2 OF 9 LYMPH NODES.\n"
    document = read(text)
    mention = document.of("node_count")[0]
    evidence, finding = document.evidence(mention), document.findings([mention], {id(mention): Role.LEDGER})[0]
    assert evidence.quote == text[mention.start : mention.end] == finding.quote
    assert (evidence.section, evidence.version, evidence.span) == (Section.DIAGNOSIS, Version.ORIGINAL, Span(mention.start, mention.end))
    assert (finding.specimen, finding.role, finding.values["examined"]) == ("A", Role.LEDGER, 9)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        pytest.param("Left axilla: 2 of 9 lymph nodes", Side.LEFT, id="before"),
        pytest.param("2 of 9 right axillary lymph nodes", Side.RIGHT, id="inside"),
        pytest.param("Left breast. 2 of 9 right axillary lymph nodes", Side.RIGHT, id="inside beats before"),
        pytest.param("LEET AXILLA: 2 of 9 lymph nodes", Side.LEFT, id="misread"),
        pytest.param("2 of 9 lymph nodes. Left breast.", None, id="after"),
        pytest.param("A. Left breast.\nB. Axilla: 2 of 9 lymph nodes", None, id="another part"),
    ],
)
def test_the_side_of_a_mention_is_named_in_it_or_before_it_in_its_part(text: str, side: Side | None) -> None:
    document = read("FINAL DIAGNOSIS:\n" + text)
    ratio = next(mention for mention in document.of("node_count") if mention.values.get("examined") == 9)
    assert document.side_of(ratio) is side


def test_overlap_means_a_shared_character() -> None:
    document = read("Left breast. Tumor in 2 of 9 left axillary lymph nodes.")
    ratio = document.of("node_count")[0]
    assert [side.overlaps(ratio) for side in document.of("side")] == [False, True]
