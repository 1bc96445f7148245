"""Printed T, N and M categories, with what scanning did to them put right."""

from __future__ import annotations

import re

from .model import Category

_PREFIXES = {"": "", "y": "y", "r": "r", "yr": "yr", "ry": "yr"}
_DIGITS = {"o": "0", "q": "0", "i": "1", "l": "1", "|": "1", "!": "1", "z": "2"}
_BRACKETS = str.maketrans("[]{}", "()()", " \t\r\n\f\v_*,:;=.'\"")
_SENTINEL = re.compile(r"\((?:sn|5n)\)|\(sn|sn")
_CONTIGUOUS = re.compile(r"\(f\)")
_ITC = re.compile(r"(?P<marker>\((?:[il1!|]|mo[l1i])?[+-]\)?|(?:[il!|]|mo[l1i])[+-]\)?|(?<=[0o])\+)")
_NO_MARKER = re.compile(r"\([il1!|]\)")
_N = re.compile(
    r"\(?(?P<prefix>yr|ry|y|r|)(?P<letter>[pc]?)t?(?P<n>n?)-?(?P<digit>[0-3oqxil|!z]?)"
    r"\(?(?P<sub>mic(?:ro)?|m[il1|!]?|rn[il1]?|biii|bii|biv|bi|[abc])?\)?\)?"
)
_SUBS = {"0": frozenset[str](), "x": frozenset[str](), "1": frozenset("abc"), "2": frozenset("ab"), "3": frozenset("abc")}


def category(text: str) -> Category | None:
    """An N category with OCR repaired; None if it is none.

    Without a letter before the N it is a pathological one, and a rule that reads a label may capture what follows the N only.
    The markers (i+), (i-), (mol+), (mol-) belong to N0 and are left out elsewhere.

    >>> [str(category(text)) for text in ("pnla", "pno(sn)(i-)", "pn1rn", "snpno", "pn0 (+)", "ypn1a", "cn1", "pn4")]
    ['pN1a', 'pN0(i-)(sn)', 'pN1mi', 'pN0(sn)', 'pN0(i+)', 'ypN1a', 'cN1', 'None']
    """
    compact = text.translate(_BRACKETS)
    rest, sentinel = _SENTINEL.subn("", compact, count=1)
    rest, contiguous = _CONTIGUOUS.subn("", rest, count=1)
    rest = _NO_MARKER.sub("", rest)
    markers = [match["marker"] for match in _ITC.finditer(rest)]
    match = _N.fullmatch(_ITC.sub("", rest))
    if match is None or not (match["digit"] or (match["n"] and markers)):
        return None
    digit = _DIGITS.get(match["digit"], match["digit"]) or "0"
    sub = match["sub"] or ""
    if sub[:1] in ("m", "r"):
        sub = "mi"
    if sub[:1] not in _SUBS[digit] and sub and not (sub == "mi" and digit == "1"):
        return None
    base = f"{match['letter'] or 'p'}N{digit.upper()}{sub}{_markers(markers) if digit == '0' else ''}"
    suffixes = ("sn",) * bool(sentinel) + ("f",) * bool(contiguous)
    return Category(base, _PREFIXES[match["prefix"]], suffixes)


def _markers(markers: list[str]) -> str:
    """The markers of isolated tumour cells and of molecular findings, each once, in that order."""
    signs = {("mol" if "m" in marker else "i"): marker.strip("()")[-1] for marker in markers}
    return "".join(f"({name}{signs[name]})" for name in ("i", "mol") if name in signs)


_T = re.compile(
    r"\(?(?P<prefix>yr|ry|y|r|)(?P<letter>[pc]?)t-?(?P<digit>[il]s|[0-4oqxil|!z])\(?(?P<sub>mic?|ml|m1|rni|[abcd]|)\)?"
    r"(?:\((?P<suffix>m|mult(?:iple|ifocal)?|\d{1,2}|dcis|lcis|paget(?:s|'s)?)\)?)?\)?"
)
_T_SUBS = {"1": frozenset({"", "mi", "a", "b", "c"}), "4": frozenset({"", "a", "b", "c", "d"})}
_SUFFIXES = {"dcis": "DCIS", "lcis": "LCIS", "pagets": "Paget", "paget": "Paget", "m": "m"}


def t_category(text: str) -> str | None:
    """A T category with OCR repaired; ``(m)`` for several tumours. None if it is no category.

    >>> [t_category(text) for text in ("ptlc", "ypt1 c", "pt2(m)", "pt4b(mult)", "ptis (dcis)", "t2c")]
    ['pT1c', 'ypT1c', 'pT2(m)', 'pT4b(m)', 'pTis(DCIS)', None]
    """
    match = _T.fullmatch(text.translate(_BRACKETS))
    if match is None:
        return None
    digit = match["digit"]
    digit = "is" if digit[1:] else _DIGITS.get(digit, digit).upper()
    sub = match["sub"]
    if sub[:1] in ("m", "r"):
        sub = "mi"
    if sub not in _T_SUBS.get(digit, {""}):
        return None
    suffix = match["suffix"] or ""
    suffix = "m" if suffix.startswith("mult") else _SUFFIXES.get(suffix, suffix)
    return f"{_PREFIXES[match['prefix']]}{match['letter'] or 'p'}T{digit}{sub}{f'({suffix})' if suffix else ''}"


_M = re.compile(r"\(?(?P<prefix>yr|ry|y|r|)(?P<letter>[pc]?)m?-?(?P<digit>[01oqxil|!])(?P<cells>\(i\+\))?\)?")


def m_category(text: str) -> str | None:
    """An M category with OCR repaired, with the prefix that is printed and no other. None if it is no category.

    A rule that reads a label may capture what follows the M only. (i+) belongs to M0.

    >>> [m_category(text) for text in ("pmx", "mo", "c m0 (i+)", "ypml", "0", "m1(i+)", "m2")]
    ['pMX', 'M0', 'cM0(i+)', 'ypM1', 'M0', None, None]
    """
    match = _M.fullmatch(text.translate(_BRACKETS))
    if match is None:
        return None
    digit = _DIGITS.get(match["digit"], match["digit"]).upper()
    if match["cells"] and digit != "0":
        return None
    return f"{_PREFIXES[match['prefix']]}{match['letter']}M{digit}{match['cells'] or ''}"
