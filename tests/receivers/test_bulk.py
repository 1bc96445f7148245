"""Every line of ``nodalis convert`` is a FHIR R4 resource to fhirkit, a parser written in Rust from the specification.

It proves the bulk output by a reader that shares no code with the project: names, types, cardinalities and formats of every element of
every sample. It knows no profiles, bindings or invariants; test_validators.py has those, at some thousandths of the speed. The gate
is shown to close: a line with one defect of each kind is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fhirkit
import pytest
from typer.testing import CliRunner

from nodalis.cli import app
from tests.receivers.deliveries import deliveries
from tests.receivers.paths import SAMPLES

NEEDS_REVIEW = 3  # the exit status where a report needs it, as some samples do
Resource = dict[str, Any]


# All that can be said of a report beside its text, and all that can be shown of it
EVERYTHING = (
    *("--with-text", "--quotes", "--international", "--profile", "base", "--edition", "AJCC 7", "--sex", "female", "--status", "amended"),
    *("--subject", "urn:oid:2.999.3|0815", "--encounter", "Encounter/7", "--condition", "Condition/7", "--performer", "Organization/7"),
    *("--accession", "urn:oid:2.999.4|A-1", "--collected", "2026-03-01", "--effective", "2026-03-02", "--issued", "2026-03-03T10:00:00Z"),
    *("--reviewer", "Practitioner/7", "--recorded", "2026-03-04T10:00:00Z"),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Lines of each file, by the resource type that names it."""
    return convert(tmp_path_factory.mktemp("bulk"))


def convert(folder: Path, *options: str) -> dict[str, list[bytes]]:
    samples = [str(path) for path in sorted(SAMPLES.glob("*.txt"))]
    done = CliRunner().invoke(app, ["convert", *samples, "-o", str(folder), *options], catch_exceptions=False)
    assert done.exit_code == NEEDS_REVIEW
    return {path.name.partition(".")[0]: path.read_bytes().splitlines() for path in sorted(folder.glob("*.?????.ndjson"))}


def refusals(line: bytes) -> list[str]:
    """What fhirkit says against a line."""
    try:
        return [f"{issue.path}: {issue.message}" for issue in fhirkit.validate(line)]
    except fhirkit.ParseError as error:
        return [f"not JSON: {error}"]


def test_every_line_is_a_resource_of_its_file(written: dict[str, list[bytes]]) -> None:
    assert {"Condition", "Observation", "Provenance"} <= set(written)
    for kind, lines in written.items():
        wrong = {number: found for number, line in enumerate(lines, 1) if (found := refusals(line))}
        assert wrong == {}, f"{kind}.ndjson"
        assert {fhirkit.parse(line).resource_type for line in lines} == {kind}


def test_every_line_with_all_that_can_be_said_is_a_resource_too(tmp_path: Path) -> None:
    written = convert(tmp_path, *EVERYTHING)
    assert "DocumentReference" in written
    for kind, lines in written.items():
        assert [found for line in lines if (found := refusals(line))] == [], f"{kind}.ndjson"


def test_no_line_is_lost_or_told_twice(written: dict[str, list[bytes]]) -> None:
    ids = [(kind, fhirkit.parse(line).id) for kind, lines in written.items() for line in lines]
    assert len(set(ids)) == len(ids)
    assert len(ids) == len({resource for delivery in deliveries() for resource in delivery.resources})


def test_a_line_comes_back_as_it_was(written: dict[str, list[bytes]]) -> None:
    """Nothing of a line is unknown to the reader, and decimals keep their digits."""
    for lines in written.values():
        for line in lines:
            assert _digits(fhirkit.parse(line).to_json()) == _digits(line)


def _digits(text: str | bytes) -> object:
    return json.loads(text, parse_float=str)


def _without(name: str) -> Callable[[Resource], bytes]:
    return lambda resource: json.dumps({key: value for key, value in resource.items() if key != name}).encode()


def _with(**changes: object) -> Callable[[Resource], bytes]:
    return lambda resource: json.dumps(resource | changes).encode()


BROKEN: dict[str, Callable[[Resource], bytes]] = {
    "cut": lambda resource: json.dumps(resource).encode()[:-5],
    "two resources": lambda resource: json.dumps(resource).encode() * 2,
    "no status": _without("status"),
    "no code": _without("code"),
    "no type": _without("resourceType"),
    "unknown type": _with(resourceType="Observatory"),
    "unknown element": _with(colour="red"),
    "two values": _with(valueString="two"),
    "number as text": _with(valueQuantity={"value": "2"}),
    "object for a list": _with(category={"text": "laboratory"}),
    "impossible date": _with(effectiveDateTime="2026-13-01"),
    "null": _with(subject=None),
    "empty list": _with(note=[]),
}


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_line_is_refused(written: dict[str, list[bytes]], defect: str) -> None:
    whole = next(line for line in written["Observation"] if b'"valueQuantity"' in line)
    assert refusals(whole) == []
    assert refusals(BROKEN[defect](json.loads(whole))) != []
