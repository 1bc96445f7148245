"""Ratios of stations and the ratio that is their sum, before them or behind: "6/25, distributed: 1/2 lateral, 2/7 central ..."."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from .document import Document
from .groups import Group
from .landmarks import matches_near
from .model import Region, Role, Span
from .sections import Passage
from .sums import LARGE, levels_differ

_RATIO = re.compile(
    r"(?P<positive>[\do](?<![\d/.,][\do])(?:(?<=\d)\d)?)(?:\s?\+?\s?/\s?|\s(?:out\s)?of\s)(?P<examined>\d{1,2})(?![\d/]|\s?(?:hpf|[cm]m))"
)
_OF = re.compile(r"of\s\d")
_WINDOW = (7, 10)  # characters before a slash or an "of", and from it on: "3 out of 14 hpf"
_NEXT, _FAR = 150, 400  # characters at most from one ratio to the next, to the sum behind them
_SAME = 60  # characters at most from counts to the ratio that repeats them: "Five lymph nodes, negative (0/5)"
_MANY = 3
_LEAST = 3  # counts at least: a sum and two divisions
# "6 of 25 nodes (6/25), distributed as follows:", "two of 22 nodes (level I: 0/4, ..."
_ANNOUNCED = re.compile(
    r"(?:[^.;]{0,60}?(?:distributed|as\sfollows|broken\sdown)[^.;\d]{0,40}|[\s.]{0,3}(?P<bracket>\((?=[^)]{0,40}\d\s?/\s?\d[^)]*?\d\s?/\s?\d)))"
)


@dataclass(slots=True)
class Divisions:
    """What divides a sum: groups by ``id``, and where ratios stand that no group holds."""

    groups: set[int] = field(default_factory=set)
    ratios: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    """Counts as they stand in the text: a group, or a ratio that no rule reads as one."""

    start: int
    end: int
    positive: int
    examined: int
    group: Group | None


def divided(document: Document, found: Sequence[Group]) -> Divisions:
    """The groups and ratios that divide the nodes of a group told right before them, or behind them, in the same part.

    That one becomes ``Role.CHECK``; where some of its divisions were not read as groups it stays, and they become ``Role.REPEAT``.
    """
    entries = _entries(document, found)
    divisions = Divisions()
    for place, whole in enumerate(entries):
        if whole.group is None or whole.examined < 2 or id(whole.group) in divisions.groups or whole.group.role is not Role.LEDGER:
            continue
        run = _run(document, entries, place, 1, _NEXT) or _run(document, entries, place, -1, _FAR) or _distributed(document, entries, place)
        groups = [entry.group for entry in run if entry.group is not None]
        if not run or any(id(group) in divisions.groups for group in groups):
            continue
        divisions.ratios += [Span(entry.start, entry.end) for entry in run if entry.group is None]
        if whole.positive < sum(entry.positive for entry in run):
            whole.group.doubt = "the stations hold more positive nodes than their sum"
        if len(groups) == len(run) and whole.examined == sum(entry.examined for entry in run):
            whole.group.role = Role.CHECK
            divisions.groups.update(id(group) for group in groups)
        else:
            for group in groups:
                group.role = Role.REPEAT
    return divisions


def _entries(document: Document, found: Sequence[Group]) -> list[_Entry]:
    """The counts of the passages in the order of the text, none twice; none where they are too few for a sum."""
    told = [
        _Entry(group.mention.start, group.mention.end, group.positive, group.examined, group)
        for group in found
        if group.positive is not None and group.examined is not None
    ]
    entries: list[_Entry] = list(told)
    starts = [entry.start for entry in told]
    linked = [(passage, _links(document, passage)) for passage in {id(group.passage): group.passage for group in found}.values()]
    if len(told) + sum(len(links) for _, links in linked) < _LEAST:
        return []
    for passage, links in linked:
        for ratio in matches_near(_RATIO, document.clean, links, _WINDOW, passage.start, passage.end):
            counts = int(ratio["positive"].replace("o", "0")), int(ratio["examined"])
            known = any(
                entry.start <= ratio.start() < entry.end
                or (0 <= ratio.start() - entry.end < _SAME and counts == (entry.positive, entry.examined))
                for entry in told[bisect_left(starts, ratio.start() - _SAME - document.longest) : bisect_right(starts, ratio.start())]
            )
            if counts[0] <= counts[1] and not known:
                entries.append(_Entry(ratio.start(), ratio.end(), *counts, None))
    return sorted(entries, key=lambda entry: entry.start)


def _links(document: Document, passage: Passage) -> list[int]:
    """Where a slash or an "of" stands in a passage that may link the numbers of a ratio."""
    slashes = document.landmarks.slash
    links = slashes[bisect_left(slashes, passage.start) : bisect_left(slashes, passage.end)]
    links += [match.start() for match in _OF.finditer(document.clean, passage.start, passage.end)]
    return sorted(links)


def _run(document: Document, entries: Sequence[_Entry], at: int, step: int, near: int) -> list[_Entry]:
    """The entries next to one whose sum it is, behind it or, with a step of -1, before it; or none."""
    whole = entries[at]
    assert whole.group is not None
    examined = positive = 0
    place, part = whole, whole.group.part
    run: list[_Entry] = []
    for other in range(at + step, len(entries) if step > 0 else -1, step):
        entry, number = entries[other], len(run) + 1
        apart = entry.start - place.end if entry.start > place.start else place.start - entry.end
        if not part.start <= entry.start < part.end or apart > near or not _holds(document, whole.group, entry.group):
            break
        examined, positive, place = examined + entry.examined, positive + entry.positive, entry
        run.append(entry)
        if examined > whole.examined:
            break
        last = near == _NEXT and (other + 1 == len(entries) or not part.start <= entries[other + 1].start < part.end)
        told = whole.positive or whole.examined >= LARGE or number >= _MANY
        if number > 1 and (examined, positive) == (whole.examined, whole.positive) and (told or last):
            return run
        if number > 1 and whole.group.implied and last and positive == whole.positive:
            return run
    return []


def _distributed(document: Document, entries: Sequence[_Entry], at: int) -> list[_Entry]:
    """The entries that the words name as divisions of the one before them, even where they do not add up."""
    whole = entries[at]
    assert whole.group is not None
    announced = _ANNOUNCED.match(document.clean, whole.end)
    if announced is None:
        return []
    close = document.clean.find(")", announced.end()) if announced["bracket"] else -1
    run: list[_Entry] = []
    last = announced.end()
    for place in range(at + 1, len(entries)):
        entry = entries[place]
        if entry.start - last > _NEXT or (0 <= close < entry.start) or not whole.group.part.start <= entry.start < whole.group.part.end:
            break
        run.append(entry)
        last = entry.end
    return run if len(run) > 1 and all(entry.examined <= whole.examined for entry in run) else []


def _holds(document: Document, whole: Group, division: Group | None) -> bool:
    """Whether a division can lie in the region of the whole, and not in another level than its own."""
    if division is None:
        return True
    if levels_differ(document, whole, division):
        return False
    return whole.region in (Region.AXILLARY, Region.UNSPECIFIED, division.region) or division.region is Region.UNSPECIFIED
