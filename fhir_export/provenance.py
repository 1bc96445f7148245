"""Provenance: which software, with which rules, made the resources of one report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from parser.model import Report

from .codes import concept
from .context import Context
from .elements import ABSENT, JsonObject
from .frame import Frame

__all__ = ["GRAMMAR_SYSTEM", "provenance"]

GRAMMAR_SYSTEM: Final = "urn:nodalis:codesystem:grammar"  # the code is the digest of the rules


def provenance(frame: Frame, report: Report, context: Context, targets: Sequence[JsonObject]) -> JsonObject:
    """The Provenance of ``targets``. ``recorded`` is required in R4: where the caller gives none, its absence is said."""
    tags = list(frame.tags)
    if report.grammar:
        tags.append({"system": GRAMMAR_SYSTEM, "code": report.grammar})
    resource: JsonObject = {"resourceType": "Provenance", "id": frame.ids("Provenance")}
    if tags:
        resource["meta"] = {"tag": tags}
    resource["target"] = list(targets)
    if context.recorded:
        resource["recorded"] = context.recorded
    else:
        resource["_recorded"] = ABSENT
    agent = {"type": "Device", "display": context.software}
    resource["agent"] = [{"type": concept("participant.assembler"), "who": agent}]
    return resource
