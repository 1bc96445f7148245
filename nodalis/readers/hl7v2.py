"""HL7 v2: the reports of each message of a file or batch, with what the message says of them. See ``nodalis.hl7v2``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from parser.model import Issue, IssueKind

from ..hl7v2 import Change, Frame, MessageError, Result, frames, parse, results
from .document import Document, Item, ReadError, Source, document

_PROMOTES: Final = "makes final what was sent before (OBX-11 U), and holds no text: it is no report by itself"


def read(source: Source) -> Iterator[Item]:
    """The reports of each message; the first of them carries its size."""
    for frame in frames(source.stream):
        origin = f"{source.origin}: {frame.place}" if frame.place else source.origin
        if frame.reason:
            yield ReadError(origin, frame.reason, frame.size)
        else:
            yield from _reports(frame, origin)


def _reports(frame: Frame, origin: str) -> Iterator[Item]:
    size = frame.size
    try:
        for number, result in enumerate(results(parse(frame.segments)), 1):
            place = f"{origin}: report {number}" if number > 1 else origin
            if reason := _reason(result):
                yield ReadError(place, reason, size)
            else:
                item = document(result.number, result.text, place, size, result.context, result.issues)
                if isinstance(item, Document) and result.doubt:
                    item = replace(item, issues=(*item.issues, Issue(IssueKind.UNREADABLE_TEXT, result.doubt, ())))
                yield item
            size = 0
    except MessageError as error:
        yield ReadError(origin, str(error), size)


def _reason(result: Result) -> str:
    """Why a result is no report in an archive, where nothing is known of what was sent before."""
    if result.change is Change.PROMOTED and not result.text.text:
        return result.reason or _PROMOTES
    return result.reason
