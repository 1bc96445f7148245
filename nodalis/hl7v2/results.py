"""A message -> its reports: the OBRs of one number with their OBX and NTE segments, their status and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from parser.model import Issue

from ..decoding import Decoded
from . import transcription
from .answers import NO_KEYS, Answer, Keys, answers
from .identity import accession, numbers, patient, persons
from .message import Message, MessageError, Segment
from .narrative import Narrative, NoTextError, is_addendum, narrative
from .origins import NOWHERE, Origins
from .status import APPENDED, DELETED, PROMOTED, STATUSES, WITHOUT_RESULT, Change, change_of
from .times import Moments, date_time, instant, latest

_KINDS: Final = frozenset({("ORU", "R01"), ("ORU", ""), ("MDM", "T02")})
_PROCESSING: Final = {"T": "training", "D": "debugging"}
_APPENDS: Final = "the report adds to another one, whose text may not be in it"

_NOT_AGAIN: Final = "a part of the report is final without being sent again (OBX-11 U), so its text is not all of it"


@dataclass(frozen=True, slots=True)
class Result:
    """A report of a message, or why there is none. One that only takes back or promotes what was sent before may have no text."""

    number: str
    change: Change
    moments: Moments
    text: Decoded = field(repr=False)
    context: Mapping[str, str] = field(repr=False)  # by names of surroundings
    doubt: str = ""  # why its text may not be all of it
    reason: str = ""  # why there is no report
    issues: tuple[Issue, ...] = ()  # doubts of documents its text was read from
    origins: Origins = field(default=NOWHERE, repr=False)  # of the characters of its text
    answers: tuple[Answer, ...] = field(default=(), repr=False)  # discrete ones of a checklist


@dataclass(slots=True)
class _Order:
    """An OBR with the ORC before it and the segments behind it."""

    segment: Segment
    common: Segment
    rows: list[Segment] = field(default_factory=list)  # OBX and NTE
    specimens: list[Segment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the text of a report."""

    identity: tuple[str, str]  # number and system
    statuses: Sequence[str]  # of orders, table 0123
    adds: bool  # it is an addendum alone
    effective: str
    reported: str
    cancelled: bool = False


def results(message: Message, keys: Keys = NO_KEYS) -> Iterator[Result]:
    """Each report of a message; one is what OBRs of one number say together, as laboratories send a report and its addendum.

    ``keys`` are those of the discrete answers that are read besides the text.

    Raises:
        MessageError: the message holds no report, or none that may be used.
    """
    document = _kind(message) == "MDM"
    orders = list(_orders(message))
    known = patient(message)
    if document:
        yield _document(message, orders, known, keys)
        return
    if not orders:
        raise MessageError("no OBR segment: it holds no report")
    groups: dict[tuple[str, str], list[_Order]] = {}
    for order in orders:
        number, system = numbers(message, order.segment, order.common)
        if not number and len(orders) > 1:
            raise MessageError("several OBR segments, and not all of them have a number (OBR-3)")
        groups.setdefault((number or message.value(message.first("MSH"), 10), system), []).append(order)
    for identity, group in groups.items():
        head = _Head(
            identity,
            [_code(message, order.segment, 25) for order in group],
            all(is_addendum(message, order.segment) for order in group),
            _time(message, (order.segment for order in group), 7),
            latest(message.value(order.segment, 22) for order in group),
        )
        yield _result(message, head, group, known, keys)


def _kind(message: Message) -> str:
    """ORU or MDM; MessageError for a message of another kind, of no patient's own, or of several patients."""
    header = message.first("MSH")
    kind, event = message.value(header, 9), message.value(header, 9, 2)
    if kind == "ACK" or message.first("MSA").name:
        raise MessageError("an acknowledgment, which holds no report")
    if (kind, event) not in _KINDS:
        raise MessageError("not a message with results: expected ORU^R01 or MDM^T02 in MSH-9")
    processing = message.value(header, 11).upper()
    if processing in _PROCESSING:
        raise MessageError(f"for {_PROCESSING[processing]}, not for production (MSH-11 {processing})")
    if persons(message) > 1:
        raise MessageError("holds more than one patient")
    return kind


