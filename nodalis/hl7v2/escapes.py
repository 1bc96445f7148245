r"""Escape sequences of HL7 v2 (``\F\``, ``\.br\``, ``\X0D\``) -> the characters they stand for.

What is no escape sequence of the standard stays as it stands, so that no word is lost. None becomes longer than four times itself:
``\.sp100000000\`` is no hundred megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_MAX_GROWTH: Final = 4
_SPACES: Final = {"sp": "\n", "sk": " ", "in": " ", "ti": " "}  # lines and blanks skipped, indentation


def unescaper(field: str, component: str, repetition: str, escape: str, subcomponent: str, encoding: str) -> Callable[[str], str]:
    r"""A function from escaped to plain text for the delimiters of a message; ``encoding`` is that of bytes in hexadecimal.

    >>> plain = unescaper("|", "^", "~", "\\", "&", "utf-8")
    >>> plain(r"ER \T\ PR\.br\1\S\3 \X4F\\X4B\ \E\.br\E\ a\b \Z1\ ")
    'ER & PR\n1^3 OK \\.br\\ a\\b \\Z1\\ '
    """
    if not escape:
        return str
    mark = re.escape(escape)
    # Highlighting begins and ends without a character; bytes that follow each other may be one character.
    pattern = re.compile(
        rf"{mark}(?:(X[0-9A-Fa-f]+{mark}(?:{mark}X[0-9A-Fa-f]+{mark})*)"
        rf"|(?:([FSTREPHN])|\.(br|ce|fi|nf)|\.(sp|sk|in|ti) ?([+-]?\d*))\s?{mark})"
    )
    characters = {"F": field, "S": component, "T": subcomponent, "R": repetition, "E": escape, "P": "#", "H": "", "N": ""}
    breaks = {"br": "\n", "ce": "\n", "fi": "", "nf": ""}

    def plain(match: re.Match[str]) -> str:
        hexadecimal, letter, command, spaces, count = match.groups()
        if hexadecimal:
            return _characters(hexadecimal, escape, encoding) or match[0]
        if letter:
            return characters[letter]
        if command:
            return breaks[command]
        most = _MAX_GROWTH * len(match[0])
        digits = count.lstrip("+-")[:3]
        return _SPACES[spaces] * min(int(digits) if digits else 1, most)

    return lambda text: pattern.sub(plain, text) if escape in text else text


def _characters(hexadecimal: str, escape: str, encoding: str) -> str:
    """The characters of bytes in hexadecimal; nothing if they are none."""
    digits = hexadecimal.replace(escape, "").replace("X", "")
    try:
        return bytes.fromhex(digits).decode(encoding)
    except ValueError:
        return ""
