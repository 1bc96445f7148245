"""The profiles of mCODE 4.0.0 and US Core 6.1.0 that resources may claim, and what each of them asks beyond base R4.

What ``invariants`` asks of every resource, such as a subject, is not asked here again.
A resource claims a profile in ``meta.profile`` only where ``broken`` finds nothing. Bindings to hierarchies of SNOMED CT are not
here: the codes of ``codes.toml`` were chosen for them. US Core's DocumentReference is not claimed: it wants a type whose scale
LOINC gives as Doc, which nothing here can confirm. The Nottingham grade is a laboratory Observation, as in mCODE's own example:
mcode-histologic-grade fixes a code that does not say Nottingham.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .elements import UCUM, JsonObject, has_code, values_in

__all__ = ["PROFILES", "broken"]

_MCODE: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"
_DAY: Final = len("2026-03-02")
_PROBLEMS: Final = ("problem-list-item", "health-concern")
_UNITS: Final = ("mm", "cm")


def _effective(resource: JsonObject) -> list[str]:
    date = resource.get("effectiveDateTime")
    return ["effective: not to the day (us-core-1)"] if date is not None and len(date) < _DAY else []


def _required(resource: JsonObject, *names: str) -> list[str]:
    found = []
    for name in names:
        if not resource.get(name):
            found.append(f"{name}: required")
    return found


def _only(resource: JsonObject, *allowed: str) -> list[str]:
    """Problems of value[x] where the profile leaves only some types."""
    return [f"{key}: type not allowed" for key in values_in(tuple(resource)) if key not in allowed]


def _laboratory(resource: JsonObject) -> list[str]:
    found = _effective(resource)
    if len([item for item in resource.get("category", ()) if has_code(item, "laboratory")]) != 1:
        found.append("category: laboratory, once")
    quantity = resource.get("valueQuantity")
    if quantity and "code" in quantity and quantity.get("system") != UCUM:
        found.append("valueQuantity: not in UCUM (us-core-3)")
    return found


def _marker(resource: JsonObject) -> list[str]:
    return (
        _laboratory(resource)
        + ([] if values_in(tuple(resource)) else ["value: required"])
        + _only(resource, "valueQuantity", "valueCodeableConcept")
    )


def _coded(resource: JsonObject) -> list[str]:
    """mCODE's value sets of categories and stage groups are to be chosen from: words alone will not do."""
    return [] if resource.get("valueCodeableConcept", {}).get("coding") else ["valueCodeableConcept: a code of the value set"]


def _category(resource: JsonObject) -> list[str]:
    found = _coded(resource) + _required(resource, "method") + _effective(resource)
    if "hasMember" in resource or "device" in resource:
        found.append("hasMember, device: not used")
    return found + _only(resource, "valueCodeableConcept")


def _stage_group(resource: JsonObject) -> list[str]:
    found = _coded(resource) + _required(resource, "method") + _effective(resource)
    if len(resource.get("focus", ())) != 1:
        found.append("focus: the primary cancer, once")
    if len(resource.get("hasMember", ())) > 3 or "component" in resource:
        found.append("hasMember, component: at most T, N and M, and no component")
    return found + _only(resource, "valueCodeableConcept")


def _tumor_size(resource: JsonObject) -> list[str]:
    found = _required(resource, "component") + _effective(resource) + _only(resource)
    if ("focus" in resource) == ("specimen" in resource):
        found.append("focus or specimen: one of them")
    longest = [part for part in resource.get("component", ()) if has_code(part.get("code"), "33728-7")]
    if len(longest) != 1 or any(part.get("valueQuantity", {}).get("code") not in _UNITS for part in longest):
        found.append("component: the longest dimension, once, in mm or cm")
    return found


def _problem(resource: JsonObject) -> list[str]:
    listed = any(has_code(item, code) for item in resource.get("category", ()) for code in _PROBLEMS)
    return [] if listed else ["category: problem-list-item or health-concern"]


def _secondary(resource: JsonObject) -> list[str]:
    return _problem(resource) + (["stage: not used"] if "stage" in resource else [])


def _report(resource: JsonObject) -> list[str]:
    found = _required(resource, "effectiveDateTime") + _effective(resource)
    return found + ([] if any(has_code(item, "LP7839-6") for item in resource.get("category", ())) else ["category: pathology"])


def _patient(resource: JsonObject) -> list[str]:
    found = _required(resource, "gender")
    if any(not item.get("system") or not item.get("value") for item in resource.get("identifier", ())):
        found.append("identifier: system and value")
    return found


# Name -> URL and rules; each rule gives what is wrong as "element: rule".
PROFILES: Final[Mapping[str, tuple[str, Callable[[JsonObject], list[str]]]]] = {
    "laboratory": (f"{_CORE}us-core-observation-lab", _laboratory),
    "marker": (f"{_MCODE}mcode-tumor-marker-test", _marker),
    "n_category": (f"{_MCODE}mcode-tnm-regional-nodes-category", _category),
    "t_category": (f"{_MCODE}mcode-tnm-primary-tumor-category", _category),
    "m_category": (f"{_MCODE}mcode-tnm-distant-metastases-category", _category),
    "stage_group": (f"{_MCODE}mcode-tnm-stage-group", _stage_group),
    "tumor_size": (f"{_MCODE}mcode-tumor-size", _tumor_size),
    "primary": (f"{_MCODE}mcode-primary-cancer-condition", _problem),
    "secondary": (f"{_MCODE}mcode-secondary-cancer-condition", _secondary),
    "specimen": (f"{_MCODE}mcode-human-specimen", lambda resource: []),
    "report": (f"{_CORE}us-core-diagnosticreport-note", _report),
    "patient": (f"{_MCODE}mcode-cancer-patient", _patient),
}
_RULES: Final = dict(PROFILES.values())


def broken(url: str, resource: JsonObject) -> list[str]:
    """What a resource lacks to conform to a profile, as ``element: rule``.

    >>> broken(PROFILES["report"][0], {"category": [{"coding": [{"code": "LP7839-6"}]}]})
    ['effectiveDateTime: required']
    """
    rules = _RULES.get(url)
    return rules(resource) if rules else ["a profile this package does not know"]
