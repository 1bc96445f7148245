"""TXA of a document (MDM^T02) -> which report it is, how far it is, and when it was made, in the words that OBR has for results."""

from __future__ import annotations

from typing import Final

from .identity import entity
from .message import Message, MessageError, Segment
from .times import latest

_AUTHENTICATED: Final = frozenset({"AU", "LA"})  # table 0271; all others are on the way: DI, DO, IP, IN, PA
_CANCELLED: Final = "CA"  # table 0273: taken out of the record, such as for the wrong patient
_TO_BE_READ: Final = frozenset({"", "AV"})  # others are obsolete (OB) or not available (UN)


def header(message: Message) -> Segment:
    """The one TXA of a message.

    Raises:
        MessageError: there is none, or more than one.
    """
    found = [segment for segment in message.segments if segment.name == "TXA"]
    if len(found) != 1:
        raise MessageError(f"{'several TXA segments' if found else 'no TXA segment'}: expected one document in a message")
    return found[0]


def is_cancelled(message: Message, txa: Segment) -> bool:
    """Whether the document is taken back."""
    return message.value(txa, 19).upper() == _CANCELLED


def result_status(message: Message, txa: Segment) -> str:
    """The result status (table 0123) that the states of a document amount to: F only for one that is authenticated and may be read."""
    complete = message.value(txa, 17).upper() in _AUTHENTICATED
    return "F" if complete and message.value(txa, 19).upper() in _TO_BE_READ else "P"


def adds(message: Message, txa: Segment) -> bool:
    """Whether the document is an addendum: it names the document it adds to (TXA-13)."""
    return bool(message.value(txa, 13))


def numbers(message: Message, txa: Segment, orders: list[tuple[str, str]]) -> tuple[str, str]:
    """Number and system of the report: the filler's number, or that of all its orders, else the document's it adds to, else its own."""
    common = set(orders) - {("", "")}
    found = (entity(message, txa, 15), common.pop() if len(common) == 1 else ("", ""), entity(message, txa, 13), entity(message, txa, 12))
    return next((pair for pair in found if pair[0]), ("", ""))


def reported(message: Message, txa: Segment) -> str:
    """The last time that somebody wrote, edited or authenticated the document."""
    edited = [message.subcomponents(raw)[0] for raw in message.repetitions(txa.raw(8))]
    signed = [parts[14] for raw in message.repetitions(txa.raw(22)) if len(parts := message.parts(raw)) > 14]
    return latest([message.value(txa, 6), message.value(txa, 7), *edited, *signed])
