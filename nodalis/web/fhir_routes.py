"""What this server can do, as FHIR says it: CapabilityStatement and OperationDefinition."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import FastAPI
from starlette.responses import Response

from .. import __version__
from .errors import FHIR_JSON
from .roles import WAYS_IN
from .schemas import OUTCOMES, resource_schema

_DATE: Final = "2026-11-23"  # when these two were last changed
_OPERATION: Final = "urn:nodalis:operation:extract-nodes"


def operation_definition() -> dict[str, Any]:
    """The OperationDefinition of ``$extract-nodes``."""
    return {
        "resourceType": "OperationDefinition",
        "id": "extract-nodes",
        "url": _OPERATION,
        "version": __version__,
        "name": "ExtractNodes",
        "title": "What a report says of lymph nodes",
        "status": "active",
        "kind": "operation",
        "date": _DATE,
        "description": "Reads the text of a breast pathology report: node counts, deposits and pN with the words that prove them.",
        "affectsState": False,
        "code": "extract-nodes",
        "resource": ["DiagnosticReport"],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [
            {
                "name": "report",
                "use": "in",
                "min": 1,
                "max": "1",
                "documentation": "The report, with its text in presentedForm.data. May be the body itself.",
                "type": "DiagnosticReport",
            },
            {
                "name": "bundle",
                "use": "in",
                "min": 0,
                "max": "1",
                "documentation": "The type of the Bundle: collection, which is the default, or transaction.",
                "type": "code",
            },
            {
                "name": "return",
                "use": "out",
                "min": 1,
                "max": "1",
                "documentation": "What the report says; without entries where it says nothing of lymph nodes.",
                "type": "Bundle",
            },
        ],
    }


def capability_statement() -> dict[str, Any]:
    """The CapabilityStatement of this server."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _DATE,
        "kind": "instance",
        "software": {"name": "Nodalis", "version": __version__},
        "implementation": {"description": "Reads breast pathology reports. It keeps none of them."},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "A key in X-API-Key, or a key or an OIDC token as Authorization: Bearer."},
                "resource": [
                    {"type": "DiagnosticReport", "operation": [{"name": "extract-nodes", "definition": _OPERATION}]},
                    {"type": "OperationDefinition", "interaction": [{"code": "read"}]},
                ],
            }
        ],
    }


def add_fhir_routes(app: FastAPI) -> None:
    """Add the two."""

    @app.get(
        "/fhir/metadata",
        dependencies=WAYS_IN,
        summary="CapabilityStatement",
        response_class=Response,
        responses={200: {"description": "It.", "content": {FHIR_JSON: {"schema": resource_schema("CapabilityStatement")}}}, **OUTCOMES},
    )
    async def metadata() -> Response:
        """What this server can do."""
        return Response(orjson.dumps(capability_statement()), media_type=FHIR_JSON)

    @app.get(
        "/fhir/OperationDefinition/extract-nodes",
        dependencies=WAYS_IN,
        summary="OperationDefinition",
        response_class=Response,
        responses={200: {"description": "It.", "content": {FHIR_JSON: {"schema": resource_schema("OperationDefinition")}}}, **OUTCOMES},
    )
    async def definition() -> Response:
        """The parameters of the operation `$extract-nodes`."""
        return Response(orjson.dumps(operation_definition()), media_type=FHIR_JSON)
