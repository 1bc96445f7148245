"""The bytes of a message -> the versions of reports that it gives, or why it can never be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from parser.model import Issue, IssueKind

from ..exits import unexpected
from ..hl7v2 import Change, Message, MessageError, Result, frames, parse, results
from ..hl7v2.answers import NO_KEYS, Keys
from ..hl7v2.identity import patient, system_of
from ..store.work import NewVersion
from ..versions import Patient, Version

_PATIENT: Final = ("MR", "PI", "")  # types of numbers that name a patient, as ``hl7v2.identity`` takes them
_FILED: Final = b'{"answers":'  # how ``Version.payload`` begins
_TAKES_BACK: Final = (Change.WRONG, Change.NO_RESULT)  # there is a reason why they are no report, and they are versions all the same


@dataclass(frozen=True, slots=True)
class Read:
    """What a message gives: all its reports, or none of them and the reason."""

    versions: tuple[NewVersion, ...] = ()
    refused: str = ""


def read(body: bytes, issuer: str, fallback: str, keys: Keys = NO_KEYS) -> Read:
    """The versions in a message, or in all messages of a batch; or the one that a file was put into the store as.

    ``issuer``: whose the numbers are where the message names no authority and no facility; ``fallback``: the encoding of a message
    that is not UTF-8 and names no other; ``keys``: of the discrete answers that are read.
    """
    found: list[NewVersion] = []
    try:
        if body.startswith(_FILED):
            return Read((_filed(Version.of(body), body),))
        given = list(frames(BytesIO(body)))
        doubts = tuple(Issue(IssueKind.VERSIONS_UNCLEAR, frame.reason) for frame in given if frame.miscounted)
        for frame in given:
            if frame.miscounted:
                continue
            if frame.reason:
                return Read(refused=frame.reason)
            found += _versions(parse(frame.segments, fallback), issuer, keys, doubts)
    except MessageError as error:
        return Read(refused=str(error))
    except Exception as error:  # one message that trips over a fault of ours must not stop the others
        return Read(refused=unexpected(error))
    return Read(tuple(found)) if found else Read(refused="no message in it: expected MSH")


def _filed(version: Version, payload: bytes) -> NewVersion:
    return NewVersion(version.context["issuer"], version.context["report_id"], hashlib.sha256(payload).digest(), payload)


def _versions(message: Message, issuer: str, keys: Keys, doubts: tuple[Issue, ...]) -> Iterator[NewVersion]:
    facility = message.parts(message.repetitions(message.first("MSH").raw(4))[0])
    system = system_of(facility, [])
    whose, subject = _patient(message, facility, system)
    for result in results(message, keys):
        _ensure_numbered(message, result)
        if result.reason and result.change not in _TAKES_BACK:
            raise MessageError(result.reason)
        context = {name: value for name, value in result.context.items() if value}
        context = {"subject": subject, **context, "issuer": result.context["issuer"] or system or issuer}
        version = Version(
            change=result.change,
            text="" if result.change in _TAKES_BACK else result.text.text,
            context={name: value for name, value in context.items() if value},
            patient=whose,
            moments=result.moments,
            issues=(*_issues(result), *doubts),
            encoding=result.text.encoding,
            guessed=result.text.guessed,
            answers=result.answers,
        )
        payload = version.payload
        yield NewVersion(context["issuer"], result.number, hashlib.sha256(payload).digest(), payload)


def _ensure_numbered(message: Message, result: Result) -> None:
    """MessageError for a report whose number is only that of its message: nothing could ever correct it, or take it back."""
    orders = [segment for segment in message.segments if segment.name in ("OBR", "ORC")]
    numbers = {message.parts(message.repetitions(segment.raw(at))[0])[0] for segment in orders for at in (2, 3)}
    if message.value(message.first("MSH"), 9) == "ORU" and result.number not in numbers - {""}:
        raise MessageError("no number of a report: expected OBR-3")
    if not result.number.isprintable():
        raise MessageError("the number of the report (OBR-3) holds signs that cannot be printed")


def _issues(result: Result) -> tuple[Issue, ...]:
    """The doubts of reading; that an addendum has not all of the text is none, since it is read with what it adds to."""
    if result.doubt and result.change is not Change.APPENDED:
        return (*result.issues, Issue(IssueKind.UNREADABLE_TEXT, result.doubt))
    return result.issues


def _patient(message: Message, facility: list[str], system: str) -> tuple[Patient, str]:
    """The patient as given, and the number, as system|value, to name the patient by where none has an authority: that of the facility."""
    segment = message.first("PID")
    numbers: list[tuple[str, str, str]] = []  # type, authority, number
    for repetition in message.repetitions(segment.raw(3)):
        components = message.components(repetition)
        parts = (*message.parts(repetition), "", "", "", "")
        authority = system_of(message.subcomponents(components[3]), facility) if len(components) > 3 else ""
        if parts[0] and parts[0].isprintable():
            numbers.append((parts[4], authority or system, parts[0]))
    bare = next((number for kind, authority, number in numbers if kind in _PATIENT and authority == system), "")
    told = tuple(sorted({f"{authority}|{number}" for _, authority, number in numbers}))
    names = patient(message)
    person = Patient(told, names.get("family", ""), names.get("given", ""), names.get("birth_date", ""))
    return person, f"{system}|{bare}" if system and bare else ""
