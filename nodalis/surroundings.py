"""What is known of a report besides its text -> the Context of its export.

One vocabulary, however it comes: options of the command line, rows of a CSV, members of a row of JSON. Whoever finds more of it
elsewhere makes a Layer of it; ``context_of`` puts the layers together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fhir_export import Context, Identifier


class Kind(Enum):
    """How the text of a value is read."""

    TEXT = auto()  # as it is: a date, a status, a number, a name
    REFERENCE = auto()  # Patient/7, or system|value
    IDENTIFIER = auto()  # system|value


# The one list of names: fields of fhir_export.Context, and all that options, CSV and rows may say of a report.
NAMES: Final[Mapping[str, Kind]] = {
    "report_id": Kind.TEXT,
    "issuer": Kind.TEXT,
    "status": Kind.TEXT,
    "effective": Kind.TEXT,
    "issued": Kind.TEXT,
    "collected": Kind.TEXT,
    "recorded": Kind.TEXT,
    "subject": Kind.REFERENCE,
    "sex": Kind.TEXT,
    "family": Kind.TEXT,
    "given": Kind.TEXT,
    "birth_date": Kind.TEXT,
    "encounter": Kind.REFERENCE,
    "condition": Kind.REFERENCE,
    "specimen": Kind.REFERENCE,
    "accession": Kind.IDENTIFIER,
    "performer": Kind.REFERENCE,
    "reviewer": Kind.REFERENCE,
    "source": Kind.REFERENCE,
}

ISSUER: Final = "urn:nodalis:reports"  # where nobody says whose the numbers are
_EXAMPLE: Final = "urn:oid:1.2.3|4711"
_LOOKS_LIKE_A_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,30}")
_REFUSED: Final = re.compile(r"Context\.((\w+)[\w.]*): (.+)")  # the messages of Context, which never hold the value


@dataclass(frozen=True, slots=True)
class Layer:
    """Values by name from one place, none of them empty.

    ``place`` is what a message says before the name of a wrong one: ``context.csv: line 7:``, with the space behind it.
    """

    place: str
    values: Mapping[str, str] = field(repr=False)  # the patient may be named in it


def context_of(document_id: str, layers: Iterable[Layer], base: Context) -> Context:
    """The context of one report: of each name the value of the first layer that has it, all else as in ``base``.

    >>> from fhir_export import Context
    >>> base = Context(report_id="-", issuer=ISSUER, software="Nodalis 1.0")
    >>> flags = Layer("--", {"subject": "Patient/7", "sex": "female"})
    >>> context = context_of("S26-00417", [Layer("context: ", {"subject": "urn:oid:1.2.4|0815"}), flags], base)
    >>> context.report_id, context.subject, context.sex
    ('S26-00417', Identifier(system='urn:oid:1.2.4', value='0815'), 'female')

    Raises:
        ValueError: a value that FHIR does not allow; says place, name and what was expected, never the value.
    """
    values = {"report_id": document_id}
    places: dict[str, str] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if name not in places:
                places[name] = layer.place
                values[name] = value
    try:
        fields: dict[str, Any] = {name: _read(name, value) for name, value in values.items()}
        return base.with_values(**fields)
    except ValueError as error:
        raise ValueError(_said(str(error), places)) from None


def named(name: str, otherwise: str) -> str:
    """A name that is not one of ours, for a message; ``otherwise`` where it may be no name but a value, and so a patient's.

    >>> named("surname", "column 3"), named("12 March 1961", "column 3")
    ('surname', 'column 3')
    """
    return name if _LOOKS_LIKE_A_NAME.fullmatch(name) else otherwise


def _read(name: str, value: str) -> str | Identifier:
    kind = NAMES[name]
    if kind is Kind.TEXT or (kind is Kind.REFERENCE and "|" not in value):
        return value
    system, bar, number = value.partition("|")
    if not bar:
        raise ValueError(f"Context.{name}: expected system|value, such as {_EXAMPLE}")
    from fhir_export import Identifier

    return Identifier(system, number)


def _said(message: str, places: Mapping[str, str]) -> str:
    """A message of Context as one about the place where the value stands.

    >>> _said("Context.sex: expected one of female, male", {"sex": "--"})
    '--sex: expected one of female, male'
    """
    refused = _REFUSED.fullmatch(message)
    if not refused or refused[2] not in places:
        return message
    path, name, expected = refused.groups()
    whole_reference = path == name and NAMES[name] is Kind.REFERENCE
    return f"{places[name]}{path}: {expected}{f', or system|value such as {_EXAMPLE}' if whole_reference else ''}"
