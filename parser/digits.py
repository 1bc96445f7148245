"""Numbers of nodes that contradict themselves: told twice and differing, or no whole numbers."""

from __future__ import annotations

import re

import regex

from .document import Document
from .landmarks import matches, matches_near
from .model import Issue, IssueKind, Span
from .numbers import count
from .sections import NOT_FINAL

NODE = re.compile(r"(?<![a-z])(?:n[o0]{1,2}des?|slns?|sentinels?|axill[a-z]{1,5})(?![a-z])")
_NUMBER = r"[a-z]{3,9}(?:[\s-]{1,2}(?:one|two|three|four|five|six|seven|eight|nine))?"
_BRACKET = regex.compile(r"\(\s?(?:(?:[a-z]{1,14}\s){0,3}(?P<first>\d{1,2})\s?/\s?(?P<second>\d{1,2})|(?P<first>\d{1,2}))\s?\)")
# what stands before the bracket: "four (5)", "two of four nodes (2/9)", "0/11 positive (axillary 0/11)"
_ONE_BEFORE = regex.compile(rf"(?<![a-z])(?<!ty[\s.-]{{1,3}})(?P<first>{_NUMBER})\s{{0,2}}\Z")
_TWO_BEFORE = regex.compile(
    rf"(?<![a-z\d/])(?:(?P<first>{_NUMBER}|\d{{1,2}})\s+(?:out\s+)?of\s+(?:the\s+)?(?P<second>{_NUMBER}|\d{{1,2}})(?![a-z\d])"
    r"|(?P<first>\d{1,2})\s?/\s?(?P<second>\d{1,2})(?![\d/]))[^.;:()]{0,70}\Z"
)
# "two lymph nodes, negative for tumor (0/3)"
_NODES_BEFORE_RATIO = regex.compile(
    r"(?<![a-z\d/.,-])(?<!levels? )(?<!part )(?<!node )(?<!includ(?:es|ing)(?: all| the)? )(?<!ty[\s.-]{1,3})"
    rf"(?P<number>{_NUMBER}|\d{{1,2}})\s(?:\(\d{{1,2}}\)\s)?(?:[a-z-]{{3,14}}\s){{0,4}}n[o0]{{1,2}}des?(?![a-z])[^.;:()\d]{{0,60}}\Z"
)
_MORE_NODES = re.compile(r"(?<![a-z])(?:additional|further|other|more|non-?\s?sentinel)(?![a-z])")
# "nodes positive: 1.5"; and, beside a word for a node, "(-1/3)", "1/-3", "1.5 of 3". One search for each is faster than one for all.
_NO_WHOLE_TOTAL = re.compile(
    r"n[o0]des?\s{0,2}(?:(?:positive|involved|examined|with\s+[a-z]{4,20})\s{0,2})[:=]\s{0,3}(?:-\d|\d{1,2}\.\d(?!\d?\s?[cm]m))"
)
_MISREAD = re.compile(  # "3ne of two lymph nodes": a misread digit in a word for a number
    r"[2-9](?<![a-z\d/.][2-9])(?:n[ec]|wo|hree|our|ive|ix)(?=\s(?:out\s)?of\s|\s(?:lymph|nodes?|axillary|sentinel))"
    r"|tw[1-9](?<![a-z]tw[1-9])(?=\s(?:lymph|nodes?|axillary|sentinel))"
)
_NEGATIVE_NUMBER = re.compile(r"-(?<=[(\s]-)\d{1,2}\s?/\s?\d")
_TO_NEGATIVE_NUMBER = re.compile(r"\d(?<![\d/.]\d)\d?\s?/\s?-\d")
_TO_NEGATIVE_NUMBER_WINDOW = (3, 4)  # characters before and from the slash on
_FRACTION = re.compile(r"\.(?<=\d\.)(?<![\d.]\d\.)\d\s+of\s+\d{1,2}(?!\.\d|\s?[cm]m)")  # from its point on


def digits(document: Document) -> list[Issue]:
    """Numbers told twice in one breath that differ: "four (5) of six", "two of four nodes (2/9)"."""
    text, words = document.clean, list[Span]()
    for bracket in _BRACKET.finditer(text):
        ratio = bracket["second"] is not None
        pattern, reach = (_TWO_BEFORE, 100) if ratio else (_ONE_BEFORE, 24)
        low, high = max(0, bracket.start() - reach), bracket.start()
        # two numbers are linked by "of" or a slash: without one there is nothing to look for
        told_before = not ratio or text.find("/", low, high) >= 0 or text.find("of", low, high) >= 0
        before = max(pattern.finditer(text, low, high, overlapped=True), key=_start, default=None) if told_before else None
        if before:
            told = [count(number) for number in before.groups() if number]
            if None not in told and told != [int(number) for number in bracket.groups() if number]:
                words.append(Span(before.start(), bracket.end()))
        elif ratio and text[bracket.start() + 1 : bracket.start() + 3].strip()[:1].isdigit():
            positive, examined = int(bracket["first"]), int(bracket["second"])
            nodes = [
                number
                for number in _NODES_BEFORE_RATIO.finditer(text, max(0, bracket.start() - 140), bracket.start(), overlapped=True)
                if count(number["number"]) is not None
                and not _MORE_NODES.search(number[0])  # "two sentinel nodes, two additional nodes (0/4)"
            ]
            counts = [count(number["number"]) or 0 for number in nodes]
            if nodes and sum(counts) != examined and counts[-1] not in (positive, examined, examined - positive):
                words.append(Span(nodes[-1].start(), bracket.end()))
    beside = [
        span
        for span in words
        if NODE.search(text, max(0, span.start - 60), span.end + 40) and document.passage_at(span.start).section not in NOT_FINAL
    ]
    return [Issue(IssueKind.COUNTS_DIFFER, "a number told twice differs", tuple(sorted(set(beside))))] if beside else []


def no_whole_numbers(document: Document) -> list[Issue]:
    text, marks = document.clean, document.landmarks
    odd = [Span(*match.span()) for match in _NO_WHOLE_TOTAL.finditer(text)]
    beside = [
        *(match.span() for match in matches(_MISREAD, text, marks.misread, 0, len(text))),
        *(match.span() for match in _NEGATIVE_NUMBER.finditer(text)),
        *(match.span() for match in matches_near(_TO_NEGATIVE_NUMBER, text, marks.slash, _TO_NEGATIVE_NUMBER_WINDOW, 0, len(text))),
        *((match.start() - 1, match.end()) for match in _FRACTION.finditer(text)),
    ]
    odd.extend(Span(start, end) for start, end in beside if NODE.search(text, max(0, start - 90), end + 40))
    return [Issue(IssueKind.IMPOSSIBLE_COUNT, "a count of nodes that is no whole number", tuple(sorted(set(odd))))] if odd else []


def _start(match: regex.Match[str]) -> int:
    return match.start()
