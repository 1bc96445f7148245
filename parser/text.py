"""Length-preserving clean-up: the text that rules see has the offsets of the text as given."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

# One character for one character. Sources: the signs seen in OCR and laboratory exports (dashes, quotes, micro and
# multiplication signs, slashes), written here as what the grammars use.
_SIGNS = {
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x00\ufeff", " "),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
    **dict.fromkeys("\u00b5\u03bc", "u"),
    **dict.fromkeys("\u2044\u2215\uff0f", "/"),
    **dict.fromkeys("\u2022\u25cf\u25e6\u00b7\u25aa\u2023\u2043", "-"),
    "\u00d7": "x",
    "\u2264": "\u2264",
    "\u2265": "\u2265",
    "\uff1c": "<",
    "\uff1e": ">",
    "\uff0b": "+",
    "\uff1a": ":",
    "\uff08": "(",
    "\uff09": ")",
}

# Characters that hide or reorder what a reader sees: a count beside them cannot be trusted.
HIDING = frozenset("\x00\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffd")


# What OCR makes of O and I inside words: "LYMPH N0DES", "DlAGNOSlS". Each pattern begins with the sign itself: ``re`` looks for
# that at once, and looks around only where it stands.
_ZERO = re.compile(
    r"0(?:(?<=[A-Za-z]{2}0)(?=[A-Za-z])|(?<=[A-Za-z]0)(?=[A-Za-z]{2})|(?<![A-Za-z0-9.,/]0)(?=(?!mm|cm)[A-Za-z]{2}|[Ff](?![A-Za-z0-9])))"
)
_SMALL_L = re.compile(r"l(?:(?<=[A-Z]l)(?=[A-Z])|(?<![A-Za-z]l)(?=[A-Z]{2})|(?<=[A-Z]{2}l)(?![A-Za-z]))")
_FILLED = re.compile(r"_(?:(?<=\d_)(?=[A-Za-z])|(?<=[A-Za-z]_)(?=\d))")  # "18_MM", a form filled in
_ONE = re.compile(  # but not in "PT1CN1AL0V0"
    r"1(?:(?<=[A-Z]{2}1)(?=[A-Z]{2})|(?<=[A-Z]{3}1)(?=[A-Z](?![A-Za-z0-9]))|(?<=[A-Z]1)(?<![A-Za-z0-9][A-Z]1)(?=[A-Z]{4}))(?<!P[TN]1)(?<!\d[A-D]N1)"
)
_ONE_SMALL = re.compile(r"1(?<=[a-z]{3}1)(?=[a-z]{3})")  # "axil1ary", "invo1ved"


def _letter(one: re.Match[str]) -> str:
    """The letter that a 1 within a word stands for: l behind a vowel or another l, else i."""
    return "l" if one.string[one.start() - 1] in "aeioul" else "i"


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The lower-case ASCII letter, digit or sign for ``char``, else ``char`` itself."""
    if char in _SIGNS:
        return _SIGNS[char]
    if unicodedata.category(char) == "Cs":
        return "\ufffd"  # half of a character: it cannot be encoded
    if unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd"):
        if unicodedata.category(char) == "Nd":
            return str(unicodedata.digit(char))
        base = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
        if len(base) == 1 and base[0].isascii():
            return base[0].lower()
    lower = char.lower()
    return lower if len(lower) == 1 else char


