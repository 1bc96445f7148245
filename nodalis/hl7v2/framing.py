"""A file of HL7 v2 -> the segments of each message, however its lines end, with batches (FHS, BHS) and MLLP's marks or without.

One message is held at a time. What is cut off, too long or unclear is never given as a shorter message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

MAX_BYTES: Final = 16 * 1024 * 1024  # of a message; reliability goal S-5, as the number of segments
MAX_SEGMENTS: Final = 10_000
_CHUNK: Final = 64 * 1024
_BREAK: Final = re.compile(rb"\r\n|\r|\n")
_BOM: Final = b"\xef\xbb\xbf"
_VT: Final = b"\x0b"  # MLLP writes them before
_FS: Final = b"\x1c"  # and behind a message
_PRINTED_CR: Final = b"<CR>"  # as the guides of the standard print the end of a segment, and files made after them
_BEFORE: Final = (_VT, _BOM[:1])
_BEHIND: Final = (_FS, _PRINTED_CR[-1:])
_UNUSUAL: Final = (b"\n", _VT, _FS, _PRINTED_CR)  # looked for one by one: ten times as fast as by one pattern
_HEADS: Final = frozenset({b"MSH", b"FHS", b"BHS", b"BTS", b"FTS"})
_WORD: Final = re.compile(rb"[\w\s]")
_NAME: Final = re.compile(rb"[A-Z][A-Z0-9]{2}")
# The segments of 2.3 to 2.9 that stand in messages about patients. Another line is text that goes on after a line break.
_SEGMENTS: Final = frozenset(
    b"ABS ACC AIG AIL AIP AIS AL1 APR ARQ ARV AUT BLC BLG BPO BPX BTX BUI CDO CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI CTR DB1 DEV "
    b"DG1 DMI DON DPS DRG DSC DSP DST ECD ECR EDU EQP EQU ERR EVN FAC FT1 GOL GP1 GP2 GT1 IAM IAR IIM ILT IN1 IN2 IN3 INV IPC IPR ISD "
    b"ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA MSH NCK NDS NK1 NPU NSC NST NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 "
    b"OM2 OM3 OM4 OM5 OM6 OM7 OM8 OMC ORC ORG OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL "
    b"PSS PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC RXD RXE RXG RXO RXR RXV SAC SCD "
    b"SCH SCP SDD SFT SGH SGT SHP SID SLT SPM STF STZ TCC TCD TQ1 TQ2 TXA UAC UB1 UB2 URD URS VAR VND".split()
)
_WIDE_HEADS: Final = (b"\xff\xfe", b"\xfe\xff", b"M\x00S\x00H", b"\x00M\x00S\x00H")
_WIDE: Final = "in UTF-16: expected ASCII, 8859 or UTF-8, which the marks of messages are made of"
_STRANGE: Final = "words outside of messages: expected HL7 v2, a message begins with MSH"
_CUT_OFF: Final = "cut off: its last segment has no end"


@dataclass(frozen=True, slots=True)
class Frame:
    """The segments of a message, undecoded, or why there are none; ``place`` says where in the file: ``message 3``.

    One that is ``miscounted`` is no message: the batch around those before it says another number of them.
    """

    place: str
    segments: tuple[bytes, ...]
    reason: str
    size: int
    miscounted: bool = False


def frames(stream: BinaryIO) -> Iterator[Frame]:
    """Each message in order, and what is wrong with a batch around them."""
    reading = _Reading()
    for line, size, ends in _lines(stream):
        yield from reading.take(line, size, ends)
    yield from reading.end()


def plain_segments(data: bytes) -> int:
    """How many segments there are in what is one message as the standard writes it; 0 where ``frames`` must look.

    >>> plain_segments(b"MSH|^~\\\\&|LAB\\rPID|1\\r"), plain_segments(b"MSH|^~\\\\&|LAB\\rPID|1\\nwords\\r")
    (2, 0)
    """
    if not (data.startswith(b"MSH|") and data.endswith(b"\r")) or len(data) > MAX_BYTES or any(sign in data for sign in _UNUSUAL):
        return 0
    segments = data[:-1].split(b"\r")
    names = {segment[:4] for segment in segments[1:]}
    known = all(name[3:] == b"|" and _is_segment(name[:3]) for name in names)
    return len(segments) if known and b"MSH|" not in names else 0


def _is_segment(name: bytes) -> bool:
    """Whether a name is that of a segment of the standard, or of one of somebody's own (Z)."""
    return name in _SEGMENTS or (name[:1] == b"Z" and _NAME.fullmatch(name) is not None)


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, int, bool]]:
    """Each line, its size with the line break, and whether it has one; a line longer than a message comes in pieces without."""
    kept: list[bytes] = []
    held = 0
    while chunk := stream.read(_CHUNK):
        while chunk.endswith(b"\r") and (more := stream.read(1)):
            chunk += more  # a line feed may follow
        start = 0
        for found in _BREAK.finditer(chunk):
            line = b"".join((*kept, chunk[start : found.start()]))
            yield line, len(line) + len(found[0]), True
            kept, held, start = [], 0, found.end()
        kept.append(chunk[start:])
        held += len(chunk) - start
        if held > MAX_BYTES:
            yield b"", held, False
            kept, held = [], 0
    if held:
        yield b"".join(kept), held, False


