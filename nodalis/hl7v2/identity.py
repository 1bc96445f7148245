"""Whose report, and which: identifiers with their authorities, the patient, the numbers of an order; only what is certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from .message import Message, Segment, part
from .times import day

_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s|]+")
_OURS: Final = "urn:nodalis:hl7v2"
_PATIENT: Final = ("MR", "PI", "")  # table 0203: medical record, internal number, not said; never a social security or account number
_SEXES: Final = {"F": "female", "M": "male"}
_LEGAL: Final = ("L", "")


def system_of(authority: Sequence[str], facility: Sequence[str]) -> str:
    """The URI of an assigning authority (HD: name, universal id, its type); nothing where there is none.

    A name alone holds within the facility that sends (MSH-4), so it is part of the URI: two hospitals may both call theirs ``LAB``.

    >>> system_of(["HOSP", "1.2.4", "ISO"], []), system_of(["HOSP"], ["ST ANNA", "", ""]), system_of([""], ["ST ANNA"])
    ('urn:oid:1.2.4', 'urn:nodalis:hl7v2:ST%20ANNA:HOSP', '')
    """
    name, universal, kind = (*authority, "", "", "")[:3]
    kind = kind.upper()
    if kind == "ISO" and _OID.fullmatch(universal):
        return f"urn:oid:{universal}"
    if kind in ("UUID", "GUID") and _UUID.fullmatch(universal):
        return f"urn:uuid:{universal.lower()}"
    if kind == "URI" and _URI.fullmatch(universal):
        return universal
    if universal and kind:
        return ":".join((_OURS, quote(kind, ""), quote(universal, "")))
    return ":".join((_OURS, *(quote(word, "") for word in (*filter(None, facility), name)))) if name else ""


def numbers(message: Message, order: Segment, common: Segment) -> tuple[str, str]:
    """Number and system of a report: the filler's number (OBR-3, ORC-3), else the placer's (OBR-2, ORC-2); two empty ones if none."""
    found = (entity(message, segment, at) for segment, at in ((order, 3), (common, 3), (order, 2), (common, 2)))
    return next((pair for pair in found if pair[0]), ("", ""))


def entity(message: Message, segment: Segment, at: int) -> tuple[str, str]:
    """Number and system of an entity identifier (EI); two empty ones if there is none."""
    parts = message.parts(message.repetitions(segment.raw(at))[0])
    return (parts[0], system_of(parts[1:4], _facility(message))) if parts[0] else ("", "")


def accession(message: Message, specimens: Iterable[Segment]) -> str:
    """The one accession number (SPM-30) of all specimens, as system|value."""
    found = {_identifier(message, segment.raw(30), ("",), _facility(message)) for segment in specimens} - {""}
    return found.pop() if len(found) == 1 else ""


def patient(message: Message) -> Mapping[str, str]:
    """What PID and PV1 say of the patient, by the names of the context."""
    segment = message.first("PID")
    facility = _facility(message)
    found = {
        "subject": _identifier(message, segment.raw(3), _PATIENT, facility),
        "sex": _SEXES.get(message.value(segment, 8).upper(), ""),
        "birth_date": day(message.value(segment, 7)),
        "encounter": _identifier(message, message.first("PV1").raw(19), ("VN", ""), facility),
    }
    names = [message.parts(name) for name in message.repetitions(segment.raw(5))]
    name = next((name for kind in _LEGAL for name in names if part(name, 7) == kind), [])
    found["family"], found["given"] = part(name, 1), part(name, 2)
    return {key: value for key, value in found.items() if value.isprintable()}


def persons(message: Message) -> int:
    """How many patients the PID segments of a message are about."""
    return len({(segment.raw(3), segment.raw(5), segment.raw(7)) for segment in message.segments if segment.name == "PID"})


def _facility(message: Message) -> list[str]:
    return message.parts(message.repetitions(message.first("MSH").raw(4))[0])


def _identifier(message: Message, raw: str, kinds: Sequence[str], facility: Sequence[str]) -> str:
    """The first identifier (CX) of the first of these types that names its authority, as system|value."""
    for kind in kinds:
        for repetition in message.repetitions(raw):
            components = message.components(repetition)
            parts = message.parts(repetition)
            system = system_of(message.subcomponents(part(components, 4)), facility)
            if part(parts, 5) == kind and parts[0] and system:
                return f"{system}|{parts[0]}"
    return ""
