"""How many of counted nodes bear tumour, told share by share behind their number: "14 nodes: three positive, eleven free".

A sentence is read only where each of its words is understood. Words of result are the findings of kind verdict; only what links
them to numbers is known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .document import Document, Mention
from .numbers import UP_TO_TWENTY, count

_MOST = 320  # characters at most from the number of nodes to the last share
_STOP = re.compile(r"\.(?=\s|\Z)|\n[ \t\r]*\n")

_LENGTH = r"(?:[<>~]\s?|less\sthan\s|up\sto\s)?\d{1,2}(?:[.,]\d{1,3})?(?:\s?x\s?\d{1,2}(?:[.,]\d{1,3})?)?\s?[cm]m(?![a-z])"
_TUMOR = (
    r"(?:(?:metastatic|invasive|infiltrating|ductal|lobular|mammary|breast|tumou?r|a|an)\s){0,4}"
    r"(?:(?:adeno)?carcinoma|cancer|tumou?r|(?:micro|macro)?-?metastas[ei]s|(?:micro|macro)-?mets?|mets?|disease|deposits?)(?![a-z]|\scells?)"
)
_EXTENSION = r"extra-?\s?(?:nodal|capsular)\s(?:tumou?r\s)?(?:extension|spread|invasion|growth)(?![a-z])"
_FOUND = r"(?:seen|present|identified|found|noted|detected|demonstrated)"

_NUMBER = re.compile(
    r"(?:(?:only|just)\s(?:the\s)?)?(?P<number>(?:twenty|thirty|forty)[\s-](?:one|two|three|four|five|six|seven|eight|nine)|a\ssingle|[a-z]{3,9}|\d{1,2})"
    r"(?:\s?\(\d{1,2}(?:\s?%)?\))?(?![a-z\d/.%]|\s?[cm]m(?![a-z])|\s?%)"
)
_COUNT = rf"(?:{UP_TO_TWENTY}|\d{{1,2}})"
_ALL = re.compile(rf"(?:all(?:\s(?P<number>{_COUNT}))?|both|each|every\sone|none|neither)(?![a-z])(?!\s(?:but|except))")
_WHOLE = ("all", "each", "every one")
_REST = re.compile(
    r"(?:the\s)?(?:others?|remaining|remainder|rest)(?![a-z])(?:\s(?:ones?(?!\s(?:lymph|nodes?))|lymph|nodes?"
    rf"|(?P<number>{_COUNT}))(?![a-z])){{0,3}}"
)
# one of them, told beside the others: "the larger contains a metastasis, the other is free"
_NAMED = re.compile(
    r"(?:the\s(?:larger|largest|smaller|smallest|hottest|hotter)|(?:the|an?)\s(?:first|second|third|fourth|fifth|further)|another)(?:\s(?:one|node))?(?![a-z])"
)
_OF_THEM = re.compile(r"\s(?:of|among)\s(?:the\s(?:lymph\s)?nodes|them|these|those|which)(?![a-z])|\s(?:nodes?|ones?)(?![a-z])")
_LINK = re.compile(
    r"(?:is|are|was|were|being|be|found|seen|to|almost|partially|partly|completely|totally|entirely|extensively|histologically|grossly)(?![a-z])"
)
_BEARS = re.compile(
    r"(?:has|have|had|with|contain(?:s|ed|ing)?|show(?:s|ed|ing|n)?|harbou?r(?:s|ed|ing)?|bear(?:s|ing)?|holds?|reveal(?:s|ed)?)(?![a-z])"
)
_BEARING = re.compile(rf"(?:an?\s)?(?:{_LENGTH}\s)?{_TUMOR}")
# words and signs of result that are no verdicts elsewhere: "14 nodes, 3 (+)", "two clear", "none of them involved", "no deposits"
_DENIES = r"(?:no|without|lack(?:s|ing)?|(?:that\s)?(?:do|does|did)\snot\s(?:contain|show|have|bear|reveal|harbou?r))"
_SIGN = re.compile(
    r"(?P<positive>\(\+\)|\+ve(?![a-z])|\+|(?:pos|involved|affected)(?![a-z]))"
    rf"|{_DENIES}(?=\s{_TUMOR})|free(?![a-z])(?!\sof\s(?:e|p)r)|(?:neg|clear|clean|tumou?r-?\s?free)(?![a-z])|\(-\)|-ve(?![a-z])|-(?=\s?[,;.)])"
)
_TAIL = re.compile(rf"\s(?:(?:for|of|by|with|from)\s)?(?:an?\s)?(?:{_LENGTH}\s)?{_TUMOR}")
_IN = re.compile(rf"\s(?:(?:is|are|was|were|metastatic|{_FOUND})\s){{0,3}}(?:in|to|within|involv(?:es|ing))\s(?P<none>any(?![a-z]))?")
# said beside the shares, and no share: sizes, levels, how the nodes were found, extension beyond them
_BESIDE = re.compile(
    "|".join(
        (
            r"[\s,;:()\[\]-]+",
            r"(?:and|but|while|whereas|there|were|are|was|is|of\s(?:these|which|them))(?![a-z])",
            r"(?:in\sall|in\stotal|total|altogether)(?![a-z])",
            rf"(?:examined|{_FOUND}|recovered|retrieved|dissected|removed|sampled|submitted|received|isolated|sent|excised|taken|harvested)(?![a-z])",
            r"(?:histologically|microscopically|matted|enlarged|not\s(?:dissected|sampled|removed))(?![a-z])",
            r"including\s(?:the\s)?(?:[a-z]{3,5}|\d)\ssentinel(?:\s(?:lymph\s)?nodes?)?(?![a-z])",
            r"levels?\s(?:[ivx]{1,3}(?:\s?(?:,|and|to|-|&)\s?[ivx]{1,3})*|[123](?:\s?(?:and|to|-|&)\s?[123])*)(?![a-z\d]|\sof\s)",
            r"\d{1,3}\s?%",
            rf"(?:(?:the\s)?(?:largest|greatest|biggest|maximum)\s)?(?:(?:metastatic|tumou?r)\s)?(?:(?:deposit|focus|metastasis|diameter|size|dimension|extent|one)\s)?"
            rf"(?:(?:is|of|measures|measuring|being)\s|:\s)?{_LENGTH}(?:\s(?:in\s)?(?:greatest|largest|maximum|maximal)\s(?:dimension|extent|diameter|size))?",
            rf"(?:without|with|no|shows?|demonstrates?)\s(?:evidence\sof\s)?{_EXTENSION}(?:\s(?:is\s)?{_FOUND})?",
            rf"{_EXTENSION}(?:\sis)?\s?:?\s(?:not\s)?(?:{_FOUND}|absent)",
        )
    )
)
_SMALLEST = re.compile(r"isolated|itcs?(?![a-z])|single|cluster|cells")


class _Share(NamedTuple):
    nodes: int | None  # None: all of them, or all others where ``rest``
    positive: bool
    rest: bool
    size_class: str  # "micro", "macro" or ""
    named: bool = False  # one node, told by its size or order


class Shares(NamedTuple):
    """What shares amount to."""

    positive: int
    end: int  # where the last sentence that tells of them ends


def positive_by_shares(document: Document, mention: Mention, examined: int, noun: int | None = None) -> Shares | None:
    """The positive ones of a number of nodes, by the shares told behind it; None where they are not told, or not all understood.

    ``noun`` is where the noun of the number ends, if that is not the end of the mention.
    """
    start = mention.end if noun is None else noun
    text, at, limit = document.clean, start, min(mention.part.end, start + _MOST)
    verdicts: dict[int, Mention] = {}
    for verdict in document.within(start, limit, "verdict"):
        if verdict.part is mention.part:
            verdicts[verdict.start] = max(verdicts.get(verdict.start, verdict), verdict, key=lambda one: one.end)
    shares: list[_Share] = []
    while at < limit:
        stop = _STOP.search(text, at, limit)
        told = _sentence(text, at, stop.start() if stop else limit, verdicts)
        if told is None:
            break
        shares += told
        at = stop.end() if stop else limit
    positive = _positive(shares, examined)
    return None if positive is None else Shares(positive, at)


def _sentence(text: str, at: int, end: int, verdicts: dict[int, Mention]) -> list[_Share] | None:
    """The shares that a sentence tells; None where a word of it is not understood."""
    shares: list[_Share] = []
    while at < end:
        if share := _share(text, at, end, verdicts):
            shares.append(share[0])
            at = share[1]
        elif (beside := _BESIDE.match(text, at, end)) and beside.end() > at:
            at = beside.end()
        else:
            return None
    return shares


def _share(text: str, at: int, end: int, verdicts: dict[int, Mention]) -> tuple[_Share, int] | None:
    """A share that begins here, and where it ends: "three positive", "all with metastases", "the others free", "metastasis in two"."""
    if result := _result(text, at, end, verdicts):
        positive, last = result
        inside = _IN.match(text, last, end)
        if inside is None:
            return None if positive else (_Share(None, False, False, ""), last)  # "14 nodes (-)", "nine nodes, no deposits"
        if inside["none"]:
            return None if positive else (_Share(None, False, False, ""), _of_them(text, inside.end(), end))
        counted = _ALL.match(text, inside.end(), end) or _NUMBER.match(text, inside.end(), end)
        number = _number(counted)
        if counted is None or (number is None and counted[0] not in _WHOLE) or number == 0:
            return None
        last = _of_them(text, counted.end(), end)
        return _Share(number, positive, False, _class(text[at:last])), last
    named, rest = _NAMED.match(text, at, end), _REST.match(text, at, end)
    whole = rest or _ALL.match(text, at, end)
    found = named or whole or _NUMBER.match(text, at, end)
    if found is None:
        return None
    number = 1 if named else _number(found)
    if whole is None and not number:
        return None
    result = _result(text, _of_them(text, found.end(), end), end, verdicts)
    if result is None:
        return None
    positive, last = result
    if found[0] in ("none", "neither"):
        return None if not positive else (_Share(None, False, False, ""), last)
    return _Share(number, positive, rest is not None, _class(text[at:last]), named is not None), last


def _number(words: re.Match[str] | None) -> int | None:
    """The number that words give: "three", "all three", "both"; None for "all" and "each"."""
    if words is None:
        return None
    told = words["number"]
    return count(told) if told else 2 if words[0] == "both" else None


def _of_them(text: str, at: int, end: int) -> int:
    while more := _OF_THEM.match(text, at, end):
        at = more.end()
    return at


def _result(text: str, at: int, end: int, verdicts: dict[int, Mention]) -> tuple[bool, int] | None:
    """Whether the words from here on call nodes positive, and where they end; None where they do not tell, or tell of single cells."""
    bears = False
    for _ in range(6):
        while at < end and text[at] in " \t\r\n,:":
            at += 1
        verdict, sign = verdicts.get(at), _SIGN.match(text, at, end)
        bearing = _BEARING.match(text, at, end)
        if verdict and verdict.end <= end:
            positive, last = verdict.values["result"] == "positive", verdict.end
        elif sign:
            positive, last = sign["positive"] is not None, sign.end()
        elif bearing and (bears or _IN.match(text, bearing.end(), end)):
            positive, last = True, bearing.end()
        else:
            link = _LINK.match(text, at, end) or _BEARS.match(text, at, end)
            if link is None:
                return None
            bears = bears or link.re is _BEARS
            at = link.end()
            continue
        if tail := _TAIL.match(text, last, end):
            last = tail.end()
        return None if _SMALLEST.search(text, at, last + 8) else (positive, last)
    return None


def _class(words: str) -> str:
    return next((name for name in ("micro", "macro") if name in words), "")


def _positive(shares: Sequence[_Share], examined: int) -> int | None:
    """The positive nodes that the shares amount to; None where they leave it open or contradict each other."""
    whole = [share for share in shares if share.nodes is None and not share.rest]
    rest = [share for share in shares if share.rest]
    positive = [share for share in shares if share.nodes is not None and share.positive and not share.rest]
    negative = sum(share.nodes or 0 for share in shares if not share.positive and not share.rest)
    if whole:
        (first, *others) = whole
        if rest or others or (first.positive and negative) or (positive and not first.positive):
            return None
        return examined if first.positive else 0
    if any(share.named for share in shares) and not rest and sum(share.nodes or 0 for share in shares) != examined:
        return None
    bearing = [share.nodes or 0 for share in positive]
    if len(bearing) > 1 and sum(bearing) + negative != examined:
        if bearing[0] == sum(bearing[1:]) and bearing[0] + negative <= examined:
            bearing = bearing[:1]  # "three positive: two with macrometastases, one with a micrometastasis"
        elif len({share.size_class for share in positive} - {""}) < len(bearing):
            return None
    told = sum(bearing)
    if rest:
        (first, *others) = rest
        left = examined - told - negative
        if others or left < 0 or first.nodes not in (None, left) or (bearing if first.positive else negative):
            return None
        return left if first.positive else (told or None)
    if negative and told + negative != examined:
        return None
    return told if told <= examined and (bearing or negative == examined) and shares else None
