"""Checks of our own: what fhir.resources does not look at, and what must never leave.

``ensure`` is cheap and runs on every export: ids, references, invariants. ``problems`` looks at every element of finished
resources as well; it takes longer than making them, so it is for tests and for ``--validate``. Both find nothing unless
there is a fault in this package. A message names the place and the rule, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final

from .codes import EMITTED
from .elements import JsonObject
from .frozen import FrozenList, FrozenObject
from .invariants import invariants

__all__ = ["ExportError", "ensure", "problems"]

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # R4 string: no other controls
_COMPARATORS: Final = frozenset(("<", "<=", ">=", ">"))
_TERMINOLOGIES: Final = frozenset(system for system, _ in EMITTED)
_CONSTANTS: Final = frozenset((int, bool, FrozenObject, FrozenList))
_OURS: Final = ("urn:uuid:", "Condition/", "Observation/", "Provenance/")


class ExportError(ValueError):
    """Resources that must not leave. A fault of this package, not of the report; the message holds no report text."""


def ensure(resources: Sequence[JsonObject], referred: Collection[str]) -> None:
    """Raise ExportError, with the first few problems, if one of a report's resources must not leave.

    ``referred``: the ids that these resources refer to.
    """
    found = _check_identities(resources)
    for index, resource in enumerate(resources):
        found += [f"{_place(resource, index)}{problem}" for problem in invariants(resource)]
    if not {resource["id"] for resource in resources}.issuperset(referred):
        found.append("a reference leads nowhere")
    if found:
        raise ExportError("; ".join(found[:5]))


def problems(resources: Sequence[JsonObject]) -> list[str]:
    """What is wrong with these resources or Bundles, taken together: a place and a rule each.

    >>> concept = {"text": "x"}
    >>> problems([{"resourceType": "Observation", "id": "1", "status": "finale", "code": concept, "category": [concept]}])
    ['Observation[0].status: not one of the allowed codes', 'Observation[0]: neither a value nor a reason for its absence (us-core-2)']
    """
    found: list[str] = []
    loose = [resource for resource in resources if resource.get("resourceType") != "Bundle"]
    for resource in resources:
        if resource.get("resourceType") == "Bundle":
            _check_bundle(resource, found)
    _check_together(loose, {f"{item.get('resourceType')}/{item.get('id')}" for item in loose}, found)
    return found


def _check_bundle(bundle: JsonObject, found: list[str]) -> None:
    if not _is_id(bundle.get("id")):
        found.append("Bundle.id: not a FHIR id")
    form = bundle.get("type")
    if form not in ("collection", "transaction"):
        found.append("Bundle.type: not one of the allowed codes")
    entries = bundle.get("entry", ())
    if "entry" in bundle and not entries:
        found.append("Bundle.entry: empty")
    for index, entry in enumerate(entries):
        kind, identity = entry["resource"].get("resourceType"), entry["resource"].get("id")
        if entry.get("fullUrl") != f"urn:uuid:{identity}":
            found.append(f"Bundle.entry[{index}].fullUrl: does not agree with the id")
        request = {"method": "PUT", "url": f"{kind}/{identity}"} if form == "transaction" else None
        if entry.get("request") != request:
            found.append(f"Bundle.entry[{index}].request: does not suit the bundle and the resource (bdl-3)")
    _check_together([entry["resource"] for entry in entries], {entry.get("fullUrl") for entry in entries}, found)


def _check_together(resources: Sequence[JsonObject], targets: set[Any], found: list[str]) -> None:
    found += _check_identities(resources)
    seen: set[int] = set()
    for index, resource in enumerate(resources):
        place = _place(resource, index)
        found += [f"{place}{problem}" for problem in invariants(resource)]
        for target in _check_elements(resource, place, seen, found):
            if target.startswith(_OURS) and target not in targets:
                found.append(f"{place}: a reference leads nowhere")


def _check_identities(resources: Sequence[JsonObject]) -> list[str]:
    found = [f"{_place(resource, index)}.id: not a FHIR id" for index, resource in enumerate(resources) if not _is_id(resource.get("id"))]
    if len({resource.get("id") for resource in resources}) != len(resources):
        found.append("two resources share an id")
    return found


def _place(resource: JsonObject, index: int) -> str:
    return f"{resource.get('resourceType')}[{index}]"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _check_elements(resource: JsonObject, place: str, seen: set[int], found: list[str]) -> list[str]:
    """Rules of every element; returns the targets of the references. ``seen``: parts shared by resources, looked at once.

    Shared constants (frozen) are passed over: they hold no reference, and a test looks at all of them.
    """
    targets: list[str] = []
    rest: list[JsonObject] = [resource]
    while rest:
        part = rest.pop()
        if "url" in part:  # an extension: nothing else in a resource of ours has this name
            _check_extension(part, place, found)
        elif "system" in part:
            _check_coded(part, place, found)
        elif "reference" in part:
            targets.append(part["reference"])
        for key, inner in part.items():
            kind = type(inner)
            if kind is str:
                if not inner or (not inner.isprintable() and _FORBIDDEN.search(inner)):
                    found.append(f"{place}, {key}: an empty string or a forbidden character")
            elif kind is dict or kind is list:
                if id(inner) in seen:
                    continue
                seen.add(id(inner))
                if not inner:
                    found.append(f"{place}, {key}: empty (ele-1)")
                if kind is dict:
                    rest.append(inner)
                elif all(isinstance(item, dict) for item in inner):
                    rest += [item for item in inner if type(item) is dict]
                else:
                    found.append(f"{place}, {key}: an array of something else than objects")
            elif kind not in _CONSTANTS and not (kind is Decimal and inner.is_finite()):
                found.append(f"{place}, {key}: not a FHIR JSON value")
    return targets


def _check_extension(part: JsonObject, place: str, found: list[str]) -> None:
    valued = any(key.startswith("value") for key in part)
    if valued == ("extension" in part):
        found.append(f"{place}, extension: has either a value or extensions (ext-1)")
    if not valued:
        names = {inner.get("url") for inner in part.get("extension", ())}
        if "length" in names and "offset" not in names:
            found.append(f"{place}, extension: a length without an offset (der-1)")


def _check_coded(part: JsonObject, place: str, found: list[str]) -> None:
    """Codings, identifiers and quantities: whatever has a system."""
    if part["system"] in _TERMINOLOGIES and (part["system"], part.get("code")) not in EMITTED:
        found.append(f"{place}, coding: a code that codes.toml does not hold as verified")
    if part.get("comparator", "<") not in _COMPARATORS:
        found.append(f"{place}, comparator: not one of the allowed codes")
