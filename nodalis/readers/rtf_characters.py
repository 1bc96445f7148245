r"""The characters of RTF: code pages, fonts of signs, and the numbers of ``\u``."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

SIGNS: Final = "signs of "  # begins the code page of a font of signs; its name follows
_UNKNOWN: Final = "ascii"  # all else becomes a character that raises a doubt
_LOST: Final = "\ufffd"
_NUMBERS: Final = (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 936, 949, 950)
_PAGES: Final = {**{number: f"cp{number}" for number in (*_NUMBERS, *range(1250, 1259))}, 10000: "mac_roman", 65001: "utf-8"}
_CHARSETS: Final = {
    2: SIGNS, 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
for _page in (*_PAGES.values(), "utf-16-le"):
    codecs.lookup(_page)  # the job that reads RTF may not open files, so all codecs are loaded before
# What reports print in these fonts, from their charts. Boxes are written as in plain text.
_LATIN: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GREEK: Final = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_FONTS: Final = {
    "symbol": {
        **{ord(sign): sign for sign in " !#%&()+,./0123456789:;<=>?[]_{|}"}, 0x2A: "*", 0x2D: "\u2212",
        **{ord(latin): greek for latin, greek in zip(_LATIN, _GREEK, strict=True)},
        0xA3: "\u2264", 0xAC: "\u2190", 0xAE: "\u2192", 0xB0: "°", 0xB1: "±", 0xB3: "\u2265", 0xB4: "×", 0xB7: "\u2022",
        0xB9: "\u2260", 0xBB: "\u2248", 0xD7: "\u00b7",
    },
    "wingdings": {
        **dict.fromkeys((0x6C, 0x6E, 0x76, 0x9F, 0xA7, 0xD8), "\u2022"),
        **dict.fromkeys((0x6F, 0x71, 0xA8), "[ ]"),
        **dict.fromkeys((0x78, 0xFD, 0xFE), "[x]"),
        0x20: " ", 0xE0: "\u2192", 0xFC: "\u2713",
    },
}  # fmt: skip
_PRIVATE: Final = range(0xF020, 0xF100)  # where fonts of signs stand in Unicode


def page_of(number: int) -> str:
    r"""The code page of a number of ``\ansicpg``.

    >>> page_of(1250), page_of(4711)
    ('cp1250', 'ascii')
    """
    return _PAGES.get(number, _UNKNOWN)


def charset_page(number: int) -> str:
    r"""The code page of ``\fcharset``; empty for that of the document."""
    return _CHARSETS.get(number, "")


def decoded(data: bytes, page: str) -> str:
    r"""Characters of a code page or of a font of signs.

    >>> decoded(b"\xa3 0.2", "signs of symbol"), decoded(b"\xa3 2", "cp1252")
    ('≤ 0.2', '£ 2')
    """
    if page.startswith(SIGNS):
        return "".join(_sign(code, page) for code in data)
    return data.decode(page, "replace")


def unicode_character(number: int, page: str) -> str:
    r"""The character of ``\u``, which may be written as a negative number; a character that raises a doubt for a number that is none.

    >>> unicode_character(-3933, "signs of symbol"), unicode_character(233, ""), unicode_character(999999999, "") == "\ufffd"
    ('≤', 'é', True)
    """
    code = number + 0x10000 if -0x8000 <= number < 0 else number
    if code in _PRIVATE:
        return _sign(code - 0xF000, page if page.startswith(SIGNS) else SIGNS + "symbol")
    return chr(code) if 0 < code < 0x10000 else _LOST


def joined(parts: Sequence[str]) -> str:
    """The whole text; two halves of a character become one, a half that stands alone one that raises a doubt."""
    text = "".join(parts)
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _sign(code: int, page: str) -> str:
    signs = next((signs for name, signs in _FONTS.items() if name in page), {})
    return signs.get(code, _LOST)
