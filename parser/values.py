"""The normalisers that a rule may name: each gives the value of a captured text, or None where the text is no such value.

``NORMALISERS`` is what grammar files choose from. A new kind of value is one function with a doctest and one row there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from .categories import category, m_category, t_category
from .measures import cells, millimetres, percent
from .model import Measure, Side
from .numbers import any_count, count, ocr_count, roman, sum_of_counts

_EDGE = " \t\r\n.,:;()[]#*'\"-_=~"
_GRADES = {
    **dict.fromkeys(("well", "low", "one"), 1),
    **dict.fromkeys(("moderate", "moderately", "intermediate", "two"), 2),
    **dict.fromkeys(("poor", "poorly", "high", "three"), 3),
}
_GRADE = re.compile(r"(?:grade|g)?\s*+(?P<grade>[il1|!]{1,3}|[123])(?:\s*+(?:/|of|out\s++of)\s*+(?:3|[il1|!]{3}|three))?+")
_GRADE_WORD = re.compile(r"(?P<word>[a-z]++)(?:\s*+-?\s*+(?:differentiated|grade))?+")


def grade(text: str) -> int | None:
    """A histologic grade from 1 to 3.

    >>> [grade(text) for text in ("ill", "2/3", "3 of 3", "moderately", "4")]
    [3, 2, 3, 2, None]
    """
    text = text.strip(_EDGE)
    if match := _GRADE.fullmatch(text):
        printed = match["grade"]
        return int(printed) if printed.isdigit() and len(printed) == 1 else len(printed)
    word = _GRADE_WORD.fullmatch(text)
    return _GRADES.get(word["word"]) if word else None


_SIDES = (
    (Side.BILATERAL, re.compile(r"b[il1]lateral(?:ly)?+|both(?:\s++sides)?+|right\s++and\s++left|left\s++and\s++right")),
    (Side.LEFT, re.compile(r"[li1|][ec](?:ft|fl|fi|f1|et|pt|tt|f)(?:-?\s?sided)?+|lt|l")),
    (Side.RIGHT, re.compile(r"r[il1|]?[gq9][hnb][tlif1](?:-?\s?sided)?+|rt|r")),
)


def side(text: str) -> Side | None:
    """The side that a word or an abbreviation names.

    >>> [side(text) for text in ("leet", "(r)", "rlght", "upper")]
    [<Side.LEFT: 'left'>, <Side.RIGHT: 'right'>, <Side.RIGHT: 'right'>, None]
    """
    text = " ".join(text.strip(_EDGE).split())
    return next((name for name, pattern in _SIDES if pattern.fullmatch(text)), None)


_EQUIVOCAL = re.compile(
    r"(?<![a-z])(?:equivocal|indeterminate|borderline|suspicious|cannot\s++(?:exclude|rule)|inconclusive)(?![a-z])|2\s?\+"
)
_NEGATIVE = re.compile(
    r"(?<![a-z])(?:neg(?:ative)?(?:ly)?|no|not|none|non|nil|without|absent|absence|free|benign|reactive|uninvolved|unremarkable|hyperplas[a-z]{1,3}"
    r"|unamplified|nonamplified|sinus|histiocytosis|lymphonodulitis|neither|zero)(?![a-z])|\A\(?-\)?\Z|(?<!\d)0\s?\+?\Z|1\s?\+\Z"
)
_POSITIVE = re.compile(
    r"(?<![a-z])(?:pos(?:itive)?(?:ly)?|present|involve[ds]?|involving|involvement|metasta[a-z]{1,6}|identified|detected|seen|amplified"
    r"|overexpress[a-z]{0,3}|carcinoma|tumou?r|malignan[a-z]{1,3}|strong|yes)(?![a-z])|\A\(?\++\)?\Z|3\s?\+"
)


def polarity(text: str) -> str | None:
    """What a result says: "equivocal", "negative" or "positive"; a negation anywhere in it makes it negative.

    >>> [polarity(text) for text in ("no evidence of metastasis", "positive", "suspicious", "pending")]
    ['negative', 'positive', 'equivocal', None]
    """
    text = text.strip(" \t\r\n.,:;")
    results = (("equivocal", _EQUIVOCAL), ("negative", _NEGATIVE), ("positive", _POSITIVE))
    return next((name for name, pattern in results if pattern.search(text)), None)


_UNKNOWN = re.compile(
    r"(?<![a-z])(?:cannot|can\s?not|n/?a|not\s++(?:applic|specif|assess|evalu|determ)[a-z]++|indeterminate|pending|unknown)(?![a-z])"
)
_ABSENT = re.compile(
    r"(?<![a-z])(?:no|not|none|non|neither|without|negative|absent|absence|nil|free|uninvolved|lacks?|lacking|never)(?![a-z])"
)
_PRESENT = re.compile(
    r"(?<![a-z])(?:present|presence|identified|yes|positive|noted|seen|found|observed|detected|with|has|have|is|are|and|into|show[a-z]{0,3}|exten[ds][a-z]{0,4}|inva[ds][a-z]{0,4}"
    r"|involv[a-z]{1,5}|infiltrat[a-z]{1,4}|tumou?r|focal(?:ly)?+|minimal|microscopic|demonstrat[a-z]{1,3}|consistent|indicative)(?![a-z])"
)


def presence(text: str) -> str | None:
    """Whether something is "absent" or "present"; None for what says neither, such as "cannot be assessed".

    >>> [presence(text) for text in ("not identified", "present", "with focal", "no definite", "not applicable")]
    ['absent', 'present', 'present', 'absent', None]
    """
    if _UNKNOWN.search(text):
        return None
    return "absent" if _ABSENT.search(text) else "present" if _PRESENT.search(text) else None


def word(text: str) -> str | None:
    """The captured text without spaces around it, a line break inside as one space.

    >>> word(" infiltrating  ductal ")
    'infiltrating ductal'
    """
    return " ".join(text.split()) or None


def integer(text: str) -> int | None:
    """A whole number in digits, such as a score.

    >>> integer("18"), integer("1.5")
    (18, None)
    """
    text = text.strip(_EDGE)
    return int(text) if text.isascii() and text.isdigit() else None


_LABELLED = re.compile(
    r"[(\[]?\s?(?:in\s)?(?P<unit>[mc]m|millimet(?:er|re)s?|centimet(?:er|re)s?)\.?\s?[)\]]?[\s:=]*+(?P<number>.+)", re.DOTALL
)


def labelled_millimetres(text: str) -> Measure | None:
    """A size whose unit stands before it: "(cm): 0.4", "mm 9".

    >>> str(labelled_millimetres("(cm): 0.4"))
    '4'
    """
    match = _LABELLED.search(text)
    return millimetres(f"{match['number']} {match['unit']}") if match else None


NORMALISERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            any_count,
            category,
            cells,
            count,
            grade,
            integer,
            labelled_millimetres,
            m_category,
            millimetres,
            ocr_count,
            percent,
            polarity,
            presence,
            roman,
            side,
            sum_of_counts,
            t_category,
            word,
        )
    }
)
