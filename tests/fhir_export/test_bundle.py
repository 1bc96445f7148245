from __future__ import annotations

import base64
import contextlib
import copy
import hashlib
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import pytest

from fhir_export import Context, Identifier, dumps, to_bundle, to_resources, validate
from fhir_export.bundle import BundleForm
from fhir_export.checks import problems
from parser import parse
from parser.model import IssueKind, Report
from tests.fhir_export import reports

FORMS: tuple[BundleForm, ...] = get_args(BundleForm)
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


def dated(context: Context) -> Context:
    """The context with the date that a document needs."""
    return replace(context, recorded=context.recorded or "2026-03-04T10:00:00Z")


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
def test_bundles_have_the_shape_of_r4(report: Report, context: Context, form: BundleForm) -> None:
    bundle = to_bundle(report, dated(context), form=form)
    validate(bundle)
    for resource in resources(bundle):
        validate(resource)


@every_report
@every_context
@every_form
def test_bundles_have_the_shape_of_r5(report: Report, context: Context, form: BundleForm) -> None:
    bundle = to_bundle(report, replace(dated(context), fhir_version="R5"), form=form)
    validate(bundle, "R5")
    for resource in resources(bundle):
        validate(resource, "R5")
        assert "profile" not in resource.get("meta", {})  # the profiles are of R4


@every_report
@every_context
@every_form
def test_bundles_pass_the_checks_of_our_own(report: Report, context: Context, form: BundleForm) -> None:
    assert problems([to_bundle(report, dated(context), form=form)]) == []


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


def test_a_document_starts_with_a_composition_and_holds_its_patient() -> None:
    context = replace(FULL, family="FAMILY-1", given="GIVEN-1", birth_date="1961")
    bundle = to_bundle(reports.WALKTHROUGH, context, form="document")
    opening, patient, *others = resources(bundle)
    assert (opening["resourceType"], patient["resourceType"]) == ("Composition", "Patient")
    assert patient["identifier"] == [{"system": "urn:oid:1.2.3.4", "value": "0815"}]
    assert patient["name"] == [{"family": "FAMILY-1", "given": ["GIVEN-1"]}]
    assert {item["subject"]["reference"] for item in others if "subject" in item} == {f"urn:uuid:{patient['id']}"}
    listed = {entry["reference"] for section in opening["section"] for entry in section["entry"]}
    assert listed == {f"urn:uuid:{item['id']}" for item in others if item["resourceType"] != "Provenance"}


def test_a_document_that_could_not_hold_its_patient_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Context\.subject must be a number"):
        to_bundle(reports.WALKTHROUGH, replace(FULL, subject="Patient/7"), form="document")


def test_a_composition_refers_to_nothing_that_the_document_lacks() -> None:
    bundle = to_bundle(reports.WALKTHROUGH, FULL, form="document")
    held = {entry["fullUrl"] for entry in bundle["entry"]}
    assert {part["reference"] for part in parts(resources(bundle)[0]) if "reference" in part} <= held


def test_the_condition_of_the_caller_stands_for_ours() -> None:
    found = to_resources(reports.WALKTHROUGH, replace(FULL, condition="Condition/4"))
    (secondary,) = (item for item in found if item["resourceType"] == "Condition")
    assert secondary["extension"][0]["valueReference"] == {"reference": "Condition/4"}
    assert {item["focus"][0]["reference"] for item in found if "focus" in item} == {"Condition/4"}
    assert problems(found, ["Condition/4"]) == []
    assert "a reference leads nowhere" in problems(found)[0]


def test_a_document_without_a_date_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Context\.recorded is needed"):
        to_bundle(reports.WALKTHROUGH, BARE, form="document")


@pytest.mark.parametrize(("subject", "sex"), [(None, "female"), (Identifier("urn:oid:1.2.3.4", "0815"), None)], ids=["number", "sex"])
def test_a_patient_of_whom_little_is_known_claims_no_profile(subject: Identifier | None, sex: Literal["female"] | None) -> None:
    patient = resources(to_bundle(reports.WALKTHROUGH, replace(FULL, subject=subject, sex=sex), form="document"))[1]
    assert "profile" not in patient.get("meta", {})
    assert patient["name"][0]["extension"][0]["valueCode"] == "unknown"


