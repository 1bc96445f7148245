"""FHIR data types as plain dicts: references, quantities, reasons for absence, links to the source text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from parser.model import Evidence, Measure

from .frozen import freeze

__all__ = [
    "ABSENT", "DATA_ABSENT_REASON", "UCUM", "Identifier", "JsonObject", "annotation", "derived_from", "has_code",
    "identifier", "quantity", "reference", "size", "values_in",
]  # fmt: skip

JsonObject: TypeAlias = dict[str, Any]

UCUM: Final = "http://unitsofmeasure.org"
DATA_ABSENT_REASON: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
DERIVATION_REFERENCE: Final = "http://hl7.org/fhir/StructureDefinition/derivation-reference"

# Every value[x] of an R4 Observation
VALUES: Final = frozenset(
    f"value{kind}"
    for kind in (
        *("Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio", "SampledData", "Time", "DateTime"),
        "Period",
    )
)

# Stands where FHIR or mCODE wants a value that nobody has given: nothing is made up.
ABSENT: Final[JsonObject] = freeze({"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]})

_FORBIDDEN: Final = {code: " " for code in range(32) if chr(code) not in "\t\r\n"}
_COMPARATORS: Final = frozenset(("<", "<=", ">=", ">"))  # R4; "approximately" is not one of them


@dataclass(frozen=True, slots=True)
class Identifier:
    """A business identifier: ``value`` is unique within ``system``, an absolute URI."""

    system: str
    value: str


def reference(target: str | Identifier, kind: str | None = None) -> JsonObject:
    """A Reference: literal for a string, logical for an Identifier.

    >>> reference("Patient/1")
    {'reference': 'Patient/1'}
    """
    if isinstance(target, str):
        return {"reference": target}
    logical = {"identifier": identifier(target)}
    return {"type": kind, **logical} if kind else logical


def identifier(number: Identifier) -> JsonObject:
    """A business identifier as FHIR has it."""
    return {"system": number.system, "value": number.value}


def has_code(concept: JsonObject | None, code: str) -> bool:
    """Whether a CodeableConcept holds a code, of whatever system."""
    if concept is not None:
        for coding in concept.get("coding", ()):
            if coding.get("code") == code:
                return True
    return False


@lru_cache(maxsize=1024)
def values_in(names: tuple[str, ...]) -> frozenset[str]:
    """The value[x] among the elements of an Observation: ``values_in(tuple(resource))``.

    Remembered, since Observations have the same few sets of elements.

    >>> values_in(("resourceType", "code", "valueQuantity"))
    frozenset({'valueQuantity'})
    """
    return VALUES.intersection(names)


def quantity(value: int | Decimal, code: str, unit: str, comparator: str = "") -> JsonObject:
    """A Quantity in UCUM.

    >>> quantity(3, "1", "#")
    {'value': 3, 'unit': '#', 'system': 'http://unitsofmeasure.org', 'code': '1'}
    """
    if comparator in _COMPARATORS:
        return {"value": value, "comparator": comparator, "unit": unit, "system": UCUM, "code": code}
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def size(measure: Measure) -> JsonObject:
    """``valueQuantity`` for a size or a bound, ``valueRange`` for a printed range; millimetres.

    >>> size(Measure.of(Decimal("0.20")))["valueQuantity"]["value"]
    Decimal('0.20')
    """
    low, high = measure.low, measure.high
    if not measure.comparator and low is not None and high is not None and low != high:
        return {"valueRange": {"low": quantity(low, "mm", "mm"), "high": quantity(high, "mm", "mm")}}
    return {"valueQuantity": quantity(measure.number, "mm", "mm", measure.comparator)}


def derived_from(evidence: Sequence[Evidence], source: JsonObject) -> list[JsonObject]:
    """One derivation-reference extension for each passage: its place in the report as given, in Unicode code points.

    ``source`` is the extension's part that refers to the text.
    """
    return [
        {
            "url": DERIVATION_REFERENCE,
            "extension": [
                source,
                {"url": "offset", "valueInteger": start},
                {"url": "length", "valueInteger": end - start},
            ],
        }
        for start, end in [item.span for item in evidence]
    ]


def annotation(text: str) -> JsonObject:
    """An Annotation. Characters that FHIR forbids in a string become spaces, half surrogates question marks.

    >>> annotation("3 of 14\\x0cnodes")
    {'text': '3 of 14 nodes'}
    """
    if not text.isprintable():  # false for line breaks, other controls and half surrogates
        text = text.translate(_FORBIDDEN).encode("utf-8", "replace").decode()
    return {"text": text}