# Scanning makes a stop of a line end: "are. negative", "METASTATIC. CARCINOMA". A small letter follows no real stop in a text
# that has capitals, and some words end no sentence.
_CAPITAL = re.compile(r"\.\s{1,3}(?:[-(\"\d.]{1,3}\s?){0,2}[A-Z]")
_FALSE_STOP = re.compile(
    r"\.(?:(?=\s{1,3}[a-z]{2})(?<=[a-z,)]\.)|(?=\s{1,3}(?:[mc]m|[MC]M)(?![A-Za-z]))(?<=\d\.)"  # "are. negative", "0.5. cm"
    r"|(?=\s(?:single|solitary|total|small|large|few)\s)(?<=\sA\.)"  # "A. single lymph node" is no specimen A
    r"|(?=\s[a-z]{2})(?:(?<=[( ]\d\d\.)|(?<=\(\d\.)|(?<=of \d\.)))"  # "(28. lymph nodes examined)"
)
_GOES_ON = (  # words of one length each, since a lookbehind has one width
    *(
        "OF|IN|BY|TO|AN|OR|AT|ON|IS|NO",
        "THE|FOR|AND|ARE|WAS",
        "WITH|FROM|WERE",
        "LYMPH|THREE",
        "DUCTAL|TWENTY|THIRTY",
        "LARGEST|LOBULAR|MAMMARY",
    ),
    *("ISOLATED|INVOLVED|INVOLVES|EVIDENCE|INVASIVE|REGIONAL", "INVOLVING|MEASURING", "METASTATIC|EXTRANODAL", "EXTRACAPSULAR"),
)
_AFTER_THESE = "|".join(rf"(?<=(?<![A-Z])(?:{words})\.)" for words in _GOES_ON)
_NUMBER_WORDS = (  # "TWO OF NINETEEN. AXILLARY LYMPH NODES"
    *("ONE|TWO|SIX|TEN", "FOUR|FIVE|NINE", "THREE|SEVEN|EIGHT", "ELEVEN|TWELVE|TWENTY", "FIFTEEN|SIXTEEN"),
    *("THIRTEEN|FOURTEEN|EIGHTEEN|NINETEEN", "SEVENTEEN"),
)
_AFTER_NUMBER = "|".join(rf"(?<=(?<![A-Z])(?:{words})\.)" for words in _NUMBER_WORDS)
_BEFORE_NUMBER = r"(?<=\s(?:IS|OF|IN)\.)|(?<=\sARE\.)"
_WHOLE_NUMBER = r"(?<=\(\d\d\)\.)|(?<=\(\d\)\.)"  # "TWENTY-SIX (26). LYMPH NODES POSITIVE"
_FALSE_STOP_CAPITALS = re.compile(
    rf"\.(?:(?=\s{{1,3}}[A-Z](?![.:)]))(?:{_AFTER_THESE})|(?=\s\d)(?:{_BEFORE_NUMBER})|(?=\s(?:LYMPH|AXILL|SENTINEL|REGIONAL|NODE))(?:{_AFTER_NUMBER})"
    rf"|(?=\s(?:LYMPH\s)?NODES?\s(?:POSITIVE|NEGATIVE|INVOLVED|CONTAIN|WITH|ARE\s))(?:{_WHOLE_NUMBER})"
    r"|(?=\s(?:POSITIVE|NEGATIVE)\sFOR\s)(?<=\sNODES\.))"  # "EIGHT LYMPH NODES. POSITIVE FOR METASTATIC CARCINOMA"
)


def clean(text: str) -> str:
    """The text in lower case with plain letters, digits and signs; every character keeps its place.

    >>> clean("TÜMOR  0·2 µm – １∕3")
    'tumor  0-2 um - 1/3'
    >>> clean("Nodes are. negative. Done")
    'nodes are  negative. done'
    """
    text = _ONE_SMALL.sub(_letter, _ONE.sub("I", _SMALL_L.sub("I", _ZERO.sub("O", text))))
    if "_" in text:
        text = _FILLED.sub(" ", text)
    if _CAPITAL.search(text):
        text = _FALSE_STOP_CAPITALS.sub(" ", _FALSE_STOP.sub(" ", text))
    if not text.isascii():
        for char in set(text):
            if not char.isascii():
                text = text.replace(char, _plain(char))
    return text.replace("\x00", " ").lower() if text.isascii() else _lower(text)


def _lower(text: str) -> str:
    """Lower case of what is left, for letters whose lower case is one character."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered.replace("\x00", " ")
    return "".join(_plain(char) if not char.isascii() else char.lower() for char in text).replace("\x00", " ")


_SPACES = re.compile(r"\s\s+")
_SPACES_AND_TABS = re.compile(r"\s\s+|[\t\r\f\v]")
_TABS = "\t\r\f\v"


class Squeezed:
    """A text with each run of white space as one space, or as one line end where the run holds one.

    >>> Squeezed("lymph  node\\r\\n 1/3").text
    'lymph node\\n1/3'
    """

    __slots__ = ("_places", "_shifts", "text")

    def __init__(self, text: str) -> None:
        self._places: list[int] = []  # where, in the squeezed text, what stands from there on was moved ...
        self._shifts: list[int] = [0]  # ... by how much
        parts: list[str] = []
        spaces = _SPACES_AND_TABS if any(tab in text for tab in _TABS) else _SPACES
        last = moved = 0
        for match in spaces.finditer(text):
            start, end = match.span()
            parts += (text[last:start], "\n" if "\n" in match[0] else " ")
            moved += end - start - 1
            self._places.append(end - moved)
            self._shifts.append(moved)
            last = end
        parts.append(text[last:])
        self.text = "".join(parts) if self._places else text

    def offset(self, place: int) -> int:
        """The offset in the text as given of a character of the squeezed text."""
        return place + self._shifts[bisect_right(self._places, place)]

    def shift(self, place: int) -> int:
        """By how much that offset is greater than the place; it never falls from one character to the next."""
        return self._shifts[bisect_right(self._places, place)]

    def place(self, offset: int) -> int:
        """The place in the squeezed text of a character of the text as given."""
        low, high = 0, len(self._places)
        while low < high:
            middle = (low + high) // 2
            if self._places[middle] + self._shifts[middle + 1] <= offset:
                low = middle + 1
            else:
                high = middle
        return offset - self._shifts[low]