def test_the_name_of_the_patient_stands_in_documents_only() -> None:
    context = replace(FULL, family="FAMILY-1", given="GIVEN-1", birth_date="1961-02-03")
    for form in ("collection", "transaction"):
        written = dumps(to_bundle(reports.WALKTHROUGH, context, form=form))
        assert not [word for word in (b"FAMILY-1", b"GIVEN-1", b"1961-02-03") if word in written]


def test_a_collection_has_no_requests() -> None:
    assert all("request" not in entry for entry in to_bundle(reports.WALKTHROUGH, FULL)["entry"])


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="form: expected one of collection, transaction, document"):
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
        assert not resource.keys() & {"issued", "encounter", "performer", "recordedDate", "effectiveDateTime", "accessionIdentifier"}
        assert "collection" not in resource or "collectedDateTime" not in resource["collection"]


def test_a_report_that_needs_review_is_never_final() -> None:
    for resource in to_resources(reports.NEEDS_REVIEW, FULL):
        codes = [tag["code"] for tag in resource["meta"]["tag"]]
        assert codes[:3] == ["needs-review", "total_differs_from_parts", "stated_differs_from_derived"]
        assert resource.get("status", "preliminary") == "preliminary"
        if resource["resourceType"] == "Condition":
            assert resource["verificationStatus"]["coding"][0]["code"] == "provisional"


def test_an_accepted_report_has_no_review_tag() -> None:
    found = to_resources(reports.WALKTHROUGH, FULL)
    assert all("tag" not in resource.get("meta", {}) for resource in found)
    assert {resource["status"] for resource in found if "status" in resource} == {"final"}


@pytest.mark.parametrize("status", ["preliminary", "amended", "corrected"])
def test_the_status_of_the_laboratory_is_kept(status: Literal["preliminary", "amended", "corrected"]) -> None:
    found = to_resources(reports.WALKTHROUGH, Context(report_id="1", issuer="urn:oid:1.2.3", status=status))
    assert {resource["status"] for resource in found if "status" in resource} == {status}


def test_a_preliminary_report_confirms_no_condition() -> None:
    found = to_resources(reports.WALKTHROUGH, Context(report_id="1", issuer="urn:oid:1.2.3", status="preliminary"))
    assert found[1]["verificationStatus"]["coding"][0]["code"] == "provisional"


def test_a_report_entered_in_error_has_no_clinical_status() -> None:
    found = to_resources(reports.NEEDS_REVIEW, Context(report_id="1", issuer="urn:oid:1.2.3", status="entered-in-error"))
    assert problems(found) == []
    conditions = [item for item in found if item["resourceType"] == "Condition"]
    assert all("clinicalStatus" not in item for item in conditions)
    assert {item["status"] for item in found if item["resourceType"] == "Observation"} == {"entered-in-error"}


def test_the_report_lists_its_results_and_its_specimens() -> None:
    found = to_resources(reports.WALKTHROUGH, FULL)
    whole = found[0]
    assert whole["resourceType"] == "DiagnosticReport"
    assert whole["identifier"][0] == {"system": "urn:oid:1.2.3", "value": "S26-00417"}
    counts = "1 of 3 lymph nodes positive, 1 with micrometastases, 1 with isolated tumor cells."
    assert whole["conclusion"] == f"As read by Nodalis 0.1.0: {counts} pN1mi(sn) by AJCC 8."
    names = {f"{item['resourceType']}/{item['id']}" for item in found if item["resourceType"] == "Observation"}
    assert {item["reference"] for item in whole["result"]} == names
    assert "presentedForm" not in whole


