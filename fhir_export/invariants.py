"""FHIR R4 invariants and closed value sets of the resources made here, one function for each resource type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .elements import JsonObject

__all__ = ["invariants"]

_VALUES: Final = frozenset(
    f"value{kind}"
    for kind in (
        *("Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio", "SampledData", "Time", "DateTime"),
        "Period",
    )
)
_OBSERVATION_STATUS: Final = frozenset(("preliminary", "final", "amended", "corrected", "entered-in-error"))
_CLINICAL: Final = frozenset(("active", "recurrence", "relapse", "inactive", "remission", "resolved"))
_VERIFICATION: Final = frozenset(("unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"))
_ABATEMENTS: Final = frozenset(f"abatement{kind}" for kind in ("DateTime", "Age", "Period", "Range", "String"))
_ABATED: Final = frozenset(("inactive", "resolved", "remission"))


def invariants(resource: JsonObject) -> list[str]:
    """What breaks a rule, as ``.element: rule`` or ``: rule``; empty if all is well.

    >>> invariants({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "category": [{"text": "y"}]})
    [': neither a value nor a reason for its absence (us-core-2)']
    """
    match resource.get("resourceType"):
        case "Observation":
            return _observation(resource)
        case "Condition":
            return _condition(resource)
        case "Provenance":
            return _provenance(resource)
    return [": not a resource this package makes"]


def _observation(resource: JsonObject) -> list[str]:
    found = []
    if resource.get("status") not in _OBSERVATION_STATUS:
        found.append(".status: not one of the allowed codes")
    if not resource.get("code") or not resource.get("category"):
        found.append(": code and category are required")
    values = resource.keys() & _VALUES
    if len(values) > 1:
        found.append(".value[x]: more than one")
    if values and "dataAbsentReason" in resource:
        found.append(".dataAbsentReason: only without a value (obs-6)")
    if not values and not resource.keys() & {"dataAbsentReason", "component", "hasMember"}:
        found.append(": neither a value nor a reason for its absence (us-core-2)")
    if values and "component" in resource and any(part.get("code") == resource.get("code") for part in resource["component"]):
        found.append(".component: repeats the code of a valued Observation (obs-7)")
    return found + _review(resource) if "meta" in resource else found


def _condition(resource: JsonObject) -> list[str]:
    found = []
    clinical, verification = _codes(resource.get("clinicalStatus")), _codes(resource.get("verificationStatus"))
    if not clinical <= _CLINICAL or not verification <= _VERIFICATION:
        found.append(": a status is not one of the allowed codes")
    in_error = "entered-in-error" in verification
    if not clinical and not in_error and any("problem-list-item" in _codes(item) for item in resource.get("category", ())):
        found.append(".clinicalStatus: required on a problem list (con-3)")
    if resource.keys() & _ABATEMENTS and not clinical & _ABATED:
        found.append(".clinicalStatus: abated, but still active (con-4)")
    if clinical and in_error:
        found.append(".clinicalStatus: not with entered-in-error (con-5)")
    if any(not stage.keys() & {"summary", "assessment"} for stage in resource.get("stage", ())):
        found.append(".stage: neither summary nor assessment (con-1)")
    if any(not item.keys() & {"code", "detail"} for item in resource.get("evidence", ())):
        found.append(".evidence: neither code nor detail (con-2)")
    if not resource.get("code") or not resource.get("subject"):
        found.append(": code and subject are required")
    return found + _review(resource) if "meta" in resource else found


def _provenance(resource: JsonObject) -> list[str]:
    found = []
    if not resource.get("target") or not resource.get("agent"):
        found.append(": target and agent are required")
    if "recorded" not in resource and "_recorded" not in resource:
        found.append(".recorded: required")
    return found


def _review(resource: JsonObject) -> list[str]:
    """A resource that is marked for review says so in its status as well."""
    tags = resource["meta"].get("tag", ())
    if not any(tag.get("code") == "needs-review" for tag in tags):
        return []
    sure = resource.get("status") in ("final", "amended", "corrected")
    return [": marked needs-review, but its status is settled"] if sure or "confirmed" in _codes(resource.get("verificationStatus")) else []


def _codes(concept: Mapping[str, Any] | None) -> set[str]:
    return {coding.get("code", "") for coding in concept.get("coding", ())} if concept else set()
