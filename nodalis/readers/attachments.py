"""Bytes with a media type -> text: plain text, RTF and PDF, as files and as what messages and resources carry with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Final

from ..decoding import Decoded, Extract, NotTextError, decode
from .document import MAX_TEXT_BYTES, TOO_LONG, Document, Item, ReadError, Source, Unread, document

MAX_BYTES: Final = 24 * 1024 * 1024  # of a document that may hold pictures; reliability goal S-5
PLAIN: Final = "text/plain"
RTF: Final = "application/rtf"
PDF: Final = "application/pdf"
READ: Final = (PLAIN, RTF, PDF)  # the best first: where a report comes as several, all of them say the same
_NAMES: Final = {"text/rtf": RTF, "application/x-rtf": RTF, "application/x-pdf": PDF}
_MODULES: Final = {RTF: "rtf", PDF: "pdf"}
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_DOCUMENT_SECONDS: Final = 120.0  # RTF and PDF are read by processes with limits of their own
_MAY_HOLD_ONE: Final = (b"base64", b"pdf", b"rtf")
_CP1252: Final = frozenset(("iso-8859-1", "latin1", "windows-1252", "cp1252"))  # read alike, as browsers do


def kind_of(media_type: str) -> str:
    """A media type without its parameters, by the name we have for it.

    >>> kind_of("text/RTF"), kind_of("text/plain; charset=utf-8"), kind_of("image/png")
    ('application/rtf', 'text/plain', 'image/png')
    """
    name = media_type.partition(";")[0].strip().lower()
    return _NAMES.get(name, name)


def text_of(data: bytes, media_type: str) -> Extract:
    """The text of some bytes, with the doubts of how it was come by.

    Raises:
        NotTextError: there is none to be had; one line that never holds words of the report.
    """
    kind = kind_of(media_type)
    if kind in _MODULES:
        if len(data) > MAX_BYTES:
            raise NotTextError(f"longer than {MAX_BYTES:,} bytes")
        extract: Callable[[bytes], Extract] = import_module(f".{_MODULES[kind]}", __package__).extract
        return extract(data)
    if kind != PLAIN:
        raise NotTextError(f"of a media type that is not read: expected {', '.join(READ)}")
    if len(data) > MAX_TEXT_BYTES:
        raise NotTextError(TOO_LONG)
    decoded = decode(data)  # also refuses what is no text
    charset = _CHARSET.search(media_type)
    if decoded.guessed and charset and charset[1].lower() in _CP1252:
        decoded = Decoded(decoded.text, "cp1252")  # said by the type, so no guess
    return Extract(decoded)


def seconds_for(body: bytes, seconds: float) -> float:
    """How long a body may take to read, where one without documents in it has so many seconds.

    >>> seconds_for(b"OBX|1|TX|", 2), seconds_for(b"OBX|1|ED|||^application^PDF^Base64^", 2)
    (2, 120.0)
    """
    lowered = body.lower()  # a pattern that ignores case would hold up the event loop for half a second
    return max(seconds, _DOCUMENT_SECONDS) if any(word in lowered for word in _MAY_HOLD_ONE) else seconds


def of_file(source: Source, media_type: str) -> Item:
    """The report that is the whole of a file, not yet read."""
    data = source.stream.read(MAX_BYTES + 1)
    return Unread(source.stem, data, media_type, source.origin, size=len(data))


def opened(item: Unread) -> Document | ReadError:
    """The report that is in the bytes."""
    try:
        found = text_of(item.data, item.media_type)
    except NotTextError as error:
        return ReadError(item.origin, str(error), item.size)
    return document(item.id, found.decoded, item.origin, item.size, item.context, (*item.issues, *found.issues))
