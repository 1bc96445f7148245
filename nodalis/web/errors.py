"""What is said when something is refused: problem+json, or an OperationOutcome under /fhir. Words of ours only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

FHIR_JSON: Final = "application/fhir+json"
_MOST_SAID: Final = 20
PROBLEM_JSON: Final = "application/problem+json"
# Codes of http://hl7.org/fhir/issue-type; "transient" ones may be tried again as they are.
_ISSUE_TYPES: Final[Mapping[int, str]] = {
    400: "structure", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    408: "timeout", 413: "too-long", 415: "not-supported", 422: "processing", 429: "throttled", 500: "exception", 503: "transient",
}  # fmt: skip


class RefusedError(HTTPException):
    """A request that is not done: the status, one line of ours, and for FHIR the kind of issue."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, issue: str = "") -> None:
        super().__init__(status, detail, headers)
        self.issue = issue


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a request that was refused, by us or by the framework."""
    assert isinstance(error, HTTPException)
    detail = error.detail if isinstance(error, RefusedError) else HTTPStatus(error.status_code).description
    return answer(request.scope, error.status_code, detail, error.headers, getattr(error, "issue", ""))


async def invalid(request: Request, error: Exception) -> Response:
    """The answer to parameters that are not as declared: which ones, never what they were."""
    assert isinstance(error, RequestValidationError)
    return answer(request.scope, 422, wrong(error.errors()))


def wrong(errors: Sequence[Any]) -> str:
    """Pydantic's errors by the names of declared fields and the kind of error: all else may hold what was sent."""
    said = dict.fromkeys(f"{_field(item)}: {item['type']}" for item in errors)
    return f"not as declared: {'; '.join(list(said)[:_MOST_SAID])}"


def _field(item: Any) -> str:
    """``query.stage``, ``ids``: the first names of the place of an error, without the numbers of items."""
    if item["type"] == "extra_forbidden":
        return "unknown member"
    return ".".join(name for name in item["loc"][:2] if isinstance(name, str)) or "body"


def answer(scope: Scope, status: int, detail: str, headers: Mapping[str, str] | None = None, issue: str = "") -> Response:
    """A refusal in the form that the route's callers read."""
    trace = scope.get("state", {}).get("trace", "")
    if scope["path"].startswith("/fhir/"):
        code = issue or _ISSUE_TYPES.get(status, "processing")
        outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": detail}]}
        return Response(orjson.dumps(outcome), status, headers, FHIR_JSON)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "trace": trace}
    return Response(orjson.dumps(problem), status, headers, PROBLEM_JSON)
