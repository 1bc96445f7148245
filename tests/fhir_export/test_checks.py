"""Each defect is put into resources that are right, and must be found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from fhir_export import Context, ExportError, to_bundle, to_resources
from fhir_export.checks import ensure, problems
from fhir_export.invariants import invariants
from tests.fhir_export import reports

CONTEXT = Context(report_id="S26-00417", issuer="urn:oid:1.2.3", subject="Patient/7", effective="2026-03-02")
Resource = dict[str, Any]

PRIMARY, AXILLA, EXAMINED, CATEGORY = 0, 1, 2, 11


def _set(path: str, value: object) -> Callable[[Resource], None]:
    """Put ``value`` at a dotted path; None takes away what stands there."""

    def change(resource: Resource) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        part: Any = resource
        for step in steps:
            part = part[step]
        if value is None:
            del part[last]
        else:
            part[last] = value

    return change


DEFECTS: dict[str, tuple[int, Callable[[Resource], None], str]] = {
    "status": (EXAMINED, _set("status", "finale"), ".status: not one"),
    "no code": (EXAMINED, _set("code", None), "code and category are required"),
    "no category": (EXAMINED, _set("category", None), "code and category are required"),
    "obs-6": (EXAMINED, _set("dataAbsentReason", {"text": "unknown"}), "obs-6"),
    "no value": (EXAMINED, _set("valueQuantity", None), "us-core-2"),
    "two values": (EXAMINED, _set("valueString", "3"), "more than one"),
    "con-1": (PRIMARY, _set("stage.0.assessment", None), "con-1"),
    "con-2": (AXILLA, _set("evidence.0.detail", None), "con-2"),
    "con-3": (PRIMARY, _set("clinicalStatus", None), "con-3"),
    "con-4": (PRIMARY, _set("abatementDateTime", "2026-03-02"), "con-4"),
    "con-5": (PRIMARY, _set("verificationStatus.coding.0.code", "entered-in-error"), "con-5"),
    "clinical status": (PRIMARY, _set("clinicalStatus.coding.0.code", "alive"), "a status is not one"),
    "verification status": (PRIMARY, _set("verificationStatus.coding.0.code", "sure"), "a status is not one"),
    "no subject": (PRIMARY, _set("subject", None), "code and subject are required"),
    "target": (-1, _set("target", None), "target and agent are required"),
    "recorded": (-1, _set("_recorded", None), ".recorded: required"),
    "kind": (EXAMINED, _set("resourceType", "Patient"), "not a resource this package makes"),
    "id too long": (EXAMINED, _set("id", "a" * 65), ".id: not a FHIR id"),
    "id with a sign": (EXAMINED, _set("id", "a_b"), ".id: not a FHIR id"),
    "focus leads nowhere": (EXAMINED, _set("focus.0.reference", "Condition/gone"), "a reference leads nowhere"),
    "stage leads nowhere": (PRIMARY, _set("stage.0.assessment.0.reference", "Observation/gone"), "a reference leads nowhere"),
    "empty string": (EXAMINED, _set("effectiveDateTime", ""), "an empty string"),
    "control character": (CATEGORY, _set("note.0.text", "a\x00b"), "a forbidden character"),
    "half surrogate": (CATEGORY, _set("note.0.text", "a\ud800b"), "a forbidden character"),
    "empty object": (EXAMINED, _set("method", {}), "ele-1"),
    "empty array": (EXAMINED, _set("note", []), "ele-1"),
    "array of strings": (EXAMINED, _set("note", ["x"]), "an array of something else"),
    "null": (EXAMINED, lambda resource: resource.update(issued=None), "not a FHIR JSON value"),
    "float": (EXAMINED, _set("valueQuantity.value", 0.2), "not a FHIR JSON value"),
    "not a number": (EXAMINED, _set("valueQuantity.value", Decimal("NaN")), "not a FHIR JSON value"),
    "comparator": (EXAMINED, _set("valueQuantity.comparator", "~"), "comparator: not one"),
    "ext-1, both": (EXAMINED, _set("extension.0.valueString", "x"), "ext-1"),
    "ext-1, neither": (EXAMINED, _set("extension.0.extension.1.valueInteger", None), "ext-1"),
    "der-1": (EXAMINED, lambda resource: resource["extension"][0]["extension"].pop(1), "der-1"),
    "unknown code": (EXAMINED, _set("code.coding.0.code", "21894-2"), "codes.toml"),
    "unverified code": (CATEGORY, _set("valueCodeableConcept.coding.0.code", "1229887009"), "codes.toml"),
}


def _resources() -> list[Resource]:
    return copy.deepcopy(to_resources(reports.WALKTHROUGH, CONTEXT))


@pytest.mark.parametrize(("index", "change", "expected"), DEFECTS.values(), ids=DEFECTS)
def test_a_seeded_defect_is_found(index: int, change: Callable[[Resource], None], expected: str) -> None:
    resources = _resources()
    assert problems(resources) == []
    change(resources[index])
    found = problems(resources)
    assert any(expected in problem for problem in found), found


def test_a_component_that_repeats_the_code_is_found() -> None:
    code = {"text": "x"}
    observation = {"resourceType": "Observation", "status": "final", "category": [code], "code": code, "valueString": "x"}
    assert "obs-7" in invariants(observation | {"component": [{"code": code, "valueString": "y"}]})[0]


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_doubtful_observation_with_a_settled_status_is_found(status: str) -> None:
    resources = copy.deepcopy(to_resources(reports.NEEDS_REVIEW, CONTEXT))
    resources[EXAMINED]["status"] = status
    assert "settled" in problems(resources)[0]


def test_a_doubtful_condition_that_is_confirmed_is_found() -> None:
    resources = copy.deepcopy(to_resources(reports.NEEDS_REVIEW, CONTEXT))
    resources[PRIMARY]["verificationStatus"]["coding"][0]["code"] = "confirmed"
    assert "settled" in problems(resources)[0]


def test_two_resources_with_one_id_are_found() -> None:
    resources = _resources()
    resources[3]["id"] = resources[4]["id"]
    assert "two resources share an id" in problems(resources)


BUNDLE_DEFECTS: dict[str, tuple[Callable[[Resource], None], str]] = {
    "id": (_set("id", "a b"), "Bundle.id"),
    "type": (_set("type", "batch"), "Bundle.type"),
    "no entry": (_set("entry", []), "Bundle.entry: empty"),
    "fullUrl": (_set("entry.2.fullUrl", "urn:uuid:0"), "fullUrl: does not agree"),
    "no request": (_set("entry.2.request", None), "bdl-3"),
    "request of another": (_set("entry.2.request.url", "Observation/1"), "bdl-3"),
    "reference": (_set("entry.2.resource.focus.0.reference", "urn:uuid:0"), "a reference leads nowhere"),
}


@pytest.mark.parametrize(("change", "expected"), BUNDLE_DEFECTS.values(), ids=BUNDLE_DEFECTS)
def test_a_seeded_defect_of_a_bundle_is_found(change: Callable[[Resource], None], expected: str) -> None:
    bundle = copy.deepcopy(to_bundle(reports.WALKTHROUGH, CONTEXT, form="transaction"))
    assert problems([bundle]) == []
    change(bundle)
    found = problems([bundle])
    assert any(expected in problem for problem in found), found


def test_a_request_in_a_collection_is_found() -> None:
    bundle = copy.deepcopy(to_bundle(reports.WALKTHROUGH, CONTEXT))
    bundle["entry"][0]["request"] = {"method": "PUT", "url": "Condition/1"}
    assert "bdl-3" in problems([bundle])[0]


def test_an_export_with_a_defect_is_stopped() -> None:
    resources = _resources()
    ensure(resources, [resource["id"] for resource in resources])
    with pytest.raises(ExportError, match="a reference leads nowhere"):
        ensure(resources, ["gone"])
    resources[EXAMINED]["status"] = "finale"
    with pytest.raises(ExportError, match=r"^Observation\[2\]\.status: not one of the allowed codes$"):
        ensure(resources, [])


def test_problems_hold_no_value() -> None:
    resources = _resources()
    resources[EXAMINED]["status"] = "SECRET"
    resources[EXAMINED]["effectiveDateTime"] = "SECRET\x00"
    resources[EXAMINED]["focus"] = [{"reference": "Condition/SECRET"}]
    found = problems(resources)
    assert len(found) == 3
    assert "SECRET" not in "".join(found)
