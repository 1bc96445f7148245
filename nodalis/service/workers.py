"""Worker processes that read messages and extract reports.

Where one takes too long or ends, twice, a message cannot be read, and a report needs review.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

from ..hl7v2.answers import NO_KEYS, load
from ..readers.attachments import seconds_for
from ..settings import ReadingSettings, Settings
from ..store.work import Sent, State
from ..worker_pool import FailedError, Pool, Reason
from .extraction import Extractor, review
from .reading import Read, read

_Patients: TypeAlias = Literal["identifier", "conditional"]
_Job: TypeAlias = bytes | tuple[Sequence[bytes], Sent | None]  # a message, or a report


class Workers(Pool[_Job, Any]):
    """``settings.reading.workers`` processes. Use as ``async with``; ``ended`` is called whenever one was replaced."""

    def __init__(self, settings: Settings, ended: Callable[[], None] = lambda: None) -> None:
        begin = partial(_begin, settings.reading, settings.fhir.patients, settings.mllp.fallback_encoding)
        super().__init__(begin, settings.reading.workers, again=tuple(Reason), ended=ended)
        self._seconds = settings.reading.seconds

    async def read(self, body: bytes) -> Read:
        """The versions of reports that a message gives."""
        try:
            found: Read = await self.ask(body, seconds_for(body, self._seconds))
        except FailedError as error:
            return Read(refused=str(error))
        return found

    async def extract(self, versions: Sequence[bytes], sent: Sent | None) -> State:
        """What a report is by all its versions, and what was sent of it."""
        try:
            found: State = await self.ask((versions, sent), self._seconds)
        except FailedError as error:
            return review(str(error), sent)
        return found


def _begin(reading: ReadingSettings, patients: _Patients, fallback: str) -> Callable[[_Job], Read | State]:
    """What does a job, with rules that are loaded once."""
    keys = load(reading.answers) if reading.answers else NO_KEYS
    extractor = Extractor(reading, patients)
    extractor.load()
    return lambda job: read(job, reading.issuer, fallback, keys) if isinstance(job, bytes) else extractor.extract(*job)
