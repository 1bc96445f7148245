r"""The answer to a message: taken, not now (AE, CE), or never (AR, CR), in the delimiters of the message and without a value of it.

Of the message the answer repeats what the standard asks for, all of it from MSH: who sent it to whom, its control id, its version,
processing id and character set, each only where it is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from .message import Message, Segment

MAX_CONTROL_ID: Final = 199  # characters of MSH-10, in the versions that allow most
_MAX_NAME: Final = 227  # of MSH-3 to MSH-6
_VERSION: Final = re.compile(r"2\.(\d)(?:\.\d)?")
_EVENT: Final = re.compile(r"[A-Z]\d\d")
_CONTROL_ID: Final = 20  # characters in the versions that allow fewest


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "A"
    ERROR = "E"  # not now: to be sent again
    REJECTED = "R"  # never


class Condition(StrEnum):
    """Table 0357: what is wrong with a message."""

    SEQUENCE = "100"
    MISSING = "101"
    DATA_TYPE = "102"
    MESSAGE_TYPE = "200"
    INTERNAL = "207"


_WORDS: Final = {
    Condition.SEQUENCE: "Segment sequence error",
    Condition.MISSING: "Required field missing",
    Condition.DATA_TYPE: "Data type error",
    Condition.MESSAGE_TYPE: "Unsupported message type",
    Condition.INTERNAL: "Application internal error",
}
# Table 0155: the outcomes of which the sender wants to hear.
_WANTED: Final = {"AL": frozenset(Outcome), "NE": frozenset[Outcome](), "SU": {Outcome.ACCEPTED}, "ER": {Outcome.ERROR, Outcome.REJECTED}}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a message is not accepted: ``reason`` is of a closed list, ``field`` the number of a field of MSH."""

    condition: Condition
    reason: str
    field: int | None = None


def code(header: Message | None, outcome: Outcome) -> str:
    """What MSA-1 says, by the mode that MSH-15 and MSH-16 ask for; empty where no answer is wanted.

    A message is answered once. Without either field that is in the original mode: AA, AE or AR. A sender that wants to hear of the commit
    (MSH-15) gets CA, CE or CR; one that wants to hear of the application alone (MSH-16) gets AA, AE or AR.
    """
    if header is None:
        return f"A{outcome}"
    commit, application = (_WANTED.get(header.value(header.first("MSH"), number).upper()) for number in (15, 16))
    if commit is None and application is None:
        return f"A{outcome}"
    if commit and outcome in commit:
        return f"C{outcome}"
    return f"A{outcome}" if application and outcome in application else ""


def acknowledge(header: Message | None, code: str, control_id: str, at: datetime, problem: Problem | None = None) -> bytes:
    r"""The bytes of an answer to the message of this MSH segment; None where it has none that can be read.

    Args:
        control_id: of the answer itself.
        at: when it is made, in UTC.

    >>> from .message import parse
    >>> header = parse([b"MSH|^~\\&|LAB|HOSP|NODALIS||20260304||ORU^R01|0815|P|2.5"])
    >>> print(acknowledge(header, "AA", "1", datetime(2026, 3, 4, 10, 0)).decode().replace("\r", "\n"), end="")
    MSH|^~\&|NODALIS||LAB|HOSP|20260304100000+0000||ACK^R01^ACK|1|P|2.5
    MSA|AA|0815
    >>> problem = Problem(Condition.MISSING, "no control id", 10)
    >>> print(acknowledge(header, "AR", "1", datetime(2026, 3, 4), problem).decode().split("\r")[2])
    ERR||MSH^1^10|101^Required field missing^HL70357|E||||no control id
    """
    message = header or Message((Segment("MSH", ()),), "ascii", False, "^", "~", "&", str)
    segment = message.first("MSH")
    field, signs = (segment.raw(1), segment.raw(2)) if header else ("|", "^~\\&")
    names = [_bounded(segment.raw(number), _MAX_NAME) for number in (5, 6, 3, 4)]
    version = _VERSION.fullmatch(message.value(segment, 12))
    processing = message.value(segment, 11)
    rows = [
        [
            "MSH" + field + signs, *names, f"{at:%Y%m%d%H%M%S}+0000", "", _type(message, version), control_id[:_CONTROL_ID],
            processing if processing in ("P", "T", "D") else "P", version[0] if version else "2.5",
        ],
        ["MSA", code, _bounded(segment.raw(10), MAX_CONTROL_ID)],
    ]  # fmt: skip
    if header and segment.raw(18):
        rows[0] += ["", "", "", "", "", segment.raw(18)]
    if problem:
        rows.append(_error(message, problem, version))
    return "".join(field.join(row) + "\r" for row in rows).encode(message.encoding, "replace")


def _bounded(raw: str, most: int) -> str:
    """A field as it stands, so that its sender knows it again; nothing where it is longer than one may be, or not printed."""
    return raw if len(raw) <= most and raw.isprintable() else ""


def _type(message: Message, version: re.Match[str] | None) -> str:
    event = message.value(message.first("MSH"), 9, 2)
    if not (message.component and _EVENT.fullmatch(event)):
        return "ACK"
    structured = not version or version[0] not in ("2.1", "2.2", "2.3")
    return message.component.join(("ACK", event, *(["ACK"] if structured else [])))


def _error(message: Message, problem: Problem, version: re.Match[str] | None) -> list[str]:
    """ERR, which has another form since version 2.5."""
    component, subcomponent = message.component, message.subcomponent
    words = (problem.condition, _WORDS[problem.condition], "HL70357")
    place = ("MSH", "1", str(problem.field)) if problem.field else ()
    if not version or int(version[1]) >= 5:
        said = component.join(words) if component else problem.condition
        return ["ERR", "", component.join(place) if component else "", said, "E", "", "", "", problem.reason]
    said = subcomponent.join(words) if subcomponent else problem.condition
    return ["ERR", component.join((*(place or ("", "", "")), said)) if component else said]
