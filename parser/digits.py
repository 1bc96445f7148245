"""Numbers of nodes that contradict themselves: told twice and differing, or no whole numbers."""

from __future__ import annotations

import re

from .document import Document
from .landmarks import matches, matches_near
from .model import Issue, IssueKind, Span
from .numbers import count
from .sections import NOT_FINAL
from .words import word_start

NODE = re.compile(word_start("n[o0]{1,2}des?", "slns?", "sentinels?", "axill[a-z]{1,5}") + "(?![a-z])")
_NUMBER = r"[a-z]{3,9}(?:[\s-]{1,2}(?:one|two|three|four|five|six|seven|eight|nine))?"
_BRACKET = re.compile(r"\(\s?(?:(?:[a-z]{1,14}\s){0,3}(?P<positive>\d{1,2})\s?/\s?(?P<examined>\d{1,2})|(?P<alone>\d{1,2}))\s?\)")
# what stands before the bracket: "four (5)", "two of four nodes (2/9)", "0/11 positive (axillary 0/11)"
_NOT_BEHIND_TENS = r"(?<!ty[\s.-])(?<!ty[\s.-]{2})(?<!ty[\s.-]{3})"
_ONE_BEFORE = re.compile(rf"(?<![a-z]){_NOT_BEHIND_TENS}({_NUMBER})\s{{0,2}}\Z")
_TWO_BEFORE = re.compile(
    rf"(?<![a-z\d/])(?:({_NUMBER}|\d{{1,2}})\s+(?:out\s+)?of\s+(?:the\s+)?({_NUMBER}|\d{{1,2}})(?![a-z\d])"
    r"|(\d{1,2})\s?/\s?(\d{1,2})(?![\d/]))[^.;:()]{0,70}\Z"
)
# "two lymph nodes, negative for tumor (0/3)"
_INCLUDING = "".join(f"(?<!{word} )" for word in (f"includ{end}{which}" for end in ("es", "ing") for which in ("", " all", " the")))
_NODES_BEFORE_RATIO = re.compile(
    rf"(?<![a-z\d/.,-])(?<!level )(?<!levels )(?<!part )(?<!node ){_INCLUDING}{_NOT_BEHIND_TENS}"
    rf"(?P<number>{_NUMBER}|\d{{1,2}})\s(?:\(\d{{1,2}}\)\s)?(?:[a-z-]{{3,14}}\s){{0,4}}n[o0]{{1,2}}des?(?![a-z])[^.;:()\d]{{0,60}}\Z"
)
_WORD = re.compile(r"[a-z]+|\d+")  # where a number can begin
_MORE_NODES = re.compile(r"(?<![a-z])(?:additional|further|other|more|non-?\s?sentinel)(?![a-z])")
# "nodes positive: 1.5"; and, beside a word for a node, "(-1/3)", "1/-3", "1.5 of 3". One search for each is faster than one for all.
_NO_WHOLE_TOTAL = re.compile(
    r"n[o0]des?\s{0,2}(?:(?:positive|involved|examined|with\s+[a-z]{4,20})\s{0,2})[:=]\s{0,3}(?:-\d|\d{1,2}\.\d(?!\d?\s?[cm]m))"
)
_MISREAD = re.compile(  # "3ne of two lymph nodes": a misread digit in a word for a number
    r"[2-9](?<![a-z\d/.][2-9])(?:n[ec]|wo|hree|our|ive|ix)(?=\s(?:out\s)?of\s|\s(?:lymph|nodes?|axillary|sentinel))"
    r"|tw[1-9](?<![a-z]tw[1-9])(?=\s(?:lymph|nodes?|axillary|sentinel))"
)
_NEGATIVE_NUMBER = re.compile(r"-\d(?<=[(\s]-\d)\d?\s?/\s?\d")
_TO_NEGATIVE_NUMBER = re.compile(r"\d(?<![\d/.]\d)\d?\s?/\s?-\d")
_NEGATIVE_BEHIND, _WINDOW = re.compile(r"/\s?-\d"), (3, 4)  # characters before and from the slash on
_FRACTION = re.compile(r"\.\d(?<=\d\.\d)(?<![\d.]\d\.\d)\s+of\s+\d{1,2}(?!\.\d|\s?[cm]m)")  # from its point on


