"""Reports in, facts or a Bundle out: ``/extract``, and the FHIR operation ``$extract-nodes``."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from ..readers.attachments import seconds_for
from ..worker_pool import FailedError, Pool, Reason
from .bodies import accepts, body, media_type
from .errors import FHIR_JSON, RefusedError
from .reading import OPERATION, BundleForm, Form, Job, Outcome
from .roles import WAYS_IN
from .schemas import BODY_OUTCOMES, BODY_PROBLEMS, BUNDLE, EXTRACT_BODY, EXTRACTED, OPERATION_BODY

JSON: Final = "application/json"
_KINDS: Final = {
    "text/plain": "text",
    "application/hl7-v2": "hl7v2",
    "x-application/hl7-v2+er7": "hl7v2",
    "application/hl7-v2+er7": "hl7v2",
    FHIR_JSON: "fhir",
    JSON: "json",
}
_MOST_SAID: Final = 20
Bundle = Annotated[BundleForm, Query(alias="bundle", description="The type of the Bundle, where FHIR is asked for.")]


def add_extraction_routes(app: FastAPI, readers: Pool[Job, Outcome], seconds: float, most: int) -> None:
    """Add the routes, with the processes that read, the seconds that one report has, and the bytes of the longest body."""

    @app.post(
        "/extract",
        dependencies=WAYS_IN,
        summary="Read reports",
        response_class=Response,
        responses={
            200: {"description": "What was read.", "content": {JSON: {"schema": EXTRACTED}, FHIR_JSON: {"schema": BUNDLE}}},
            **BODY_PROBLEMS,
        },
        openapi_extra={"requestBody": EXTRACT_BODY},
    )
    async def extract(request: Request, bundle: Bundle = "collection") -> Response:
        """Read the reports of a text, of an HL7 v2 message, of a FHIR resource, or of a row of JSON.

        The answer is what `nodalis extract --format jsonl` writes, or with `Accept: application/fhir+json` one Bundle.
        """
        kind = _KINDS.get(media_type(request))
        if kind is None:
            raise RefusedError(415, f"expected a body of one of the types {', '.join(_KINDS)}")
        wanted = accepts(request, FHIR_JSON, JSON)
        if wanted is None:
            raise RefusedError(406, f"there is {JSON} and {FHIR_JSON}")
        if wanted == FHIR_JSON and kind == "text":  # ids of resources are made of it: all texts would have those of one report
            raise RefusedError(406, f"a text has no number, which FHIR needs: expected {JSON} with an id")
        form: Form = bundle if wanted == FHIR_JSON else "facts"
        return await _read(readers, seconds, Job(await body(request, most), kind, form), wanted)

    @app.post(
        "/fhir/DiagnosticReport/$extract-nodes",
        dependencies=WAYS_IN,
        summary="Read a DiagnosticReport",
        response_class=Response,
        responses={200: {"description": "What it says.", "content": {FHIR_JSON: {"schema": BUNDLE}}}, **BODY_OUTCOMES},
        openapi_extra={"requestBody": OPERATION_BODY},
    )
    async def extract_nodes(request: Request, bundle: Bundle = "collection") -> Response:
        """Read a DiagnosticReport, which is the body or its parameter `report`, and give what it says of lymph nodes as one Bundle."""
        if media_type(request) not in (FHIR_JSON, JSON):
            raise RefusedError(415, f"expected a body of the type {FHIR_JSON}")
        return await _read(readers, seconds, Job(await body(request, most), OPERATION, bundle), FHIR_JSON)


async def _read(readers: Pool[Job, Outcome], seconds: float, job: Job, media: str) -> Response:
    try:
        outcome = await readers.ask(job, seconds_for(job.body, seconds))
    except FailedError as error:
        raise _refusal(error.reason) from None
    if not outcome.json:
        said = [f"{failure.place}: {failure.reason}" if failure.place else failure.reason for failure in outcome.failures[:_MOST_SAID]]
        raise RefusedError(422, "; ".join(said) or "no report in it")
    return Response(outcome.json, media_type=media)


def _refusal(reason: Reason) -> RefusedError:
    match reason:
        case Reason.BUSY:
            return RefusedError(503, "all readers are busy", {"Retry-After": "5"})
        case Reason.TIMEOUT:
            return RefusedError(422, "takes longer to read than a report may", issue="too-costly")
        case Reason.ENDED:
            return RefusedError(422, "the process that read it ended, twice")
