"""What an exporter must know about a report besides its text: whose it is, from where, when, and how it is to be shown.

Nothing here is guessed. What is not given is left out, or carries a data-absent-reason where FHIR or mCODE demands a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias
from uuid import UUID

from .elements import Identifier
from .ids import NAMESPACE

__all__ = ["Context", "Identifier", "ReportStatus", "Sex"]

ReportStatus: TypeAlias = Literal["preliminary", "final", "amended", "corrected", "entered-in-error"]
Sex: TypeAlias = Literal["female", "male"]

# R4 2.24.0.1; a time needs seconds and a zone
_TIME: Final = r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
_DATE_TIME: Final = re.compile(rf"(\d{{4}})(-(\d\d)(-(\d\d)({_TIME})?)?)?")
_INSTANT: Final = re.compile(rf"(\d{{4}})(-(\d\d)(-(\d\d)({_TIME})))")
_LITERAL: Final = re.compile(r"(?:https?://[^\s|#?]+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}")
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)

_TARGETS: Final = {
    "subject": ("Patient",),
    "encounter": ("Encounter",),
    "specimen": ("Specimen",),
    "performer": ("Practitioner", "PractitionerRole", "Organization"),
    "source": ("DocumentReference", "Binary"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One report's surroundings. ValueError, without the value, for anything that would make a resource invalid.

    >>> Context(report_id="S26-00417", issuer="urn:oid:1.2.3", subject="Patient/7", effective="2026-03-02").edition
    'AJCC 8'
    """

    report_id: str  # the number of the report, unique within the issuer
    issuer: str  # absolute URI of the laboratory's numbering system
    subject: str | Identifier | None = None  # "Patient/7" or the patient's number
    effective: str | None = None  # date or dateTime the findings hold for: collection, or the report's own date
    issued: str | None = None  # instant the laboratory released the report
    recorded: str | None = None  # instant of this export, as the caller wants it recorded; no clock is read
    encounter: str | Identifier | None = None
    specimen: str | Identifier | None = None  # the accession number, or "Specimen/7"
    performer: str | Identifier | None = None  # who answers for the report
    source: str | Identifier | None = None  # where the text is kept; default: the report's number
    status: ReportStatus = "final"  # what the laboratory says of the report
    sex: Sex | None = None  # chooses the code of the primary cancer; None: a code for either
    edition: str = "AJCC 8"  # the category of this edition is exported
    international: bool = False  # leave out codes that only US editions hold
    include_quotes: bool = False  # put the report's own words into notes: they may name the patient
    software: str = "Nodalis"  # name and version, for Provenance
    namespace: UUID = NAMESPACE  # of the ids

    def __post_init__(self) -> None:
        for name in ("report_id", "edition", "software"):
            _check_text(name, getattr(self, name))
        _check_uri("issuer", self.issuer)
        _check_time("effective", self.effective, _DATE_TIME, "a FHIR dateTime such as 2026-03-02 or 2026-03-02T10:00:00Z")
        for name in ("issued", "recorded"):
            _check_time(name, getattr(self, name), _INSTANT, "a FHIR instant such as 2026-03-02T10:00:00Z")
        for name, kinds in _TARGETS.items():
            _check_reference(name, getattr(self, name), kinds)
        _check_closed("status", self.status, ("preliminary", "final", "amended", "corrected", "entered-in-error"))
        _check_closed("sex", self.sex, (None, "female", "male"))


def _check_closed(name: str, value: object, allowed: Collection[str | None]) -> None:
    if value not in allowed:
        raise ValueError(f"Context.{name}: expected one of {', '.join(map(str, allowed))}")


def _check_text(name: str, value: str) -> None:
    # isprintable is false for line breaks, other controls and half surrogates
    if not value or value != value.strip() or not value.isprintable():
        raise ValueError(f"Context.{name}: expected printable characters without outer spaces or line breaks")


def _check_uri(name: str, value: str) -> None:
    _check_text(name, value)
    if not _URI.fullmatch(value):
        raise ValueError(f"Context.{name}: expected an absolute URI, such as urn:oid:2.16.840.1.113883")


def _check_time(name: str, value: str | None, pattern: re.Pattern[str], expected: str) -> None:
    if value is None:
        return
    match = pattern.fullmatch(value)
    if match:
        year, month, day = match[1], match[3] or "01", match[5] or "01"
        try:
            date.fromisoformat(f"{year}-{month}-{day}")
        except ValueError:
            match = None
    if not match:
        raise ValueError(f"Context.{name}: expected {expected}")


def _check_reference(name: str, value: str | Identifier | None, kinds: tuple[str, ...]) -> None:
    if isinstance(value, Identifier):
        _check_uri(f"{name}.system", value.system)
        _check_text(f"{name}.value", value.value)
    elif value is not None:
        match = _LITERAL.fullmatch(value)
        if not match or match[1] not in kinds:
            raise ValueError(f"Context.{name}: expected a reference such as {kinds[0]}/7, to {' or '.join(kinds)}")
