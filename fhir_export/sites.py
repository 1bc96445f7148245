"""Where the nodes lie: regions and sides of a report's node groups as body sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from parser.model import NodeGroup, Region, Report, Side, Version

from .codes import CONCEPTS, concept
from .elements import JsonObject
from .frozen import freeze

__all__ = ["SITES", "breast_site", "common_site", "counted_groups", "node_side", "node_site", "site", "tumor_side"]

_SUPERSEDED: Final = Version.SUPERSEDED
_LATERALITY: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"

_OTHER_SIDE: Final[Mapping[Side | None, Side]] = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}

# The entry site.* of codes.toml for each region. Sentinel nodes lie in the axilla unless the report names another region,
# and then that is their region. Of nodes without a region nothing is said.
SITES: Final = {
    Region.SENTINEL: "axillary",
    Region.AXILLARY: "axillary",
    Region.INTRAMAMMARY: "intramammary",
    Region.INTERNAL_MAMMARY: "internal_mammary",
    Region.INFRACLAVICULAR: "infraclavicular",
    Region.SUPRACLAVICULAR: "supraclavicular",
}


def _body_site(name: str, side: Side | None) -> JsonObject:
    found = dict(concept(f"site.{name}"))
    if side is not None:
        found["extension"] = [{"url": _LATERALITY, "valueCodeableConcept": concept(f"side.{side}")}]
    return cast(JsonObject, freeze(found))


_BODY_SITES: Final = {
    (name.removeprefix("site."), side): _body_site(name.removeprefix("site."), side)
    for name in CONCEPTS
    if name.startswith("site.")
    for side in (None, *Side)
}


def site(name: str, side: Side | None) -> JsonObject:
    """A body site, with mCODE's laterality qualifier where the side is known. Shared and read-only."""
    return _BODY_SITES[name, side]


def breast_site(report: Report) -> JsonObject:
    """The breast of the index cancer."""
    side = tumor_side(report)
    return site(f"breast_{side}" if side in (Side.LEFT, Side.RIGHT) else "breast", side)


def tumor_side(report: Report) -> Side | None:
    """The side of the index cancer."""
    return report.tumor.laterality.value if report.tumor.laterality else None


def counted_groups(report: Report) -> tuple[NodeGroup, ...]:
    """The groups of the ledger that hold: none superseded, none of the other side."""
    other = _OTHER_SIDE.get(tumor_side(report))
    return tuple([group for group in report.ledger if group.version is not _SUPERSEDED and (other is None or group.side is not other)])


def node_side(groups: Sequence[NodeGroup], report: Report) -> Side | None:
    """The side of these groups: what they say themselves, else the side of the tumour."""
    sides = {group.side for group in groups if group.side}
    if len(sides) > 1:
        return Side.BILATERAL
    return sides.pop() if sides else tumor_side(report)


def common_site(groups: Sequence[NodeGroup], report: Report) -> JsonObject | None:
    """The site in which all nodes of these groups lie; None for several sites, or for none that is known."""
    names = {SITES.get(group.region) for group in groups}
    name = names.pop() if len(names) == 1 else None
    return site(name, node_side(groups, report)) if name else None


def node_site(report: Report) -> JsonObject:
    """``bodySite`` of the node counts where all counted nodes lie in one site; else nothing."""
    found = common_site(counted_groups(report), report)
    return {"bodySite": found} if found else {}
