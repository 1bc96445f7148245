"""What an exporter must know about a report besides its text: whose it is, from where, when, and how it is to be shown.

Nothing here is guessed. What is not given is left out, or carries a data-absent-reason where FHIR or mCODE demands a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, TypeAlias, get_args
from uuid import UUID

from .elements import Identifier
from .ids import NAMESPACE

__all__ = ["Context", "FhirVersion", "Identifier", "Profile", "ReportStatus", "Sex", "is_date_time"]

ReportStatus: TypeAlias = Literal["preliminary", "final", "amended", "corrected", "entered-in-error"]
Sex: TypeAlias = Literal["female", "male"]
FhirVersion: TypeAlias = Literal["R4", "R5"]
Profile: TypeAlias = Literal["mcode", "base"]

# R4 2.24.0.1; a time needs seconds and a zone
_TIME: Final = r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
_DATE_TIME: Final = re.compile(rf"(\d{{4}})(-(\d\d)(-(\d\d)({_TIME})?)?)?")
_DATE: Final = re.compile(r"(\d{4})(-(\d\d)(-(\d\d))?)?")
_INSTANT: Final = re.compile(rf"(\d{{4}})(-(\d\d)(-(\d\d)({_TIME})))")
_CONDITIONAL: Final = re.compile(r"Patient\?identifier=[A-Za-z0-9%._~-]+")  # percent-encoded
_LITERAL: Final = re.compile(r"(?:https?://[^\s|#?]+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}")
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)

_SOME_TIME: Final = (_DATE_TIME, "a FHIR dateTime such as 2026-03-02 or 2026-03-02T10:00:00Z")
_MOMENT: Final = (_INSTANT, "a FHIR instant such as 2026-03-02T10:00:00Z")
_TIMES: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "effective": _SOME_TIME,
    "collected": _SOME_TIME,
    "birth_date": (_DATE, "a date such as 1961-03-02"),
    "issued": _MOMENT,
    "recorded": _MOMENT,
}
_PEOPLE: Final = ("Practitioner", "PractitionerRole", "Organization")
_TARGETS: Final = {
    "subject": ("Patient",),
    "encounter": ("Encounter",),
    "condition": ("Condition",),
    "specimen": ("Specimen",),
    "performer": _PEOPLE,
    "reviewer": _PEOPLE[:2],
    "source": ("DocumentReference", "Binary"),
}
_CLOSED: Final[Mapping[str, tuple[str | None, ...]]] = {
    "status": get_args(ReportStatus),
    "sex": (None, *get_args(Sex)),
    "fhir_version": get_args(FhirVersion),
    "profile": get_args(Profile),
}


@dataclass(frozen=True, kw_only=True)  # without slots: ``with_values`` copies the fields at once
class Context:
    """One report's surroundings. ValueError, without the value, for anything that would make a resource invalid.

    >>> Context(report_id="S26-00417", issuer="urn:oid:1.2.3", subject="Patient/7", effective="2026-03-02").edition
    'AJCC 8'
    """

    # the report
    report_id: str  # its number, unique within the issuer
    issuer: str  # absolute URI of the laboratory's numbering system
    status: ReportStatus = "final"  # what the laboratory says of the report
    effective: str | None = None  # date or dateTime the findings hold for: collection, or the report's own date
    issued: str | None = None  # instant the laboratory released the report
    performer: str | Identifier | None = None  # who answers for the report
    encounter: str | Identifier | None = None
    condition: str | Identifier | None = None  # the caller's own Condition of the primary cancer; None: each report gives one

    # the patient, never shown by repr; the name and the date of birth stand only in the Patient of a document
    # "Patient/7", or the patient's number; in a transaction also a search that the server puts its Patient for: ``Patient?identifier=...``
    subject: str | Identifier | None = field(default=None, repr=False)
    sex: Sex | None = None  # chooses the code of the primary cancer; None: a code for either
    family: str | None = field(default=None, repr=False)
    given: str | None = field(default=None, repr=False)
    birth_date: str | None = field(default=None, repr=False)  # a date

    # the specimens
    specimen: str | Identifier | None = None  # the caller's own Specimen of the whole report; the labelled parts become its components
    accession: Identifier | None = None  # the laboratory's number of the specimens
    collected: str | None = None  # date or dateTime they were taken

    # where the values come from
    source: str | Identifier | None = None  # where the text is kept; default: the text that is sent, else the report's number
    text: str | None = field(default=None, repr=False)  # the report's text, if it is to be sent as well: it names the patient
    software: str = "Nodalis"  # name and version, for Provenance
    reviewer: str | Identifier | None = None  # who has read the values against the text
    corrections: tuple[str, ...] = ()  # what the reviewer changed, a line each: the value before and after, no other words
    recorded: str | None = None  # instant of this export, as the caller wants it recorded; no clock is read

    # how it is shown
    edition: str = "AJCC 8"  # the category of this edition is exported
    fhir_version: FhirVersion = "R4"
    profile: Profile = "mcode"  # whether meta.profile claims the profiles of mCODE and US Core (R4 only)
    international: bool = False  # leave out codes that only US editions hold
    include_quotes: bool = False  # put the report's own words into notes: they may name the patient
    namespace: UUID = NAMESPACE  # of the ids

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            check(name, getattr(self, name))

    def with_values(self, **values: Any) -> Context:
        """This context with other values of some fields; only these are checked, as the others have been.

        >>> Context(report_id="-", issuer="urn:oid:1.2.3").with_values(report_id="S26-00417", sex="female").sex
        'female'
        """
        if unknown := values.keys() - self.__dict__.keys():
            raise TypeError(f"Context has no {', '.join(sorted(unknown))}")
        for name, check in _CHECKS.items():
            if name in values:
                check(name, values[name])
        made = object.__new__(Context)
        made.__dict__.update(self.__dict__, **values)
        return made


def _check_closed(name: str, value: str | None) -> None:
    if value not in _CLOSED[name]:
        raise ValueError(f"Context.{name}: expected one of {', '.join(filter(None, _CLOSED[name]))}")


def _check_text(name: str, value: str) -> None:
    # isprintable is false for line breaks, other controls and half surrogates
    if not value or value != value.strip() or not value.isprintable():
        raise ValueError(f"Context.{name}: expected printable characters without outer spaces or line breaks")


def _check_name(name: str, value: str | None) -> None:
    if value is not None:
        _check_text(name, value)


def _check_lines(name: str, value: tuple[str, ...]) -> None:
    for line in value:
        _check_text(name, line)


def _check_uri(name: str, value: str) -> None:
    _check_text(name, value)
    if not _URI.fullmatch(value):
        raise ValueError(f"Context.{name}: expected an absolute URI, such as urn:oid:2.16.840.1.113883")


def _check_time(name: str, value: str | None) -> None:
    pattern, expected = _TIMES[name]
    if value is not None and not is_date_time(value, pattern):
        raise ValueError(f"Context.{name}: expected {expected}")


def is_date_time(value: str, pattern: re.Pattern[str] = _DATE_TIME) -> bool:
    """Whether a FHIR date, dateTime or instant is one, and its day is in the calendar.

    >>> is_date_time("2026-03"), is_date_time("2026-02-30"), is_date_time("2026-03-02T10:00:00")
    (True, False, False)
    """
    match = pattern.fullmatch(value)
    if not match:
        return False
    try:
        date.fromisoformat(f"{match[1]}-{match[3] or '01'}-{match[5] or '01'}")
    except ValueError:
        return False
    return True


def _check_reference(name: str, value: str | Identifier | None) -> None:
    kinds = _TARGETS[name]
    if isinstance(value, Identifier):
        _check_identifier(name, value)
    elif value is not None and not (name == "subject" and _CONDITIONAL.fullmatch(value)):
        match = _LITERAL.fullmatch(value)
        if not match or match[1] not in kinds:
            raise ValueError(f"Context.{name}: expected a reference such as {kinds[0]}/7, to {' or '.join(kinds)}")


def _check_identifier(name: str, value: Identifier | None) -> None:
    if value is not None:
        _check_uri(f"{name}.system", value.system)
        _check_text(f"{name}.value", value.value)


# Field -> its check, in the order in which the first wrong one is told
_CHECKS: Final[Mapping[str, Callable[[str, Any], None]]] = {
    **dict.fromkeys(("report_id", "edition", "software"), _check_text),
    **dict.fromkeys(("family", "given"), _check_name),
    "issuer": _check_uri,
    **dict.fromkeys(_TIMES, _check_time),
    **dict.fromkeys(_TARGETS, _check_reference),
    "accession": _check_identifier,
    "corrections": _check_lines,
    **dict.fromkeys(_CLOSED, _check_closed),
}
