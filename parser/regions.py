"""Where the nodes of a statement lie: the region that it or its part names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .document import Document, Mention
from .model import Region, Section

# Regions that a staging table asks for apart from the axilla.
AXES = frozenset({Region.INTERNAL_MAMMARY, Region.INFRACLAVICULAR, Region.SUPRACLAVICULAR})
_REGIONS: Mapping[object, Region] = {region.value: region for region in Region}
_SYNOPTIC = frozenset({Section.SYNOPTIC, Section.ANCILLARY, Section.COMMENT})
_GROUP = re.compile(r"contents|dissection|clearance")
_IN_BRACKETS = re.compile(r"[^.;()]{0,40}\(\s?")  # between a count and its region: "2/12 positive for metastasis (subclavicular)"
_NEAR, _TITLE = 260, 60  # characters at most from a region to the statement behind it; from the start of a part to one that its title names
_BEHIND = 60  # characters behind a statement, more than ``_IN_BRACKETS`` may match
_NUMBERS = ("node_count", "node_number", "part_ratio")
_SN = re.compile(r"(?<![a-z])sn(?![a-z])")


def region_of(document: Document, mention: Mention) -> tuple[Region, bool]:
    """The region that a statement names itself or, before it, its part; and whether the nodes are sentinel nodes.

    "Sentinel lymph node, left axilla" is sentinel: axilla only says where. A later region replaces an earlier one. A sentinel node
    of the internal mammary chain is internal mammary, and sentinel.
    """
    inside: Region | None = None
    before: Region | None = None
    place = 0
    sentinel = "sn" in document.clean[mention.start : mention.end] and _SN.search(document.clean, mention.start, mention.end) is not None
    # words between the title of the part and those near the statement say nothing of it
    near, title = max(mention.part.start, mention.start - _NEAR + 1), mention.part.start + _TITLE
    words = document.within(mention.part.start if near <= title else near, mention.end + _BEHIND, "region")
    if near > title:
        words = [*document.within(mention.part.start, title, "region"), *words]
    for word in words:
        if word.start >= mention.end:
            if inside is None and word.values["region"] in AXES and _IN_BRACKETS.fullmatch(document.clean, mention.end, word.start):
                inside = _REGIONS[word.values["region"]]
            break
        if word.start < mention.start and word.part is not mention.part:
            continue
        if "includ" in document.clean[max(0, word.start - 30) : word.start]:
            continue
        region = _REGIONS[word.values["region"]]
        if word.start >= mention.start:
            inside = region if inside in (None, Region.AXILLARY) or region in AXES else inside
        elif (word.start > mention.start - _NEAR or word.start < mention.part.start + _TITLE) and _near(document, word, mention):
            elsewhere = word.rule.startswith("context.nonsentinel") or word.start > place + 60 or _counted(document, place, word.start)
            if before in AXES and not elsewhere:
                sentinel = sentinel or region is Region.SENTINEL
            elif before in (None, Region.AXILLARY) or region is not Region.AXILLARY or elsewhere:
                before, place = region, word.start
    if before is Region.SENTINEL and _GROUP.search(document.clean, mention.part.start, min(place, mention.part.start + 60)):
        before = Region.AXILLARY  # "axillary contents with sentinel node"
    if inside is Region.AXILLARY and before is Region.SENTINEL and mention.start - place < 160:
        numbers = document.within(place - document.longest, place + 1, *_NUMBERS)
        counted = document.within(place, mention.start, "node_count", "part_ratio")  # "sentinel nodes 0/2, |axillary 0/4|"
        of_another = any(place < other.end <= mention.start for other in (*numbers, *counted))
        inside = inside if of_another else Region.SENTINEL
    region = inside or before or (Region.SENTINEL if sentinel else Region.UNSPECIFIED)
    return region, sentinel or region is Region.SENTINEL


def _counted(document: Document, after: int, before: int) -> bool:
    """Whether a count of nodes ends between two offsets."""
    numbers = document.within(after - document.longest, before, *_NUMBERS)
    return any(after < number.end <= before for number in numbers)


def _near(document: Document, word: Mention, mention: Mention) -> bool:
    """Whether a word before a statement belongs to it: in a synoptic block it stands in the same line."""
    if mention.section not in _SYNOPTIC:
        return True
    return word.end >= mention.start - 30 and not any(sign in document.clean[word.end : mention.start] for sign in ".:;\n")
