"""The code systems of our own are published, whole, as files that a receiver can load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir_export.codes import CONCEPTS, EMITTED
from fhir_export.terminology import TAGS, code_systems
from fhir_export.validation import validate

SYSTEMS = list(code_systems())
every_system = pytest.mark.parametrize("system", SYSTEMS, ids=[system["name"] for system in SYSTEMS])


@every_system
def test_a_code_system_is_published_as_it_is(system: dict[str, Any], root: Path) -> None:
    path = root / "docs" / "terminology" / f"CodeSystem-{system['id']}.json"
    assert json.loads(path.read_bytes()) == system, "run `make approve` and read what it writes"


def test_no_other_file_is_published(root: Path) -> None:
    names = {path.name for path in (root / "docs" / "terminology").iterdir()}
    assert names == {f"CodeSystem-{system['id']}.json" for system in SYSTEMS}


@every_system
def test_a_code_system_has_the_shape_of_r4_and_r5(system: dict[str, Any]) -> None:
    validate(system)
    validate(system, "R5")
    assert system["count"] == len({concept["code"] for concept in system["concept"]}) > 0
    assert all(concept["display"] for concept in system["concept"])


def test_every_code_of_ours_that_leaves_is_in_a_published_system() -> None:
    published = {(system["url"], concept["code"]) for system in SYSTEMS for concept in system["concept"]}
    ours = {(system, code) for system, code in EMITTED | TAGS if system.startswith("urn:nodalis:")}
    assert ours == published


def test_the_codes_marked_as_our_own_are_those_of_our_systems() -> None:
    codes = [code for entry in CONCEPTS.values() for code in entry.codes]
    assert all((code.mark == "own") == code.system.startswith("urn:nodalis:") for code in codes)
