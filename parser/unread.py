"""Statements of nodes that no rule explained: a word for a node and a number in one sentence of a diagnosis, outside every mention."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain

from .document import Document
from .groups import Group
from .landmarks import matches, matches_near
from .ledger import Ledger
from .model import Issue, IssueKind, Span, Version
from .numbers import UP_TO_TWENTY, count
from .sections import DIAGNOSES, Passage

_NODE = re.compile(
    # a word, the end of one, or one glued to its result; by their first letters, see ``words``
    r"l(?<![a-z]l)ymph(?:n[o0]{1,2}[dca]es?|slns?)(?![a-z])|s(?<![a-z]s)lns?(?![a-z])"
    r"|n(?:(?<![a-z]n)[o0]{1,2}[dca]es?(?![a-z])|(?<=[a-z]n)[o0]des(?![a-z])|(?<![a-z]n)[o0]des?(?=positive|negative|involved|examined))"
)
_RATIO = r"\d{1,2}\s?/\s?\d{1,2}(?![/\d])"
# what a number beside a node may count instead of nodes: time, what was sent or cut, what was stained
_COUNTED_ELSE = (
    r"(?:days?|weeks?|wks?|months?|years?|hours?|minutes?|seconds?|cycles?)(?![a-z])"
    r"|(?:(?!nodes?|lymph)[a-z]{3,7}\s)?(?:margin|specimen|container|jar|pot|cassette|block|slide|section|slice|level|stain)s?(?![a-z])|h&e|piece|portion|fragment|sampling"
)
_WORD = (
    rf"(?<!node )(?<!level )(?<!zone )(?<!number )(?:{UP_TO_TWENTY})"
    rf"(?![a-z]|\s(?:{_COUNTED_ELSE}|per|ovoid|place|cluster|foc|deposit|area|cell|tumou?r|metasta))"
)
# Digits, but not of the number of a node, level, part or block, nor of a size, share, age or time.
_NAMED_BY_DIGITS = (
    "level ",
    "levels ",
    "part ",
    "node ",
    "nodes ",
    "number ",
    "no ",
    "no. ",
    "grade ",
    "count ",
    "block ",
    "slide ",
    "specimen ",
    "sln ",
    "chain ",
    "zone ",
    "zones ",
    "station ",
    "page ",
    "addendum ",
    "# ",
)
_NOT_AFTER = "".join(
    f"(?<!{word})"
    for word in (
        *_NAMED_BY_DIGITS,
        r"levels \d and ",
        r"level \d and ",
        "to ",
        "through ",
        r"page \d of ",
        r"zones \d and ",
        r"nodes \d and ",
        r"node \d and ",
    )
)
_DIGITS = (
    rf"(?!0){_NOT_AFTER}\d{{1,2}}"
    rf"(?![a-z0-9/:%)-]|[.,]\d|[.]:|[.]\s|\s-\s|\s?(?:[cm]m|x|%|o'|hpf|g(?:ra)?ms?(?![a-z])|{_COUNTED_ELSE}|to\s|through\s))"
)
_NUMBER = re.compile(rf"(?<![a-z0-9.,/#-])(?:{_RATIO}|{_WORD}|{_DIGITS})")
_DIGIT_OR_WORD = re.compile(rf"\d|{UP_TO_TWENTY}")  # found fast: each match of the pattern above begins with one
_WORD_OR_DIGITS = rf"(?:{_WORD}|{_DIGITS})"
_REACH = 60  # characters between a node and its number
_REACH_OF_RATIO = 110  # ... and a ratio
_LIST = 200  # characters at most of a list behind counted nodes
_AHEAD = 12  # characters that tell what follows a number
# What a rule made of the words around a node.
_EXPLAINING = frozenset(
    (
        *("node_count", "node_number", "part_ratio", "node_total", "candidate", "no_nodes", "clinical_node", "needle_node", "category"),
        *(
            "deposit_size",
            "deposit_class",
            "deposit_cells",
            "loose_size",
            "ene",
            "node_ihc",
            "evaluation",
            "evaluation_ihc",
            "node_molecular",
        ),
        *("tumor_nodule", "pending", "blank", "sentinel_suffix", "tumor_size"),
    )
)
_NO_GROUPS = ("node_total", "candidate", "category", "grade", "grade_score")
_STOPS = re.compile(r"[.;\n:](?:(?<=\.)\s|(?<=;)|(?<=\n)(?<!,\n)|(?<=[a-z]:)(?=[^:]{10,}:))")


# "metastases in two nodes of level I, |one of level II|, ...": a list that goes on behind the nodes that were read
_GOES_ON = re.compile(
    rf"[,;a](?:(?<!a)|(?<=a)(?<![a-z]a)nd)\s(?:and\s)?{_WORD_OR_DIGITS}\s(?:nodes?\s)?(?:from|in|at|of|along|near)\s(?:the\s)?"
    r"(?:level|chain|group|station|axill|sentinel|intra-?mammary|internal|central|lateral|medial|apical|apex|interpectoral|infra|supra|sub|low|mid|high|left|right)"
)


# nodes named by their kind alone: "nonsentinel (2): one positive", "additional: 0/4"
_KIND_ALONE = re.compile(
    r"(?<![a-z])(?:(?:non-?\s?)?sentinels?|axillary|additional|further|others?|remaining|rest)(?:\s?\(\d{1,2}\))?\s?[:=]\s{0,2}"
    rf"(?:{_RATIO}|(?:{UP_TO_TWENTY}|\d{{1,2}})\s(?:is\s|are\s|was\s|were\s)?(?:positive|negative|involved))"
)
_KIND_WINDOW = (5, 60)  # characters before "sentinel" ("non- ") and from it on


def unread_statements(document: Document, ledger: Ledger, told: Sequence[Group]) -> list[Issue]:
    """One issue with the words of every such statement, or none."""
    explained = [(one.start, one.end) for one in document.placed if one.kind in _EXPLAINING]
    starts = [start for start, _ in explained]
    text, words, nodes = document.clean, list[Span](), document.landmarks.node
    for passage in _diagnoses(document) if nodes else ():
        for node in matches(_NODE, text, nodes, passage.start, passage.end):
            if _within(explained, starts, node.start(), node.end()):
                continue
            low, high = _sentence(text, node, passage.start, passage.end, _REACH)
            for number in _numbers(text, low, high, min(passage.end, high + _AHEAD)):
                if not _within(explained, starts, number.start(), number.end()):
                    words.append(Span(min(node.start(), number.start()), max(node.end(), number.end())))
                    break
    for passage in _diagnoses(document) if told else ():
        alone = matches_near(_KIND_ALONE, text, document.landmarks.kind, _KIND_WINDOW, passage.start, passage.end)
        words += [Span(kind.start(), kind.end()) for kind in alone if not _within(explained, starts, kind.start(), kind.end())]
    words += _uncounted(document, ledger, told)
    for mention in document.of("node_count", "node_number"):
        if mention.section not in DIAGNOSES or mention.version is Version.SUPERSEDED:
            continue
        stop = text.find(". ", mention.end, mention.end + _LIST)
        for more in _GOES_ON.finditer(text, mention.end, stop if stop >= 0 else mention.end + _LIST):
            if not _within(explained, starts, more.start() + 2, more.end()):
                words.append(Span(mention.start, more.end()))
    if not words:
        return []
    return [Issue(IssueKind.UNREAD_NODE_STATEMENT, "a number beside a node that no rule explains", tuple(words[:20]))]


# a ratio in a clause that names nodes or where they lie, and no score, date or part of one
_COUNTED = re.compile(r"(?P<positive>\d(?<![\d/.a-z#-]\d)\d?)\s?/\s?(?P<examined>\d{1,2})(?![\d/]|\.\d|\s?(?:hpf|[cm]m|%|\+))")
_COUNTED_WINDOW = (3, 8)  # characters before and from the slash on: "14 / 14 hpf"
_LONGEST_RATIO = 40  # more characters than a division has
_SMALL = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|none)"
_OF_SMALL = re.compile(rf"of\s(?:\d|{_SMALL})")  # each match of the next holds one
_IN_WORDS_WINDOW = (12, 32)  # characters before "of" ("eleven out ") and from it on
_COUNTED_IN_WORDS = re.compile(
    rf"(?<![a-z\d/.#-])(?P<positive>{_SMALL}|\d{{1,2}})\s(?:out\s)?of\s(?P<examined>{_SMALL}|\d{{1,2}})(?=\s?[,;.)]|\s(?:lymph|nodes?|are|is|were|was|positive|negative|involved|with|contain))"
)
_PLACE = re.compile(
    r"(?<![a-z])(?:n[o0]{1,2}d(?:es?|al)|slns?|lns?|slnbx?|snb|alnd|sentinels?|axill[a-z]{1,5}|apex|apical|interpectoral|dissection|clearance|level\s(?:[ivx]{1,3}|\d))(?![a-z])"
)
_RESULT = re.compile(r"\s(?:are\s|is\s)?(?:positive|negative|involved)(?![a-z]|\sfor\s(?:e|p|h))")
_SCORE = re.compile(
    r"(?<![a-z])(?:grade|score|tubul|nuclear|mitos|mitot|nottingham|bloom|elston|page|block|slide|cassette|part|date|allred|intensity|quadrant|clock|stage)"
)


def _numbers(text: str, low: int, high: int, end: int) -> Iterator[re.Match[str]]:
    """The numbers that begin in a stretch of text; what stands behind it, up to an end, tells what they count."""
    for begin in _DIGIT_OR_WORD.finditer(text, low, end):
        if begin.start() >= high:
            return
        if begin.start() >= low and (number := _NUMBER.match(text, begin.start(), end)):
            yield number
            low = number.end()


def _uncounted(document: Document, ledger: Ledger, told: Sequence[Group]) -> list[Span]:
    """Ratios of nodes in a diagnosis whose numbers no group and no other statement has."""
    counts = {(ledger.examined, ledger.positive), *[group.counts for group in told]}
    unknown = [
        (passage, ratio)
        for passage, ratio in _ratios(document)
        if (examined := count(ratio["examined"]))
        and (examined, count(ratio["positive"])) not in counts
        # "total nodes with macro- or micrometastasis 0 of 4", where one has isolated tumour cells
        and not (examined == ledger.examined and "total" in document.clean[max(0, ratio.start() - _REACH) : ratio.start()])
    ]
    if not unknown:
        return []
    read = sorted({(mention.start, mention.end) for group in told for mention in (group.mention, *group.evidence)})
    divisions = sorted(ledger.divisions)
    return [
        span
        for passage, ratio, span in ((passage, ratio, Span(*ratio.span())) for passage, ratio in unknown)
        if not document.overlapping(span, *_NO_GROUPS)
        and all(end <= span.start for _, end in read[bisect_left(read, (span.start - document.longest,)) : bisect_left(read, (span.end,))])
        and all(
            division.end <= span.start
            for division in divisions[bisect_left(divisions, (span.start - _LONGEST_RATIO,)) : bisect_left(divisions, (span.start + 1,))]
        )
        and _of_nodes(document.clean, ratio, passage)
    ]


def _diagnoses(document: Document) -> Iterator[Passage]:
    """The passages that diagnose specimens, of the version that counts."""
    return (one for one in document.passages if one.section in DIAGNOSES and one.version is not Version.SUPERSEDED)


def _ratios(document: Document) -> Iterator[tuple[Passage, re.Match[str]]]:
    """What stands like a ratio in a diagnosis."""
    text, slashes = document.clean, document.landmarks.slash
    for passage in _diagnoses(document):
        told = matches_near(_COUNTED, text, slashes, _COUNTED_WINDOW, passage.start, passage.end)
        if places := [of.start() for of in _OF_SMALL.finditer(text, passage.start, passage.end)]:
            told = chain(told, matches_near(_COUNTED_IN_WORDS, text, places, _IN_WORDS_WINDOW, passage.start, passage.end))
        yield from ((passage, ratio) for ratio in told)


def _of_nodes(text: str, ratio: re.Match[str], passage: Passage) -> bool:
    """Whether the sentence of a ratio names nodes or where they lie, and no score."""
    low, high = _sentence(text, ratio, passage.start, passage.end, _REACH_OF_RATIO)
    words = text[low:high]
    return (_PLACE.search(words) or _RESULT.match(text, ratio.end())) is not None and not _SCORE.search(words)


def _within(explained: list[tuple[int, int]], starts: list[int], start: int, end: int) -> bool:
    """Whether a mention covers some of these characters."""
    place = bisect_right(starts, end - 1)
    for _, last in explained[max(0, place - 8) : place]:  # noqa: SIM110  a loop costs half of any() here
        if last > start:
            return True
    return False


def _sentence(text: str, words: re.Match[str], first: int, last: int, reach: int) -> tuple[int, int]:
    """The words around others up to a stop on each side, not beyond their reach."""
    low, high = max(first, words.start() - reach), min(last, words.end() + reach)
    before = [stop.end() for stop in _STOPS.finditer(text, low, words.start())]
    after = _STOPS.search(text, words.end(), high)
    return (before[-1] if before else low), (after.start() if after else high)
