"""The verdict on a number of nodes: what the words beside it, or in its part, say of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import NamedTuple

from .denial import denied_in_list
from .document import Document, Mention
from .numbers import count
from .ratios import negated, without_verdict
from .shares import Shares, positive_by_shares
from .words import holds

# "_ of 12 lymph nodes": the second number of a ratio whose first was not read
_DENOMINATOR = re.compile(
    r"(?<![a-z])(?<!total\s)(?<!group\s)(?<!groups\s)(?<!examination\s)(?<!number\s)(?:of|from|among|amongst)\s{0,2}(?:the\s)?(?:\d{1,3}\s?)?\Z|/\s?\Z"
)
# between two numbers with one verdict: "one sentinel and four axillary nodes are negative"
_JOINED = re.compile(r"[\s,.;]*(?:and|&)[\s,.;]*|[\s,]*(?:and\s|&\s)?(?:[a-z]{4,10}[\s,]*){0,3}")
_CLAUSE_END = re.compile(r"[.;]\s|\n")
_PAUSE = re.compile(r"[.;,]\s|\n")
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
_STATION = re.compile(r"(?<![a-z])(?:non-?\s?sentinel|sentinel|axillary|intra-?mammary|internal\smammary)(?![a-z])")
_NODE = re.compile(r"(?<![a-z])(?:n[o0]{1,2}[dca]es?|slns?|lymph[a-z]{0,6}|axill[a-z]{1,5}|sentinel)(?![a-z])")
# behind a verdict: "seventeen lymph nodes; metastatic carcinoma is identified in four"
_IN_SOME = re.compile(
    r"[\s,]{1,3}(?:of\s)?(?:\d[\d.,]{0,4}\s?[cm]m\s)?(?:(?:is|are|was|were|absent|not|present|found|identified|seen|noted|detected|demonstrated|ductal|lobular|mammary|for|metastatic|(?:adeno)?carcinoma"
    r"|tumou?r|deposits?|metastas[ei]s)\s){0,6}(?:in|from|involving|involves|affecting|affects|to)\s(?:only\s)?(?P<some>[a-z-]{2,16}|\d{1,2})(?![a-z0-9/]|[.,]\d|\s?(?:[cm]m|%))"
)
# "metastasis is not identified in four nodes", "metastatic carcinoma: absent (four nodes)", "does not involve four nodes"
_ABSENT = re.compile(
    r"[\s:,-]{1,4}(?:[a-z]{5,10}\s){0,2}(?:(?:is|are|was|were|has\sbeen)\s)?(?:absent|none|excluded|(?:could|can|did|does|do|has|have)\s?not|not\s(?:identified|seen|found|present|detected|noted|demonstrated))(?![a-z])"
)
_NOUN = re.compile(r"n[o0]{1,2}[dca]es?(?![a-z])")  # of two numbers
_NEGATION = re.compile(r"(?<![a-z])(?:not|absent|none|nil|nor|neither|never|without|free|except)(?![a-z])")
# between a number of nodes and a verdict: "of 15 axillary nodes, |13 are| free of tumor"
_NUMBER = re.compile(
    r"(?<![a-z\d.,/#(-])(?<!n[o0]de\s)(?<!n[o0]de\s\s)(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty(?:-[a-z]{3,5})?)"
    r"(?![a-z\d/:%)-]|[.,]\d|\s{0,2}(?:[cm]m|x|%)|\s{1,2}(?:level|section|slice|slide|block|cassette|piece|fragment))"
)
_NOT_FOUND = re.compile(
    r"[\s,]{1,2}(?:and|but)\s(?:(?:was|were|is|are)\s)?(?:not|none)(?![a-z])"
)  # "searched for in 14 nodes and not found"
_ONLY_ONE = re.compile(
    r"(?<![a-z])(?:only|just|with)\s(?:a\ssingle\s|one\s)(?:(?:is|was|being|node)\s)?\Z"
)  # "with only one |free of carcinoma"
# "metastasis |in the first|; second and third negative"
_IN_ONE = re.compile(
    r"\s(?:in|of|from|to)\s(?:only\s)?(?:the\s)?(?:first|second|third|last|larger|largest|smaller|smallest|other|hottest|hotter)(?![a-z])"
    r"|\s?:\s?(?:\#|\d|node)"  # "positive: #2 and #5", "metastases: 4 nodes"
)
# "twelve nodes; metastatic carcinoma |in adipose tissue|"
_ELSEWHERE = re.compile(
    r"\s(?:(?:carcinoma|tumou?r|disease|deposits?|is|are|seen|present|identified|also)\s){0,4}(?:in|of|to|into|within|involving)\s(?:the\s)?"
    r"(?:(?:adjacent|surrounding|overlying|underlying|axillary|peri-?nodal|subcutaneous|left|right)\s){0,2}(?:breast|skin|nipple|fat|adipose|fibro[a-z]*|soft|muscle|dermis|margins?)(?![a-z])"
)
# "fourteen nodes: |only the apical node is| free of tumor"
_ONE_OF_THEM = re.compile(
    r"(?<![a-z])(?:only|just)(?![a-z])|(?<!each )(?<!every )(?<!lymph )(?<![a-z])n[o0]de\s(?:is|was|has|contains|shows)(?![a-z])"
    r"|(?<![a-z])lymph\sn[o0]de\s(?:is|was)(?![a-z])"
)
_ALL_BUT = re.compile(r"(?<![a-z])all\s(?:but|except)\s(?:for\s)?\Z")  # "all but one of 17 nodes"
# "3 macrometastases and 1 |micrometastasis in 17 lymph nodes": the deposits are counted, not the positive nodes
_COUNTED_DEPOSITS = re.compile(r"(?<![a-z0-9.,])(?:[1-9]|one|two|three|four|five|six)\s\Z")
# "|half of the| twelve nodes contain ...": the number is of all of them
_PART_OF = re.compile(
    r"(?<![a-z])(?:half|most|some|many|part|several|few|thirds?|quarters?|majority|minority|proportion|percent|%)\s(?:out\s)?of\s"
    r"(?:(?:the|these|those|her|all)\s){0,2}\Z"
)
# "eight involved nodes |from a total of 16|", "three nodes involved |out of seventeen|"
_OUT_OF = re.compile(
    r"[\s,]{1,2}(?:(?:out\sof|of|from|among|in)\s(?:a\stotal\sof|altogether|in\sall)|out\sof|of(?=\s[a-z\d]{1,8}\s?[(,;.]))\s(?P<all>[a-z-]{3,12}|\d{1,2})(?![a-z\d/%]|[.,]\d|\s?[cm]m)"
)
_EACH = re.compile(r"n[o0]{1,2}des?\s(?:each|apiece)(?=\s?[:;,.)])")  # "#1, #2 and #3, one |node each|: no tumor"
_NONE_OF = re.compile(r"(?<![a-z])(?:none|neither)\s(?:out\s)?of\s")  # "none of 14 is free of metastases"
# between a verdict and the nodes it is on: "metastatic |ductal carcinoma is present in both| sentinel nodes"
_LINK = re.compile(
    r"[\s,:(\[-]{0,4}(?:(?:is|are|was|were|seen|found|identified|present|noted|demonstrated|in|within|of|to|involving|involves|involve|the|all|both|lymph|axillary|sentinel|left|right"
    r"|regional|ductal|lobular|mammary|breast|invasive|infiltrating|metastatic|metastases|metastasis|(?:adeno)?carcinoma|tumou?r|deposits?|a|total|extensively|also|by|with)[\s,:(\[]{1,3}){0,12}"
)
_RATHER_THAN = re.compile(r"(?<![a-z])(?:rather\sthan|instead\sof|and\snot|short\sof|not)(?:\sas)?(?:\san?)?\s\Z")
# "keratin-|positive| cells are reticulum cells and not tumor"
_NO_TUMOUR_CELLS = re.compile(
    r"\scells?(?![a-z])[^.;]{0,80}(?<![a-z])(?:not\s(?:tumou?r|carcinoma|malignan)|reticulum|macrophag|benign|na?evus|inclusion|displaced)"
)
_AND = re.compile(r"[\s,]*and[\s,]*")


# "one benign lymph node (0/2)": the word and the singular agree against one digit, which scanning may have misread
_ONE_NODE = re.compile(
    r"(?<![a-z])(?<!of\s)(?:one|a\s{1,2}single)\s{1,2}(?:[a-z-]{3,14}\s{1,2}){0,3}n[o0]{1,2}de(?![a-z])[^.;:()\d]{0,60}\(\s?[0o]\s?/\s?\Z"
)


_start = attrgetter("start")


class Told(NamedTuple):
    """The nodes that a statement counts, by its numbers and the verdict beside them."""

    examined: int | None
    positive: int | None
    implied: bool  # only the positive nodes are named
    doubtful: bool  # the verdict may not be theirs: "2/14 lymph nodes, negative"
    end: int  # where the words that tell of them end


def told_by(document: Document, mention: Mention) -> Told:
    """What a statement counts."""
    text, start, end = document.clean, mention.start, mention.end
    examined, positive, negative = (number(mention, name) for name in ("examined", "positive", "negative"))
    uneven = False  # "four nodes: one positive, two negative"
    if positive is not None and negative is not None:
        uneven = examined not in (None, positive + negative)
        examined = positive + negative
    elif examined is not None and negative is not None:
        positive = examined - negative
    if examined is not None and positive is not None and _ALL_BUT.search(text, max(0, start - 20), start):
        positive = examined - positive
    if examined is None:
        deposits = _COUNTED_DEPOSITS.search(text, max(0, start - 14), start)
        denied = _ABSENT.match(text, mention.end) or denied_in_list(text, mention.part.start, start)
        elsewhere = _ELSEWHERE.match(text, mention.end) is not None or _PART_OF.search(text, max(mention.part.start, start - 40), start)
        among = _OUT_OF.match(text, mention.end)
        if deposits or denied or elsewhere or (positive and _of_some(document, mention, positive)):
            examined, positive = positive, 0 if denied and not deposits else None
        elif among and positive and (count(among["all"]) or 0) >= positive:
            examined, end = count(among["all"]), among.end()
    implied = examined is None
    if (
        positive == 0
        and "examined" in mention.spans
        and holds(text, max(mention.part.start, start - 60), mention.spans["examined"][0], ("one", "single"))
        and _ONE_NODE.search(text, max(mention.part.start, start - 60), mention.spans["examined"][0])
    ):
        examined = 1
    if positive == 0 and examined and "positive" not in mention.spans:
        unsure = _of_some(document, mention, examined) or _ELSEWHERE.match(text, mention.end)
        positive = None if unsure else 0
    doubtful = uneven
    shares = _by_shares(document, mention, examined)
    if shares is not None:
        positive = shares.positive
    elif mention.kind == "node_number":
        positive = positive_among(document, mention, examined)
    elif positive and examined and positive <= examined and negative is None:
        opposite = negated(document, mention)
        doubtful = opposite is None or (positive != examined if opposite else without_verdict(document, mention))
        positive = examined - positive if opposite else positive  # the first number counts the negative nodes
    if positive == 0 and _NONE_OF.search(text, start, mention.end) and negated(document, mention):
        doubtful = True
    if _EACH.search(text, start, mention.end + 6):
        doubtful = True
    return Told(positive if implied else examined, positive, implied, doubtful, shares.end if shares else end)


def _by_shares(document: Document, mention: Mention, examined: int | None) -> Shares | None:
    """The positive nodes by the shares told behind a number, or behind one of which the statement holds but the first share."""
    if not examined or "examined" not in mention.spans:
        return None
    if mention.kind == "node_number":
        return positive_by_shares(document, mention, examined)
    noun = _NOUN.search(document.clean, mention.spans["examined"][1], mention.end)
    if noun is None or noun.start() > mention.spans.get("positive", (0, 0))[0]:
        return None
    return positive_by_shares(document, mention, examined, noun.end())


def number(mention: Mention, name: str) -> int | None:
    """A number of nodes that a statement gives."""
    value = mention.values.get(name)
    return value if isinstance(value, int) else None


def positive_among(document: Document, mention: Mention, examined: int | None) -> int | None:
    """The positive nodes among a plain number of nodes: all or none, by the verdict of the same part; None without one."""
    limit = min(mention.part.end, mention.end + 160)
    following = [other for other in document.within(mention.end + 1, limit, "node_count", "node_number") if other.part is mention.part]
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
    verdicts = [
        verdict
        for verdict in document.within(mention.start - 60, limit, "verdict")
        if verdict.part is mention.part and verdict.end <= limit and not _says_nothing(document, verdict)
    ]
    for verdict in verdicts:
        if verdict.start >= mention.end and verdict.end <= limit and not _of_something_else(document, mention, verdict.start):
            between = document.clean[mention.end : verdict.start]
            if joined and following[0].start < verdict.start:
                noun = _NOUN.search(document.clean, following[0].start, verdict.start)
                if noun is None:
                    return None  # "one sentinel and four positive axillary nodes"
                link = document.clean[mention.end : following[0].start]
                between = ("" if _AND.fullmatch(link) else link) + document.clean[noun.end() : verdict.start]
            some = _IN_SOME.match(document.clean, verdict.end)
            if (some and count(some["some"]) not in (None, examined)) or _ONLY_ONE.search(between):
                return None
            if (
                _ELSEWHERE.match(document.clean, verdict.end)
                or _IN_ONE.match(document.clean, verdict.end)
                or (examined != 1 and _ONE_OF_THEM.search(between))
            ):
                return None
            if verdict.values["result"] == "negative":
                others = {count(number[0]) for number in _NUMBER.finditer(between)} - {examined}
                return None if others or _REST.search(between) else 0
            if _ABSENT.match(document.clean, verdict.end):
                return 0
            return examined if examined == 1 or _ALL.fullmatch(between) else None
    before = [verdict for verdict in verdicts if mention.start - 60 <= verdict.start and verdict.end <= mention.start]
    other = before and _OTHER_TISSUE.search(document.clean, before[-1].end, mention.start)  # "positive margin, |two nodes|"
    if before and not other and _about_nodes(document, before[-1], mention):
        if before[-1].values["result"] == "negative" or _ABSENT.match(document.clean, before[-1].end, mention.start):
            return 0
        unsure = (
            _NEGATION.search(document.clean, before[-1].end, mention.start)
            or _NOT_FOUND.match(document.clean, mention.end)
            or _taken(document, before[-1], mention)
            or (examined != 1 and _COUNTED_DEPOSITS.search(document.clean, max(0, before[-1].start - 14), before[-1].start))
            or (examined != 1 and not _LINK.fullmatch(document.clean, before[-1].end, mention.start))
        )
        return None if unsure else examined
    return None


def _says_nothing(document: Document, verdict: Mention) -> bool:
    """Whether a positive word is no result of the nodes: "ITC rather than |micrometastasis|", "keratin-|positive| macrophages"."""
    if verdict.values["result"] == "negative":
        return False
    before = _RATHER_THAN.search(document.clean, max(0, verdict.start - 20), verdict.start)
    return before is not None or _NO_TUMOUR_CELLS.match(document.clean, verdict.end) is not None


def _of_some(document: Document, mention: Mention, nodes: int) -> bool:
    """Whether a positive verdict at the end of a statement is on some of its nodes: "three nodes: micrometastasis of 0.3 mm in one"."""
    some = _IN_SOME.match(document.clean, mention.end)
    return (some is not None and (count(some["some"]) or nodes) < nodes) or (
        nodes > 1 and _IN_ONE.match(document.clean, mention.end) is not None
    )


def _taken(document: Document, verdict: Mention, mention: Mention) -> bool:
    """Whether a verdict is on nodes counted between it and these: "metastases in four nodes (17 nodes examined)"; but "in two and five"."""
    return any(
        verdict.start < other.end
        and other.end <= mention.start
        and not (verdict.start <= other.start and _AND.fullmatch(document.clean, other.end, mention.start))
        for other in document.within(verdict.start - document.longest, mention.start, "node_count", "node_number")
    )


def _of_something_else(document: Document, mention: Mention, end: int) -> bool:
    """Whether the sentence in which a verdict stands, begun behind the nodes, is about another tissue or about nodes elsewhere."""
    if _WITH_TISSUE.match(document.clean, mention.end):
        return False
    stop = document.clean.rfind(". ", mention.end, end)
    if stop < 0:
        return False
    own, its = (set(_STATION.findall(document.clean, low, high)) for low, high in ((mention.start, mention.end), (stop, end)))
    return _OTHER_TISSUE.search(document.clean, stop, end) is not None or bool(own and its and not own & its)


def _about_nodes(document: Document, verdict: Mention, mention: Mention) -> bool:
    """Whether a verdict before the nodes is theirs: in the same sentence, or in one that names nodes and counts none."""
    if _of_counted(document, verdict, mention):
        return False
    if ". " not in document.clean[verdict.end : mention.start]:
        return True
    sentence = max(document.clean.rfind(". ", mention.part.start, verdict.start), mention.part.start)
    if "sentinel" in document.clean[sentence : verdict.end] and "axill" in document.clean[mention.start : mention.end]:
        return False
    return _NODE.search(document.clean, sentence, mention.start) is not None


def _of_counted(document: Document, verdict: Mention, mention: Mention) -> bool:
    """Whether a verdict ends a clause that counts nodes of its own: "one of two sentinel nodes positive. Four axillary nodes"."""
    if not _PAUSE.search(document.clean, verdict.end, mention.start):
        return False
    numbers = document.of("node_count", "node_number")
    for place in range(bisect_left(numbers, verdict.end, key=_start) - 1, -1, -1):
        other = numbers[place]
        if other.start < mention.part.start:
            return False
        if other.end <= mention.start:  # the last of them: where its clause ends, those of all before it have
            return not _CLAUSE_END.search(document.clean, other.start, verdict.start)
    return False
