"""Bytes as they come in over MLLP -> whole messages: VT, the message, FS, CR.

What is no whole message is never given as one: a frame that has not ended gives nothing, and one whose marks contradict each other is
given with its fault. A frame ends with FS and CR. FS alone ends it only where nothing comes behind for a while, since text may hold
that byte; where text follows FS and CR, and another FS ends it, the first was part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MAX_OUTSIDE: Final = 4 * 1024  # bytes between two messages: more, and the peer speaks something else
KEPT_OF_TOO_LONG: Final = 64 * 1024
_VT: Final = 0x0B
_FS: Final = 0x1C
_LINE_ENDS: Final = b"\r\n"
_PADDING: Final = re.compile(rb"[\x00-\x0a\x0c-\x1b\x1d-\x20]*")  # behind an end


class Fault(StrEnum):
    """Why what came in a frame can never be read."""

    EMPTY = "an empty frame"
    END_INSIDE = "an end mark (FS) stands inside it"
    START_INSIDE = "a second start mark (VT) stands inside it"
    TOO_LONG = "longer than a message may be; only its beginning was kept"


@dataclass(frozen=True, slots=True)
class Received:
    """What came in a frame, without its marks; ``size`` is more than its length where only the beginning was kept."""

    body: bytes = field(repr=False)
    fault: Fault | None = None
    size: int = 0


class LostError(ValueError):
    """The bytes are none of MLLP: nothing behind them can be trusted."""


class Deframer:
    """Takes bytes in pieces of any size and gives messages; the time it takes grows with the bytes, not with the pieces.

    >>> deframer = Deframer(max_bytes=100)
    >>> [received.body for piece in (b"\\x0bMSH|1\\r\\x1c", b"\\r\\x0bMSH|2") for received in deframer.feed(piece)]
    [b'MSH|1\\r']
    """

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._held = bytearray()  # of the open frame, behind VT; before it nothing is kept
        self._open = False
        self._scanned = 0  # where to look for the end: no FS before it ends the frame
        self._fault: Fault | None = None
        self._head = b""  # of a frame that is too long
        self._drained = 0  # bytes of it that are no longer held
        self._outside = 0  # bytes since the last message
        self.dropped = 0  # bytes outside of all messages
        self.unsettled = False  # whether a message is whole if nothing comes behind it

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return len(self._held) + len(self._head)

    @property
    def begun(self) -> bool:
        """Whether there are bytes of something that has not come to its end."""
        return self._open or self._outside > 0

    def feed(self, chunk: bytes) -> Iterator[Received]:
        """The messages that end in these bytes.

        Raises:
            LostError: too many bytes that belong to no message, or an end without a beginning.
        """
        self.unsettled = False
        self._held += chunk
        while self._held:
            if not self._open and not self._begin():
                return
            end = self._end()
            if end < 0:
                self._shorten()
                return
            yield self._take(end, end + 1)

    def settle(self) -> Iterator[Received]:
        """What is whole since nothing came behind it for a while, or ever: a message that ends with FS and no CR.

        Text behind FS and CR that comes to no end is a doubt whether the message had come to its own.
        """
        if self.unsettled:
            self.unsettled = False
            alone = self._scanned == len(self._held) - 1
            if not alone:
                self._fault = Fault.END_INSIDE
            yield self._take(self._scanned if alone else len(self._held), len(self._held))

    def _begin(self) -> bool:
        """Drop what stands before VT; whether there is one."""
        start = self._held.find(_VT)
        outside = self._held[: start if start >= 0 else len(self._held)]
        padding = _PADDING.match(outside)
        count = len(outside) - (padding.end() if padding and not self._outside else 0)
        self._outside += count
        self.dropped += count
        if self._outside > MAX_OUTSIDE or _FS in outside:
            raise LostError
        del self._held[: len(outside) + 1]
        if start >= 0:
            self._open, self._scanned, self._outside = True, 0, 0
        return self._open

    def _end(self) -> int:
        """Where the FS stands that ends the open frame; -1 if it has not come, or it is not sure yet."""
        while (end := self._held.find(_FS, self._scanned)) >= 0:
            self._scanned = end
            if end + 1 == len(self._held):
                self.unsettled = True
                return -1
            behind = self._held[end + 1]
            if behind == _VT:
                return end
            if behind in _LINE_ENDS:
                padding = _PADDING.match(self._held, end + 1)
                follows = padding.end() if padding else end + 1
                if follows == len(self._held) or self._held[follows] == _VT:
                    return end
                another = self._held.find(_FS, follows)
                if self._held.find(_VT, follows, another if another >= 0 else len(self._held)) >= 0:
                    return end
                if another < 0 and len(self._held) - follows <= MAX_OUTSIDE:
                    self.unsettled = True
                    return -1
            self._fault = Fault.END_INSIDE
            self._scanned = end + 1
        self._scanned = len(self._held)
        return -1

    def _shorten(self) -> None:
        """Let go of a frame that is too long; what may be its end is held."""
        if not self._open or self._scanned + self._drained <= self._max:
            return
        self._head = self._head or bytes(self._held[:KEPT_OF_TOO_LONG])
        self._drained += self._scanned
        del self._held[: self._scanned]
        self._scanned = 0

    def _take(self, end: int, behind: int) -> Received:
        """The frame that ends here."""
        size = self._drained + end
        fault = self._fault
        if size > self._max:
            body, fault = self._head or bytes(self._held[: min(end, KEPT_OF_TOO_LONG)]), Fault.TOO_LONG
        else:
            with memoryview(self._held) as view:  # copied once
                body = bytes(view[:end])
            if _VT in body:
                fault = fault or Fault.START_INSIDE
            elif not body.strip():
                fault = Fault.EMPTY
        del self._held[:behind]
        self._open, self._fault, self._head, self._drained = False, None, b"", 0
        return Received(body, fault, size)
