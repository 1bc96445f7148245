"""Each defect is put into resources that are right, and must be found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fhir_export import Context, ExportError, Identifier, to_bundle, to_resources
from fhir_export.checks import ensure, problems
from fhir_export.invariants import invariants
from tests.fhir_export import reports

CONTEXT = Context(
    report_id="S26-00417",
    issuer="urn:oid:1.2.3",
    subject=Identifier("urn:oid:1.2.3.4", "0815"),
    effective="2026-03-02",
    issued="2026-03-02T10:00:00Z",
    text="the text",
)
Resource = dict[str, Any]

# pT2 pN1mi cM0 is a stage group with a verified code
REPORT_READ = replace(reports.WALKTHROUGH, tumor=replace(reports.WALKTHROUGH.tumor, pt_stated=reports.said("pT2", 446, "pT2")))
REPORT, PRIMARY, AXILLA, EXAMINED = 0, 1, 2, 3


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


def _at(code: str) -> int:
    """Where the Observation with this code stands."""
    found = [index for index, item in enumerate(_resources()) if code in {coding.get("code") for coding in _codings(item)}]
    return found[0]


def _codings(resource: Resource) -> list[Resource]:
    return list(resource.get("code", {}).get("coding", [])) if resource["resourceType"] == "Observation" else []


def _kind(kind: str) -> int:
    """Where the first resource of this kind stands."""
    return [item["resourceType"] for item in _resources()].index(kind)


def _resources() -> list[Resource]:
    return copy.deepcopy(to_resources(REPORT_READ, CONTEXT))


CATEGORY, SIZE, GROUP = (_at(code) for code in ("371494008", "21889-1", "399588009"))
SPECIMEN, DOCUMENT = _kind("Specimen"), _kind("DocumentReference")
SCRIPT = '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>'
HANDLER = '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">3</p></div>'

DEFECTS: dict[str, tuple[int, Callable[[Resource], None], str]] = {
    "no status": (EXAMINED, _set("status", None), ".status: not one"),
    "status": (EXAMINED, _set("status", "finale"), ".status: not one"),
    "status of the report": (REPORT, _set("status", "done"), ".status: not one"),
    "status of the document": (DOCUMENT, _set("status", "final"), ".status: not one"),
    "docStatus": (DOCUMENT, _set("docStatus", "corrected"), ".docStatus: not one"),
    "no code": (EXAMINED, _set("code", None), ".code: required"),
    "no category": (EXAMINED, _set("category", None), ".category: required"),
    "no identifier of the report": (REPORT, _set("identifier", None), ".identifier: required"),
    "no type": (SPECIMEN, _set("type", None), ".type: required"),
    "no date": (EXAMINED, _set("effectiveDateTime", None), ".effective[x]"),
    "impossible date": (EXAMINED, _set("effectiveDateTime", "2026-13-02"), "not a FHIR date"),
    "date without a zone": (REPORT, _set("issued", "2026-03-02T10:00:00"), "not a FHIR date"),
    "obs-6": (EXAMINED, _set("dataAbsentReason", {"text": "unknown"}), "obs-6"),
    "no value": (EXAMINED, _set("valueQuantity", None), "us-core-2"),
    "two values": (EXAMINED, _set("valueRange", {"text": "3"}), "more than one"),
    "wrong unit": (SIZE, _set("component.0.valueQuantity.code", "kg"), "a unit or a number"),
    "con-1": (PRIMARY, lambda resource: resource.update(stage=[{"type": {"text": "AJCC 8"}}]), "con-1"),
    "con-2": (AXILLA, lambda resource: resource.update(evidence=[{"id": "1"}]), "con-2"),
    "con-3": (PRIMARY, _set("clinicalStatus", None), "con-3"),
    "con-4": (PRIMARY, _set("abatementDateTime", "2026-03-02"), "con-4"),
    "con-5": (PRIMARY, _set("verificationStatus.coding.0.code", "entered-in-error"), "con-5"),
    "clinical status": (PRIMARY, _set("clinicalStatus.coding.0.code", "alive"), "a status is not one"),
    "verification status": (PRIMARY, _set("verificationStatus.coding.0.code", "sure"), "a status is not one"),
    "no subject": (PRIMARY, _set("subject", None), ".subject: required"),
    "target": (-1, _set("target", None), ".target: required"),
    "recorded": (-1, _set("_recorded", None), ".recorded: required"),
    "role": (-1, _set("entity.0.role", "sauce"), ".entity: role"),
    "agent of nobody": (-1, _set("agent.0.who", None), ".agent.who: required"),
    "kind": (EXAMINED, _set("resourceType", "Observatoin"), "not a resource this package makes"),
    "misspelt element": (EXAMINED, _set("interpretaton", [{"text": "x"}]), ".interpretaton: not an element"),
    "id too long": (EXAMINED, _set("id", "a" * 65), ".id: not a FHIR id"),
    "id with a sign": (EXAMINED, _set("id", "a_b"), ".id: not a FHIR id"),
    "focus leads nowhere": (EXAMINED, _set("focus.0.reference", "Condition/gone"), "focus: a reference leads nowhere"),
    "stage leads nowhere": (PRIMARY, _set("stage.0.assessment.0.reference", "Observation/gone"), "assessment: a reference leads nowhere"),
    "result of another kind": (REPORT, lambda resource: resource["result"].append(resource["specimen"][0]), "another kind of resource"),
    "subject of another kind": (EXAMINED, _set("subject", {"reference": "Group/7"}), "another kind of resource"),
    "empty string": (EXAMINED, _set("effectiveDateTime", ""), "an empty string"),
    "control character": (CATEGORY, _set("note.0.text", "a\x00b"), "a forbidden character"),
    "half surrogate": (CATEGORY, _set("note.0.text", "a\ud800b"), "a forbidden character"),
    "empty object": (EXAMINED, _set("method", {}), "ele-1"),
    "empty array": (EXAMINED, _set("note", []), "ele-1"),
    "array of strings": (EXAMINED, _set("note", ["x"]), "an array of something else"),
    "null": (EXAMINED, lambda resource: resource.update(issued=None), "not a FHIR JSON value"),
    "float": (EXAMINED, _set("valueQuantity.value", 0.2), "not a FHIR JSON value"),
    "not a number": (EXAMINED, _set("valueQuantity.value", Decimal("NaN")), "not a FHIR JSON value"),
    "number as a string": (EXAMINED, _set("valueQuantity.value", "3"), "a unit or a number"),
    "comparator": (EXAMINED, _set("valueQuantity.comparator", "~"), "comparator: not one"),
    "ext-1, both": (EXAMINED, _set("extension.0.valueString", "x"), "ext-1"),
    "ext-1, neither": (EXAMINED, _set("extension.0.extension.1.valueInteger", None), "ext-1"),
    "der-1": (EXAMINED, lambda resource: resource["extension"][0]["extension"].pop(1), "der-1"),
    "unknown code": (EXAMINED, _set("code.coding.0.code", "21894-2"), "codes.toml"),
    "unverified code": (CATEGORY, _set("valueCodeableConcept.coding.0.code", "1229887009"), "codes.toml"),
    "wrong system": (CATEGORY, _set("valueCodeableConcept.coding.0.system", "http://loinc.org"), "codes.toml"),
    "code of ours that is none": (EXAMINED, lambda one: one.update(method=_own("magic")), "codes.toml"),
    "script in the narrative": (EXAMINED, _set("text.div", SCRIPT), "txt-1"),
    "handler in the narrative": (EXAMINED, _set("text.div", HANDLER), "txt-1"),
    "empty narrative": (EXAMINED, _set("text.div", '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'), "txt-1"),
    "no narrative": (EXAMINED, _set("text", None), "txt-1"),
    "metastasis of a negative category": (CATEGORY, _set("valueCodeableConcept.text", "pN0(i+)"), "a metastasis that rests on"),
    "profile: no method": (CATEGORY, _set("method", None), "method: required"),
    "profile: members of a category": (CATEGORY, _set("hasMember", [{"reference": "Observation/1"}]), "hasMember, device: not used"),
    "profile: not laboratory": (EXAMINED, _set("category", [{"text": "imaging"}]), "category: laboratory, once"),
    "profile: date of a month": (EXAMINED, _set("effectiveDateTime", "2026-03"), "us-core-1"),
    "profile: quantity not in UCUM": (EXAMINED, _set("valueQuantity.system", "http://loinc.org"), "us-core-3"),
    "profile: size with focus and specimen": (SIZE, lambda one: one.update(focus=[{"type": "Condition"}]), "focus or specimen"),
    "profile: group without a cancer": (GROUP, _set("focus", None), "the primary cancer, once"),
    "profile: cancer on no list": (PRIMARY, _set("category", [{"text": "encounter"}]), "problem-list-item or health-concern"),
    "profile: stage of a metastasis": (AXILLA, _set("stage", [{"summary": {"text": "IIA"}}]), "stage: not used"),
    "profile: report without a date": (REPORT, _set("effectiveDateTime", None), "effectiveDateTime: required"),
    "nothing attached": (DOCUMENT, _set("content.0.attachment", {"title": "x"}), "neither url nor data"),
    "unknown tag": (EXAMINED, _set("meta.tag", [{"system": "urn:nodalis:codesystem:decision", "code": "fine"}]), "codes.toml"),
    "unknown profile": (EXAMINED, _set("meta.profile.0", "https://example.org/profile"), "does not know"),
}


def _own(code: str) -> Resource:
    return {"coding": [{"system": "urn:nodalis:codesystem:method", "code": code}]}


def test_there_are_at_least_thirty_seeded_defects() -> None:
    assert len(DEFECTS) + len(BUNDLE_DEFECTS) >= 30


@pytest.mark.parametrize(("index", "change", "expected"), DEFECTS.values(), ids=DEFECTS)
def test_a_seeded_defect_is_found(index: int, change: Callable[[Resource], None], expected: str) -> None:
    resources = _resources()
    assert problems(resources) == []
    change(resources[index])
    found = problems(resources)
    assert any(expected in problem for problem in found), found


def test_a_component_that_repeats_the_code_is_found() -> None:
    category = _resources()[CATEGORY]
    category["component"][0]["code"] = category["code"]
    assert "obs-7" in invariants(category)[0]


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


def _double(bundle: Resource) -> None:
    bundle["entry"].append(copy.deepcopy(bundle["entry"][1]))


BUNDLE_DEFECTS: dict[str, tuple[Callable[[Resource], None], str]] = {
    "a resource twice": (_double, "two resources share an id"),
    "timestamp": (_set("timestamp", "yesterday"), "not a FHIR date"),
    "id": (_set("id", "a b"), "Bundle.id"),
    "type": (_set("type", "batch"), "Bundle.type"),
    "no entry": (_set("entry", []), "Bundle.entry: empty"),
    "fullUrl": (_set("entry.2.fullUrl", "urn:uuid:0"), "fullUrl: does not agree"),
    "no request": (_set("entry.2.request", None), "bdl-3"),
    "request of another": (_set("entry.2.request.url", "Observation/1"), "bdl-3"),
    "reference": (_set("entry.3.resource.focus.0.reference", "urn:uuid:0"), "a reference leads nowhere"),
}


@pytest.mark.parametrize(("change", "expected"), BUNDLE_DEFECTS.values(), ids=BUNDLE_DEFECTS)
def test_a_seeded_defect_of_a_bundle_is_found(change: Callable[[Resource], None], expected: str) -> None:
    bundle = copy.deepcopy(to_bundle(reports.WALKTHROUGH, CONTEXT, form="transaction"))
    assert problems([bundle]) == []
    change(bundle)
    found = problems([bundle])
    assert any(expected in problem for problem in found), found


DOCUMENT_DEFECTS: dict[str, tuple[Callable[[Resource], None], str]] = {
    "no identifier": (_set("identifier", None), "bdl-9"),
    "no timestamp": (_set("timestamp", None), "bdl-10"),
    "no composition": (lambda bundle: bundle["entry"].pop(0), "bdl-11"),
    "no title": (_set("entry.0.resource.title", None), ".title: required"),
    "empty section": (_set("entry.0.resource.section.0", {"title": "x"}), "cmp-1"),
    "gender": (_set("entry.1.resource.gender", "F"), ".gender: not one"),
    "profile: number of a patient": (_set("entry.1.resource.identifier.0.system", None), "identifier: system and value"),
}


@pytest.mark.parametrize(("change", "expected"), DOCUMENT_DEFECTS.values(), ids=DOCUMENT_DEFECTS)
def test_a_seeded_defect_of_a_document_is_found(change: Callable[[Resource], None], expected: str) -> None:
    context = replace(CONTEXT, recorded="2026-03-04T10:00:00Z", sex="female")
    bundle = copy.deepcopy(to_bundle(reports.WALKTHROUGH, context, form="document"))
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
    with pytest.raises(ExportError, match=r"^Observation\[3\]\.status: not one of the allowed codes$"):
        ensure(resources, [])


def test_problems_hold_no_value() -> None:
    resources = _resources()
    resources[EXAMINED]["status"] = "SECRET"
    resources[EXAMINED]["effectiveDateTime"] = "SECRET\x00"
    resources[EXAMINED]["focus"] = [{"reference": "Condition/SECRET"}]
    found = problems(resources)
    assert len(found) == 5
    assert "SECRET" not in "".join(found)
