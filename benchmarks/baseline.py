"""What Nodalis is compared with: the same rules searched one by one, and the same resources made by fhir.resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from fhir_export import Context, to_resources
from nodalis.surroundings import ISSUER
from parser import parse
from parser.grammar import load_grammar
from parser.oracle import plain_scan
from parser.text import clean

from .texts import Row

Resources = Sequence[dict[str, Any]]


def plain(texts: Sequence[str]) -> None:
    """Search each pattern as its author wrote it, from left to right through the text."""
    grammar = load_grammar()
    for text in texts:
        plain_scan(grammar, clean(text))


def resources_of(rows: Sequence[Row]) -> list[Resources]:
    """The resources of each report, which the baseline need not find: only writing them counts."""
    return [to_resources(parse(row.text), Context(report_id=row.id, issuer=ISSUER)) for row in rows]


def dump(made: Sequence[Resources]) -> None:
    """Build and validate each resource with fhir.resources and write it as JSON."""
    for resources in made:
        for resource in resources:
            get_fhir_model_class(resource["resourceType"]).model_validate(resource).model_dump_json()
