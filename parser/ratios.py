"""The verdict of a ratio of nodes: whether its first number counts the positive ones, the negative ones, or says neither."""

from __future__ import annotations

import re

from .document import Document, Mention

# between a ratio and the verdict on it: "11/11 lymph nodes, negative for malignancy", "no tumor in (5/5) lymph nodes"
_VERDICT_BEHIND = re.compile(
    r"[\s,:;)\]-]{0,4}(?:(?:lymph|axillary|sentinel|nodes?|is|are|was|were|all|both|each|which|that|histologically|show|shows)\s){0,4}"
)
_VERDICT_BEFORE = re.compile(
    r"[\s,:(\[-]{0,4}(?:(?:is|are|seen|found|identified|present|in|within|of|involving|the|all|remaining|others?|lymph|axillary|sentinel|left|right|regional)[\s(\[]{1,2}){0,5}"
)
# "2/14 nodes positive, 12/14 |negative|"
_NEGATIVE_BEHIND = re.compile(
    r"\s(?:(?:are|is|were|was)\s)?(?:negative(?!\sfor\s(?:e|p|h)r)|neg|free|benign|uninvolved|clear|unremarkable"
    r"|(?:(?:show|shows|contain|contains|have|has|with)\s)?(?:no|without|lack|lacks|lacking|devoid\sof|do\snot\s[a-z]{4,8}|does\snot\s[a-z]{4,8})\s"
    r"(?:(?:any|evidence|of|viable|residual|metastatic)\s){0,3}(?:tumou?r|carcinoma|metasta[a-z]{1,5}|malignan[a-z]{1,3}|disease|deposits?))(?![a-z-])"
)
# "one of the five nodes |shows fat|", "in one of the nodes |there is a naevus|"
_SHOWS = re.compile(r"\s(?:which\s|that\s)?(?:shows?|contains?|has|have|is|are|was|were|there|exhibits?|displays?|reveals?)\s(?!\n)")
_OF_ELSE = re.compile(r"\s(?:for|e-?\s?cadherin|margins?|skin|nipple|immuno[a-z]+|stains?)(?![a-z])")


def negated(document: Document, mention: Mention) -> bool | None:
    """Whether the verdict in a ratio of nodes, else the one beside it, is negative: "11/11 nodes, negative"; None where two differ."""
    near = [verdict for verdict in document.within(mention.end - 70, mention.end + 26, "verdict") if verdict.part is mention.part]
    inside = [verdict for verdict in near if verdict.overlaps(mention)]
    behind = [
        verdict
        for verdict in near
        if verdict.start >= mention.end and _VERDICT_BEHIND.fullmatch(document.clean, mention.end, verdict.start)
    ]
    before = [
        verdict
        for verdict in near
        if verdict.end <= mention.start and _VERDICT_BEFORE.fullmatch(document.clean, verdict.end, mention.start)
    ]
    if _NEGATIVE_BEHIND.match(document.clean, mention.end):
        return True  # "2/14 nodes positive, |12/14| negative"
    if not inside and before and behind and len({verdict.values["result"] for verdict in (*before, *behind)}) > 1:
        return None  # "13/17 nodes negative, 4/17 positive": which verdict is theirs is not told
    beside = inside or before or behind
    return bool(beside) and all(
        verdict.values["result"] == "negative" and not _OF_ELSE.match(document.clean, verdict.end) for verdict in beside
    )


def without_verdict(document: Document, mention: Mention) -> bool:
    """Whether no word of the sentence says what some of the nodes bear: "within |one of the five nodes| there is a naevus"."""
    return _SHOWS.match(document.clean, mention.end) is not None and not document.sentences.name_tumour(
        mention.part, mention.start, mention.end
    )
