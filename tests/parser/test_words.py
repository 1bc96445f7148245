"""Patterns that are written for speed find what their plain forms find."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parser import cautions, digits, divisions, document, groups, sections, sizes, statements, surplus, unread, verdicts
from parser.document import Document
from parser.grammar import load_grammar
from parser.landmarks import landmarks, matches, matches_near
from parser.numbers import count
from parser.sections import Passage
from parser.words import holds, word_start

_LABEL_STARTS = r"(?:[\n.:;)\]\"'=_>]|\A|(?:diagnos[ei]s|interpretation|consultation)(?=\s))"
_KEY = (
    r"(?<![a-z])p?(?P<category>n[0-3](?:mi|[abc])?(?:\s?\((?:i|mol)[+-]\))?)[\s:=-]{1,12}"
    r"(?:no\s|isolated|micro|macro|metasta|positive|regional|tumou?r|negative|cancer|spread|itc)"
)
PLAIN = {
    digits._FRACTION: r"(?<=(?<![\d.])\d)\.\d\s+of\s+\d{1,2}(?!\.\d|\s?[cm]m)",
    digits._NEGATIVE_NUMBER: r"(?<=[(\s])-\d{1,2}\s?/\s?\d",
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
    "b) 1). (a) part 1: specimen ii. ] _ > ' the number identified metastatic no. nos. [cm] (cm) "
    "free uninvolved benign without another further second other one a an contains shows metastasis with has micrometastasis "
    "macro-metastases in lymphnodes lymph 3ne tw2 4our five four six -1 3/-2 1.5 out remaining are was not (2/9) (3) twenty-one includes"
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


AT_LANDMARKS = [
    *(("negative", surplus._NEGATIVE), ("positive", surplus._POSITIVE), ("positive", surplus._LABELLED)),
    *(("size_class", surplus._CLASS), ("size_class", surplus._CLASS_IN), ("category", document._KEY_ENTRY), ("misread", digits._MISREAD)),
    *(("node", unread._NODE), ("node", surplus._NUMBERED_NODE), ("node", digits._NO_WHOLE_TOTAL)),
]
NEAR_SLASHES = [(unread._COUNTED, unread._COUNTED_WINDOW), (digits._TO_NEGATIVE_NUMBER, digits._WINDOW)]


@pytest.mark.parametrize(("kind", "pattern"), AT_LANDMARKS, ids=[f"{kind}-{pattern.pattern[:16]}" for kind, pattern in AT_LANDMARKS])
@given(text=TEXTS)
def test_every_match_begins_at_its_landmark(kind: str, pattern: re.Pattern[str], text: str) -> None:
    at_landmarks = matches(pattern, text, getattr(landmarks(text), kind), 0, len(text))
    assert [match.span() for match in at_landmarks] == [match.span() for match in pattern.finditer(text)]


@pytest.mark.parametrize(("pattern", "window"), NEAR_SLASHES, ids=["counted", "negative number"])
@given(text=TEXTS)
def test_every_ratio_lies_in_the_window_of_its_slash(pattern: re.Pattern[str], window: tuple[int, int], text: str) -> None:
    near = matches_near(pattern, text, landmarks(text).slash, window, 0, len(text))
    assert [match.span() for match in near] == [match.span() for match in pattern.finditer(text)]


@given(TEXTS)
def test_ratios_of_stations_are_those_of_one_search(text: str) -> None:
    report = Document(text, load_grammar())
    whole = Passage(report.passages[0].section, report.passages[0].version, 0, len(text))
    links = divisions._links(report, whole)
    found = [match.span() for match in matches_near(divisions._RATIO, report.clean, links, divisions._WINDOW, 0, len(text))]
    assert found == [match.span() for match in divisions._RATIO.finditer(report.clean)]


@given(TEXTS)
def test_further_nodes_begin_with_a_determiner(text: str) -> None:
    starts = [place - length for place in landmarks(text).further for length in surplus._DETERMINERS]
    found = matches(surplus._FURTHER_NODE, text, starts, 0, len(text))
    assert [match.span() for match in found] == [match.span() for match in surplus._FURTHER_NODE.finditer(text)]


@pytest.mark.parametrize("pattern", [surplus._COUNT_BEFORE, surplus._REST_BEFORE, surplus._WITH_BEFORE, surplus._IN_BEFORE])
@given(text=TEXTS)
def test_counts_tried_backwards_are_those_of_a_search(pattern: regex.Pattern[str], text: str) -> None:
    backwards, forwards = pattern.match(text), re.search(pattern.pattern.removeprefix("(?r)") + r"\Z", text)
    assert (backwards and backwards.groupdict()) == (forwards and forwards.groupdict())


@pytest.mark.parametrize("pattern", [digits._ONE_BEFORE, digits._TWO_BEFORE], ids=["one", "two"])
@given(text=TEXTS)
def test_the_last_number_before_a_bracket_begins_where_a_word_does(pattern: re.Pattern[str], text: str) -> None:
    everywhere = [match.span() for start in range(len(text)) if (match := pattern.match(text, start))]
    last = digits._last(pattern, text, 0, len(text))
    assert (last.span() if last else None) == (everywhere[-1] if everywhere else None)


@given(TEXTS)
def test_numbers_of_nodes_begin_where_a_word_does(text: str) -> None:
    everywhere = [match for start in range(len(text)) if (match := digits._NODES_BEFORE_RATIO.match(text, start))]
    counted = [match.span() for match in everywhere if count(match["number"]) is not None and not digits._MORE_NODES.search(match[0])]
    assert [match.span() for match in digits._numbers_of_nodes(text, 0, len(text))] == counted


@given(TEXTS)
def test_numbers_from_their_first_words_are_those_of_one_search(text: str) -> None:
    found = [match.span() for match in unread._numbers(text, 0, len(text), len(text))]
    assert found == [match.span() for match in unread._NUMBER.finditer(text)]


LOOKED_FOR = [
    (statements._SPOKEN_OF, statements._SPOKEN_WORDS),
    (groups._CORRECTED, groups._CORRECTIONS),
    (groups._OF_PARTS, groups._PARTS),
    (groups._OF_ALL_PARTS, groups._ALL_PARTS),
    (groups._SUM, groups._SUM_WORDS),
    (cautions._EARLIER, cautions._OPERATIONS),
    (cautions._CORRECTS, cautions._CORRECTIONS),
    (sizes._MEASURE, sizes._UNITS),
    (verdicts._ONE_NODE, ("one", "single")),
]


@pytest.mark.parametrize(("pattern", "words"), LOOKED_FOR, ids=[words[0] for _, words in LOOKED_FOR])
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(data=st.data())
def test_every_match_holds_one_of_the_words_looked_for(pattern: re.Pattern[str], words: tuple[str, ...], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern.pattern, re.ASCII)))
    assert holds(text, 0, len(text), words)


ENDS = [(statements._ASIDE, statements._ASIDE_ENDS), (cautions._BOUND, cautions._BOUND_ENDS)]


@pytest.mark.parametrize(("pattern", "ends"), ENDS, ids=["aside", "bound"])
@given(data=st.data())
def test_every_match_ends_with_one_of_the_words_looked_for(pattern: regex.Pattern[str], ends: tuple[str, ...], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern.pattern.removeprefix("(?r)"), re.ASCII), fullmatch=True))
    assert text.rstrip().endswith(ends)
