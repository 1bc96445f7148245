"""Pictures of the overview as SVG, without a style of their own: the page's style sheet colours them in light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

_WIDTH: Final = 960
_LEFT: Final = 46
_TOP: Final = 12
_HEIGHT: Final = 180
_BELOW: Final = 26
_WIDEST: Final = 64
_MOST_NAMES: Final = 14
_ROW: Final = 26
_NAMES: Final = 520


@dataclass(frozen=True, slots=True)
class Column:
    """A column of pieces, the lowest first."""

    name: str
    pieces: Sequence[tuple[str, str, float]]  # style, what it is, how much

    @property
    def total(self) -> float:
        return sum(amount for _, _, amount in self.pieces)


def columns(title: str, found: Sequence[Column]) -> Markup:
    """Stacked columns side by side over a common scale."""
    ticks = _ticks(max((column.total for column in found), default=0))
    parts = [_line(tick, ticks[-1]) for tick in ticks]
    width = (_WIDTH - _LEFT) / max(len(found), 1)
    every = -(-len(found) // _MOST_NAMES)
    for place, column in enumerate(found):
        middle = _LEFT + (place + 0.5) * width
        parts += _column(column, middle, min(0.7 * width, _WIDEST), ticks[-1])
        if (len(found) - 1 - place) % every == 0:
            y = _TOP + _HEIGHT + 18
            parts.append(Markup('<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(middle, y, column.name))
    return _svg(title, _TOP + _HEIGHT + _BELOW, parts)


def rows(title: str, found: Sequence[Column]) -> Markup:
    """Stacked bars below each other, each with its name."""
    most = max((row.total for row in found), default=0) or 1
    parts = []
    for place, row in enumerate(found):
        y, x = place * _ROW, float(_NAMES)
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_NAMES - 10, y + 17, row.name))
        for style, what, amount in row.pieces:
            if amount:
                width = amount / most * (_WIDTH - _NAMES - 60)
                parts.append(_piece(style, f"{row.name}: {what} {amount:,.0f}", x, y + 5, max(width - 1, 1), _ROW - 10))
                x += width
        parts.append(Markup('<text class="axis" x="{:.1f}" y="{}">{}</text>').format(x + 6, y + 17, f"{row.total:,.0f}"))
    return _svg(title, len(found) * _ROW, parts)


def key(*entries: tuple[str, str]) -> Markup:
    """What the colours mean."""
    parts = Markup("").join(Markup('<span><i class="{}"></i>{}</span>').format(style, words) for style, words in entries)
    return Markup('<div class="key" aria-hidden="true">{}</div>').format(parts)


def _column(column: Column, middle: float, width: float, top: float) -> Iterator[Markup]:
    y = float(_TOP + _HEIGHT)
    for style, what, amount in column.pieces:
        if amount:
            height = amount / top * _HEIGHT
            y -= height
            yield _piece(style, f"{column.name}: {what} {amount:,.3g}", middle - width / 2, y, width, max(height - 1, 1))


def _piece(style: str, words: str, x: float, y: float, width: float, height: float) -> Markup:
    shape = '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    return Markup(shape).format(style, x, y, width, height, words)


def _line(tick: float, top: float) -> Markup:
    y = _TOP + _HEIGHT * (1 - tick / top)
    line = '<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
    name = '<text class="axis" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>'
    return Markup(line).format(_LEFT, _WIDTH, y) + Markup(name).format(_LEFT - 8, y + 4, f"{tick:,g}")


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    begin = Markup('<div class="plot"><svg role="img" aria-label="{}" viewBox="0 0 {} {:.0f}">').format(escape(title), _WIDTH, height)
    return begin + Markup("").join(parts) + Markup("</svg></div>")


def _ticks(highest: float) -> list[int]:
    """Round numbers from 0 to at least the highest, at most six.

    >>> _ticks(17.5), _ticks(3), _ticks(0)
    ([0, 5, 10, 15, 20], [0, 1, 2, 3], [0, 1])
    """
    size, step = 1, 1
    while 5 * step < highest:
        step = next(size * factor for factor in (1, 2, 5, 10) if size * factor > step)
        size = 10 ** (len(str(step)) - 1)
    ticks = [0, step]
    while ticks[-1] < highest:
        ticks.append(ticks[-1] + step)
    return ticks
