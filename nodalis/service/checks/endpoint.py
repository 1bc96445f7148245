"""The FHIR server: whether it is there, takes what is sent, lets us in, and has the same time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
import orjson

from ...delivery.authorization import authorization
from ...delivery.connection import Connection, Unavailable, trusted
from ...exits import UsageError
from ...settings import FhirSettings, Settings
from .finding import Finding, ok, problem, warning

_LONGEST: Final = 32 * 1024 * 1024  # of a CapabilityStatement
_SENT: Final = ("Condition", "DiagnosticReport", "Observation", "Provenance", "Specimen")
_APART: Final = 60  # seconds that clocks may differ


def endpoint(settings: Settings) -> Iterator[Finding]:
    """The FHIR server of the settings."""
    fhir = settings.fhir
    if fhir.url is None:
        yield warning("fhir.url", "is not set: nothing is sent, and messages wait", "set it to the base of an R4 server")
        return
    try:
        answer = _asked(fhir)
    except UsageError as error:
        yield problem("fhir.url", error.messages[0], "correct the settings")
        return
    except (httpx.HTTPError, OSError) as error:
        yield problem("fhir.url", f"cannot be reached ({type(error).__name__})", _advice(error))
        return
    yield from _read(*answer)


def token(settings: Settings) -> Iterator[Finding]:
    """Whether an access token can be had, where one is shown."""
    if settings.fhir.url and (settings.fhir.token_url or settings.fhir.token_file):
        try:
            asyncio.run(_token(settings.fhir))
        except Unavailable as error:
            yield problem("fhir.token", error.reason, "compare client_id, the registered key and the scopes with the authorization server")
        except UsageError as error:
            yield problem("fhir.token", error.messages[0], "correct the settings")
        else:
            yield ok("fhir.token", "was granted" if settings.fhir.token_url else "can be read")


async def _token(settings: FhirSettings) -> None:
    connection = Connection(settings)
    try:
        await authorization(settings, connection).token()
    finally:
        await connection.aclose()


def _asked(settings: FhirSettings) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of the answer for its CapabilityStatement; redirects are not followed."""
    url = f"{(settings.url or '').rstrip('/')}/metadata"
    client = httpx.Client(verify=trusted(settings), timeout=settings.timeout_seconds, trust_env=False)
    with client, client.stream("GET", url, headers={"Accept": "application/fhir+json"}) as got:
        body = bytearray()
        for piece in got.iter_bytes():
            body += piece
            if len(body) > _LONGEST:
                break
        return got.status_code, got.headers, bytes(body)


def _read(status: int, headers: Mapping[str, str], body: bytes) -> Iterator[Finding]:
    if status != 200:
        yield problem("fhir.url", f"/metadata answers {status}", "expected the base of a FHIR server, such as https://host/fhir")
        return
    try:
        statement = orjson.loads(body)
    except orjson.JSONDecodeError:
        statement = None
    if not isinstance(statement, dict) or statement.get("resourceType") != "CapabilityStatement":
        yield problem("fhir.url", "/metadata is no CapabilityStatement", "expected the base of a FHIR server, such as https://host/fhir")
        return
    version = statement.get("fhirVersion")
    if isinstance(version, str) and version.startswith("4."):
        yield ok("fhir.url", "answers as FHIR R4")
    else:
        yield problem("fhir.url", "is of another version of FHIR than R4", "give the R4 base of the server")
    yield from _takes(_rest(statement))
    if said := headers.get("date"):
        yield from _clock(said)


def _rest(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    rest = statement.get("rest")
    return next((one for one in rest if isinstance(one, dict)), {}) if isinstance(rest, list) else {}


def _rows(rest: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = rest.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _takes(rest: Mapping[str, Any]) -> Iterator[Finding]:
    if any(row.get("code") == "transaction" for row in _rows(rest, "interaction")):
        yield ok("fhir.transaction", "is supported")
    else:
        yield warning("fhir.transaction", "is not said to be supported", "ask its operator: each report is one transaction Bundle")
    resources = {row.get("type"): row for row in _rows(rest, "resource")}
    missing = [kind for kind in _SENT if resources.get(kind, {}).get("updateCreate") is not True]
    if missing:
        advice = "allow clients to choose ids for these, else a PUT of a new resource is refused"
        yield warning("fhir.update_create", f"is not said to be supported for {', '.join(missing)}", advice)
    else:
        yield ok("fhir.update_create", "is supported")


def _clock(said: str) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return
    apart = abs((datetime.now(UTC) - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))).total_seconds())
    if apart > _APART:
        yield warning(
            "clock", f"differs from the FHIR server's by {apart:.0f} s", "keep both with NTP: tokens and the order of versions need it"
        )
    else:
        yield ok("clock", f"agrees with the FHIR server's within {_APART} s")


def _advice(error: Exception) -> str:
    cause: BaseException | None = error
    while cause and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause:
        return "its certificate is not trusted, or ours not taken: see fhir.ca, fhir.certificate and fhir.key"
    return "check the address, the network and the firewall; messages wait until it answers"
