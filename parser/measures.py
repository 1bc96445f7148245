"""Sizes, numbers of cells and percentages as reports print them, never as binary floating point.

Each function takes the lower-cased captured text and gives a value, or None where it cannot be read.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .model import Measure
from .numbers import count

# Longest first, since "no more than" ends in "more than".
_COMPARATORS = (
    ("<=", r"<\s*+=|=\s*+<|≤|(?:no|not)\s++(?:more|greater|larger)\s++than|not\s++exceed(?:ing)?+|at\s++most|maximum(?:\s++of)?+"),
    (">=", r">\s*+=|=\s*+>|≥|(?:no|not)\s++(?:less|smaller|fewer)\s++than|at\s++least|minimum(?:\s++of)?+"),
    ("<", r"<|(?:less|smaller|fewer)\s++than|under|below"),
    (">", r">|(?:greater|more|larger)\s++than|over|exceed(?:s|ing)|in\s++excess\s++of"),
    ("~", r"~|approx(?:imate(?:ly)?+|\.)?+|about|around|roughly|circa|ca\.?+|nearly|almost|estimated(?:\s++at)?+|c\."),
    ("", r"up\s++to|as\s++large\s++as|exactly|only|a\s++maximum\s++of"),
)
_COMPARATOR = re.compile("|".join(f"(?P<c{index}>{source})" for index, (_, source) in enumerate(_COMPARATORS)))
_NUMBER = r"(?<![a-z0-9])(?:[0-9oil|]{1,4}+(?:\s?+[.,]\s?+[0-9oil|]{1,4}+)?+|[.,]\s?+[0-9oil|]{1,4}+)"
_UNIT = (
    r"(?P<mm>m\.?+\s?+m(?![a-z])|mrn(?![a-z])|millimet(?:er|re)s?+|mms(?![a-z]))"
    r"|(?P<cm>c\.?+\s?+m(?![a-z])|crn(?![a-z])|cms(?![a-z])|centimet(?:er|re)s?+)"
    r"|(?P<um>[uµμ]\s?+m(?![a-z])|mcm(?![a-z])|micro(?:n|met(?:er|re))s?+)"
)
_PART = re.compile(rf"(?P<number>{_NUMBER})(?:[\s-]{{0,3}}(?:{_UNIT}))?+")
_JOIN = re.compile(r"\s*+(?:(?P<range>-|to|(?:,\s*+)?and|through)|x|by|\*|,(?=\s++[0-9.]))\s*+")
_EXPONENTS = {"mm": 0, "cm": 1, "um": -3}
_DIGITS = str.maketrans("oil|,", "0111.")


def _decimal(text: str) -> Decimal | None:
    """A printed number with scanned letters put right; None for "1,250", which is 1.25 or 1250."""
    digits = "".join(text.split()).translate(str.maketrans("oil|", "0111"))
    whole, comma, fraction = digits.partition(",")
    if comma and len(fraction) == 3 and whole.strip("0"):
        return None
    return Decimal(digits.replace(",", "."))


def _comparator(text: str) -> tuple[str, str]:
    """The comparator that a text begins with, and the rest."""
    found = ""
    text = text.strip(" \t\r\n(:;=")
    while match := _COMPARATOR.match(text):
        found = found or _COMPARATORS[int((match.lastgroup or "c0")[1:])][0]
        text = text[match.end() :].lstrip(" \t\r\n(:=")
    return found, text


def millimetres(text: str) -> Measure | None:
    """A size in mm with its comparator; of several dimensions or of a range the greatest. A number without unit is None.

    The printed digits are kept: "1.0 mm" is 1.0, "1.60 cm" is 16.0, "1.6 cm" is 16. "Up to 3.5 mm" is 3.5, the largest.

    >>> [str(millimetres(text)) for text in ("o.o1 mm", "0.05-cm", "0.75 x 0.1 mm", "less than 0.2 mm", "2", "1.0 mm, 4 mm and 3 mm")]
    ['0.01', '0.5', '0.75', '<0.2', 'None', '4']
    """
    comparator, rest = _comparator(text)
    sizes: list[tuple[Decimal, str | None]] = []
    is_range = False
    position = 0
    while True:
        part = _PART.match(rest, position)
        number = _decimal(part["number"]) if part else None
        if part is None or number is None:
            return None
        sizes.append((number, part.lastgroup if part.lastgroup in _EXPONENTS else None))
        position = part.end()
        join = _JOIN.match(rest, position)
        if join is None:
            break
        is_range = is_range or join["range"] is not None
        position = join.end()
    if rest[position:].strip(" \t\r\n.,;:)-") or (is_range and comparator not in ("", "~")):
        return None
    unit = None
    converted: list[Decimal] = []
    for number, own in reversed(sizes):
        unit = own or unit
        if unit is None:
            return None
        converted.append(_to_mm(number, unit))
    return Measure.of(max(converted), comparator)


def _to_mm(number: Decimal, unit: str) -> Decimal:
    size = number.scaleb(_EXPONENTS[unit])
    if unit == "um":
        size = size.normalize()
    return size.quantize(Decimal(1)) if int(size.as_tuple().exponent) > 0 else size


_CELLS_JOIN = re.compile(r"\s*+(?:-|to|or)\s*+")
_CELLS_TAIL = re.compile(r"\s*+(?:tumou?r\s++)?+cells?+\.?+\Z")
_CELLS_NUMBER = re.compile(r"[0-9]{1,5}|[0-9]{1,2},[0-9]{3}")


def cells(text: str) -> Measure | None:
    """A number of tumour cells, or a range of numbers with the greater one as its number; the unit is cells, not mm.

    >>> [str(cells(text)) for text in ("200", "fewer than 200 cells", "one to two", "some")]
    ['200', '<200', '2', 'None']
    """
    comparator, rest = _comparator(_CELLS_TAIL.sub("", text.strip()))
    numbers: list[Decimal] = []
    for part in _CELLS_JOIN.split(rest) if count(rest) is None else [rest]:
        number = int(part.replace(",", "")) if _CELLS_NUMBER.fullmatch(part) else count(part)
        if number is None:
            return None
        numbers.append(Decimal(number))
    if len(numbers) == 1:
        return Measure.of(numbers[0], comparator)
    if len(numbers) > 2 or comparator not in ("", "~"):
        return None
    return Measure(max(numbers), comparator, min(numbers), max(numbers))


_PERCENT_TAIL = re.compile(r"\s*+(?:%|percent|per\s++cent|pct\.?+).*+\Z", re.DOTALL)
_PERCENT_INNER = re.compile(r"\s*+(?:%|percent)\s*+(?=-|to|and)")


def percent(text: str) -> Decimal | None:
    """A percentage as its number, of a range the greater; None above 100.

    >>> [str(percent(text)) for text in ("90%", "<1 %", "0.0%", "10-20%", "120 %")]
    ['90', '1', '0.0', '20', 'None']
    """
    _, rest = _comparator(_PERCENT_TAIL.sub("", _PERCENT_INNER.sub("", text.strip())))
    numbers: list[Decimal] = []
    for part in _JOIN.split(rest)[::2]:
        match = _PART.fullmatch(part.strip())
        number = _decimal(match["number"]) if match else None
        if number is None:
            return None
        numbers.append(number)
    return max(numbers) if max(numbers) <= 100 else None
