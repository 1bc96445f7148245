"""JSON Schemas of what goes in and comes out, for the OpenAPI document. Tests compare them with what really does."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from ..output import FACTS
from ..store import Alarm, Stage
from ..surroundings import NAMES
from .errors import FHIR_JSON, PROBLEM_JSON

Schema = dict[str, Any]

_STRING: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_SPAN: Final[Schema] = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = (), more: bool = False) -> Schema:
    """An object with these members, all but the optional ones required."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": more,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def resource_schema(kind: str) -> Schema:
    """A FHIR resource of a kind, as far as it is described here; the rest is in the specification of FHIR R4."""
    return _object({"resourceType": {"const": kind}}, more=True)


_PLACE: Final = {"start": _COUNT, "end": _COUNT, "quote": _STRING, "rule": _STRING, "section": _STRING, "version": _STRING}
_ISSUE: Final = _object({"kind": _STRING, "message": _STRING, "spans": _list(_SPAN), "blocking": {"type": "boolean"}})
_DEPOSIT: Final = _object(
    {
        "nodes": _or_null(_COUNT), "class": _or_null(_STRING), "size_mm": _STRING, "cells": _STRING, "method": _STRING, "version": _STRING,
        "spans": _list(_SPAN),
    },
    optional=("size_mm", "cells", "method", "version"),
)  # fmt: skip
_GROUP: Final = _object(
    {
        "specimen": _or_null(_STRING), "region": _STRING, "side": _or_null(_STRING), "examined": _or_null(_COUNT),
        "positive": _or_null(_COUNT), "version": _STRING, "deposits": _list(_DEPOSIT), "spans": _list(_SPAN),
    }
)  # fmt: skip
_DECISION: Final = _object(
    {
        "edition": _STRING, "category": _or_null(_STRING), "suffixes": _list(_STRING), "row": _or_null(_STRING),
        "source": _or_null(_STRING), "inputs": {"type": "object"}, "possible": _list(_STRING), "basis": _or_null(_STRING),
    }
)  # fmt: skip
_ROW: Final = _object(
    {
        "id": _STRING,
        "decision": {"enum": ["accepted", "needs_review"]},
        "reasons": _list(_STRING),
        "summary": _object(
            {
                **{name: {"type": ["string", "integer", "boolean", "null"]} for name in FACTS},
                "pn": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
                "pn_basis": {"type": ["string", "null"]},
            }
        ),
        "evidence": {"type": "object", "additionalProperties": _list(_object(_PLACE))},
        "ledger": _list(_GROUP),
        "findings": _list(_object({"kind": _STRING, **_PLACE, "role": _STRING, "specimen": _or_null(_STRING)}, more=True)),
        "staging": _list(_DECISION),
        "issues": _list(_ISSUE),
        "encoding": _STRING,
        "grammar": _STRING,
        "nodalis": _STRING,
    }
)
EXTRACTED: Final = _object({"reports": _list(_ROW), "failed": _list(_object({"place": _STRING, "reason": _STRING}))})
BUNDLE: Final = _object(
    {
        "resourceType": {"const": "Bundle"},
        "type": {"enum": ["collection", "transaction"]},
        "entry": _list(_object({"fullUrl": _STRING, "resource": {"type": "object"}}, more=True)),
    },
    optional=("entry",),
    more=True,
)
_MOMENT: Final = {"type": "string", "format": "date-time"}
_STAGE: Final = {"enum": [str(stage) for stage in Stage]}
COUNTS: Final = _object(
    {
        "total": _COUNT,
        "stages": _object(dict.fromkeys(Stage, _COUNT)),
        "oldest": _or_null(_MOMENT),
        "alarms": _object(dict.fromkeys(Alarm, _COUNT), optional=tuple(Alarm)),
    }
)
_LISTED: Final = {
    **dict.fromkeys(("id", "size"), _COUNT), "received_at": _MOMENT, "stage": _STAGE,
    **dict.fromkeys(("reason", "peer", "application", "facility", "control_id", "trace"), _STRING), "first": _or_null(_COUNT),
}  # fmt: skip
_SHOWN_REPORT: Final = {
    **dict.fromkeys(("id", "revision", "deliveries"), _COUNT), **dict.fromkeys(("stage", "message_stage"), _STAGE),
    **dict.fromkeys(("issuer", "number", "reason", "decision", "category", "answer"), _STRING), "answered_at": _or_null(_MOMENT),
}  # fmt: skip
MESSAGES: Final = _object({"messages": _list(_object(_LISTED)), "next": _or_null(_COUNT)})
MESSAGE: Final = _object({**_LISTED, "reports": _list(_object(_SHOWN_REPORT))})
REPLAYED: Final = _object({"replayed": _COUNT})
LIVE: Final = _object({"live": {"const": True}})
CHECKS: Final = _object({"ready": {"type": "boolean"}, "checks": {"type": "object", "additionalProperties": {"type": "boolean"}}})

_CONTEXT: Final = {"type": "object", "properties": dict.fromkeys(NAMES, _STRING), "additionalProperties": False}
_REPORT: Final = _object(
    {"id": {"type": "string", "pattern": r"\S"}, "text": _STRING, "context": _CONTEXT}, optional=("context",), more=True
)
_HL7: Final = {"schema": {"type": "string", "format": "binary"}}
EXTRACT_BODY: Final[Schema] = {
    "required": True,
    "content": {
        "application/json": {"schema": _REPORT},
        "text/plain": {"schema": _STRING},
        "application/hl7-v2": _HL7,
        "x-application/hl7-v2+er7": _HL7,
        "application/hl7-v2+er7": _HL7,
        FHIR_JSON: {"schema": {"anyOf": [resource_schema(kind) for kind in ("DiagnosticReport", "DocumentReference", "Bundle")]}},
    },
}
OPERATION_BODY: Final[Schema] = {
    "required": True,
    "content": {FHIR_JSON: {"schema": {"anyOf": [resource_schema("DiagnosticReport"), resource_schema("Parameters")]}}},
}

_PROBLEM: Final = _object(
    {
        "type": _STRING,
        "title": _STRING,
        "status": {"type": "integer"},
        "detail": _STRING,
        "trace": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    }
)
_OUTCOME: Final = _object(
    {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {**_list(_object({"severity": {"const": "error"}, "code": _STRING, "diagnostics": _STRING})), "minItems": 1},
    }
)


def _refusals(statuses: tuple[int, ...], media_type: str, schema: Schema) -> dict[int | str, Schema]:
    return {status: {"description": HTTPStatus(status).phrase, "content": {media_type: {"schema": schema}}} for status in statuses}


_ALWAYS: Final = (401, 403, 404, 405, 422, 429, 500, 503)
_BODY: Final = (400, 406, 408, 413, 415)
PROBLEMS: Final = _refusals(_ALWAYS, PROBLEM_JSON, _PROBLEM)
BODY_PROBLEMS: Final = _refusals((*_ALWAYS, *_BODY), PROBLEM_JSON, _PROBLEM)
OUTCOMES: Final = _refusals(_ALWAYS, FHIR_JSON, _OUTCOME)
BODY_OUTCOMES: Final = _refusals((*_ALWAYS, *_BODY), FHIR_JSON, _OUTCOME)
