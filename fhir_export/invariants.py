"""FHIR R4 invariants and closed value sets of the resources made here, one function for each resource type.

Cheap enough to run on every export; ``elements`` of finished resources are looked at in ``checks``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from .elements import JsonObject, has_code, values_in

__all__ = ["ELEMENTS", "TARGETS", "invariants"]

_SHARED: Final = frozenset(("resourceType", "id", "meta", "text", "extension", "identifier"))
_OBSERVED: Final = frozenset(("status", "category", "code", "subject", "encounter", "effectiveDateTime", "_effectiveDateTime", "issued"))

# Every element a resource of ours may have; another one is a misspelling.
ELEMENTS: Final[Mapping[str, frozenset[str]]] = {
    "Observation": _SHARED | _OBSERVED | {"focus", "performer", "specimen", "method", "bodySite", "dataAbsentReason", "note", "component"}
    | {"derivedFrom", "hasMember", "valueQuantity", "valueRange", "valueCodeableConcept"},
    "Condition": _SHARED | {"clinicalStatus", "verificationStatus", "category", "code", "bodySite", "subject", "encounter", "recordedDate"}
    | {"stage", "evidence", "note"},
    "DiagnosticReport": _SHARED | _OBSERVED | {"performer", "specimen", "result", "conclusion", "presentedForm"},
    "DocumentReference": _SHARED | {"status", "docStatus", "type", "category", "subject", "date", "author", "content", "context"},
    "Specimen": _SHARED | {"accessionIdentifier", "type", "subject", "parent", "collection"},
    "Provenance": _SHARED - {"identifier"} | {"target", "recorded", "_recorded", "agent", "entity"},
    "Composition": _SHARED | {"status", "type", "subject", "encounter", "date", "author", "title", "section"},
    "Patient": _SHARED | {"name", "gender", "_gender", "birthDate"},
}  # fmt: skip

# What a reference in an element may lead to.
_AUTHORS: Final = frozenset(("Practitioner", "PractitionerRole", "Organization"))
_PATIENT: Final = frozenset(("Patient",))
TARGETS: Final[Mapping[str, frozenset[str]]] = {
    "subject": _PATIENT,
    "encounter": frozenset(("Encounter",)),
    "focus": frozenset(("Condition",)),
    "specimen": frozenset(("Specimen",)),
    "parent": frozenset(("Specimen",)),
    "performer": _AUTHORS,
    "derivedFrom": frozenset(("Observation", "DocumentReference")),
    "hasMember": frozenset(("Observation",)),
    "result": frozenset(("Observation",)),
    "assessment": frozenset(("Observation",)),
    "detail": frozenset(("Observation",)),
    "who": _AUTHORS - {"Organization"},
}  # fmt: skip

_OBSERVATION_STATUS: Final = frozenset(("preliminary", "final", "amended", "corrected", "entered-in-error"))
_DOCUMENT_STATUS: Final = frozenset(("preliminary", "final", "amended", "entered-in-error"))
_CLINICAL: Final = frozenset(("active", "recurrence", "relapse", "inactive", "remission", "resolved"))
_VERIFICATION: Final = frozenset(("unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"))
_ABATEMENTS: Final = frozenset(f"abatement{kind}" for kind in ("DateTime", "Age", "Period", "Range", "String"))
_ABATED: Final = frozenset(("inactive", "resolved", "remission"))
_ROLES: Final = frozenset(("derivation", "revision", "quotation", "source", "removal"))


def invariants(resource: JsonObject) -> list[str]:
    """What breaks a rule, as ``.element: rule`` or ``: rule``; empty if all is well.

    >>> concept = {"text": "x"}
    >>> dated = {"status": "final", "effectiveDateTime": "2026", "subject": concept}
    >>> invariants({"resourceType": "Observation", "code": concept, "category": [concept], **dated})
    [': neither a value nor a reason for its absence (us-core-2)']
    """
    rules = _RULES.get(resource.get("resourceType", ""))
    if rules is None:
        return [": not a resource this package makes"]
    found = rules(resource)
    meta = resource.get("meta")
    return found + _review(resource) if meta and "tag" in meta else found


def _observation(resource: JsonObject) -> list[str]:
    found = _required(resource, "code", "category", "subject")
    found += _observed(tuple(resource))
    if resource.get("status") not in _OBSERVATION_STATUS:
        found.append(".status: not one of the allowed codes")
    parts = resource.get("component", ())
    if parts and any(part.get("code") == resource.get("code") for part in parts) and values_in(tuple(resource)):
        found.append(".component: repeats the code of a valued Observation (obs-7)")
    return found


@lru_cache(maxsize=1024)
def _observed(names: tuple[str, ...]) -> tuple[str, ...]:
    """What is wrong with an Observation of these elements, whatever they hold. Remembered, since there are few such sets."""
    found, values = [], values_in(names)
    if len(values) > 1:
        found.append(".value[x]: more than one")
    if values and "dataAbsentReason" in names:
        found.append(".dataAbsentReason: only without a value (obs-6)")
    if not values and not {"dataAbsentReason", "component", "hasMember"}.intersection(names):
        found.append(": neither a value nor a reason for its absence (us-core-2)")
    if "effectiveDateTime" not in names and "_effectiveDateTime" not in names:
        found.append(".effective[x]: neither a date nor a reason for its absence")
    return tuple(found)


def _condition(resource: JsonObject) -> list[str]:
    found = _required(resource, "code", "subject")
    clinical, verification = _codes(resource.get("clinicalStatus")), _codes(resource.get("verificationStatus"))
    if not clinical <= _CLINICAL or not verification <= _VERIFICATION:
        found.append(": a status is not one of the allowed codes")
    in_error = "entered-in-error" in verification
    if not clinical and not in_error and any(has_code(item, "problem-list-item") for item in resource.get("category", ())):
        found.append(".clinicalStatus: required on a problem list (con-3)")
    if not (_ABATEMENTS.isdisjoint(resource) or clinical & _ABATED):
        found.append(".clinicalStatus: abated, but still active (con-4)")
    if clinical and in_error:
        found.append(".clinicalStatus: not with entered-in-error (con-5)")
    if any(not stage.keys() & {"summary", "assessment"} for stage in resource.get("stage", ())):
        found.append(".stage: neither summary nor assessment (con-1)")
    if any(not item.keys() & {"code", "detail"} for item in resource.get("evidence", ())):
        found.append(".evidence: neither code nor detail (con-2)")
    return found


def _diagnostic_report(resource: JsonObject) -> list[str]:
    return _required(resource, "code", "category", "subject", "identifier") + _status(resource, "status", _OBSERVATION_STATUS)


def _document_reference(resource: JsonObject) -> list[str]:
    found = _required(resource, "type", "category", "subject", "content")
    found += _status(resource, "status", frozenset(("current", "superseded", "entered-in-error")))
    if any(not item.get("attachment", {}).keys() & {"url", "data"} for item in resource.get("content", ())):
        found.append(".content.attachment: neither url nor data")
    return found + _status(resource, "docStatus", _DOCUMENT_STATUS)


def _specimen(resource: JsonObject) -> list[str]:
    return _required(resource, "type", "subject")


def _provenance(resource: JsonObject) -> list[str]:
    found = _required(resource, "target", "agent")
    if "recorded" not in resource and "_recorded" not in resource:
        found.append(".recorded: required")
    if any("who" not in agent for agent in resource.get("agent", ())):
        found.append(".agent.who: required")
    if any(entity.get("role") not in _ROLES or "what" not in entity for entity in resource.get("entity", ())):
        found.append(".entity: role and what are required, role is one of the allowed codes")
    return found


def _composition(resource: JsonObject) -> list[str]:
    found = _required(resource, "type", "date", "author", "title", "subject") + _status(resource, "status", _DOCUMENT_STATUS)
    if any(not section.keys() & {"text", "entry", "section"} for section in resource.get("section", ())):
        found.append(".section: neither text nor entries (cmp-1)")
    return found


def _patient(resource: JsonObject) -> list[str]:
    known = resource.get("gender", "unknown") in ("male", "female", "other", "unknown")
    return _required(resource, "identifier", "name") + ([] if known else [".gender: not one of the allowed codes"])


_RULES: Final[Mapping[str, Callable[[JsonObject], list[str]]]] = {
    "Observation": _observation,
    "Condition": _condition,
    "DiagnosticReport": _diagnostic_report,
    "DocumentReference": _document_reference,
    "Specimen": _specimen,
    "Provenance": _provenance,
    "Composition": _composition,
    "Patient": _patient,
}


def _required(resource: JsonObject, *names: str) -> list[str]:
    found = []
    for name in names:
        if not resource.get(name):
            found.append(f".{name}: required")
    return found


def _status(resource: JsonObject, name: str, allowed: frozenset[str]) -> list[str]:
    return [] if resource.get(name) in allowed else [f".{name}: not one of the allowed codes"]


def _review(resource: JsonObject) -> list[str]:
    """A resource that is marked for review says so in its status as well."""
    if not any(tag.get("code") == "needs-review" for tag in resource["meta"]["tag"]):
        return []
    sure = resource.get("status") in ("final", "amended", "corrected")
    return [": marked needs-review, but its status is settled"] if sure or "confirmed" in _codes(resource.get("verificationStatus")) else []


def _codes(concept: Mapping[str, Any] | None) -> set[str]:
    return {coding.get("code", "") for coding in concept.get("coding", ())} if concept else set()
