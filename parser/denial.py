"""Whether words for tumour are denied by those beside them: "no macro- or |micrometastasis|", "|metastases| to nodes: none"."""

from __future__ import annotations

import re

_LIST = re.compile(
    r"(?<![a-z])(?:no|without|negative\sfor|free\s(?:of|from))\s(?:evidence\sof\s)?"
    r"(?:(?:(?:micro|macro)?-?metasta[a-z]{3,5}|micro-?|macro-?|isolated\stumou?r\scells|itcs?|or|nor|and)[\s.,/]{1,3}){1,8}\Z"
)
_DENIED = re.compile(
    r"(?<![a-z])(?:(?:no|negative\sfor|free\sof|without)\s(?:[a-z]{2,12}\s){0,3}?(?:tumou?r|carcinoma|metasta[a-z]*|malignan[a-z]*|neoplas[a-z]*)"
    r"|(?:cyto)?keratin\snegative|s-?100\spositive|cell\srests?|na?evus\scells?)"
)
_LIST_LENGTH = 70  # characters at most
_NO = r"(?:none|not|absent|no|zero|nil|n/a|0|o(?=\s?/))(?![a-z])"
_WHERE = r"(?:(?:in|to|of|the|any|all|regional|axillary|sentinel|lymph|nodes?|soft|fat|tissues?)\s?){1,6}"
# "metastases: none", "metastasis to regional lymph nodes is absent", "deposits in soft tissue: not identified", "metastasis in 0"
_BEHIND = re.compile(
    rf"[\s.:,]{{1,3}}(?:(?:is|are|was|were)\s(?=absent|not))?{_NO}|\s{_WHERE}(?::|(?<=\s)(?:is|are|was|were)(?=\s(?:absent|not)))\s?{_NO}"
    r"|\s(?:in|to|of)\s(?:0|zero|none|no)(?![a-z\d])"
)


def denied_in_list(text: str, start: int, end: int) -> bool:
    """Whether the words before ``end``, and not before ``start``, deny a list of what stands behind them."""
    return _LIST.search(text, max(start, end - _LIST_LENGTH), end) is not None


def denied_behind(text: str, end: int) -> bool:
    """Whether the words behind an offset deny what stands before it."""
    return _BEHIND.match(text, end) is not None


def affirmed(words: str) -> str:
    """Words without the denials of tumour among them, and without cells that are none.

    >>> affirmed("lymph node, no evidence of carcinoma")
    'lymph node, '
    """
    return _DENIED.sub("", words)
