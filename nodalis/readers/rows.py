"""JSON lines: one report a line, ``{"id": ..., "text": ...}``, and ``"context"`` where more is known; or one FHIR resource a line."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import Final

from ..decoding import Decoded, NotTextError, decode
from ..surroundings import NAMES, named
from .document import Item, ReadError, Source, document
from .lines import bounded_lines

MARKS_AND_SPACE: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"


def read(source: Source) -> Iterator[Item]:
    """The report of each line, or what is wrong with it."""
    found = False
    for number, (line, size) in enumerate(bounded_lines(source.stream), 1):
        origin = f"{source.origin}: line {number}"
        if line is None:
            found = True
            yield ReadError(origin, "row too long", size)
        elif number == 1 and line.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            yield ReadError(source.origin, "rows of JSON must be UTF-8, these are UTF-16")
            return
        elif line.strip(MARKS_AND_SPACE):
            found = True
            yield from _row(line, origin)
    if not found:
        yield ReadError(source.origin, "no row in it: expected one report a line")


def _row(line: bytes, origin: str) -> Iterator[Item]:
    import orjson

    size = len(line)
    try:
        decoded = decode(line)
        row = orjson.loads(decoded.text.strip("\ufeff \t\r\n"))
    except NotTextError as error:
        yield ReadError(origin, str(error), size)
        return
    except orjson.JSONDecodeError:
        yield ReadError(origin, "not a row of JSON", size)  # the decoder's message may quote the row
        return
    # The text of a FHIR resource is no string: a row of ours may have a member of that name.
    if isinstance(row, dict) and "resourceType" in row and not isinstance(row.get("text"), str):
        from .fhir import resources

        yield from resources(row, origin, size)
    else:
        yield _report(row, decoded, origin, size)


def _report(row: object, decoded: Decoded, origin: str, size: int) -> Item:
    if not isinstance(row, dict):
        return ReadError(origin, 'not an object with "id" and "text"', size)
    id_, text = row.get("id"), row.get("text")
    if isinstance(id_, int) and not isinstance(id_, bool):
        id_ = str(id_)
    if not isinstance(id_, str) or not id_.strip():
        return ReadError(origin, '"id" is missing or not a string', size)
    if not isinstance(text, str):
        return ReadError(origin, '"text" is missing or not a string', size)
    context = row.get("context", {})
    wrong = _wrong_context(context)
    if wrong:
        return ReadError(origin, wrong, size)
    return document(id_, Decoded(text, decoded.encoding, decoded.guessed), origin, size, context)


def _wrong_context(context: object) -> str | None:
    """What is wrong with the form of a row's context; its values are not looked at here, nor ever shown."""
    if not isinstance(context, dict):
        return '"context" is not an object'
    for number, (name, value) in enumerate(context.items(), 1):
        if name not in NAMES:
            return f'"context": unknown member {named(name, str(number))}, expected some of {", ".join(NAMES)}'
        if not isinstance(value, str):
            return f'"context": "{name}" is not a string'
    return None
