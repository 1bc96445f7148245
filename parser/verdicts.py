"""The verdict on a number of nodes: what the words beside it, or in its part, say of them."""

from __future__ import annotations

import re

from .document import Document, Mention

# "_ of 12 lymph nodes": the second number of a ratio whose first was not read
_DENOMINATOR = re.compile(
    r"(?<![a-z])(?<!total\s)(?<!group\s)(?<!groups\s)(?<!examination\s)(?<!number\s)(?:of|from)\s{0,2}(?:the\s)?\Z|/\s?\Z"
)
# between two numbers with one verdict: "one sentinel and four axillary nodes are negative"
_JOINED = re.compile(r"[\s,.;]*(?:(?:and|&)[\s,.;]*|(?:and\s|&\s)?(?:[a-z]{4,10}[\s,]*){0,3})")
# between a ratio and the verdict on it: "11/11 lymph nodes, negative for malignancy", "no tumor in (5/5) lymph nodes"
_VERDICT_BEHIND = re.compile(r"[\s,:;)\]-]{0,4}(?:(?:is|are|was|were|all|both|each|which|that|histologically|show|shows)\s){0,3}")
_VERDICT_BEFORE = re.compile(
    r"[\s,:(\[-]{0,4}(?:(?:is|are|seen|found|identified|present|in|within|of|involving|the|all|lymph|axillary|sentinel|left|right|regional)[\s(\[]{1,2}){0,5}"
)
# between nodes and a verdict: it is on the others; it is on all of them
_REST = re.compile(r"(?<![a-z])(?:others?|remaining|remainder|rest|tumou?r|carcinoma|metasta[a-z]+|deposits?|cancer)(?![a-z])")
_ALL = re.compile(
    r"[\s,.:;)-]{0,4}(?:(?:is|are|was|were|with|which|show|shows|showing|contain|contains|containing|of|them|the|have|has|extensively|completely"
    r"|partially|(?:all|both|each)(?:\s(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,2}))?)[\s,:]{1,2}){0,4}"
)
_WITH_TISSUE = re.compile(r"\s(?:and|with|in)\s")  # "three lymph nodes and associated tissue, negative"
_OTHER_TISSUE = re.compile(
    r"(?<![a-z])(?:margins?|skin|nipple|breast|tissue|fat|muscle|fascia|ducts?|lobules?|parenchyma|scar|quadrants?)(?![a-z])"
)
_NODE = re.compile(r"(?<![a-z])(?:n[o0]{1,2}[dca]es?|slns?|lymph[a-z]{0,6}|axill[a-z]{1,5}|sentinel)(?![a-z])")
_OF_ELSE = re.compile(r"\s(?:for|e-?\s?cadherin|margins?|skin|nipple|immuno[a-z]+|stains?)(?![a-z])")


def positive_among(document: Document, mention: Mention, examined: int | None) -> int | None:
    """The positive nodes among a plain number of nodes: all or none, by the verdict of the same part; None without one."""
    limit = min(mention.part.end, mention.end + 160)
    following = [
        other
        for other in document.of("node_count", "node_number")
        if other.start > mention.end and other.start < limit and other.part is mention.part
    ]
    joined = following and _JOINED.fullmatch(document.clean, mention.end, following[0].start)
    if following and not joined:
        limit = min(limit, following[0].start)
    if (
        following
        and following[0].values.get("examined") == examined
        and "positive" in following[0].values
        and following[0].start < mention.end + 60
    ):
        return None  # the next statement counts the same nodes with their result
    if _DENOMINATOR.search(document.clean, max(0, mention.start - 20), mention.start):
        examined = None
    verdicts = [verdict for verdict in document.of("verdict") if verdict.part is mention.part]
    for verdict in verdicts:
        if verdict.start >= mention.end and verdict.end <= limit and not _of_something_else(document, mention.end, verdict.start):
            between = document.clean[mention.end : verdict.start]
            if verdict.values["result"] == "negative":
                return None if _REST.search(between) else 0
            return examined if examined == 1 or _ALL.fullmatch(between) else None
    before = [verdict for verdict in verdicts if mention.start - 60 <= verdict.start and verdict.end <= mention.start]
    if before and _about_nodes(document, before[-1], mention):
        return 0 if before[-1].values["result"] == "negative" else examined
    return None


def _of_something_else(document: Document, start: int, end: int) -> bool:
    """Whether the sentence in which a verdict stands, begun behind the nodes, is about another tissue."""
    if _WITH_TISSUE.match(document.clean, start):
        return False
    stop = document.clean.rfind(". ", start, end)
    return stop >= 0 and _OTHER_TISSUE.search(document.clean, stop, end) is not None


def _about_nodes(document: Document, verdict: Mention, mention: Mention) -> bool:
    """Whether a verdict before the nodes is theirs: in the same sentence, or in one that names nodes."""
    if ". " not in document.clean[verdict.end : mention.start]:
        return True
    sentence = max(document.clean.rfind(". ", mention.part.start, verdict.start), mention.part.start)
    return _NODE.search(document.clean, sentence, mention.start) is not None


def negated(document: Document, mention: Mention) -> bool:
    """Whether the verdict in a ratio of nodes, else the one right beside it, is negative: "11/11 lymph nodes, negative for malignancy"."""
    near = [verdict for verdict in document.of("verdict") if verdict.part is mention.part and -70 <= verdict.start - mention.end <= 25]
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
    beside = inside or before or behind
    return bool(beside) and all(
        verdict.values["result"] == "negative" and not _OF_ELSE.match(document.clean, verdict.end) for verdict in beside
    )
