"""Characters with their places on a page -> lines of text in the order of reading.

What stands side by side is one line: a label and its value belong together. Two columns of prose are read one after the other; they
are known by a gutter beside lines that fill their column, which labels do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import mean
from typing import Final, NamedTuple

_SAME_LINE: Final = 0.5  # all in heights of a letter: how far a line may be from straight, which leaves room for superscripts
_BACK: Final = 0.4
_WORD_GAP: Final = 0.2
_RUN_GAP: Final = 1.0
_CELL_GAP: Final = 2.0
_GUTTER: Final = 0.8
_PARAGRAPH: Final = 2.5
_MIN_LINES: Final = 3  # of two columns
_MIN_LENGTHS: Final = (25, 20)  # mean characters of a line of prose, left and right
_FILLED: Final = 0.7  # of the column
_MOST: Final = 0.6  # of its lines


class Character(NamedTuple):
    """A character that runs from left to right at the height ``base``, which grows upwards."""

    text: str
    left: float
    right: float
    base: float
    size: float
    spaced: bool  # whether a space stands before it


class _Run(NamedTuple):
    """Characters of a line without a wide gap."""

    text: str
    left: float
    right: float
    base: float
    size: float


_Line = Sequence[_Run]


def laid_out(characters: Iterable[Character]) -> str:
    """The text of a page."""
    return "\n".join(_in_columns(_lines(_runs(characters))))


def _runs(characters: Iterable[Character]) -> Iterator[_Run]:
    parts: list[str] = []
    run = last = None
    for one in characters:
        goes_on = (
            last is not None
            and abs(one.base - last.base) <= _SAME_LINE * max(one.size, last.size)
            and -_BACK * one.size <= one.left - last.right <= _RUN_GAP * one.size
        )
        if run is not None and last is not None and not goes_on:
            yield _Run("".join(parts), run.left, last.right, run.base, run.size)
            run = None
        if run is None:
            run, parts = one, []
        elif one.spaced:
            parts.append(" ")
        parts.append(one.text)
        last = one
    if run is not None and last is not None:
        yield _Run("".join(parts), run.left, last.right, run.base, run.size)


def _lines(runs: Iterable[_Run]) -> list[_Line]:
    """From top to bottom, each from left to right."""
    lines: list[list[_Run]] = []
    for run in sorted((run for run in runs if run.text.strip()), key=lambda run: -run.base):
        if lines and abs(run.base - lines[-1][0].base) <= _SAME_LINE * min(run.size, lines[-1][0].size):
            lines[-1].append(run)
        else:
            lines.append([run])
    return [sorted(line, key=lambda run: run.left) for line in lines]


def _in_columns(lines: Sequence[_Line]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        left, right = _columns(lines, at)
        if left:
            yield from _in_columns(left)
            yield from _in_columns(right)
            at = max(at + 1, at + _depth(lines, at, left, right))
        else:
            yield _text(lines[at])
            at += 1


def _depth(lines: Sequence[_Line], at: int, left: Sequence[_Line], right: Sequence[_Line]) -> int:
    """How many lines of the page two columns hold."""
    runs = sum(map(len, left)) + sum(map(len, right))
    for count, line in enumerate(lines[at:], 1):
        runs -= len(line)
        if runs <= 0:
            return count
    return len(lines) - at


def _columns(lines: Sequence[_Line], at: int) -> tuple[list[_Line], list[_Line]]:
    """The two columns of prose that begin at a line; nothing where there are none."""
    for before, after in pairwise(lines[at]):
        low, high = before.right, after.left
        left: list[_Line] = []
        right: list[_Line] = []
        for number in range(at, len(lines)):
            line = lines[number]
            if number > at and lines[number - 1][0].base - line[0].base > _PARAGRAPH * line[0].size:
                break
            sides = [run for run in line if run.left < low], [run for run in line if run.left >= low]
            low = max([low, *(run.right for run in sides[0])])
            high = min([high, *(run.left for run in sides[1])])
            if high - low < _GUTTER * line[0].size:
                break
            left += [sides[0]] if sides[0] else []
            right += [sides[1]] if sides[1] else []
        if _is_prose(left, _MIN_LENGTHS[0]) and _is_prose(right, _MIN_LENGTHS[1]):
            return left, right
    return [], []


def _is_prose(lines: Sequence[_Line], length: int) -> bool:
    if len(lines) < _MIN_LINES:
        return False
    texts = [_text(line) for line in lines]
    if mean(map(len, texts)) < length or sum(text.endswith(":") for text in texts) > len(texts) / 2:
        return False
    start, end = min(line[0].left for line in lines), max(line[-1].right for line in lines)
    return sum(line[-1].right - start >= _FILLED * (end - start) for line in lines) >= _MOST * len(lines)


def _text(line: _Line) -> str:
    parts = [line[0].text]
    for before, run in pairwise(line):
        gap = (run.left - before.right) / run.size
        parts += ("\t" if gap > _CELL_GAP else " " if gap > _WORD_GAP else "", run.text)
    return "".join(parts).strip()
