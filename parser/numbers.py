"""Counts as reports print them: digits, English words, Roman numerals, and what scanning makes of them.

Each function takes the lower-cased captured text and gives a number, or None where it is no such number or can be read in two ways.
"""

from __future__ import annotations

import re
from functools import lru_cache

# a number of nodes in one word, for patterns
UP_TO_TWENTY = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty"
_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen")
_TEENS = ("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_NUMBERS = {word: number for number, word in enumerate(_UNITS + _TEENS, 1)} | _TENS
_PHRASES = {
    **dict.fromkeys(("a", "an", "single", "a single", "one single", "a solitary", "solitary", "only one"), 1),
    **dict.fromkeys(("both", "a pair", "pair", "a pair of"), 2),
    **dict.fromkeys(("none", "no", "zero", "nil", "neither", "not any", "no one", "not one", "not a single", "not a single one"), 0),
    **dict.fromkeys(("dozen", "a dozen", "one dozen"), 12),
}


def _key(word: str) -> str:
    """A word with the letters that scanning confuses made equal."""
    return word.replace("rn", "m").translate(str.maketrans("01!|i5c", "ollllse"))


_BY_KEY = {_key(word): number for word, number in _NUMBERS.items()}
_BY_PREFIX = {_key(word[:-1]): number for word, number in _NUMBERS.items() if len(word) >= 5} | {"seventee": 17}
_WITH_BRACKET = re.compile(r"(?P<word>[^()\[\]]++)[(\[]\s*+(?P<number>[^()\[\]\s]++(?:\s[^()\[\]\s]++)?)\s*+[)\]]?+")
_VAGUE = frozenset({"multiple", "several", "all", "numerous", "total", "a total of"})
_EDGE = " \t\r\n.,:;#*'\"-_=~"


@lru_cache(maxsize=4096)  # reports say "one", "two" and "14" again and again
def count(text: str) -> int | None:
    """A number of nodes in digits or words; None for anything else, also where a word and the digit beside it differ.

    >>> [count(text) for text in ("14", "twenty-three", "two (2)", "two (3)", "a single", "both", "none", "thrce")]
    [14, 23, 2, None, 1, 2, 0, 3]
    """
    text = " ".join(text.strip(_EDGE).split())
    if text.startswith(("(", "[")) and text.endswith((")", "]")):
        text = text[1:-1].strip(_EDGE)
    if bracket := _WITH_BRACKET.fullmatch(text):
        number = ocr_count(bracket["number"])
        word = bracket["word"].strip(_EDGE)
        return number if word in _VAGUE or ocr_count(word) == number else None
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 3 else None
    if text in _PHRASES:
        return _PHRASES[text]
    return _words(text.replace("-", " ").split())


def _words(words: list[str]) -> int | None:
    if "hundred" in words:
        place = words.index("hundred")
        hundreds = _PHRASES.get(words[0]) or _word(words[0]) if place == 1 else 1 if place == 0 else None
        rest = [word for word in words[place + 1 :] if word != "and"]
        below = _words(rest) if rest else 0
        return hundreds * 100 + below if hundreds and hundreds < 10 and below is not None else None
    numbers = [_word(word) for word in words]
    match numbers:
        case [int(number)]:
            return number
        case [int(tens), int(unit)] if tens in _TENS.values() and 1 <= unit <= 9:
            return tens + unit
    return _word("".join(words)) if len(words) == 2 else None


def _word(word: str) -> int | None:
    """One number word, also misread or without its last letter."""
    if word in _NUMBERS:
        return _NUMBERS[word]
    if not word.isascii() or word.isdigit():
        return None
    key = _key(word)
    return _BY_KEY.get(key, _BY_PREFIX.get(key) if len(key) >= 4 else None)


_OCR_DIGITS = str.maketrans("oil|!tzsb", "011111258")
_LIKE_DIGITS = re.compile(r"[0-9oil|!]{1,2}|(?=\D{0,2}[0-9])[0-9oil|!tzsb]{2,3}")


def ocr_count(text: str) -> int | None:
    """A count, or a short token in which letters stand for digits; ``t``, ``z``, ``s``, ``b`` only beside a digit.

    >>> [ocr_count(text) for text in ("o", "l", "1o", "2i", "il", "o.", "so", "twelve")]
    [0, 1, 10, 21, 11, 0, None, 12]
    """
    known = count(text)
    if known is not None:
        return known
    token = text.strip(_EDGE + "()[]")
    return int(token.translate(_OCR_DIGITS)) if _LIKE_DIGITS.fullmatch(token) else None


_ROMAN = re.compile(r"(?P<tens>x{0,3}|xl)(?P<units>i[xv]|v?i{0,3})")
_UNIT_VALUES = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
_TENS_VALUES = {"": 0, "x": 10, "xx": 20, "xxx": 30, "xl": 40}
_OCR_ROMAN = str.maketrans("l1|!t", "iiiii")


def roman(text: str) -> int | None:
    """A Roman numeral from i to xxxix with ``l``, ``1``, ``t`` read as ``i``, or 0; None for ``xl``, which is 40 or a misread 11.

    >>> [roman(text) for text in ("xi", "vil", "xvi", "t", "0", "xl", "iiii")]
    [11, 7, 16, 1, 0, None, None]
    """
    text = text.strip(_EDGE + "()[]")
    if text == "0":  # the Romans had none, but their ratios need it: "No 0/XI"
        return 0
    printed, repaired = _roman(text), _roman(text.translate(_OCR_ROMAN))
    return repaired if printed in (None, repaired) else None


def _roman(text: str) -> int | None:
    match = _ROMAN.fullmatch(text)
    return _TENS_VALUES[match["tens"]] + _UNIT_VALUES[match["units"]] if match and text else None


def any_count(text: str) -> int | None:
    """A count, a misread count or a Roman numeral; None where these differ, as for ``ii``, which is 2 or a misread 11.

    >>> [any_count(text) for text in ("4", "o", "xiii", "iii", "ii", "l1")]
    [4, 0, 13, 3, None, 11]
    """
    known = count(text)
    if known is not None:
        return known
    token = text.strip(_EDGE + "()[]")
    digits = ocr_count(token)
    numeral = None if any(char.isdigit() for char in token) else roman(token)
    if digits is None or numeral is None:
        return digits if numeral is None else numeral
    return digits if digits == numeral else None


_STATION_COUNT = re.compile(r"(?<!level )(?<![\d.,/#-])\d{1,2}(?![\d.,/]\d|\s?[cm]m)")


def sum_of_counts(text: str) -> int | None:
    """The sum of the numbers in digits that a list of stations gives; None where there is only one.

    >>> [sum_of_counts(text) for text in ("(3 lateral, 1 subscapular, 9 central)", "(2 lower) and mid (6 axillary)", "(3)")]
    [13, 8, None]
    """
    numbers = [int(number) for number in _STATION_COUNT.findall(text)]
    return sum(numbers) if len(numbers) > 1 else None