@dataclass(slots=True)
class _Reading:
    """What was read of the message that is open, and of the batches around it."""

    lines: list[bytearray] = field(default_factory=list)  # of the open message; without MSH there is none
    separator: bytes = b""
    size: int = 0  # bytes that no frame has carried yet
    held: int = 0  # bytes of the open message
    reason: str = ""
    framed: bool = False  # MLLP's mark stands before the open message
    closed: bool = False  # and behind it
    blank: int = 0  # empty lines that are part of a text if it goes on
    ends: bool = True  # whether the last line had a line break
    continued: bool = False  # whether it was none of its own
    strange: bool = False  # whether words outside of messages were told of
    messages: int = 0
    batches: int = 0
    in_batch: int = 0
    open: list[bytes] = field(default_factory=list)  # FHS and BHS without their trailers

    def take(self, line: bytes, size: int, ends: bool) -> Iterator[Frame]:
        """Read a line."""
        self.ends = ends
        framed = closes = False
        if line[:1] in _BEFORE:
            line = line.removeprefix(_BOM)
            framed = line.startswith(_VT)
            line = line.lstrip(_VT).removeprefix(_BOM)
        if line[-1:] in _BEHIND:
            closes = line.endswith(_FS)
            line = line.rstrip(_FS).removesuffix(_PRINTED_CR)
        name = line[:3]
        if name in _HEADS and not _WORD.match(line, 3) and (len(line) > 3 or name != b"MSH"):
            yield from self._message()
            if name == b"MSH":
                self._begin(line, framed)
            else:
                yield from self._batch(line)
        elif self.lines:
            self._add(line, size, ends or closes)
        elif (line.strip() or size > MAX_BYTES) and not self.strange:
            self.strange = True
            self.size += size
            yield self._frame("", _WIDE if line.startswith(_WIDE_HEADS) else _STRANGE)
            size = 0
        self.closed |= closes and bool(self.lines)
        self.size += size

    def end(self) -> Iterator[Frame]:
        """What is left behind the last line."""
        if self.lines and not (self.ends or self.closed or self.reason):
            last = self.lines[-1]
            # OBX-11 must be there. A note may be shorter than it was, and a text that goes on may lack its last words.
            if self.continued or last.startswith(b"NTE") or (last.startswith(b"OBX") and last.count(self.separator) < 11):
                self.reason = _CUT_OFF
        cut = self.reason == _CUT_OFF
        yield from self._message()
        if self.open and not cut:
            yield self._frame("", "cut off: the trailer of its batch (BTS, FTS) is missing, and there may be messages missing")
        elif not (self.messages or self.strange):
            yield self._frame("", "no message in it: expected HL7 v2, a message begins with MSH")

    def _begin(self, line: bytes, framed: bool) -> None:
        self.messages += 1
        self.in_batch += 1
        self.lines, self.held, self.separator = [bytearray(line)], len(line), line[3:4]
        self.reason, self.framed, self.closed, self.strange = "", framed, False, False
        self.blank, self.continued = 0, False

    def _add(self, line: bytes, size: int, ends: bool) -> None:
        """A line of the open message: a segment, or the text of the segment before it, which goes on."""
        self.held += size
        self.continued = False
        if self.reason:
            return
        if not line and ends:
            self.blank += 1
            return
        name = line[:3] if line[3:4] in (self.separator, b"") else b""
        if self.closed:
            self.reason = "goes on behind its end mark (FS)"
        elif self.held > MAX_BYTES:
            self.reason = f"longer than {MAX_BYTES:,} bytes"
        elif _is_segment(name):
            self.lines.append(bytearray(line))
            if len(self.lines) > MAX_SEGMENTS:
                self.reason = f"more than {MAX_SEGMENTS:,} segments"
        elif _NAME.fullmatch(name) and len(line) > 3:
            self.reason = "a line in it may be a segment or text: its name is none that HL7 has for segments"
        else:
            self.continued = True
            self.lines[-1] += b"\n" * (1 + self.blank) + line
        self.blank = 0
        if self.reason:
            self.lines = self.lines[:1]

    def _message(self) -> Iterator[Frame]:
        """The open message, which ends here."""
        if not self.lines:
            return
        if self.framed and not (self.closed or self.reason):
            self.reason = "cut off: its end mark (FS) is missing"
        segments = () if self.reason else tuple(map(bytes, self.lines))
        self.lines = []
        yield self._frame(f"message {self.messages}", self.reason, segments)

    def _batch(self, line: bytes) -> Iterator[Frame]:
        """A header or trailer of messages, or of batches of them; a trailer may say how many there were."""
        name, count = line[:3], (line.split(line[3:4], 2) if len(line) > 3 else [b"", b""])[1].strip()
        if name in (b"FHS", b"BHS"):
            if name in self.open:
                yield self._frame("", f"a batch begins before the one before it ends ({name.decode()}): there may be messages missing")
                self.open.remove(name)
            self.open.append(name)
            self.in_batch = 0
            self.batches = self.batches + 1 if name == b"BHS" else 0
            return
        header, found, of = (b"BHS", self.in_batch, "messages") if name == b"BTS" else (b"FHS", self.batches, "batches")
        if header in self.open:
            self.open.remove(header)
        if count.isdigit() and int(count) != found:
            miscounted = self._frame("", f"{name.decode()}-1 says another number of {of} than there are: some may be missing")
            yield replace(miscounted, miscounted=True)
        self.in_batch = 0

    def _frame(self, place: str, reason: str, segments: tuple[bytes, ...] = ()) -> Frame:
        size, self.size = self.size, 0
        return Frame(place, segments, reason, size)
