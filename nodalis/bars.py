"""Bars inside tables: the plot and the figures behind it are one thing, and the words keep their size on every screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_LEAST = 0.4  # percent of the width: what is there is seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: what it is about, its figures, and the pieces of its bar from the left."""

    name: str
    values: Sequence[str]
    pieces: Sequence[tuple[str, float]]  # style, and share of the full width
    note: str = ""


def bar_table(title: str, head: Sequence[str], groups: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """One row a bar, in groups with a heading each, which may be empty. ``head`` names the rows and then the values."""
    name, *values = map(escape, head)
    numbers = "".join(f'<th scope="col" class="n">{value}</th>' for value in values)
    # A cell that only the eye needs is no header: screen readers pass over it.
    top = f'<thead><tr><th scope="col">{name}</th><td class="b" aria-hidden="true"></td>{numbers}</tr></thead>'
    return f'<table class="bars" aria-label="{escape(title)}">{top}{"".join(_group(*group, len(head) + 1) for group in groups)}</table>'


def bar(pieces: Sequence[tuple[str, float]], style: str = "bar", label: str = "") -> str:
    """A bar of pieces behind each other; without a label it is for the eye only."""
    start, parts = 0.0, []
    for piece, share in pieces:
        if share > 0:
            width = max(100 * share, _LEAST)
            parts.append(f'<rect class="{piece}" x="{start:.2f}%" width="{width:.2f}%" height="100%"/>')
            start += width
    role = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="{style}" {role}><rect class="track" width="100%" height="100%"/>{"".join(parts)}</svg>'


def _group(heading: str, rows: Sequence[Bar], columns: int) -> str:
    head = f'<tr class="group"><th colspan="{columns}" scope="rowgroup">{escape(heading)}</th></tr>' if heading else ""
    return f"<tbody>{head}{''.join(map(_row, rows))}</tbody>"


def _row(row: Bar) -> str:
    note = f"<small>{escape(row.note)}</small>" if row.note else ""
    values = "".join(f'<td class="n">{escape(value)}</td>' for value in row.values)
    name = f'<th scope="row">{escape(row.name)}{note}</th>'
    return f'<tr>{name}<td class="b" aria-hidden="true">{bar(row.pieces)}</td>{values}</tr>'
