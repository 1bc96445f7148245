"""One Bundle to the FHIR server, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..exits import UsageError
from ..settings import FhirSettings
from .answers import Delivered, Gone, Outcome, Reauthorise, Retry, Transaction, judge
from .authorization import authorization
from .connection import Connection, Unavailable
from .parts import parts


class FhirClient:
    """Sends transactions to the base of a server."""

    def __init__(self, settings: FhirSettings, now: Callable[[], datetime]) -> None:
        if settings.url is None:
            raise UsageError("fhir.url: there is none to send to")
        self._url, self._now = settings.url, now
        self._connection = Connection(settings)
        self._authorization = authorization(settings, self._connection)

    async def send(self, bundle: bytes) -> Outcome:
        """What became of a Bundle. A token that the server refuses is renewed once."""
        try:
            outcome = await self._sent(bundle)
            return await self._in_parts(bundle) if isinstance(outcome, Gone) else outcome
        except Unavailable as error:
            return Retry(error.reason, unsettled=error.unsettled)

    async def _in_parts(self, bundle: bytes) -> Outcome:
        """The same, where a deletion of what is gone is done."""
        for part in parts(bundle):
            outcome = await self._sent(part)
            if not isinstance(outcome, Delivered | Gone):
                return outcome
        return Delivered()

    async def _sent(self, bundle: bytes) -> Outcome:
        transaction, token = Transaction.of(bundle), await self._authorization.token()
        outcome = await self._posted(bundle, transaction, token)
        if isinstance(outcome, Reauthorise) and (renewed := await self._authorization.renewed(token)) != token:
            outcome = await self._posted(bundle, transaction, renewed)
        # Still refused: that is for whoever keeps the keys to mend, and no fault of the report
        return Retry("http 401: not authorised") if isinstance(outcome, Reauthorise) else outcome

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connection.aclose()

    async def _posted(self, bundle: bytes, transaction: Transaction, token: str | None) -> Outcome:
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json", "Prefer": "return=minimal"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return judge(await self._connection.post(self._url, bundle, headers), transaction, self._now())
