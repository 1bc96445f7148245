"""Charts of results as SVG: bars for what is compared, lines for what grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, log10

from .results import Figures

_COLOURS = (
    "#1f5fa8",
    "#c2571a",
    "#2a7f4f",
    "#8a3f96",
    "#7a6a00",
    "#b03060",
    "#008080",
    "#e0a800",
    "#6b8e23",
    "#4b0082",
    "#8b4513",
    "#d2691e",
    "#555555",
)
_WIDTH, _LEFT, _RIGHT, _TOP, _BAR = 800, 300, 150, 44, 36


def side_by_side(result: Figures) -> str:
    """Reports per CPU second of each way as bars, and how many annotated reports it reads right."""
    rows = [row for row in result["rows"] if row.get("reports_per_cpu_second")]
    fastest = max(row["reports_per_cpu_second"] for row in rows)
    height = _TOP + _BAR * len(rows) + 16
    drawn = [_text(_LEFT, 22, "reports per CPU second, same texts, one run", bold=True)]
    for number, row in enumerate(rows):
        y, rate = _TOP + _BAR * number, row["reports_per_cpu_second"]
        width = rate / fastest * (_WIDTH - _LEFT - _RIGHT)
        right = f"; pN right in {row['pn_right']}" if row.get("pn_right") else ""
        colour = _COLOURS[0 if row["what"] == "Nodalis" else -1]
        drawn += [
            f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 10}" fill="{colour}"/>',
            _text(_LEFT - 8, y + 10, row["what"], "end"),
            _text(_LEFT - 8, y + 23, row["does"].partition(":")[0], "end", small=True),
            _text(_LEFT + width + 6, y + 16, f"{rate:,.4g}{right}"),
        ]
    return _svg(height, drawn)


def growth(result: Figures) -> str:
    """Time against size, a line for each kind of text, and in grey what grows ten times with ten times the text."""
    height, bottom = 440, 440 - 56
    lines = {row["text"]: _points(row) for row in result["rows"]}
    low_x, high_x = _decades(size for points in lines.values() for size, _ in points)
    low_y, high_y = _decades(time for points in lines.values() for _, time in points)

    def place(size: float, time: float) -> tuple[float, float]:
        y = bottom - (log10(time) - low_y) / (high_y - low_y) * (bottom - _TOP)
        return _along(size, low_x, high_x, left=70, right=190), y

    drawn = [_text(70, 22, "CPU time in ms against size in KB (both logarithmic)", bold=True)]
    for power in range(low_y, high_y + 1):
        (x, y), (end, _) = place(10.0**low_x, 10.0**power), place(10.0**high_x, 10.0**power)
        drawn += [_line(x, y, end, y, "#dddddd"), _text(x - 8, y + 4, f"{10.0**power:g}", "end")]
    for size in sorted({size for points in lines.values() for size, _ in points}):
        x, _ = place(size, 10.0**low_y)
        drawn += [_line(x, _TOP, x, bottom, "#eeeeee"), _text(x, bottom + 18, f"{size:g}", "middle")]
    size, time = next(iter(lines.values()))[-1]
    first = next(iter(lines.values()))[0][0]
    drawn.append(_path([place(first, max(time * first / size, 10.0**low_y)), place(size, time)], "#aaaaaa", dashed=True))
    for number, (name, points) in enumerate(lines.items()):
        colour, y = _COLOURS[number % len(_COLOURS)], _TOP + 18 * number + 10
        drawn.append(_path([place(*point) for point in points], colour))
        drawn += [_line(_WIDTH - 180, y - 4, _WIDTH - 160, y - 4, colour, 2), _text(_WIDTH - 154, y, name)]
    y = _TOP + 18 * len(lines) + 10
    drawn += [_path([(_WIDTH - 180, y - 4), (_WIDTH - 160, y - 4)], "#aaaaaa", dashed=True), _text(_WIDTH - 154, y, "in proportion")]
    return _svg(height, drawn)


def _points(row: Figures) -> list[tuple[float, float]]:
    """Size in KB and time in ms."""
    return [(float(name.partition("_")[0]), time) for name, time in row.items() if name.endswith("_kb_ms") and time]


def _decades(values: Iterable[float]) -> tuple[int, int]:
    """The powers of ten around some values."""
    known = list(values)
    low, high = floor(log10(min(known))), ceil(log10(max(known)))
    return low, max(high, low + 1)


def _along(value: float, low: int, high: int, left: int, right: int) -> float:
    return left + (log10(value) - low) / (high - low) * (_WIDTH - left - right)


def _text(x: float, y: float, text: str, anchor: str = "start", bold: bool = False, small: bool = False) -> str:
    style = ' font-weight="bold"' * bold + (' font-size="10" fill="#666666"' if small else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, width: int = 1) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _path(points: Sequence[tuple[float, float]], colour: str, dashed: bool = False) -> str:
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = ' stroke-dasharray="5 5"' * dashed
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def _svg(height: int, drawn: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, f'<rect width="{_WIDTH}" height="{height}" fill="white"/>', *drawn, "</svg>"]) + "\n"
