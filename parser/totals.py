"""Printed totals: what synoptic labels say of all nodes together, to check the groups or to stand for them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from .document import SIDES, Document, Mention
from .groups import Group
from .model import Side, Version
from .sections import DIAGNOSES, NOT_FINAL
from .stations import stations

_SCOPES = (("sent", "sentinel_"), ("axil", "axillary_"), ("non", "nonsentinel_"), ("other", "nonsentinel_"), ("additional", "nonsentinel_"))
_TITLE = re.compile(r"[\s).:]{1,4}[^.:;\d]{0,60}?(?<![a-z])(?:breast|axilla|axillary|nodes?|sentinel)(?![a-z])[^.:;\d]{0,60}:")


@dataclass(slots=True)
class Total:
    """One printed number of nodes."""

    key: str  # examined, positive, either also as sentinel_, nonsentinel_ or axillary_; macro, micro, itc
    value: int
    mention: Mention
    side: Side | None


@dataclass(slots=True)
class Totals:
    """The printed totals of one side; ``differing`` holds keys that are printed with more than one value."""

    values: dict[str, Total] = field(default_factory=dict)
    differing: dict[str, tuple[Total, Total]] = field(default_factory=dict)

    def get(self, key: str) -> int | None:
        """The printed number, or None."""
        total = self.values.get(key)
        return total.value if total else None

    @property
    def positive(self) -> int | None:
        """Positive nodes: as printed, or the sum of macro- and micrometastases."""
        printed = self.get("positive")
        macro, micro = self.get("macro"), self.get("micro")
        if printed is None and macro is not None:
            return macro + (micro or 0)
        return printed

    def add_ratio(self, prefix: str, group: Group) -> None:
        """Adds what a ratio tells of all nodes: both numbers, or only the one that no label prints.

        Where a label prints the positive nodes alone, it may count one specimen: the ratio is taken, and a difference kept.
        """
        alone = f"{prefix}examined" not in self.values
        for name, value in (("examined", group.examined), ("positive", group.positive)):
            total, known = Total(f"{prefix}{name}", value or 0, group.mention, group.side), self.values.get(f"{prefix}{name}")
            if known is None or alone:
                self.values[total.key] = total
            if known is not None and alone and known.value != total.value:
                self.differing[total.key] = (known, total)

    def mentions(self, *keys: str) -> list[Mention]:
        """The words of the totals with these keys, and those they were added up from."""
        if not self.values:
            return []
        added = {f"{prefix}_{key}" for key in keys if self._added_up(key) for prefix in ("sentinel", "nonsentinel")}
        return [total.mention for key, total in self.values.items() if not keys or key in keys or key in added]

    def add_up_sentinel(self) -> None:
        """Sentinel and other nodes counted apart make a total where none is printed."""
        for name in ("examined", "positive"):
            own, other = self.values.get(f"sentinel_{name}"), self.values.get(f"nonsentinel_{name}")
            if own and other and name not in self.values:
                self.values[name] = Total(name, own.value + other.value, other.mention, other.side)

    def _added_up(self, key: str) -> bool:
        total, other = self.values.get(key), self.values.get(f"nonsentinel_{key}")
        return total is not None and other is not None and total.mention is other.mention


def printed(document: Document, taken: Collection[int] = ()) -> list[Total]:
    """Every printed total, in the order of the text, but those whose mentions (by ``id``) count one specimen only."""
    if not document.of("node_total"):
        return []
    blocks = stations(document)
    sides = _Sides(document)
    found = _summed(sides, [labels for labels in blocks if labels["examined"].section not in DIAGNOSES])
    told = document.of("node_total")
    taken = {*taken, *(id(total.mention) for total in found), *(id(label) for labels in blocks for label in labels.values())}
    slid = any(mention.rule == "total.slid" for mention in told)
    for mention in told:
        if mention.section in NOT_FINAL or mention.version is Version.SUPERSEDED or id(mention) in taken:
            continue
        if mention.part is not mention.passage.part_at(mention.end - 1) and _TITLE.match(document.clean, mention.end):
            continue  # "nodes positive (see part 3). |3. Left axilla:", the label of the next specimen
        if slid and mention.rule != "total.slid" and any(one.rule == "total.slid" for one in document.overlapping(mention, "node_total")):
            continue
        scope = str(mention.values.get("scope", ""))
        if scope.startswith("int"):
            continue
        prefix = next((prefix for start, prefix in _SCOPES if scope.startswith(start)), "")
        for name in ("examined", "positive", "macro", "micro", "itc"):
            value = mention.values.get(name)
            if isinstance(value, int):
                key = f"{prefix}{name}" if name in ("examined", "positive") else name
                found.append(Total(key, value, mention, sides.of(mention)))
    return found


def _summed(sides: _Sides, blocks: Sequence[dict[str, Mention]]) -> list[Total]:
    """The sums of what labels count station by station."""
    return [
        Total(key, sum(int(str(labels[key].values[key])) for labels in blocks), blocks[0][key], sides.of(blocks[0][key]))
        for key in ("examined", "positive")
        if blocks and all(key in labels for labels in blocks)
    ]


class _Sides:
    """The side that the synoptic block of a total names before it."""

    def __init__(self, document: Document) -> None:
        self._named: dict[int, list[tuple[int, Side]]] = {}  # by the id of a passage, from which offset on each side is named
        for word in document.of("side"):
            named = self._named.setdefault(id(word.passage), [])
            before = document.clean[max(0, word.start - 24) : word.start]
            if "lateralit" in before or (not named and word.start - word.passage.start < 120):
                named.append((word.start, SIDES[word.values["side"]]))

    def of(self, mention: Mention) -> Side | None:
        """The side named last before a total, if any."""
        named = self._named.get(id(mention.passage), [])
        place = bisect_right(named, mention.start, key=itemgetter(0))
        return named[place - 1][1] if place else None


def combine(totals: Iterable[Total], side: Side | None) -> Totals:
    """The totals that can belong to a side; a later version of the report replaces an earlier one."""
    result = Totals()
    for total in totals:
        if side and total.side in (Side.LEFT, Side.RIGHT) and total.side is not side:
            continue
        known = result.values.get(total.key)
        if known is None or (total.mention.version is not Version.ORIGINAL and known.mention.version is Version.ORIGINAL):
            result.values[total.key] = total
        elif known.value != total.value:
            result.differing[total.key] = (known, total)
    result.add_up_sentinel()
    return result
