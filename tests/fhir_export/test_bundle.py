from __future__ import annotations

import contextlib
import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from fhir_export import Context, Identifier, dumps, to_bundle, to_resources, validate
from fhir_export.checks import problems
from parser.model import IssueKind, Report
from tests.fhir_export import reports

FORMS: tuple[Literal["collection", "transaction"], ...] = ("collection", "transaction")
BARE = Context(report_id="S26-00417", issuer="urn:oid:1.2.3")
FULL = Context(
    report_id="S26-00417",
    issuer="urn:oid:1.2.3",
    subject=Identifier("urn:oid:1.2.3.4", "0815"),
    effective="2026-03-02",
    issued="2026-03-03T10:00:00+01:00",
    recorded="2026-03-04T10:00:00Z",
    encounter="Encounter/3",
    specimen=Identifier("urn:oid:1.2.3.5", "S26-00417"),
    performer="Organization/2",
    source="https://example.org/fhir/DocumentReference/9",
    sex="female",
    include_quotes=True,
    software="Nodalis 0.1.0",
)
CONTEXTS = {"bare": BARE, "full": FULL}

every_report = pytest.mark.parametrize("report", reports.ALL.values(), ids=reports.ALL)
every_context = pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
every_form = pytest.mark.parametrize("form", FORMS)


def resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", ())]


def parts(value: object) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from parts(inner)


@every_report
@every_context
@every_form
def test_bundles_have_the_shape_of_r4(report: Report, context: Context, form: Literal["collection", "transaction"]) -> None:
    bundle = to_bundle(report, context, form=form)
    validate(bundle)
    for resource in resources(bundle):
        validate(resource)


@every_report
@every_context
@every_form
def test_bundles_pass_the_checks_of_our_own(report: Report, context: Context, form: Literal["collection", "transaction"]) -> None:
    assert problems([to_bundle(report, context, form=form)]) == []


@every_report
@every_context
def test_single_resources_pass_too(report: Report, context: Context) -> None:
    found = to_resources(report, context)
    assert problems(found) == []
    for resource in found:
        validate(resource)


@every_report
@every_context
def test_the_same_report_gives_the_same_bytes(report: Report, context: Context) -> None:
    assert dumps(to_bundle(report, context)) == dumps(to_bundle(report, context))


