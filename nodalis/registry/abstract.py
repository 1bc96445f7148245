"""A report as a registrar's abstract: NAACCR items with their codes, each with the words it comes from and why it is this code.

Nothing is guessed. What the report does not tell, or leaves in doubt, is coded as unknown where an item of nodes has such a code,
and left out otherwise. ``docs/registry.md`` lists the items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fhir_export import Context
from parser.model import DecisionStatus, Evidence, IssueKind, Report

from . import category_codes, identity, marker_codes, node_codes, texts, tumor_codes
from .coded import Coded, recurrent
from .dictionary import load_dictionary
from .interfield import consistent

_ABOUT_THE_REPORT: Final = frozenset((*identity.ITEMS, *texts.ITEMS))


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an abstract."""

    id: str  # "regionalNodesPositive"
    number: int  # 820
    value: str  # "02"
    evidence: tuple[Evidence, ...]  # empty where the code says that something is unknown, and for values a person gave
    basis: str  # one line in words why it is this code; holds no report text


@dataclass(frozen=True, slots=True)
class Abstract:
    """The items of one report, by their ids, in the order of the dictionary."""

    report_id: str
    items: Mapping[str, Item]
    doubts: tuple[IssueKind, ...]  # why nothing is coded but as unknown; empty where the report is accepted or a person has read it
    left_out: tuple[str, ...] = ()  # items of the context that do not fit their fields, each with the reason and without its value

    @property
    def is_empty(self) -> bool:
        """Whether the report, without a doubt, tells nothing that a registry takes: as those of a benign breast without nodes."""
        told = (item.value != node_codes.UNKNOWN.get(item.id) for item in self.items.values() if item.id not in _ABOUT_THE_REPORT)
        return not self.doubts and not any(told)


def abstract(report: Report, context: Context, edition: str = "AJCC 8") -> Abstract:
    """The abstract of a report. Pure: the same report and context give the same abstract.

    Raises:
        ValueError: there is no staging table for the edition.
    """
    if edition not in report.staging:
        raise ValueError(f"unknown edition {edition!r}, expected one of {', '.join(report.staging)}")
    doubts = unsettled(report, context)
    items = _ordered(_codes(report, context, edition, doubts))
    return Abstract(context.report_id, items, doubts, identity.left_out(context))


def is_settled(report: Report, context: Context) -> bool:
    """Whether nobody needs to look at the report, or somebody has read its values against the text."""
    return report.status is DecisionStatus.ACCEPTED or context.reviewer is not None


def unsettled(report: Report, context: Context) -> tuple[IssueKind, ...]:
    """The doubts that leave codes unknown: the blocking ones, unless a person has read the values against the text.

    That the nodes were sampled by needle only is no such doubt: registries have codes for it.
    """
    if is_settled(report, context):
        return ()
    return tuple(kind for kind in report.reasons if kind is not IssueKind.NEEDLE_SAMPLE_ONLY)


def _codes(report: Report, context: Context, edition: str, doubts: tuple[IssueKind, ...]) -> Iterator[Coded]:
    yield from identity.codes(context)
    yield from node_codes.codes(report, edition, doubts)
    if not doubts and not recurrent(report):  # the items are of the first course
        yield from category_codes.codes(report, edition)
        yield from tumor_codes.codes(report)
        yield from marker_codes.codes(report)
    yield from texts.codes(report, context, edition, doubts)


def _ordered(codes: Iterable[Coded]) -> Mapping[str, Item]:
    found = consistent(codes)
    entries = load_dictionary().entries
    return MappingProxyType(
        {
            id_: Item(id_, entry.number, found[id_].value, found[id_].evidence, found[id_].basis)
            for id_, entry in entries.items()
            if id_ in found
        }
    )
