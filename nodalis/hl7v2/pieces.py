"""Values of one name that are one text cut to pieces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from parser.model import Issue, IssueKind, Span

from .origins import Origins, Words, linked

_MIN_WIDTH: Final = 40  # characters of lines that are cut to one width; shorter ones are alike by chance
_MAX_WORD: Final = 12  # how much shorter wrapped lines are
_MIN_CUT: Final = 2
# "1" and "2/14", "(0/1" and "4)", "1" and "5 mm", "pN1" and "mi": what may be one number, with a line break in it that we made.
_CUT: Final = re.compile(
    r"(?<![\w.,/-])\d{1,2}(\n)\d{1,2}\s?(?:/|of\b|out\sof\b)\s?\d"
    r"|\d\s?(?:/|of|out\sof)\s?\d{1,2}(\n)\d{1,2}(?!\d|[.):]\s)"
    r"|\(\d{1,2}\s?/\s?\d{1,2}(\n)\d{1,2}\)"
    r"|\d[.,]?(\n)[.,]?\d{1,3}(?:[.,]\d{1,2})?\s?[mc]m\b"
    r"|\bpN[0-3](\n)(?:mi|[abc])\b(?![.)]\s)"
)


def joined(values: Sequence[Words]) -> list[Words]:
    """The values as lines; as one where they are a text cut to pieces of one width, which may be in the middle of a number.

    >>> from .origins import words
    >>> [line.text for line in joined([words("A. NODES"), words("(1/3)")])]
    ['A. NODES', '(1/3)']
    >>> [line.text[-8:] for line in joined([words("x" * 59 + "1"), words("x" * 60), words("2/14")])]
    ['xxxx2/14']
    """
    texts = [value.text for value in values]
    widths = {len(text) for text in texts[:-1]}
    if len(texts) > 2 and len(widths) == 1 and _MIN_WIDTH <= min(widths) >= len(texts[-1]):
        padded = sum(text.endswith(" ") for text in texts[:-1])
        if padded * 2 < len(texts) and not any("\n" in text for text in texts):
            return [linked(values)]
    return list(values)


def cut_words(values: Sequence[Words]) -> bool:
    """Whether lines were cut at one width wherever it fell: more of them are as long as the longest than a bit shorter, as when wrapped.

    >>> from .origins import words
    >>> text = "Three sentinel lymph nodes of the left axilla without metastasis. " * 5
    >>> cut_words([words(text[at : at + 50]) for at in range(0, 300, 50)]), cut_words([words("Nodes: negative.")] * 9)
    (True, False)
    """
    lines = [value.text for value in values]
    width = max(map(len, lines), default=0)
    full = [at for at, line in enumerate(lines) if width - 1 <= len(line)]
    wrapped = sum(width - _MAX_WORD <= len(line) < width - 1 for line in lines)
    within = sum(lines[at][-1].isalnum() and lines[at + 1][:1].isalnum() for at in full if at + 1 < len(lines))
    return width >= _MIN_WIDTH and len(full) > max(wrapped, _MIN_CUT) and within >= _MIN_CUT


def cut(text: str, origins: Origins, within_words: bool) -> tuple[Issue, ...]:
    """The doubt about numbers or words that were cut in two with the text: to read only the second half would be wrong, and look right."""
    found = (match for match in _CUT.finditer(text) if origins.origin_at(match.start(match.lastindex or 0)) is None)
    spans = tuple(Span(match.start(), match.end()) for match in found)
    what = "a number" if spans else "a word"
    doubt = Issue(IssueKind.UNREADABLE_TEXT, f"the text was cut to pieces, and {what} may be cut in two", spans)
    return (doubt,) if spans or within_words else ()
