"""Text from outside made safe to print: nothing in it can move the cursor, change colours or forge a line."""

from __future__ import annotations

# One character for one character, so that offsets stay true. Controls become their pictures (U+2400 ...), the
# signs that hide or reorder text (soft hyphen, zero width, bidirectional) and lone surrogates become U+FFFD.
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20)},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((0xAD, 0x061C, 0x2028, 0x2029, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)), 0xFFFD),
    **dict.fromkeys(range(0x2060, 0x2070), 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
    **dict.fromkeys(range(0xE0000, 0xE0080), 0xFFFD),
}
_BLOCK = {code: picture for code, picture in _PICTURES.items() if chr(code) not in "\n\t"}


def block(text: str) -> str:
    r"""Text of several lines, safe to print; every character keeps its place.

    >>> block("pN1a\x1b[2J\r\n0/3")
    'pN1a␛[2J \n0/3'
    """
    return text.replace("\r\n", " \n").replace("\r", "\n").translate(_BLOCK)


def one_line(text: str) -> str:
    r"""Text on one line, safe to print.

    >>> one_line("a\nnodalis: forged")
    'a␊nodalis: forged'
    """
    return text.translate(_PICTURES)
