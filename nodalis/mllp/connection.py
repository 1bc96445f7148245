"""One connection: reads messages, gives them to who keeps them, and answers in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import structlog

from ..exits import unexpected
from ..settings import MllpSettings
from .counters import Counters
from .stream import Deframer, LostError, Received

# What a message becomes: the bytes of its answer, none where the sender wants none, or None to close without one.
Receive: TypeAlias = Callable[[Received, str], Awaitable[bytes | None]]

MAX_UNANSWERED: Final = 16  # messages of one connection, and
SMALL: Final = 64 * 1024  # bytes of them, before it is read on; longer ones have to wait for one of some places
SETTLE_SECONDS: Final = 0.25  # nothing behind an end for so long, and it is one
_CLOSE_SECONDS: Final = 5.0
_LOG: Final = structlog.get_logger()


class Ending(StrEnum):
    """Why a connection ended."""

    DONE = "the peer was done"
    CUT = "the peer closed within a message"
    LOST = "what came was not MLLP"
    SLOW = "a message took too long to come"
    IDLE = "no message came"
    DEAF = "answers were not taken"
    BROKEN = "the network broke it"
    REFUSED = "no answer can be given"
    STOPPED = "the listener stopped"
    FAILED = "an error of our own"


@dataclass(slots=True)
class _Waiting:
    """A message on its way to be kept."""

    received: Received
    answer: asyncio.Task[bytes | None]
    since: float


class Connection:
    """A peer that is connected; ``run`` ends with it, and when all that came whole is kept or refused."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        peer: str,
        number: int,
        settings: MllpSettings,
        receive: Receive,
        counters: Counters,
        places: asyncio.Semaphore,
    ) -> None:
        self._reader, self._writer = streams
        self._peer, self._settings, self._receive, self._counters, self._places = peer, settings, receive, counters, places
        self._log = _LOG.bind(connection=number, peer=peer)
        self._clock = asyncio.get_running_loop().time
        self._deframer = Deframer(settings.max_message_bytes)
        self._waiting: deque[_Waiting] = deque()
        self._changed = asyncio.Event()  # a message more, or fewer
        self._has_place = False
        self._began: float | None = None  # when the first byte came of a message that has not ended
        self._stopping = False
        self._reading: asyncio.Task[Ending] | None = None

    def stop(self) -> None:
        """Take no other message; those that have begun may come to their end."""
        self._stopping = True
        if self._reading and not self._deframer.begun:
            self._reading.cancel()

    async def run(self) -> None:
        """All of it."""
        self._log.debug("mllp.connected")
        self._reading = asyncio.create_task(self._read())
        answering = asyncio.create_task(self._answer())
        ending = Ending.STOPPED
        try:
            await asyncio.wait((self._reading, answering), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():  # what came whole is answered, whatever came behind it
                ending = Ending.STOPPED if self._reading.cancelled() else self._reading.result()
                self._changed.set()
            ending = await answering or ending
        except OSError:
            ending = Ending.BROKEN
        except Exception as error:
            ending = Ending.FAILED
            self._log.error("mllp.failed", error=unexpected(error))
        finally:
            await self._close((self._reading, answering), ending)

    async def _read(self) -> Ending:
        """Read until the peer is done."""
        while not (self._stopping and not self._deframer.begun):
            try:
                chunk = await self._chunk()
            except TimeoutError:
                return Ending.IDLE if self._began is None else Ending.SLOW
            dropped = self._deframer.dropped
            try:
                await self._take(self._deframer.feed(chunk) if chunk else self._deframer.settle())
            except LostError:
                return Ending.LOST
            finally:
                self._counters.dropped.inc(self._deframer.dropped - dropped)
            if chunk == b"":
                return Ending.CUT if self._deframer.begun else Ending.DONE
        return Ending.STOPPED

    async def _chunk(self) -> bytes | None:
        """Some bytes; empty when there will be no more, None if nothing comes behind what may be the end of a message.

        Raises:
            TimeoutError: a message did not come to its end in time, or none came and none is on its way to be kept.
        """
        while True:
            seconds = self._settings.idle_seconds if self._began is None else self._began + self._settings.frame_seconds - self._clock()
            if seconds <= 0:
                raise TimeoutError
            try:
                async with asyncio.timeout(min(seconds, SETTLE_SECONDS) if self._deframer.unsettled else seconds):
                    return await self._reader.read(SMALL)
            except TimeoutError:
                if self._deframer.unsettled:
                    return None
                if self._began is not None or not self._waiting:
                    raise

    async def _take(self, found: Iterable[Received]) -> None:
        """Have messages kept, as many at a time as there is room for; then see whether the next has begun."""
        for received in found:
            self._began = None
            self._counters.received.inc(received.size)
            self._waiting.append(_Waiting(received, asyncio.create_task(self._kept(received)), self._clock()))
            if self._has_place:
                self._has_place = False
                self._waiting[-1].answer.add_done_callback(lambda _: self._places.release())
            self._changed.set()
            await self._room()
        now = self._clock()
        if not self._deframer.begun:
            self._began = None
        elif self._began is None:
            self._began = now
        if self._deframer.held > SMALL and not self._has_place:
            await self._places.acquire()
            self._has_place = True
            self._began = (self._began or now) + self._clock() - now  # it was we who did not read

    async def _kept(self, received: Received) -> bytes | None:
        try:
            return await self._receive(received, self._peer)
        except Exception as error:
            self._log.error("mllp.failed", error=unexpected(error))
            return None

    async def _room(self) -> None:
        """Wait until few enough messages are unanswered."""
        while len(self._waiting) >= MAX_UNANSWERED or sum(waiting.received.size for waiting in self._waiting) > SMALL:
            self._changed.clear()
            await self._changed.wait()

    async def _answer(self) -> Ending | None:
        """Answer messages in the order in which they came, until there is none and nothing is read."""
        while True:
            while not self._waiting:
                if self._reading and self._reading.done():
                    return None
                self._changed.clear()
                await self._changed.wait()
            first = self._waiting[0]
            answer = await asyncio.shield(first.answer)
            if answer is None:
                return Ending.REFUSED
            if answer:
                self._writer.write(b"\x0b" + answer + b"\x1c\r")
                try:
                    async with asyncio.timeout(self._settings.frame_seconds):
                        await self._writer.drain()
                except TimeoutError:
                    return Ending.DEAF
            self._counters.seconds.observe(self._clock() - first.since)
            self._waiting.popleft()
            self._changed.set()

    async def _close(self, tasks: Iterable[asyncio.Task[Ending] | asyncio.Task[Ending | None]], ending: Ending) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._has_place:
            self._places.release()
        if ending in (Ending.DEAF, Ending.BROKEN):
            self._writer.transport.abort()
        else:
            self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            self._writer.transport.abort()
        await asyncio.gather(*(waiting.answer for waiting in self._waiting))
        self._counters.closed.labels(reason=ending.name.lower()).inc()
        quiet = ending in (Ending.DONE, Ending.IDLE, Ending.STOPPED)
        (self._log.debug if quiet else self._log.warning)("mllp.closed", reason=ending.value, bytes=self._deframer.held)
