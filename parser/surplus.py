"""Numbers in words that the counts of a report do not hold: more negative, positive or further nodes than were counted."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property

import regex

from .document import Document
from .landmarks import matches
from .ledger import Ledger
from .model import Issue, IssueKind, Span, Version
from .numbers import count
from .sections import DIAGNOSES, NOT_FINAL, Passage
from .words import before, word_start

# "four nodes are positive, the remaining thirteen |negative", "three negative and one |positive": counts whose nodes are not named again.
# The words behind a count are found first, since a search for any count looks at every word of a report.
_THE_REST = r"(?<![a-z])the\s(?:remaining|other)\s"
_COUNT = (
    r"(?<![a-z\d.,/+-])(?<!of )(?<!of the )(?<!from )(?<!among )(?<!/ )(?<!node )(?<!nodes \d and )(?<!level )(?<!number )(?<!part )"
    r"(?<!sln )(?<!# )(?P<number>[a-z]{3,9}(?:-[a-z]{3,5})?|\d{1,2})\s"
)
_ARE = r"(?:(?:are|is|were|was)\s)?"
_COUNT_BEFORE = before(rf"(?:{_THE_REST})?{_COUNT}{_ARE}")
_REST = re.compile(_THE_REST.removeprefix("(?<![a-z])"))  # few reports speak of a rest: they are looked through once for its words
_REST_BEFORE = before(rf"{_THE_REST}{_COUNT}{_ARE}")
_WITH_BEFORE = before(rf"{_COUNT}(?:with|has|shows|contains|had|showed|contained)\s(?:an?\s)?")
_NEGATIVE = re.compile(r"(?:free|negative|uninvolved|benign|without)(?![a-z])")
_POSITIVE = re.compile(r"(?:positive|involved|metastatic)(?![a-z]|\sfor\s(?:e|p|h)r)")
_NODES = re.compile(r"(?:lymph|nodes?)(?![a-z])")
# "positive: 3; negative: 12 (nodes)": the label of a count whose nodes are named beside the next
_LABELLED = re.compile(
    word_start("positive", "involved", "metastatic")
    + r"\s?[:=]\s?(?P<number>\d{1,2})(?=\s?[;,]\s?(?:negative|uninvolved|free|benign)\s?[:=]\s?\d)"
)
_CLASS = re.compile(r"(?P<kind>micro|macro)-?metasta")
_CLASS_IN = re.compile(r"(?P<kind>micro|macro)-?metastas[ei]s\sin\s(?P<number>[a-z]{3,9}|\d{1,2})(?![a-z\d/]|[.,]\d)")
# "in 8 |macrometastasis|, in 1 |micrometastasis|"
_IN_BEFORE = before(rf"(?<![a-z])in\s{_COUNT}(?:an?\s)?")
_COUNT_LENGTH = 48  # characters at most of a count and what links it to the words behind it
# a node beside those counted, with what it bears; isolated tumour cells are no more than a size class
_FURTHER_NODE = re.compile(
    r"(?<![a-z])(?:another|(?:an?|one|the)\s(?:further|additional|other|second|third|fourth|fifth|separate|different))\s"
    r"(?:(?:(?:lymph|axillary|sentinel|regional)\s){0,2}n[o0]de(?![a-z])\s?,?|(?:one\s)?(?=contains|shows|has\s|harbou?rs|bears))\s?(?:(?:is|has|was|shows?|showed|also|with|contain(?:s|ed|ing)|harbou?rs?|bears?|an?|small|single|completely|partially)\s){0,5}"
    r"(?:\d[\d.]{0,4}\s?[cm]m\s)?(?:metasta|micrometa|macrometa|positive|involved|replaced|carcinoma|adenocarcinoma|tumou?r|infiltrat)"
)
_DETERMINERS = (4, 3, 2)  # characters of "one " or "the ", "an ", "a " or the "an" of "another"
# "sentinel node 1: micrometastasis. Sentinel node 2: free of tumor": nodes that are told one by one
_NUMBERED_NODE = re.compile(
    word_start("n[o0]des?", "slns?")
    + r"\s?(?:\#|no\.?)?\s?(?P<number>\d|[a-d])(?:\s?(?:and|&|,)\s?(?P<second>\d))?\s?(?::\s|\((?=\s?\d\s?/))"
)
_NODES_BEFORE = re.compile(r"(?<![a-z])(?:n[o0]des?|slns?)(?![a-z])(?:[^.]|(?<=\d)\.(?=\d)){0,70}\Z")


def surplus(document: Document, ledger: Ledger) -> list[Issue]:
    """One issue with the words that tell of more nodes than the positive or negative ones of the ledger, or none."""
    if ledger.examined is None or ledger.positive is None:
        return []
    text, negative = document.clean, ledger.examined - ledger.positive
    words: list[Span] = []
    held = _Held(ledger)
    classes: dict[str, tuple[int, Span]] = {}
    marks = document.landmarks
    rest = ("remaining" in text or "other" in text) and _REST.search(text) is not None
    for passage in document.passages:
        if passage.section in NOT_FINAL or passage.version is Version.SUPERSEDED:
            continue
        if passage.section in DIAGNOSES:
            told = (
                (matches(_NEGATIVE, text, marks.negative, passage.start, passage.end), _COUNT_BEFORE, negative),
                (_NODES.finditer(text, passage.start, passage.end) if rest else (), _REST_BEFORE, negative),
                (matches(_POSITIVE, text, marks.positive, passage.start, passage.end), _COUNT_BEFORE, ledger.positive),
            )
            for found, linked, most in told:
                words += [span for number, span, _ in _counted(text, found, linked) if number > most and _beside_nodes(text, span)]
            if marks.further:
                words += _further(document, passage, held)
            labels = matches(_LABELLED, text, marks.positive, passage.start, passage.end)
            words += [Span(*label.span()) for label in labels if int(label["number"]) > ledger.positive]
            if 2 * len(marks.node) > ledger.examined:
                named = list(matches(_NUMBERED_NODE, text, marks.node, passage.start, passage.end))
                if len({number for node in named for number in node.groups() if number}) > ledger.examined:
                    words += [Span(*node.span()) for node in named]
        for linked in (_WITH_BEFORE, _IN_BEFORE) if marks.size_class else ():
            of_class = matches(_CLASS, text, marks.size_class, passage.start, passage.end)
            classes |= {match["kind"]: (number, span) for number, span, match in _counted(text, of_class, linked)}
        for match in matches(_CLASS_IN, text, marks.size_class, passage.start, passage.end):
            classes[match["kind"]] = (count(match["number"]) or 0, Span(*match.span()))
    if sum(number for number, _ in classes.values()) > ledger.positive:
        words.extend(span for _, span in classes.values())
    return [Issue(IssueKind.COUNT_MISSING, "more nodes are told of than the counts hold", tuple(sorted(set(words))))] if words else []


class _Held:
    """Where the groups of a ledger are told, in the order of the text."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @cached_property
    def _spans(self) -> list[tuple[int, int, int]]:
        """Where statements begin and end, and where the words that tell of their nodes end."""
        told = [(one.mention.start, one.mention.end, max(one.end, one.mention.end)) for one in self._ledger.groups]
        return sorted(told + [(words.start, words.end, words.end) for one in self._ledger.groups for words in one.evidence])

    @cached_property
    def _longest(self) -> int:
        return max((end - start for start, _, end in self._spans), default=0)

    def __contains__(self, span: Span) -> bool:
        """Whether words are told of nodes that a group counts, or share a character with its statement."""
        low, high = (bisect_left(self._spans, (offset,)) for offset in (span.start - self._longest, span.end))
        return any(span.start < (far if start <= span.start else end) for start, end, far in self._spans[low:high])


def _further(document: Document, passage: Passage, held: _Held) -> Iterator[Span]:
    """Further nodes with tumour that no statement counts: "three with metastases. A further node contains a micrometastasis"."""
    text = document.clean
    places = document.landmarks.further
    near = places[bisect_left(places, passage.start) : bisect_left(places, passage.end)]
    starts = [place - length for place in near for length in _DETERMINERS]
    for found in matches(_FURTHER_NODE, text, starts, passage.start, passage.end):
        span = Span(*found.span())
        if span not in held:
            yield span


def _counted(text: str, words: Iterable[re.Match[str]], linked: regex.Pattern[str]) -> Iterator[tuple[int, Span, re.Match[str]]]:
    """The numbers that stand right before some words, each with the span of both and the match of the words."""
    for found in words:
        told = linked.match(text, max(0, found.start() - _COUNT_LENGTH), found.start())
        if told and (number := count(told["number"])):
            yield number, Span(told.start(), found.end()), found


def _beside_nodes(text: str, span: Span) -> bool:
    """Whether words stand in a sentence that names nodes before them."""
    return _NODES_BEFORE.search(text, max(0, span.start - 90), span.start) is not None
