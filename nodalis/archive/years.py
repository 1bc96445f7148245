"""Nodes examined by year as inline SVG: places across are percentages, so that words keep their size on every screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from .figures import Year

_TOP: Final = 10  # pixels, as all heights here
_HEIGHT: Final = 190  # of the nodes
_REPORTS: Final = 44  # of the reports below
_GAP: Final = 22
_LABELS: Final = 20
_SLOT: Final = 84  # the widest a year becomes
FEW: Final = 10  # of fewer reports quartiles say little
_SPAN: Final = 120  # years; a longer span is one of mistaken dates, and its empty years would hide the rest
_MOST: Final = {"wide": 16, "narrow": 7}  # labels that a screen has room for


def plot(years: Sequence[Year]) -> str:
    """For each year the median and the middle half of the nodes examined, and below the number of reports. At least one year is known."""
    known = {year.year: year for year in years if year.year is not None}
    first, last = min(known), max(known)
    slots = list(range(first, last + 1)) if last - first < _SPAN else sorted(known)
    ticks = _ticks(max((year.quartiles[2] for year in known.values() if year.quartiles), default=0))
    most = max(year.reports for year in known.values())
    bottom = _TOP + _HEIGHT + _GAP + _REPORTS
    parts = [_line(_y(tick, ticks[-1]), f"{tick:,}") for tick in ticks]
    parts += [_line(bottom - _REPORTS, f"{most:,}"), _line(bottom, "0")]
    width = 100 / len(slots)
    for place, year in enumerate(slots):
        if year in known:
            parts.append(_slot(known[year], place * width, width, ticks[-1], most))
    parts += _names(slots, bottom + _LABELS - 4)
    title = f"Nodes examined by year, {first} to {last}: median and middle half, and the number of reports; figures in the table below"
    return (
        f'<div class="plot" style="max-width:{_SLOT * len(slots) + 56}px"><svg role="img" aria-label="{escape(title)}" '
        f'style="height:{bottom + _LABELS}px">{"".join(parts)}</svg></div>'
    )


def nodes(number: float) -> str:
    """A quartile as it is shown: a number of quarters, and so exact with two digits.

    >>> nodes(10.0), nodes(12.25), nodes(1200.5)
    ('10', '12.25', '1,200.5')
    """
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def _slot(year: Year, left: float, width: float, top: int, most: int) -> str:
    shown, parts = f"{year.year}: {year.reports:,} reports, {year.counted:,} counted", []
    wide, bar = f'x="{left + 0.16 * width:.2f}%" width="{0.68 * width:.2f}%"', f'x="{left + 0.3 * width:.2f}%" width="{0.4 * width:.2f}%"'
    if year.quartiles:
        low, median, high = (_y(value, top) for value in year.quartiles)
        style = "half few" if year.counted < FEW else "half"
        parts.append(f'<rect class="{style}" {wide} y="{high:.1f}" height="{max(low - high, 3):.1f}" rx="2"/>')
        parts.append(f'<rect class="fill" {wide} y="{median - 1.5:.1f}" height="3"/>')
        shown += ", median {}, middle half {} to {}".format(*(nodes(year.quartiles[place]) for place in (1, 0, 2)))
    height = max(_REPORTS * year.reports / most, 1)
    parts.append(f'<rect class="rest" {bar} y="{_TOP + _HEIGHT + _GAP + _REPORTS - height:.1f}" height="{height:.1f}"/>')
    hit = f'<rect class="hit" x="{left:.2f}%" width="{width:.2f}%" y="0" height="{_TOP + _HEIGHT + _GAP + _REPORTS}"/>'
    return f"<g><title>{escape(shown)}</title>{hit}{''.join(parts)}</g>"


def _names(slots: Sequence[int], y: float) -> Iterator[str]:
    """The names of as many years as there is room for, from the last back."""
    steps = {style: next(step for step in _steps() if len(slots) <= step * most) for style, most in _MOST.items()}
    for place, year in enumerate(slots):
        fitting = [style for style, step in steps.items() if (len(slots) - 1 - place) % step == 0]
        if fitting:
            style = "axis" if len(fitting) == len(steps) else f"axis {fitting[0]}"
            yield f'<text class="{style}" x="{100 * (place + 0.5) / len(slots):.2f}%" y="{y}" text-anchor="middle">{year}</text>'


def _line(y: float, name: str) -> str:
    line = f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text class="axis" x="-8" y="{y + 4:.1f}" text-anchor="end">{name}</text>'


def _y(value: float, top: int) -> float:
    return _TOP + _HEIGHT * (1 - value / top)


def _ticks(highest: float) -> list[int]:
    """Round numbers from 0 to at least the highest, at most six.

    >>> _ticks(17.5), _ticks(3), _ticks(0)
    ([0, 5, 10, 15, 20], [0, 1, 2, 3], [0, 1])
    """
    step = next(step for step in _steps() if highest <= 5 * step)
    ticks = [0, step]
    while ticks[-1] < highest:
        ticks.append(ticks[-1] + step)
    return ticks


def _steps() -> Iterator[int]:
    size = 1
    while True:
        yield from (size, 2 * size, 5 * size)
        size *= 10
