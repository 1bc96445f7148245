"""Stations of nodes, each counted under labels of its own: "Level I: nodes examined: 10, positive: 0. Level III: ..."."""

from __future__ import annotations

import re

from .document import Document, Mention
from .model import Version
from .sections import NOT_FINAL

STATION = re.compile(
    r"(?<![a-z])(?:lateral|medial|central|anterior|posterior|apex|apical|interpectoral|rotter'?s?|low|mid|high|highest|lowest|inferior|superior|subscapular|brachial"
    r"|intra-?mammary|internal\smammary|level\s(?:[ivx]{1,3}|\d))(?![a-z])"
)
_NAMES = ("examined", "positive")
_HEADING = 80  # characters at most before the first label of a station that name it


def stations(document: Document) -> list[dict[str, Mention]]:
    """The labels of each station, where two or more are counted so; empty where the labels are of all nodes together."""
    if len(document.of("node_total")) < 2:
        return []
    blocks: list[dict[str, Mention]] = []
    names: list[frozenset[str]] = []
    end = 0
    for label in document.of("node_total"):
        kinds = label.values.keys() & set(_NAMES)
        if len(kinds) != 1 or label.section in NOT_FINAL or label.version is Version.SUPERSEDED:
            continue
        (kind,) = kinds
        same = blocks and label.passage is next(iter(blocks[-1].values())).passage
        if not same or kind in blocks[-1]:
            blocks.append({})
            names.append(frozenset(STATION.findall(document.clean, max(end, label.passage.start, label.start - _HEADING), label.end)))
        blocks[-1][kind] = label
        end = label.end
    told = len(blocks) > 1 and all(names) and len(set(names)) == len(names) and all("examined" in block for block in blocks)
    return blocks if told else []
