"""A text cut into passages, each with the values that stand there: the way from words to values and back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from parser.model import Span

from ...printable import block


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the text in which the same values stand; most stretches hold none."""

    id: str  # "w7"; empty where no value stands
    text: str
    values: tuple[str, ...] = ()  # their keys, those of the shortest words first


def passages(text: str, values: Mapping[str, Iterable[Span]]) -> tuple[Passage, ...]:
    r"""The whole text in passages, safe to show. ``values`` gives for each value the words that prove it.

    >>> [(part.text, part.values) for part in passages("0/3 nodes", {"positive": [Span(0, 3)], "examined": [Span(2, 3)]})]
    [('0/', ('positive',)), ('3', ('examined', 'positive')), (' nodes', ())]
    """
    spans = sorted(
        ((min(span.start, len(text)), min(span.end, len(text)), key) for key, found in values.items() for span in set(found)),
        key=lambda item: (item[1] - item[0], item),
    )
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    standing: dict[int, list[str]] = {start: [] for start in edges}
    for start, end, key in spans:
        for edge in edges[bisect_left(edges, start) : bisect_left(edges, end)]:
            if key not in standing[edge]:
                standing[edge].append(key)
    shown = block(text)
    return _numbered((shown[start:end], tuple(standing[start])) for start, end in pairwise(edges))


def beginnings(parts: Sequence[Passage]) -> Mapping[str, str]:
    """For each value the id of the first passage in which it stands."""
    found: dict[str, str] = {}
    for part in parts:
        for key in part.values:
            found.setdefault(key, part.id)
    return found


def standing_at(parts: Sequence[Passage], offset: int) -> str:
    """The id of the passage in which an offset of the text stands; empty where no value does.

    >>> standing_at([Passage("", "nodes "), Passage("w1", "0/3", ("positive",))], 7)
    'w1'
    """
    for part in parts:
        offset -= len(part.text)
        if offset < 0:
            return part.id
    return ""


def _numbered(parts: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[Passage, ...]:
    """The passages with ids; neighbours with the same values are one."""
    found: list[Passage] = []
    number = 0
    for text, values in parts:
        if found and found[-1].values == values:
            found[-1] = Passage(found[-1].id, found[-1].text + text, values)
            continue
        number += bool(values)
        found.append(Passage(f"w{number}" if values else "", text, values))
    return tuple(found)
