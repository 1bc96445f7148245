"""The matrix of the evaluation page, as inline SVG that takes its colours from the page's light or dark scheme."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import sqrt

from .evaluation import Matrix

_CELL = 46
_MARGIN = 86  # of the matrix: room for row and column labels


def heat_map(matrix: Matrix) -> str:
    """Reader's categories down, ours across. Agreement and disagreement differ in hue, number in strength and in figures."""
    size = _CELL * len(matrix.labels)
    strongest = max(matrix.counts.values(), default=1)
    parts = [_text(_MARGIN + size / 2, 14, "ours", "axis", "middle"), _text(10, _MARGIN - 34, "reader", "axis", "start")]
    for index, label in enumerate(matrix.labels):
        middle = _MARGIN + index * _CELL + _CELL / 2
        x, y = f"{middle:g}", _MARGIN - 8
        parts.append(f'<text class="label" x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{escape(label)}</text>')
        parts.append(_text(_MARGIN - 8, middle + 4, label, "label", "end"))
    for row, reader in enumerate(matrix.labels):
        for column, ours in enumerate(matrix.labels):
            count = matrix.counts.get((reader, ours), 0)
            parts.append(_heat_cell(row, column, count, sqrt(count / strongest), f"reader {reader}, ours {ours}: {count}"))
    width = _MARGIN + size + 44  # the last column label leans out of the square
    return _svg(width, _MARGIN + size + 4, "Confusion matrix of AJCC 8 categories", parts)


def _heat_cell(row: int, column: int, count: int, strength: float, title: str) -> str:
    x, y = _MARGIN + column * _CELL, _MARGIN + row * _CELL
    hue = "agree" if row == column else "differ"
    rectangle = f'<rect class="cell" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" rx="4"/>'
    if not count:
        return rectangle
    opacity = 0.16 + 0.84 * strength
    heat = f'<rect class="{hue}" fill-opacity="{opacity:.2f}" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" rx="4"/>'
    ink = "on" if opacity > 0.6 else "value"
    number = _text(x + _CELL / 2 - 1, y + _CELL / 2 + 4, str(count), ink, "middle")
    return f"<g><title>{escape(title)}</title>{rectangle}{heat}{number}</g>"


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    head = f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width:g} {height:g}" style="max-width:{width:g}px">'
    return f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>"


def _text(x: float, y: float, text: str, style: str, anchor: str) -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
