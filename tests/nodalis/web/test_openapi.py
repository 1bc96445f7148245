"""The OpenAPI document, the CapabilityStatement and the OperationDefinition say what is so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fhirkit
import httpx
import jsonschema_rs
import pytest
import schemathesis
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from nodalis.web.roles import OPEN, ROLES, Role, Route
from tests.nodalis.web.serving import MESSAGE, Running

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted((ROOT / "samples").glob("*.txt"))


@pytest.fixture(scope="session")
def document(server: Running, keys_by_role: dict[Role, str]) -> Any:
    """The OpenAPI document."""
    with server.client(keys_by_role[Role.READER]) as client:
        return client.get("/openapi.json").json()


def test_the_document_names_every_route_and_what_lets_one_in(document: Any) -> None:
    operations = {Route.of(method.upper(), path): what for path, item in document["paths"].items() for method, what in item.items()}
    assert set(operations) == {*ROLES, *OPEN} - {Route.OPENAPI}
    for route, operation in operations.items():
        assert ("security" in operation) == (route not in OPEN)
        assert operation["summary"]


def test_the_document_names_no_other_host(document: Any) -> None:
    assert re.findall(r"https?://[^\"\s]+", json.dumps(document)) == []


@pytest.mark.parametrize("path", SAMPLES[:: max(1, len(SAMPLES) // 25)], ids=lambda path: path.stem)
def test_facts_are_as_the_document_says(ingest: httpx.Client, document: Any, path: Path) -> None:
    schema = document["paths"]["/extract"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = ingest.post("/extract", content=path.read_bytes(), headers={"Content-Type": "text/plain"})
    jsonschema_rs.validator_for(schema).validate(answer.json())


@pytest.mark.parametrize("kind", ["collection", "transaction"])
def test_bundles_are_as_the_document_says(ingest: httpx.Client, document: Any, kind: str) -> None:
    schema = document["paths"]["/extract"]["post"]["responses"]["200"]["content"]["application/fhir+json"]["schema"]
    headers = {"Content-Type": "application/hl7-v2", "Accept": "application/fhir+json"}
    answer = ingest.post(f"/extract?bundle={kind}", content=MESSAGE, headers=headers)
    jsonschema_rs.validator_for(schema).validate(answer.json())


@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/OperationDefinition/extract-nodes"])
def test_what_fhir_asks_of_the_server_itself_is_valid(ingest: httpx.Client, path: str) -> None:
    answer = ingest.get(path)
    assert answer.headers["content-type"] == "application/fhir+json"
    assert fhirkit.validate(answer.text) == []
    resource = answer.json()
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_the_capability_statement_names_what_is_there(ingest: httpx.Client) -> None:
    statement = ingest.get("/fhir/metadata").json()
    definition = ingest.get("/fhir/OperationDefinition/extract-nodes").json()
    named = {item["type"]: item for item in statement["rest"][0]["resource"]}
    assert named["DiagnosticReport"]["operation"] == [{"name": definition["code"], "definition": definition["url"]}]
    assert definition["resource"] == ["DiagnosticReport"]
    paths = {route.split(" ")[1] for route in ROLES}
    assert f"/fhir/DiagnosticReport/${definition['code']}" in paths
    assert f"/fhir/OperationDefinition/{definition['id']}" in paths


def _call(route: Route, key: str) -> Callable[[schemathesis.Case[Any]], None]:
    def call(case: schemathesis.Case[Any]) -> None:
        if key:
            # No schema says whether there is a report in a resource.
            case.call_and_validate(headers={"X-API-Key": key}, excluded_checks=[positive_data_acceptance])
        else:
            assert case.call().status_code == (200 if route in OPEN else 401)

    return call


def _call_all(server: Running, document: Any, key: str, most: int) -> None:
    """Call every operation as the document says, and as it does not."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=server.url)
    called: set[Route] = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        route = Route.of(operation.method.upper(), operation.path)
        some = settings(max_examples=most, suppress_health_check=list(HealthCheck), deadline=None, database=None)
        some(given(case=operation.as_strategy())(_call(route, key)))()
        called.add(route)
    assert called == {*ROLES, *OPEN} - {Route.OPENAPI}


@pytest.mark.parametrize("who", ["nobody", "admin"])
def test_calls_that_nobody_thought_of_are_answered_as_the_document_says(
    server: Running, document: Any, keys_by_role: dict[Role, str], who: str
) -> None:
    _call_all(server, document, keys_by_role[Role.ADMIN] if who == "admin" else "", 6)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "admin"])
def test_many_calls_that_nobody_thought_of_are_answered_as_the_document_says(
    server: Running, document: Any, keys_by_role: dict[Role, str], who: str
) -> None:
    _call_all(server, document, keys_by_role[Role.ADMIN] if who == "admin" else "", 400)