def _orders(message: Message) -> Iterator[_Order]:
    """The OBRs in order; notes on the patient and the visit belong to none, nor does what stands behind a TXA."""
    order: _Order | None = None
    common = Segment("", ())
    for segment in message.segments:
        if segment.name in ("ORC", "PID", "TXA"):
            common = segment if segment.name == "ORC" else Segment("", ())
            if order:
                yield order
            order = None
        elif segment.name == "OBR":
            if order:
                yield order
            order, common = _Order(segment, common), Segment("", ())
        elif order and segment.name in ("OBX", "NTE"):
            order.rows.append(segment)
        elif order and segment.name == "SPM":
            order.specimens.append(segment)
    if order:
        yield order


def _document(message: Message, orders: list[_Order], known: Mapping[str, str], keys: Keys) -> Result:
    """The report of an MDM: its orders stand before the TXA, its text behind it."""
    txa = transcription.header(message)
    segments = [order.segment for order in orders]
    behind = message.segments[message.segments.index(txa) + 1 :]
    rows = [segment for segment in behind if segment.name in ("OBX", "NTE")]
    head = _Head(
        transcription.numbers(message, txa, [numbers(message, order.segment, order.common) for order in orders]),
        [transcription.result_status(message, txa), *(_code(message, segment, 25) for segment in segments)],
        transcription.adds(message, txa) or (bool(segments) and all(is_addendum(message, segment) for segment in segments)),
        date_time(message.value(txa, 4)) or _time(message, segments, 7),
        transcription.reported(message, txa),
        transcription.is_cancelled(message, txa),
    )
    return _result(message, head, [_Order(segments[0] if segments else Segment("", ()), Segment("", ()), rows)], known, keys)


def _result(message: Message, head: _Head, group: list[_Order], known: Mapping[str, str], keys: Keys) -> Result:
    observations = [row for order in group for row in order.rows if row.name == "OBX"]
    codes = [_code(message, row, 11) for row in observations]
    change, reason = change_of(head.statuses, codes, head.adds)
    if head.cancelled and change is not Change.WRONG:
        change, reason = Change.DELETED, ""
    number, system = head.identity
    found = Narrative(Decoded("", message.encoding, message.guessed))
    if not number:
        reason = "no number of a report: expected OBR-3, or TXA-15 or TXA-12"
    elif not reason:
        found, reason = _text(message, group, change)
    specimens = [segment for order in group for segment in order.specimens]
    context = {
        **known,
        "report_id": number,
        "issuer": system,
        "status": STATUSES[change],
        "effective": head.effective,
        "collected": _time(message, specimens, 17) or head.effective,
        "issued": instant(head.reported),
        "accession": accession(message, specimens),
    }
    moments = Moments(head.reported, latest(message.value(row, 14) for row in observations), message.value(message.first("MSH"), 7))
    said = answers(message, (row for order in group for row in _kept(message, order, change is Change.DELETED)), keys)
    doubt = _APPENDS if head.adds or APPENDED in codes else _NOT_AGAIN if found.decoded.text and _not_again(observations) else ""
    return Result(number, change, moments, found.decoded, context, doubt, reason, found.issues, found.origins, said)


def _text(message: Message, group: list[_Order], change: Change) -> tuple[Narrative, str]:
    """The text of a report, and why there is none. One that is taken back needs none, nor one that is promoted and sends none."""
    deleted = change is Change.DELETED
    try:
        return narrative(message, [(order.segment, _kept(message, order, deleted)) for order in group]), ""
    except NoTextError as error:
        reason = "" if deleted or change is Change.PROMOTED else str(error)
    except MessageError as error:
        reason = "" if deleted else str(error)
    return Narrative(Decoded("", message.encoding, message.guessed)), reason


def _kept(message: Message, order: _Order, in_error: bool) -> list[Segment]:
    """The rows that are part of the report, with their notes: not those deleted or without a result."""
    kept, keeps = [], True
    for row in order.rows:
        if row.name == "OBX":
            code = _code(message, row, 11)
            keeps = in_error or not (code == DELETED or code in WITHOUT_RESULT)
        if keeps:
            kept.append(row)
    return kept


def _not_again(observations: list[Segment]) -> bool:
    """Whether a row that is promoted does not repeat what it said."""
    return any(row.raw(11).upper() == PROMOTED and not row.raw(5).strip() for row in observations)


def _code(message: Message, segment: Segment, number: int) -> str:
    return message.value(segment, number).upper()


def _time(message: Message, segments: Iterable[Segment], number: int) -> str:
    """The time that all segments have in common."""
    found = {date_time(message.value(segment, number)) for segment in segments} - {""}
    return found.pop() if len(found) == 1 else ""