def test_the_text_is_sent_where_the_caller_wants_it() -> None:
    text = "LYMPH NODES: 1/3 \ud83d\ude00 \ud800".encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    found = to_resources(reports.WALKTHROUGH, replace(FULL, source=None, text=text))
    document = next(item for item in found if item["resourceType"] == "DocumentReference")
    attachment = document["content"][0]["attachment"]
    sent = base64.b64decode(attachment["data"]).decode("utf-8")
    assert sent == text.replace("\ud800", "?")
    assert len(sent) == len(text)  # so offsets hold
    assert attachment["hash"] == base64.b64encode(hashlib.sha1(base64.b64decode(attachment["data"])).digest()).decode()
    assert found[0]["presentedForm"] == [attachment]
    examined = next(item for item in found if item.get("code", {}).get("text") == "Lymph nodes examined")
    assert examined["extension"][0]["extension"][0]["valueReference"] == {"reference": f"DocumentReference/{document['id']}"}


def test_labelled_parts_are_specimens_of_the_report() -> None:
    context = replace(FULL, specimen=None, accession=Identifier("urn:oid:1.2.3.5", "S26-00417"), collected="2026-03-01")
    root, first, second = (item for item in to_resources(reports.WALKTHROUGH, context) if item["resourceType"] == "Specimen")
    assert "parent" not in root
    for label, part in (("A", first), ("B", second)):
        assert part["parent"] == [{"reference": f"Specimen/{root['id']}"}]
        assert part["identifier"][1]["value"] == label
        assert part["accessionIdentifier"] == {"system": "urn:oid:1.2.3.5", "value": "S26-00417"}
        assert part["collection"]["collectedDateTime"] == "2026-03-01"
        assert part["collection"]["bodySite"]["coding"][0]["code"] == "68171009"


def test_a_value_names_the_part_that_all_its_words_are_about() -> None:
    report = parse(
        "FINAL DIAGNOSIS:\n"
        "A. LEFT SENTINEL NODE: METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), 3 MM.\n"
        "B. LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, 14 MM.\n"
    )
    found = to_resources(report, replace(FULL, specimen=None))
    labels = {item["id"]: item["identifier"][1]["value"] for item in found if item["resourceType"] == "Specimen" and "parent" in item}
    parts = {
        item["code"]["text"]: labels.get(item["specimen"]["reference"].removeprefix("Specimen/"))
        for item in found
        if item["resourceType"] == "Observation" and "specimen" in item
    }
    assert parts["Lymph nodes examined"] == "A"
    assert parts["Tumor size"] == "B"
    types = {labels[item["id"]]: item["type"]["coding"][0]["code"] for item in found if item["id"] in labels}
    assert types == {"A": "TISS", "B": "TUMOR"}


def test_a_part_that_holds_breast_and_nodes_names_neither_as_its_site() -> None:
    report = parse(
        "FINAL DIAGNOSIS:\n"
        "A. LEFT BREAST AND AXILLA, MODIFIED RADICAL MASTECTOMY: INVASIVE DUCTAL CARCINOMA, 44 MM. "
        "METASTATIC CARCINOMA IN 3 OF 12 LYMPH NODES.\n"
    )
    part = next(item for item in to_resources(report, replace(FULL, specimen=None)) if "parent" in item)
    assert part["identifier"][1]["value"] == "A"
    assert "collection" not in part


@pytest.mark.parametrize("context", [replace(FULL, profile="base"), replace(FULL, fhir_version="R5")], ids=["base", "R5"])
def test_no_profile_is_claimed_where_the_caller_wants_none(context: Context) -> None:
    assert b"StructureDefinition/mcode-tnm" not in dumps(to_bundle(reports.WALKTHROUGH, context))


def claims(report: Report, context: Context) -> dict[str, str]:
    """The text of the code of each resource that claims a profile, and the name of the profile."""
    found = [item for item in to_resources(report, context) if "code" in item and "profile" in item.get("meta", {})]
    return {item["code"]["text"]: item["meta"]["profile"][0].rsplit("/", 1)[-1] for item in found}