def digits(document: Document) -> list[Issue]:
    """Numbers told twice in one breath that differ: "four (5) of six", "two of four nodes (2/9)"."""
    text, words = document.clean, list[Span]()
    for bracket in _BRACKET.finditer(text):
        ratio = bracket["examined"] is not None
        pattern, reach = (_TWO_BEFORE, 100) if ratio else (_ONE_BEFORE, 24)
        high = bracket.start()
        low = _behind_stop(text, max(0, high - reach), high, ".;:()")
        # two numbers are linked by "of" or a slash: without one there is nothing to look for
        told_before = not ratio or text.find("/", low, high) >= 0 or text.find("of", low, high) >= 0
        before = _last(pattern, text, low, high) if told_before else None
        if before:
            told = [count(number) for number in before.groups() if number]
            if None not in told and told != [int(number) for number in bracket.groups() if number]:
                words.append(Span(before.start(), bracket.end()))
        elif ratio and text[bracket.start() + 1 : bracket.start() + 3].strip()[:1].isdigit():
            positive, examined = int(bracket["positive"]), int(bracket["examined"])
            nodes = _numbers_of_nodes(text, _behind_stop(text, max(0, high - 140), high, ".;:"), high)
            counts = [count(number["number"]) or 0 for number in nodes]
            if nodes and sum(counts) != examined and counts[-1] not in (positive, examined, examined - positive):
                words.append(Span(nodes[-1].start(), bracket.end()))
    beside = [
        span
        for span in words
        if NODE.search(text, max(0, span.start - 60), span.end + 40) and document.passage_at(span.start).section not in NOT_FINAL
    ]
    return [Issue(IssueKind.COUNTS_DIFFER, "a number told twice differs", tuple(sorted(set(beside))))] if beside else []


def _behind_stop(text: str, low: int, high: int, stops: str) -> int:
    """Where the words right before an offset begin, none of these signs among them."""
    return max([low, *[text.rfind(stop, low, high) + 1 for stop in stops]])


def _last(pattern: re.Pattern[str], text: str, low: int, high: int) -> re.Match[str] | None:
    """The match up to an offset that begins last."""
    for word in reversed(list(_WORD.finditer(text, low, high))):
        if found := pattern.match(text, word.start(), high):
            return found
    return None


def _numbers_of_nodes(text: str, low: int, high: int) -> list[re.Match[str]]:
    """The numbers of nodes right before an offset, but not those of further nodes: "two sentinel nodes, two additional nodes (0/4)"."""
    return [
        number
        for word in _WORD.finditer(text, low, high)
        if count(word[0]) is not None
        and (number := _NODES_BEFORE_RATIO.match(text, word.start(), high))
        and count(number["number"]) is not None
        and not _MORE_NODES.search(number[0])
    ]


def no_whole_numbers(document: Document) -> list[Issue]:
    text, marks = document.clean, document.landmarks
    slashes = [place for place in marks.slash if "-" in text[place + 1 : place + 3] and _NEGATIVE_BEHIND.match(text, place)]
    odd = [Span(*match.span()) for match in matches(_NO_WHOLE_TOTAL, text, marks.node, 0, len(text))]
    beside = [
        *(match.span() for match in matches(_MISREAD, text, marks.misread, 0, len(text))),
        *(match.span() for match in _NEGATIVE_NUMBER.finditer(text)),
        *(match.span() for match in matches_near(_TO_NEGATIVE_NUMBER, text, slashes, _WINDOW, 0, len(text))),
        *((match.start() - 1, match.end()) for match in _FRACTION.finditer(text)),
    ]
    odd.extend(Span(start, end) for start, end in beside if NODE.search(text, max(0, start - 90), end + 40))
    return [Issue(IssueKind.IMPOSSIBLE_COUNT, "a count of nodes that is no whole number", tuple(sorted(set(odd))))] if odd else []
