"""The categories of every edition, derived anew from corrected facts by the staging tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from parser.model import Category, Decision, Nodes, Region, Report
from parser.staging import decide, load_table, sentinel_suffix

_DEPOSITS: Final = frozenset(("nodes.positive", "nodes.macromet", "nodes.micromet", "nodes.itc"))
_STAGING: Final = _DEPOSITS | {"nodes.examined", "nodes.ihc", "nodes.molecular"}
_SUFFIX: Final = frozenset(("nodes.examined", "nodes.sentinel_examined"))
_AXES: Final = {Region.INFRACLAVICULAR: "infraclav", Region.SUPRACLAVICULAR: "supraclav", Region.INTERNAL_MAMMARY: "im"}
_ABSENT: Final = (0, "none")


def restaged(read: Report, found: Report, given: Collection[str]) -> dict[str, Decision]:
    """The decision of each edition about ``found``: that about the report as it was read where nothing of it was corrected.

    Where nodes beyond the axilla are positive, totals do not tell them from the others: then there is no category, unless what was
    corrected leaves the counts of deposits as they were. The category that the report prints never takes its place.
    """
    again = not _STAGING.isdisjoint(given)
    staging = {edition: _restaged(read, found, decision, given) if again else decision for edition, decision in read.staging.items()}
    return {edition: _with_affixes(read, found, decision, given) for edition, decision in staging.items()}


def _restaged(read: Report, found: Report, decision: Decision, given: Collection[str]) -> Decision:
    edition, nodes = decision.edition, found.nodes
    if decision.basis == "stated" and _DEPOSITS.isdisjoint(given):
        return decision
    first = not decision.inputs  # nothing was derived from the facts as they were read
    inputs = {**decision.inputs}
    if first or not _DEPOSITS.isdisjoint(given):
        beyond = first and any(group.positive for group in read.ledger if group.region in _AXES)
        if beyond or any(inputs.get(axis, 0) not in _ABSENT for axis in _AXES.values()):
            return Decision(edition, None)
        if (deposits := _deposits(nodes)) is None:
            return Decision(edition, None)
        inputs |= deposits
    examined = nodes.examined.value if nodes.examined else None
    if first or "nodes.examined" in given:
        inputs |= {"examined": int(nodes.positive is not None) if examined is None else examined, "sought": int(examined == 0)}
    if first or "nodes.ihc" in given:
        inputs["ihc"] = "negative" if nodes.ihc and nodes.ihc.value == "negative" else "not_done"
    if first or "nodes.molecular" in given:
        inputs["mol"] = nodes.molecular.value if nodes.molecular else "not_done"
    made = decide(load_table(edition), [inputs])
    if made.category is None:
        return made
    former = decision.category or (read.pn_stated.value if read.pn_stated else Category("pNX"))
    return replace(made, category=replace(made.category, prefix=former.prefix, suffixes=former.suffixes))


def _deposits(nodes: Nodes) -> Mapping[str, int] | None:
    """Nodes by the size of their largest deposit; None where it is not known how many are positive."""
    macro, micro, itc = (value.value if value else 0 for value in (nodes.macromet, nodes.micromet, nodes.itc))
    if nodes.positive is None:
        none_found = nodes.examined is not None and nodes.examined.value == 0
        return {"macro": 0, "micro": 0, "unsized": 0, "itc": itc} if itc or none_found else None
    return {"macro": macro, "micro": micro, "unsized": nodes.positive.value - macro - micro, "itc": itc}


def _with_affixes(read: Report, found: Report, decision: Decision, given: Collection[str]) -> Decision:
    """With (sn) and y as the corrected facts have them."""
    category = decision.category
    if category is None or decision.basis == "stated":
        return decision
    if not _SUFFIX.isdisjoint(given):
        others = tuple(suffix for suffix in category.suffixes if suffix != "sn")
        category = replace(category, suffixes=("sn", *others) if _sentinel_only(read, found, decision.edition) else others)
    if "tumor.neoadjuvant" in given:
        treated = found.tumor.neoadjuvant is not None and found.tumor.neoadjuvant.value
        category = replace(category, prefix="y" * treated + category.prefix.replace("y", ""))
    return replace(decision, category=category)


def _sentinel_only(read: Report, found: Report, edition: str) -> bool:
    nodes = found.nodes
    sentinel = nodes.sentinel_examined.value if nodes.sentinel_examined else 0
    examined = nodes.examined.value if nodes.examined else None
    stated = read.pn_stated is not None and "sn" in read.pn_stated.value.suffixes
    dissection = examined > sentinel if sentinel and examined is not None else any(group.region != Region.SENTINEL for group in read.ledger)
    return sentinel_suffix(load_table(edition), bool(sentinel or stated), examined, dissection) is True