def test_another_process_gives_the_same_bytes(root: Path) -> None:
    """Whatever the seed of Python's hashes."""
    code = (
        "import sys; from fhir_export import dumps, to_bundle; from tests.fhir_export import reports, test_bundle; "
        "sys.stdout.buffer.write(dumps(to_bundle(reports.INTERNAL_MAMMARY, test_bundle.FULL)))"
    )
    for seed in ("0", "1", "2"):
        run = subprocess.run([sys.executable, "-c", code], cwd=root, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        assert run.stdout == dumps(to_bundle(reports.INTERNAL_MAMMARY, FULL))


@every_report
def test_the_resources_of_a_bundle_are_those_of_the_list(report: Report) -> None:
    listed = json.loads(json.dumps(to_resources(report, FULL), default=str))
    bundled = resources(json.loads(json.dumps(to_bundle(report, FULL), default=str)))
    assert [item["id"] for item in listed] == [item["id"] for item in bundled]
    kinds = {item["id"]: item["resourceType"] for item in listed}
    for item in parts(bundled):
        if str(item.get("reference", "")).startswith("urn:uuid:"):
            identity = item["reference"].removeprefix("urn:uuid:")
            item["reference"] = f"{kinds[identity]}/{identity}"
    assert listed == bundled


def test_a_transaction_puts_each_resource_under_its_own_id() -> None:
    for entry in to_bundle(reports.WALKTHROUGH, FULL, form="transaction")["entry"]:
        resource = entry["resource"]
        assert entry["request"] == {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
        assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"


def test_a_collection_has_no_requests() -> None:
    assert all("request" not in entry for entry in to_bundle(reports.WALKTHROUGH, FULL)["entry"])


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="form: expected collection or transaction"):
        to_bundle(reports.WALKTHROUGH, BARE, form="batch")  # type: ignore[arg-type]


def test_an_empty_report_gives_no_resource() -> None:
    assert to_resources(reports.EMPTY, BARE) == []
    assert set(to_bundle(reports.EMPTY, FULL)) == {"resourceType", "id", "type", "timestamp"}
    assert to_resources(reports.report(), BARE) == []


@pytest.mark.parametrize("kind", [IssueKind.NOT_BREAST, IssueKind.UNREADABLE_TEXT, IssueKind.EMPTY_TEXT])
def test_nothing_is_exported_of_what_is_no_breast_report(kind: IssueKind) -> None:
    assert to_resources(reports.with_issue(reports.WALKTHROUGH, kind), FULL) == []


def test_ids_of_two_reports_differ() -> None:
    other = Context(report_id="S26-00418", issuer="urn:oid:1.2.3")
    ids = [{item["id"] for item in to_resources(reports.WALKTHROUGH, context)} for context in (BARE, other)]
    assert not ids[0] & ids[1]


def test_ids_stay_when_the_values_change() -> None:
    before, after = (to_resources(report, BARE) for report in (reports.WALKTHROUGH, reports.NEEDS_REVIEW))
    assert [item["id"] for item in before] == [item["id"] for item in after]


@every_report
def test_no_word_of_the_report_leaves_unless_it_is_asked_for(report: Report) -> None:
    quiet = Context(report_id="S26-00417", issuer="urn:oid:1.2.3", software="Nodalis 0.1.0")
    notes = [item["text"] for resource in to_resources(report, quiet) for item in resource.get("note", ())]
    assert not [text for text in notes if text.startswith("Report text:")]


def test_quotes_stand_in_notes_when_they_are_asked_for() -> None:
    examined = next(item for item in to_resources(reports.WALKTHROUGH, FULL) if item["code"]["text"] == "Lymph nodes examined")
    assert examined["note"] == [{"text": "Report text: Lymph nodes examined: 3"}]


def test_offsets_are_those_of_the_evidence() -> None:
    examined = next(item for item in to_resources(reports.WALKTHROUGH, FULL) if item["code"]["text"] == "Lymph nodes examined")
    (extension,) = examined["extension"]
    source, offset, length = extension["extension"]
    assert source["valueReference"] == {"reference": "https://example.org/fhir/DocumentReference/9"}
    assert (offset["valueInteger"], length["valueInteger"]) == (388, len("Lymph nodes examined: 3"))


@every_report
def test_every_observation_says_where_its_words_stand(report: Report) -> None:
    for resource in to_resources(report, BARE):
        if resource["resourceType"] == "Observation":
            urls = [item["url"] for item in resource["extension"]]
            assert "http://hl7.org/fhir/StructureDefinition/derivation-reference" in urls


def test_what_is_not_given_is_marked_absent_and_not_made_up() -> None:
    absent = [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    for resource in to_resources(reports.WALKTHROUGH, BARE):
        if resource["resourceType"] == "Provenance":
            assert resource["_recorded"]["extension"] == absent
            continue
        assert resource["subject"]["extension"] == absent
        assert not resource.keys() & {"issued", "encounter", "performer", "specimen", "recordedDate", "effectiveDateTime"}


def test_a_report_that_needs_review_is_never_final() -> None:
    for resource in to_resources(reports.NEEDS_REVIEW, FULL):
        codes = [tag["code"] for tag in resource["meta"]["tag"]]
        assert codes[:3] == ["needs-review", "total_differs_from_parts", "stated_differs_from_derived"]
        assert resource.get("status", "preliminary") == "preliminary"
        if resource["resourceType"] == "Condition":
            assert resource["verificationStatus"]["coding"][0]["code"] == "provisional"


def test_an_accepted_report_has_no_review_tag() -> None:
    found = to_resources(reports.WALKTHROUGH, FULL)
    assert all("meta" not in resource for resource in found if resource["resourceType"] != "Provenance")
    assert {resource["status"] for resource in found if "status" in resource} == {"final"}


@pytest.mark.parametrize("status", ["preliminary", "amended", "corrected"])
def test_the_status_of_the_laboratory_is_kept(status: Literal["preliminary", "amended", "corrected"]) -> None:
    found = to_resources(reports.WALKTHROUGH, Context(report_id="1", issuer="urn:oid:1.2.3", status=status))
    assert {resource["status"] for resource in found if "status" in resource} == {status}


def test_a_preliminary_report_confirms_no_condition() -> None:
    found = to_resources(reports.WALKTHROUGH, Context(report_id="1", issuer="urn:oid:1.2.3", status="preliminary"))
    assert found[0]["verificationStatus"]["coding"][0]["code"] == "provisional"


def test_a_report_entered_in_error_has_no_clinical_status() -> None:
    found = to_resources(reports.NEEDS_REVIEW, Context(report_id="1", issuer="urn:oid:1.2.3", status="entered-in-error"))
    assert problems(found) == []
    conditions = [item for item in found if item["resourceType"] == "Condition"]
    assert all("clinicalStatus" not in item for item in conditions)
    assert {item["status"] for item in found if item["resourceType"] == "Observation"} == {"entered-in-error"}


def test_provenance_names_every_other_resource_the_software_and_the_rules() -> None:
    *others, provenance = to_resources(reports.WALKTHROUGH, FULL)
    assert [item["reference"] for item in provenance["target"]] == [f"{item['resourceType']}/{item['id']}" for item in others]
    assert provenance["agent"][0]["who"]["display"] == "Nodalis 0.1.0"
    assert provenance["meta"]["tag"][-1]["code"] == reports.GRAMMAR


def _change(value: object) -> None:
    """Change all that can be changed."""
    if isinstance(value, dict | list):
        for inner in list(value.values() if isinstance(value, dict) else value):
            _change(inner)
        with contextlib.suppress(TypeError):
            if isinstance(value, dict):
                value["changed"] = True
            else:
                value.append("changed")


@every_report
def test_changing_one_resource_changes_no_other(report: Report) -> None:
    before = to_resources(report, FULL)
    for index in range(len(before)):
        found = to_resources(report, FULL)
        _change(found[index])
        assert [item for place, item in enumerate(found) if place != index] == [item for place, item in enumerate(before) if place != index]
    assert to_resources(report, FULL) == before


def test_shared_parts_cannot_be_changed_but_copies_can() -> None:
    resource = to_resources(reports.WALKTHROUGH, FULL)[2]
    with pytest.raises(TypeError, match=r"copy\.deepcopy"):
        resource["code"]["text"] = "something else"
    with pytest.raises(TypeError, match=r"copy\.deepcopy"):
        resource["category"].append({})
    for plain in (copy.deepcopy(resource), pickle.loads(pickle.dumps(resource))):
        plain["code"]["coding"][0]["code"] = "changed"
        plain["category"].append({})
    assert to_resources(reports.WALKTHROUGH, FULL)[2] == resource
