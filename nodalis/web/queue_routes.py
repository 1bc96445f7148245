"""The queue of the store over HTTP: counts that add up, messages without their text, and messages read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import FastAPI, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from ..store import Stage, Store, StoreError, queue
from ..store.queue import Listed, ShownReport
from .bodies import body, media_type
from .errors import RefusedError, wrong
from .roles import WAYS_IN
from .schemas import BODY_PROBLEMS, COUNTS, MESSAGE, MESSAGES, PROBLEMS, REPLAYED

JSON: Final = "application/json"
_MAX_REPLAY_BYTES: Final = 1024 * 1024
_T = TypeVar("_T")

Id = Annotated[int, Field(gt=0, lt=2**63)]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 2, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))]


class Replay(BaseModel):
    """Which messages are read again."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)] | None = None
    stages: Annotated[list[Stage], Field(max_length=len(Stage))] = []
    since: Moment | None = None
    until: Moment | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Replay:
        if self.ids is None and not self.stages and self.since is None and self.until is None:
            raise ValueError("expected ids, stages, since or until")
        return self


def add_queue_routes(app: FastAPI, store: Store) -> None:
    """Add ``/queue`` and what is below it."""

    async def read(work: Callable[[Connection], _T]) -> _T:
        try:
            return await store.read(work)
        except StoreError:
            raise _down() from None

    @app.get(
        "/queue",
        dependencies=WAYS_IN,
        summary="Counts",
        response_class=Response,
        responses={200: {"description": "The total is the sum of the stages.", "content": {JSON: {"schema": COUNTS}}}, **PROBLEMS},
    )
    async def counts() -> Response:
        """How many messages came, where they stand, and since when the oldest waits."""
        found = await read(queue.counts)
        return _json({"total": found.total, "stages": found.stages, "oldest": found.oldest, "alarms": found.alarms})

    @app.get(
        "/queue/messages",
        dependencies=WAYS_IN,
        summary="Messages",
        response_class=Response,
        responses={200: {"description": "In the order in which they came.", "content": {JSON: {"schema": MESSAGES}}}, **PROBLEMS},
    )
    async def messages(
        stage: Annotated[list[Stage], Query(description="Only those of these stages.")] = [],  # noqa: B006  # FastAPI copies it
        since: Annotated[Moment | None, Query(description="Only those received then or later.")] = None,
        until: Annotated[Moment | None, Query(description="Only those received before.")] = None,
        after: Annotated[int, Query(ge=0, lt=2**63, description="Only those behind this id: `next` of the answer before.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 50,
    ) -> Response:
        """Messages by their stage and time, without what they say."""
        found = await read(lambda connection: queue.listed(connection, stage, since, until, after, limit))
        return _json({"messages": [_message(item) for item in found], "next": found[-1].id if len(found) == limit else None})

    @app.get(
        "/queue/messages/{id}",
        dependencies=WAYS_IN,
        summary="One message",
        response_class=Response,
        responses={200: {"description": "It, with its reports.", "content": {JSON: {"schema": MESSAGE}}}, **PROBLEMS},
    )
    async def message(id: Annotated[int, Path(gt=0, lt=2**63)]) -> Response:
        """Where a message and each of its reports stand, without what they say."""
        found = await read(lambda connection: queue.shown(connection, id))
        if found is None:
            raise RefusedError(404, "no message has this id")
        return _json({**_message(found.message), "reports": [_report(report) for report in found.reports]})

    @app.post(
        "/queue/replay",
        dependencies=WAYS_IN,
        summary="Read messages again",
        response_class=Response,
        responses={200: {"description": "How many will be.", "content": {JSON: {"schema": REPLAYED}}}, **BODY_PROBLEMS},
        openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": Replay.model_json_schema()}}}},
    )
    async def replay(request: Request) -> Response:
        """Read messages as if they had just come and deliver what they say again: those with the ids, or all of the stages and times."""
        if media_type(request) != JSON:
            raise RefusedError(415, f"expected a body of the type {JSON}")
        try:
            which = Replay.model_validate_json(await body(request, _MAX_REPLAY_BYTES))
        except ValidationError as error:
            raise RefusedError(422, wrong(error.errors(include_input=False, include_url=False))) from None
        try:
            number = await store.write(lambda connection: queue.replay(connection, which.ids, which.stages, which.since, which.until))
        except StoreError:
            raise _down() from None
        return _json({"replayed": number})


def _down() -> RefusedError:
    return RefusedError(503, "the store cannot be used now", {"Retry-After": "5"})


def _message(found: Listed) -> dict[str, Any]:
    """A message as JSON has it."""
    return {name: getattr(found, name) for name in Listed.__slots__}


def _report(found: ShownReport) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ShownReport.__slots__}


def _json(value: object) -> Response:
    return Response(orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS), media_type=JSON)
