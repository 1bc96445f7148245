"""What comes in is kept, then answered: taken when it is durable, refused for ever when it can never be read and is kept as that.

What the words of a report mean is read later. Here it is only seen whether there are messages, of a kind that is read, each with a
control id; a batch is taken whole or not at all. Whether a message came before is for the store to say.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

import structlog

from ..hl7v2 import Message, MessageError, frames, parse, plain_segments
from ..hl7v2.acknowledgment import MAX_CONTROL_ID, Condition, Outcome, Problem, acknowledge, code
from ..settings import MllpSettings
from ..store import Stage, Store, StoreError, arrivals
from .connection import SMALL
from .counters import Counters
from .stream import Received

_KINDS: Final = frozenset({("ORU", "R01"), ("ORU", ""), ("MDM", "T02")})
_HEADER: Final = re.compile(rb"(?:\xef\xbb\xbf)?(MSH[^\r\n]+)")
_ANSWER: Final = re.compile(rb"[\r\n]MSA[^\w\s]")
_CHARACTER_SET: Final = 17  # fields of MSH before it
_NO_HEADER: Final = Problem(Condition.SEQUENCE, "no header: expected MSH")
_ACKNOWLEDGMENT: Final = Problem(Condition.MESSAGE_TYPE, "an acknowledgment", 9)
_STORE: Final = Problem(Condition.INTERNAL, "the message cannot be stored at this time")
_BEFORE: Final = Problem(Condition.INTERNAL, "the same message was refused before")
_LOG: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Examined:
    """The first MSH segment, if there is one, and why the message can never be read."""

    header: Message | None
    problem: Problem | None = None


class Receiver:
    """Keeps messages in a store."""

    def __init__(
        self, store: Store, settings: MllpSettings, counters: Counters, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store, self._counters, self._clock = store, counters, clock
        self._max_segments = settings.max_segments

    async def receive(self, received: Received, peer: str) -> bytes | None:
        """The answer to a message, empty where none is wanted; None where nothing was kept and the sender wants no answer."""
        if len(received.body) > SMALL:  # takes its time
            found = await asyncio.to_thread(examine, received, self._max_segments)
        else:
            found = examine(received, self._max_segments)
        at, trace = self._clock(), uuid4().hex
        log = _LOG.bind(peer=peer, trace=trace, bytes=received.size)
        problem = found.problem
        try:
            recorded = await self._recorded(received, peer, found, at, trace)
        except StoreError:
            outcome, problem = Outcome.ERROR, _STORE
        else:
            if recorded.stage is Stage.QUARANTINED:
                outcome, problem = Outcome.REJECTED, problem or _BEFORE
            else:
                outcome, problem = Outcome.ACCEPTED, None
            log = log.bind(message=recorded.id, **({} if recorded.first is None else {"first": recorded.first}))
            self._tell(log, recorded, problem)
        said = "" if found.problem is _ACKNOWLEDGMENT else code(found.header, outcome)
        self._counters.answers.labels(code=said or "none").inc()
        (log.error if outcome is Outcome.ERROR else log.info)("acknowledged", code=said or f"A{outcome}")
        if said:
            return acknowledge(found.header, said, trace, at, problem)
        return None if outcome is Outcome.ERROR else b""

    async def _recorded(self, received: Received, peer: str, found: Examined, at: datetime, trace: str) -> arrivals.Recorded:
        header = found.header.first("MSH") if found.header else None
        application, facility, control_id = (header.raw(number) if header else "" for number in (3, 4, 10))
        reason = found.problem.reason if found.problem else ""
        arrival = arrivals.Arrival(peer, application, facility, control_id, received.body, at, trace, reason)
        return await self._store.write(lambda connection: arrivals.record(connection, arrival), urgent=True)

    def _tell(self, log: Any, recorded: arrivals.Recorded, problem: Problem | None) -> None:
        if recorded.first is not None:
            self._counters.duplicates.inc()
        elif problem:
            log.warning("quarantined", reason=problem.reason)
        if recorded.control_id_reused:
            self._counters.reused.inc()
            log.warning("control_id_reused")


def examine(received: Received, max_segments: int) -> Examined:
    """Whether what came is a message, or a batch of them, that may be read."""
    first = _examined_header(received.body)
    if (first.header and first.header.value(first.header.first("MSH"), 9) == "ACK") or (
        b"MSA" in received.body and _ANSWER.search(received.body)
    ):
        return Examined(first.header, _ACKNOWLEDGMENT)
    if received.fault:
        return Examined(first.header, Problem(Condition.SEQUENCE, received.fault))
    if 0 < plain_segments(received.body) <= max_segments:
        return first
    own = first if first.header else None  # of the message at the beginning
    for frame in frames(BytesIO(received.body)):
        if frame.segments:
            own = own or _examined_header(frame.segments[0])
            first = first if first.header else own
            problem = own.problem
            if len(frame.segments) > max_segments:
                problem = Problem(Condition.INTERNAL, f"more than {max_segments:,} segments")
            own = None
        else:  # a batch that is miscounted is kept, and its reports need review
            problem = None if frame.miscounted else Problem(Condition.SEQUENCE, frame.reason)
        if problem:
            return Examined(first.header, problem)
    return Examined(first.header)


def _examined_header(data: bytes) -> Examined:
    """The MSH segment at the beginning, and why its message can never be read as far as it says.

    Where its character set is none that is read, its other fields are read without it.
    """
    found = _HEADER.match(data)
    if not found:
        return Examined(None, _NO_HEADER)
    segment = found[1]
    try:
        header = parse([segment])
    except MessageError as error:
        problem = Problem(Condition.DATA_TYPE, str(error))
    else:
        return Examined(header, _problem(header))
    separator = segment[3:4]
    try:
        return Examined(parse([separator.join(segment.split(separator)[:_CHARACTER_SET])]), problem)
    except MessageError:
        return Examined(None, problem)


def _problem(header: Message) -> Problem | None:
    segment = header.first("MSH")
    if (header.value(segment, 9).upper(), header.value(segment, 9, 2).upper()) not in _KINDS:
        return Problem(Condition.MESSAGE_TYPE, "not a message with results: expected ORU^R01 or MDM^T02 in MSH-9", 9)
    if not header.value(segment, 10):
        return Problem(Condition.MISSING, "no control id: expected MSH-10", 10)
    if len(segment.raw(10)) > MAX_CONTROL_ID or not segment.raw(10).isprintable():
        return Problem(Condition.DATA_TYPE, "its control id (MSH-10) is none", 10)
    return None
