"""R5 of the R4 resources made here: what differs between the two versions, element by element.

There is one mapping, in R4; each function below gives a changed copy and never changes what it is given. Sources: the resource
definitions of FHIR 4.0.1 and 5.0.0. ``Attachment.size`` is not written in either, since only R5 makes it a string.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .elements import ABSENT, JsonObject

__all__ = ["as_r5"]


def as_r5(resource: JsonObject) -> JsonObject:
    """The resource as FHIR R5 has it.

    >>> as_r5({"resourceType": "Specimen", "collection": {"bodySite": {"text": "breast"}}})["collection"]
    {'bodySite': {'concept': {'text': 'breast'}}}
    """
    changed = _CHANGES.get(resource["resourceType"])
    return changed(resource) if changed else resource


def _condition(resource: JsonObject) -> JsonObject:
    """``evidence`` holds references directly; ``clinicalStatus`` is required, so that of an error is said to be unknown."""
    changed: JsonObject = {"clinicalStatus": ABSENT} | resource
    if "evidence" in resource:
        changed["evidence"] = [{"reference": detail} for item in resource["evidence"] for detail in item["detail"]]
    return changed


def _specimen(resource: JsonObject) -> JsonObject:
    """``collection.bodySite`` is a concept or a reference."""
    collection = resource.get("collection", {})
    if "bodySite" not in collection:
        return resource
    return resource | {"collection": collection | {"bodySite": {"concept": collection["bodySite"]}}}


def _composition(resource: JsonObject) -> JsonObject:
    """``identifier`` and ``subject`` are lists."""
    return resource | {"identifier": [resource["identifier"]], "subject": [resource["subject"]]}


def _document(resource: JsonObject) -> JsonObject:
    """``context`` holds references directly."""
    return resource | {"context": resource["context"]["encounter"]} if "context" in resource else resource


_CHANGES: Final[Mapping[str, Callable[[JsonObject], JsonObject]]] = {
    "Condition": _condition,
    "Specimen": _specimen,
    "Composition": _composition,
    "DocumentReference": _document,
}
