"""Checks of our own: what fhir.resources does not look at, and what must never leave.

``ensure`` is cheap and runs on every export: ids, references, invariants. ``problems`` looks at every element of finished R4
resources as well; it takes longer than making them, so it is for tests and for ``--validate``. Both find nothing unless
there is a fault in this package. A message names the place and the rule, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from .codes import EMITTED
from .context import is_date_time
from .elements import DATA_ABSENT_REASON, UCUM, JsonObject
from .frozen import FrozenList, FrozenObject
from .invariants import ELEMENTS, TARGETS, invariants
from .narrative import is_safe
from .profiles import broken
from .terminology import TAGS

__all__ = ["ExportError", "ensure", "problems"]

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # R4 string: no other controls
_DATES: Final = frozenset(("effectiveDateTime", "collectedDateTime", "issued", "recorded", "recordedDate", "timestamp", "date"))
_COMPARATORS: Final = frozenset(("<", "<=", ">=", ">"))
_UNITS: Final = frozenset(("1", "mm", "%"))
_KNOWN: Final = EMITTED | TAGS
_TERMINOLOGIES: Final = frozenset(system for system, _ in _KNOWN)
_CONSTANTS: Final = frozenset((int, bool, FrozenObject, FrozenList))
_NO_METASTASIS: Final = re.compile(r"[yra]*[pc]?N[0X]")


class ExportError(ValueError):
    """Resources that must not leave. A fault of this package, not of the report; the message holds no report text."""


def ensure(resources: Sequence[JsonObject], referred: Collection[str]) -> None:
    """Raise ExportError, with the first few problems, if one of a report's resources must not leave.

    ``referred``: the ids that these resources refer to.
    """
    found = _check_identities(resources)
    for index, resource in enumerate(resources):
        for problem in invariants(resource):
            found.append(f"{_place(resource, index)}{problem}")
    if not {resource["id"] for resource in resources}.issuperset(referred):
        found.append("a reference leads nowhere")
    if found:
        raise ExportError("; ".join(found[:5]))


def problems(resources: Sequence[JsonObject], elsewhere: Collection[str] = ()) -> list[str]:
    """What is wrong with these R4 resources or Bundles, taken together: a place and a rule each.

    ``elsewhere``: references that lead to resources of others, such as the caller's own Condition or Specimen.

    >>> problems([{"resourceType": "Specimen", "id": "1", "type": {"text": "x"}, "subject": {"reference": "Specimen/1"}}])
    ['Specimen[0].text: no safe narrative (txt-1)', 'Specimen[0], subject: a reference to another kind of resource']
    """
    found: list[str] = []
    loose = [resource for resource in resources if resource.get("resourceType") != "Bundle"]
    for resource in resources:
        if resource.get("resourceType") == "Bundle":
            found += _check_bundle(resource, elsewhere)
    return found + _check_together(loose, {f"{item.get('resourceType')}/{item.get('id')}": item for item in loose}, elsewhere)


def _check_bundle(bundle: JsonObject, elsewhere: Collection[str]) -> list[str]:
    found = [] if _is_id(bundle.get("id")) else ["Bundle.id: not a FHIR id"]
    form, entries = bundle.get("type"), bundle.get("entry", ())
    if form not in ("collection", "transaction", "document"):
        found.append("Bundle.type: not one of the allowed codes")
    if "entry" in bundle and not entries:
        found.append("Bundle.entry: empty")
    if form == "document":
        found += [f"Bundle.{name}: required in a document (bdl-9, bdl-10)" for name in ("identifier", "timestamp") if name not in bundle]
        if entries and entries[0]["resource"].get("resourceType") != "Composition":
            found.append("Bundle.entry[0]: a document starts with a Composition (bdl-11)")
    for index, entry in enumerate(entries):
        kind, identity = entry["resource"].get("resourceType"), entry["resource"].get("id")
        if entry.get("fullUrl") != f"urn:uuid:{identity}":
            found.append(f"Bundle.entry[{index}].fullUrl: does not agree with the id")
        request = {"method": "PUT", "url": f"{kind}/{identity}"} if form == "transaction" else None
        if entry.get("request") != request:
            found.append(f"Bundle.entry[{index}].request: does not suit the bundle and the resource (bdl-3)")
    found += _check_dates(bundle, "Bundle")
    targets = {entry.get("fullUrl"): entry["resource"] for entry in entries}
    return found + _check_together([entry["resource"] for entry in entries], targets, elsewhere)


def _check_together(resources: Sequence[JsonObject], targets: Mapping[Any, JsonObject], elsewhere: Collection[str]) -> list[str]:
    found = _check_identities(resources)
    seen: set[int] = set()
    for index, resource in enumerate(resources):
        place = _place(resource, index)
        found += [f"{place}{problem}" for problem in (*invariants(resource), *_claims(resource), *_narrative(resource))]
        unknown = resource.keys() - ELEMENTS.get(resource.get("resourceType", ""), resource.keys())
        found += [f"{place}.{name}: not an element of this resource" for name in sorted(unknown)]
        found += _check_elements(resource, place, seen)
        found += _check_references(resource, place, targets, elsewhere)
    return found


def _claims(resource: JsonObject) -> Iterator[str]:
    for url in resource.get("meta", {}).get("profile", ()):
        yield from (f".{problem}, as the claimed profile demands" for problem in broken(url, resource))


def _narrative(resource: JsonObject) -> list[str]:
    text = resource.get("text", {})
    return [] if text.get("status") == "generated" and is_safe(text.get("div")) else [".text: no safe narrative (txt-1)"]


def _check_identities(resources: Sequence[JsonObject]) -> list[str]:
    ids = [resource.get("id") for resource in resources]
    found = [f"{_place(resources[index], index)}.id: not a FHIR id" for index, identity in enumerate(ids) if not _is_id(identity)]
    if len(set(ids)) != len(ids):
        found.append("two resources share an id")
    return found


def _place(resource: JsonObject, index: int) -> str:
    return f"{resource.get('resourceType')}[{index}]"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _check_references(resource: JsonObject, place: str, targets: Mapping[Any, JsonObject], elsewhere: Collection[str]) -> list[str]:
    """Each reference to one of ours leads to a resource, and to one of a kind that its element may refer to."""
    found = []
    for name, reference in _references(resource):
        literal = reference.get("reference", "")
        ours = literal.startswith("urn:uuid:") or literal.partition("/")[0] in ELEMENTS.keys() - {"Patient", "DocumentReference"}
        target = targets.get(literal)
        if ours and target is None and literal not in elsewhere:
            found.append(f"{place}, {name}: a reference leads nowhere")
        kind = target.get("resourceType") if target else literal.split("/")[-2] if "/" in literal else reference.get("type")
        if kind and name in TARGETS and kind not in TARGETS[name] and reference.get("type") != "Device":
            found.append(f"{place}, {name}: a reference to another kind of resource")
        if name == "detail" and target and _NO_METASTASIS.match(target.get("valueCodeableConcept", {}).get("text", "")):
            found.append(f"{place}, {name}: a metastasis that rests on a category without one")
    return found


def _references(part: object, name: str = "") -> Iterator[tuple[str, JsonObject]]:
    """Every Reference below, with the name of its element."""
    if isinstance(part, dict):
        if "reference" in part or (name in TARGETS and "identifier" in part):
            yield name, part
        for key, inner in part.items():
            yield from _references(inner, key)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner, name)


def _check_dates(part: JsonObject, place: str) -> list[str]:
    wrong = [key for key in part.keys() & _DATES if not (isinstance(part[key], str) and is_date_time(part[key]))]
    return [f"{place}, {key}: not a FHIR date" for key in sorted(wrong)]


def _check_elements(resource: JsonObject, place: str, seen: set[int]) -> list[str]:
    """Rules of every element. ``seen``: parts shared by resources, looked at once.

    Shared constants (frozen) are passed over: a test looks at all of them.
    """
    found: list[str] = []
    rest: list[JsonObject] = [resource]
    while rest:
        part = rest.pop()
        if "url" in part:  # an extension: nothing else in a resource of ours has this name
            found += _check_extension(part, place)
        elif "system" in part:
            found += _check_coded(part, place)
        found += _check_dates(part, place)
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
                elif not (key in ("profile", "given") and all(isinstance(item, str) and item for item in inner)):
                    found.append(f"{place}, {key}: an array of something else than objects")
            elif kind not in _CONSTANTS and not (kind is Decimal and inner.is_finite()):
                found.append(f"{place}, {key}: not a FHIR JSON value")
    return found


def _check_extension(part: JsonObject, place: str) -> Iterator[str]:
    valued = any(key.startswith("value") for key in part)
    if valued == ("extension" in part):
        yield f"{place}, extension: has either a value or extensions (ext-1)"
    if part["url"] == DATA_ABSENT_REASON and part.get("valueCode") != "unknown":
        yield f"{place}, extension: not a reason for absence that is given here"
    names = {inner.get("url") for inner in part.get("extension", ())}
    if "length" in names and "offset" not in names:
        yield f"{place}, extension: a length without an offset (der-1)"


def _check_coded(part: JsonObject, place: str) -> Iterator[str]:
    """Codings, identifiers and quantities: whatever has a system."""
    if part["system"] == UCUM:
        if part.get("code") not in _UNITS or type(part.get("value")) not in (int, Decimal):
            yield f"{place}, quantity: a unit or a number that is not one of ours"
    elif part["system"] in _TERMINOLOGIES and "value" not in part and (part["system"], part.get("code")) not in _KNOWN:
        yield f"{place}, coding: a code that codes.toml does not hold as verified"
    if part.get("comparator", "<") not in _COMPARATORS:
        yield f"{place}, comparator: not one of the allowed codes"
