"""Items that say whose abstract it is: only what the context of a report gives.

The number of the patient is the laboratory's, so it goes to the medical record number, and never to ``patientIdNumber``, which is
the registry's own: there it would name another patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fhir_export import Context, Identifier

from .coded import Coded
from .dictionary import load_dictionary

ITEMS: Final = ("medicalRecordNumber", "nameLast", "nameFirst", "dateOfBirth", "pathReportNumber1")
_REPORT_NUMBER: Final = 20  # characters


def codes(context: Context) -> Iterator[Coded]:
    """The items of patient and report that are known and fit their fields: half a number would be another one."""
    return (code for code in _known(context) if not _problem(code))


def left_out(context: Context) -> tuple[str, ...]:
    """The items that do not fit their fields, each with the reason and without its value."""
    return tuple(f"{code.id}: {problem}" for code in _known(context) if (problem := _problem(code)))


def _problem(code: Coded) -> str | None:
    return load_dictionary().entries[code.id].problem(code.value, "A")


def _known(context: Context) -> Iterator[Coded]:
    if isinstance(context.subject, Identifier):
        yield Coded("medicalRecordNumber", context.subject.value, "the patient's number, as given with the report")
    if context.family is not None:
        yield Coded("nameLast", context.family, "as given with the report")
    if context.given is not None:
        yield Coded("nameFirst", context.given, "as given with the report")
    if context.birth_date is not None:
        yield Coded("dateOfBirth", context.birth_date.replace("-", ""), "as given with the report")
    if context.accession is not None:
        yield Coded("pathReportNumber1", context.accession.value, "the laboratory's number of the specimens")
    elif len(context.report_id) <= _REPORT_NUMBER:  # a longer id stands in the text only
        yield Coded("pathReportNumber1", context.report_id, "the number of the report")
