"""FHIR R4 JSON: the texts of DiagnosticReports and DocumentReferences, alone or in a Bundle, with what they say of the report."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from ..decoding import Extract, NotTextError, decode
from .attachments import READ, kind_of, text_of
from .document import Document, Item, ReadError, Source, document

Json: TypeAlias = Mapping[str, object]

MAX_BYTES: Final = 32 * 1024 * 1024  # of a file, which is loaded whole; a report with its PDF is smaller
_KINDS: Final = ("DiagnosticReport", "DocumentReference")
_EXPECTED: Final = "expected a DiagnosticReport, a DocumentReference or a Bundle of them"
# Statuses of R4 to those of our context. Nothing becomes final that does not say so: what is not known is preliminary.
_STATUSES: Final = {
    "registered": "preliminary", "partial": "preliminary", "preliminary": "preliminary", "unknown": "preliminary", "final": "final",
    "amended": "amended", "corrected": "corrected", "appended": "amended", "entered-in-error": "entered-in-error",
}  # fmt: skip
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_INSIDE: Final = ("#", "urn:")  # references that hold within their Bundle only


class _WrongError(ValueError):
    """Why a resource gives no report: a place and a rule, never a value."""


def read(source: Source) -> Iterator[Item]:
    """The report of each resource that may hold one; other resources of a Bundle are passed over."""
    import orjson

    data = source.stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield ReadError(source.origin, f"longer than {MAX_BYTES:,} bytes: expected one resource a line, as .ndjson", len(data))
        return
    try:
        resource = orjson.loads(decode(data).text)
    except NotTextError as error:
        yield ReadError(source.origin, str(error), len(data))
    except orjson.JSONDecodeError:
        yield ReadError(source.origin, "not JSON", len(data))
    else:
        if isinstance(resource, dict) and "resourceType" in resource:
            yield from resources(resource, source.origin, len(data))
        else:
            yield ReadError(source.origin, f"not a FHIR resource: {_EXPECTED}", len(data))


def resources(resource: Json, origin: str, size: int) -> Iterator[Item]:
    """The reports of a resource; the first of them carries its size."""
    kind = resource.get("resourceType")
    if kind in _KINDS:
        yield _report(resource, {}, origin, size)
    elif kind != "Bundle":
        yield ReadError(origin, f"holds no report: {_EXPECTED}", size)
    else:
        yield from _bundle(resource, origin, size)


def _bundle(bundle: Json, origin: str, size: int) -> Iterator[Item]:
    listed = bundle.get("entry")
    entries = [_object(entry) for entry in listed] if isinstance(listed, list) else []
    patients = {url: _object(entry.get("resource")) for entry in entries if (url := _text(entry.get("fullUrl")))}
    given: set[tuple[str, int, str | None]] = set()
    found = False
    for number, entry in enumerate(entries, 1):
        resource = _object(entry.get("resource"))
        if resource.get("resourceType") in _KINDS:
            item = _report(resource, patients, f"{origin}: entry {number}", 0 if found else size)
            found = True
            if isinstance(item, Document):
                same = (item.id, hash(item.text), item.context.get("subject"))
                if same in given:  # a DiagnosticReport, and its text once more as DocumentReference
                    continue
                given.add(same)
            yield item
    if not found:
        yield ReadError(origin, f"holds no report: {_EXPECTED}", size)


def _report(resource: Json, patients: Mapping[str, Json], origin: str, size: int) -> Item:
    try:
        identifier = _identifier(resource.get("identifier"))
        id_ = _text(identifier.get("value")) or _text(resource.get("id"))
        if not id_.strip():
            raise _WrongError("neither an identifier with a value nor an id")
        if resource["resourceType"] == "DiagnosticReport":
            attachments = _objects(resource.get("presentedForm"))
        else:
            attachments = [_object(content.get("attachment")) for content in _objects(resource.get("content"))]
        context = {**_context(resource, patients), "issuer": _text(identifier.get("system"))}
        if identifier:
            context["report_id"] = _text(identifier.get("value"))
        found = _extract(attachments)
        return document(id_, found.decoded, origin, size, context, found.issues)
    except (_WrongError, NotTextError) as error:
        return ReadError(origin, str(error), size)


def _context(resource: Json, patients: Mapping[str, Json]) -> dict[str, str]:
    """What a resource says of its report, by the names of ``surroundings``."""
    found = {"subject": _reference(resource.get("subject"), patients)}
    if resource["resourceType"] == "DiagnosticReport":
        status = _text(resource.get("status"))
        if status == "cancelled":
            raise _WrongError("its status is cancelled: it is no report")
        # A status that R4 does not know is no reason to call the report final.
        found["status"] = _STATUSES.get(status, "preliminary")
        found["effective"] = _text(resource.get("effectiveDateTime"))
        found["issued"] = _text(resource.get("issued"))
        found["encounter"] = _reference(resource.get("encounter"), patients)
        return found
    status = _text(resource.get("status"))
    if status == "superseded":
        raise _WrongError("its status is superseded: another document stands for it")
    if status == "entered-in-error":
        found["status"] = status
    elif "docStatus" in resource:
        found["status"] = _STATUSES.get(_text(resource["docStatus"]), "preliminary")
    encounters = _objects(_object(resource.get("context")).get("encounter"))
    if len(encounters) == 1:
        found["encounter"] = _reference(encounters[0], patients)
    return found


def _reference(value: object, patients: Mapping[str, Json]) -> str:
    """A reference as an option would give it: Patient/7, or system|value. Nothing where it says neither."""
    reference = _text(_object(value).get("reference"))
    if reference and not reference.startswith(_INSIDE):
        return reference.partition("/_history/")[0]
    identifier = _object(_object(value).get("identifier")) or _identifier(patients.get(reference, {}).get("identifier"))
    system, number = _text(identifier.get("system")), _text(identifier.get("value"))
    return f"{system}|{number}" if system and number else ""


def _identifier(value: object) -> Json:
    """The first identifier that names its system, else the first with a value."""
    found = [identifier for identifier in _objects(value) if _text(identifier.get("value")) and identifier.get("use") != "old"]
    return next((identifier for identifier in found if _text(identifier.get("system"))), found[0] if found else {})


def _extract(attachments: list[Json]) -> Extract:
    """The text of the best attachment with data: plain text before RTF before PDF, since all of them say the same."""
    kinds = [(kind_of(_text(item.get("contentType"))), item) for item in attachments]
    for kind in READ:
        for item in (item for known, item in kinds if known == kind and _text(item.get("data"))):
            return text_of(_bytes(_text(item.get("data")), item), _text(item.get("contentType")))
    read = [item for kind, item in kinds if kind in READ]
    if any(_text(item.get("url")) for item in read or attachments):
        raise _WrongError("its text is only a url, and nothing is fetched: expected an attachment with data")
    if read:
        raise _WrongError("its attachment has no data")
    raise _WrongError(f"no attachment of the type {', '.join(READ[:-1])} or {READ[-1]}")


def _bytes(data: str, attachment: Json) -> bytes:
    try:
        found = base64.b64decode(_SPACE.sub("", data), validate=True)
    except (binascii.Error, ValueError):
        raise _WrongError("the data of its attachment is not base64") from None
    size = attachment.get("size")
    if isinstance(size, int) and len(found) < size:
        raise _WrongError("the data of its attachment is shorter than its size says")
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
