from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import pytest

from fhir_export import Context, Identifier
from fhir_export.ids import NAMESPACE, ReportIds

GOOD: dict[str, Any] = {"report_id": "S26-00417", "issuer": "urn:oid:1.2.3"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report_id", ""),
        ("report_id", " S26-00417"),
        ("report_id", "S26\n00417"),
        ("report_id", "S26\x0000417"),
        ("report_id", "S26\ud800"),
        ("issuer", ""),
        ("issuer", "my laboratory"),
        ("issuer", "1.2.3"),
        ("effective", "2026-02-30"),
        ("effective", "2026-13"),
        ("effective", "02.03.2026"),
        ("effective", "2026-03-02T10:00"),
        ("effective", "2026-03-02T10:00:00"),
        ("effective", "2026-03-02T24:00:00Z"),
        ("issued", "2026-03-02"),
        ("recorded", "2026-03-02"),
        ("recorded", "20260302T100000Z"),
        ("recorded", "2026-03-02T10:00:00Z\n"),
        ("subject", ""),
        ("subject", "7"),
        ("subject", "Organization/7"),
        ("subject", "Patient/a b"),
        ("subject", "urn:uuid:9f0c36a5-9d0e-4d2f-8a56-0e5a83a8d2b1"),
        ("subject", "#patient"),
        ("subject", Identifier("laboratory", "7")),
        ("subject", Identifier("urn:oid:1.2", "")),
        ("encounter", "Patient/7"),
        ("specimen", "S26-00417"),
        ("performer", "Patient/7"),
        ("source", "Observation/7"),
        ("status", "registered"),
        ("sex", "F"),
        ("edition", ""),
        ("software", ""),
    ],
)
def test_what_would_make_a_resource_invalid_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^Context\.{name}(\.\w+)?: expected") as made:
        Context(**GOOD | {name: value})
    with pytest.raises(ValueError, match="expected") as changed:
        Context(**GOOD).with_values(**{name: value})
    assert str(changed.value) == str(made.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report_id", "Ä 12/26|7"),
        ("issuer", "https://example.org/accession"),
        ("effective", "2026"),
        ("effective", "2026-03"),
        ("effective", "2026-03-02"),
        ("effective", "2026-03-02T10:00:00.123+01:00"),
        ("effective", "2016-12-31T23:59:60Z"),
        ("recorded", "2026-03-02T10:00:00Z"),
        ("subject", "Patient/7"),
        ("subject", "https://example.org/fhir/Patient/7"),
        ("subject", Identifier("urn:oid:1.2", "0815")),
        ("performer", "PractitionerRole/a.b-c"),
        ("source", "Binary/7"),
    ],
)
def test_what_is_right_is_taken(name: str, value: object) -> None:
    context = Context(**GOOD | {name: value})
    assert getattr(context, name) == value
    assert Context(**GOOD).with_values(**{name: value}) == context


def test_other_values_leave_the_context_as_it_was() -> None:
    context = Context(**GOOD)
    assert context.with_values(report_id="S26-00418").report_id == "S26-00418"
    assert context == Context(**GOOD)


def test_a_value_of_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="sax"):
        Context(**GOOD).with_values(sax="female")


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(ValueError, match="subject") as error:
        Context(**GOOD | {"subject": "Jane Doe 1950"})
    assert "Jane" not in str(error.value)


@pytest.mark.parametrize(
    "namespace", [NAMESPACE, UUID("00000000-0000-0000-0000-000000000000"), UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")]
)
def test_ids_are_uuids_of_version_5(namespace: UUID) -> None:
    ids = ReportIds("urn:oid:1.2.3", "Ä12", namespace)
    for number in range(200):
        path = f"Observation/{number}"
        assert ids[path] == str(uuid5(namespace, f"urn:oid:1.2.3\nÄ12\n{path}"))


def test_a_namespace_of_the_site_gives_other_ids() -> None:
    assert ReportIds("urn:oid:1", "7", UUID(int=1))["Provenance"] != ReportIds("urn:oid:1", "7")["Provenance"]
