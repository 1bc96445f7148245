"""Provenance: the software, rules and edition that made the resources of one report, who has read them, and what they changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from parser.model import Report

from .codes import concept
from .context import Context
from .elements import ABSENT, JsonObject, reference
from .frame import Frame

__all__ = ["GRAMMAR_SYSTEM", "provenance"]

GRAMMAR_SYSTEM: Final = "urn:nodalis:identifier:grammar"  # the value is the digest of the rules
_ASSEMBLER: Final = concept("participant.assembler")
_VERIFIER: Final = concept("participant.verifier")


def provenance(frame: Frame, report: Report, context: Context, targets: Sequence[JsonObject]) -> JsonObject:
    """The Provenance of ``targets``. ``recorded`` is required in R4: where the caller gives none, its absence is said."""
    content: JsonObject = {"target": list(targets)}
    content |= {"recorded": context.recorded} if context.recorded else {"_recorded": ABSENT}
    agents: list[JsonObject] = [{"type": _ASSEMBLER, "who": {"type": "Device", "display": context.software}}]
    if context.reviewer:
        agents.append({"type": _VERIFIER, "who": reference(context.reviewer)})
    content["agent"] = agents
    sources = [frame.source, _grammar(report, context), {"display": context.edition}]
    sources += [{"display": f"Corrected by the verifier: {line}"} for line in context.corrections]
    content["entity"] = [_source(what) for what in sources]
    said = f"Read by {context.software}, {context.edition}"
    if context.corrections:
        said += f"; corrected by a person: {'; '.join(context.corrections)}"
    return frame.resource("Provenance", "Provenance", None, said, content)


def _source(what: JsonObject) -> JsonObject:
    return {"role": "source", "what": what}


def _grammar(report: Report, context: Context) -> JsonObject:
    return {"identifier": {"system": GRAMMAR_SYSTEM, "value": report.grammar}, "display": f"Rules of {context.software}"}