def test_profiles_are_claimed() -> None:
    claimed = claims(replace(reports.WALKTHROUGH, tumor=replace(reports.WALKTHROUGH.tumor, pt_stated=reports.said("pT2", 0, "pT2"))), FULL)
    assert claimed["pN category"] == "mcode-tnm-regional-nodes-category"
    assert claimed["pT category"] == "mcode-tnm-primary-tumor-category"
    assert claimed["cM category"] == "mcode-tnm-distant-metastases-category"
    assert claimed["Pathologic anatomic stage group"] == "mcode-tnm-stage-group"
    assert claimed["Tumor size"] == "mcode-tumor-size"
    assert claimed["Lymph nodes examined"] == "us-core-observation-lab"
    assert claimed["Surgical pathology report"] == "us-core-diagnosticreport-note"
    assert claimed["Primary malignant neoplasm of left breast"] == "mcode-primary-cancer-condition"
    assert claimed["Secondary malignant neoplasm of axillary lymph nodes"] == "mcode-secondary-cancer-condition"


def test_words_without_a_code_claim_no_category_of_mcode() -> None:
    assert "pN category" not in claims(reports.AFTER_TREATMENT, FULL)  # ypN has no verified code
    assert "Pathologic anatomic stage group" not in claims(reports.WALKTHROUGH, FULL)  # nor has IB


def test_one_n_category_of_a_report_claims_the_profile() -> None:
    found = [item for item in to_resources(reports.WALKTHROUGH, FULL) if item.get("code", {}).get("text") == "pN category"]
    assert ["profile" in item.get("meta", {}) for item in found] == [True, False]
    alone = [item for item in to_resources(replace(reports.WALKTHROUGH, staging={}), FULL) if "valueCodeableConcept" in item]
    assert "profile" in next(item for item in alone if item["code"]["text"] == "pN category")["meta"]


def test_a_date_of_a_month_claims_no_profile_that_wants_a_day() -> None:
    found = to_resources(reports.WALKTHROUGH, replace(FULL, effective="2026-03"))
    assert not [item for item in found if item["resourceType"] == "Observation" and "profile" in item.get("meta", {})]


def test_a_narrative_holds_no_markup_of_the_report() -> None:
    evil = "<script>alert(1)</script>"
    report = replace(reports.WALKTHROUGH, tumor=replace(reports.WALKTHROUGH.tumor, her2=reports.said(evil, 0, evil)))
    found = to_resources(report, FULL)
    assert problems(found) == []
    assert not [item for item in found if "<script" in item["text"]["div"]]


def test_provenance_names_every_other_resource_the_software_and_the_rules() -> None:
    *others, provenance = to_resources(reports.WALKTHROUGH, FULL)
    assert [item["reference"] for item in provenance["target"]] == [f"{item['resourceType']}/{item['id']}" for item in others]
    assert provenance["agent"][0]["who"]["display"] == "Nodalis 0.1.0"
    _, rules, edition = (entity["what"] for entity in provenance["entity"])
    assert rules["identifier"] == {"system": "urn:nodalis:identifier:grammar", "value": reports.GRAMMAR}
    assert edition == {"display": "AJCC 8"}


def test_provenance_names_who_has_read_the_values() -> None:
    *_, provenance = to_resources(reports.NEEDS_REVIEW, replace(FULL, reviewer="Practitioner/5"))
    assert provenance["agent"][1]["type"]["coding"][0]["code"] == "verifier"
    assert provenance["agent"][1]["who"] == {"reference": "Practitioner/5"}


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
    resource = to_resources(reports.WALKTHROUGH, FULL)[3]
    with pytest.raises(TypeError, match=r"copy\.deepcopy"):
        resource["code"]["text"] = "something else"
    with pytest.raises(TypeError, match=r"copy\.deepcopy"):
        resource["category"].append({})
    for plain in (copy.deepcopy(resource), pickle.loads(pickle.dumps(resource))):
        plain["code"]["coding"][0]["code"] = "changed"
        plain["category"].append({})
    assert to_resources(reports.WALKTHROUGH, FULL)[3] == resource
