"""Patterns that are written for speed find what their plain forms find."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser import divisions, sections, surplus, unread
from parser.document import Document
from parser.grammar import load_grammar
from parser.words import word_start

_LABEL_STARTS = r"(?:[\n.:;)\]\"'=_>]|\A|(?:diagnos[ei]s|interpretation|consultation)(?=\s))"
_KEY = (
    r"(?<![a-z])p?(?P<category>n[0-3](?:mi|[abc])?(?:\s?\((?:i|mol)[+-]\))?)[\s:=-]{1,12}"
    r"(?:no\s|isolated|micro|macro|metasta|positive|regional|tumou?r|negative|cancer|spread|itc)"
)
PLAIN = {
    unread._NODE: r"(?<![a-z])(?:lymph)?(?:n[o0]{1,2}[dca]es?|slns?)(?![a-z])|(?<=[a-z])n[o0]des(?![a-z])"
    r"|(?<![a-z])n[o0]des?(?=positive|negative|involved|examined)",
    unread._COUNTED: r"(?<![\d/.a-z#-])(?P<positive>\d{1,2})\s?/\s?(?P<examined>\d{1,2})(?![\d/]|\.\d|\s?(?:hpf|[cm]m|%|\+))",
    divisions._RATIO: r"(?<![\d/.,])(?P<positive>\d{1,2}|o)(?:\s?\+?\s?/\s?|\s(?:out\s)?of\s)(?P<examined>\d{1,2})"
    r"(?![\d/]|\s?(?:hpf|[cm]m))",
    surplus._NUMBERED_NODE: r"(?<![a-z])n[o0]de\s(?:\#|no\.?)?\s?(?P<number>\d|[a-d])\s?:\s",
    surplus._LABELLED: r"(?<![a-z])(?:positive|involved|metastatic)\s?[:=]\s?(?P<number>\d{1,2})"
    r"(?=\s?[;,]\s?(?:negative|uninvolved|free|benign)\s?[:=]\s?\d)",
    re.compile(word_start("lymph", "nodes?")): "(?<![a-z])(?:lymph|nodes?)",
}
WORDS = (
    "lymph node nodes n0des nooces noda sln slns s n d i c pn pn1 n1 pn1mi n0(i+) xpn1 apn2 : = - micro no isolated positive negative "
    "involved examined metastatic 3/14 13/2 o/4 1o/3 3 . , / ( ) of out one two hpf mm # 3; node 1: n0de #2: diagnosis consultation a. "
    "b) 1). (a) part 1: specimen ii. ] _ > ' the number identified metastatic no. nos. [cm] (cm)"
)
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS.split()), st.sampled_from(("", " ", "\n"))).map("".join), max_size=12).map("".join)


def _found(pattern: re.Pattern[str], text: str) -> list[tuple[tuple[int, int], dict[str, str | None]]]:
    return [(match.span(), match.groupdict()) for match in pattern.finditer(text)]


@pytest.mark.parametrize("pattern", PLAIN, ids=lambda pattern: pattern.pattern[:24])
@given(text=TEXTS)
def test_a_pattern_that_begins_with_a_letter_finds_what_its_plain_form_finds(pattern: re.Pattern[str], text: str) -> None:
    assert _found(pattern, text) == _found(re.compile(PLAIN[pattern]), text)


@given(TEXTS)
def test_labels_are_those_of_one_pattern(text: str) -> None:
    plain = re.compile(_LABEL_STARTS + sections._LABEL_BEHIND)
    assert [match.span() for match in sections._labels(text)] == [match.span() for match in plain.finditer(text)]


@given(TEXTS)
def test_entries_of_a_key_begin_where_their_category_does(text: str) -> None:
    document = Document(text, load_grammar())
    assert document.key_entries == [(match.start(), match["category"]) for match in re.finditer(_KEY, document.clean)]


@given(TEXTS)
def test_words_before_a_label_fit_their_windows(text: str) -> None:
    for pattern, length in ((sections._VALUE_OF, sections._VALUE_OF_LENGTH), (sections._NO, sections._NO_LENGTH)):
        assert bool(pattern.search(text)) == bool(pattern.search(text, max(0, len(text) - length)))
