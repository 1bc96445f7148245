"""Worker processes that read messages and extract reports.

Where one takes too long or ends, twice, a message cannot be read, and a report needs review.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

from .. import read_only  # noqa: F401 - what is seen of a report goes between processes
from ..hl7v2.answers import NO_KEYS, load
from ..readers.attachments import seconds_for
from ..review.decision import Decision
from ..settings import ReadingSettings, Settings
from ..store.work import Sent, State
from ..worker_pool import FailedError, Pool, Reason
from .extraction import Extractor, Seen, review, set_aside
from .reading import Read, read

_Patients: TypeAlias = Literal["identifier", "conditional"]


@dataclass(frozen=True, slots=True, repr=False)
class _Extraction:
    versions: Sequence[bytes]
    sent: Sent | None
    decision: Decision | None


@dataclass(frozen=True, slots=True, repr=False)
class _View:
    versions: Sequence[bytes]
    decision: Decision | None


_Job: TypeAlias = bytes | _Extraction | _View


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

    async def extract(self, versions: Sequence[bytes], sent: Sent | None, decision: Decision | None = None) -> State:
        """What a report is by all its versions, by what a person decided about just these, and by what was sent of it."""
        try:
            found: State = await self.ask(_Extraction(versions, sent, decision), self._seconds)
        except FailedError as error:
            return set_aside(review(str(error), sent), sent, decision)
        return found

    async def view(self, versions: Sequence[bytes], decision: Decision | None = None) -> Seen:
        """A report by all its versions, as a person is shown it."""
        try:
            found: Seen = await self.ask(_View(versions, decision), self._seconds)
        except FailedError as error:
            return Seen(reason=str(error))
        return found


def _begin(reading: ReadingSettings, patients: _Patients, fallback: str) -> Callable[[_Job], Read | State | Seen]:
    """What does a job, with rules that are loaded once."""
    keys = load(reading.answers) if reading.answers else NO_KEYS
    extractor = Extractor(reading, patients)
    extractor.load()

    def done(job: _Job) -> Read | State | Seen:
        match job:
            case _Extraction(versions, sent, decision):
                return extractor.extract(versions, sent, decision)
            case _View(versions, decision):
                return extractor.view(versions, decision)
        return read(job, reading.issuer, fallback, keys)

    return done
