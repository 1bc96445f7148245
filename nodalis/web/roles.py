"""Who may call which route: one table, and what is not in it is nobody's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from fastapi import Depends
from fastapi.security import APIKeyHeader, HTTPBearer


class Role(StrEnum):
    """What somebody may do. An admin may do everything."""

    READER = "reader"  # see counts, the list of messages, figures, and no text over HTTP; on the review page reports as well
    INGEST = "ingest"  # have reports read
    REVIEWER = "reviewer"  # decide on reports, on the review page
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has proved who they are."""

    id: str = field(repr=False)  # a person's may be an e-mail address: it is compared, and stands nowhere
    roles: frozenset[Role]


class Route(StrEnum):
    """Every route, as logs and figures name it."""

    EXTRACT = "POST /extract"
    EXTRACT_NODES = "POST /fhir/DiagnosticReport/$extract-nodes"
    METADATA = "GET /fhir/metadata"
    OPERATION = "GET /fhir/OperationDefinition/extract-nodes"
    LIVE = "GET /health/live"
    READY = "GET /health/ready"
    METRICS = "GET /metrics"
    OPENAPI = "GET /openapi.json"
    QUEUE = "GET /queue"
    MESSAGES = "GET /queue/messages"
    MESSAGE = "GET /queue/messages/{id}"
    REPLAY = "POST /queue/replay"
    UNKNOWN = "unknown"  # what was asked for stands nowhere: somebody may have put a name into it

    @classmethod
    def of(cls, method: str, path: str) -> Route:
        """The route of a method and a declared path.

        >>> Route.of("HEAD", "/openapi.json"), Route.of("GET", "/queue/{name}")
        (<Route.OPENAPI: 'GET /openapi.json'>, <Route.UNKNOWN: 'unknown'>)
        """
        name = f"{'GET' if method == 'HEAD' else method} {path}"
        return cls(name) if name in frozenset(cls) else cls.UNKNOWN


_ANYBODY_KNOWN: Final = frozenset(Role)
_READER: Final = frozenset((Role.READER, Role.ADMIN))
_INGEST: Final = frozenset((Role.INGEST, Role.ADMIN))
_ADMIN: Final = frozenset((Role.ADMIN,))

OPEN: Final = frozenset((Route.LIVE, Route.READY))
ROLES: Final[Mapping[Route, frozenset[Role]]] = {
    Route.EXTRACT: _INGEST,
    Route.EXTRACT_NODES: _INGEST,
    Route.METADATA: _ANYBODY_KNOWN,
    Route.OPERATION: _ANYBODY_KNOWN,
    Route.OPENAPI: _ANYBODY_KNOWN,
    Route.METRICS: _READER,
    Route.QUEUE: _READER,
    Route.MESSAGES: _READER,
    Route.MESSAGE: _READER,
    Route.REPLAY: _ADMIN,
}

# What the OpenAPI document says of the routes that are not open; the gate does the checking.
WAYS_IN: Final[Sequence[Any]] = (Depends(APIKeyHeader(name="X-API-Key", auto_error=False)), Depends(HTTPBearer(auto_error=False)))


def may(roles: Collection[Role], route: Route) -> bool:
    """Whether one of the roles is enough for a route.

    >>> may({Role.INGEST}, Route.EXTRACT), may({Role.INGEST}, Route.METRICS), may({Role.ADMIN}, Route.UNKNOWN)
    (True, False, False)
    """
    return not ROLES.get(route, frozenset()).isdisjoint(roles)
