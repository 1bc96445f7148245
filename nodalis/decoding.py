"""Bytes -> text: UTF-8, UTF-16 by its byte order mark, else Windows-1252, said as a guess."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from parser.model import Issue, IssueKind, Span

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROLS = bytes(code for code in range(1, 0x20) if code not in b"\t\n\v\f\r\x1b") + b"\x7f"
_MAX_CONTROL_SHARE = 0.02  # of the bytes: scanner output holds a stray control here and there, a binary file is full of them
_MIN_CONTROLS = 4
_MAX_NUL_SHARE = 0.25  # fewer are a doubt about the text, not a reason to refuse it
_MAX_SPANS = 20
_OTHER_FORMATS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive or Office document",
    b"{\\rtf": "an RTF document",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf\x11\xe0": "an old Office document",
}


class NotTextError(ValueError):
    """Bytes that no text encoding we read explains."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without its byte order mark, and the encoding it was read as; ``guessed`` if nothing in the bytes says so."""

    text: str
    encoding: str
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a document that is more than text, with the doubts of how it was come by."""

    decoded: Decoded
    issues: tuple[Issue, ...] = ()


def decode(data: bytes, fallback: str = "cp1252") -> Decoded:
    r"""The text of a file; ``fallback`` is the encoding of one that is not UTF-8 and says nothing else.

    >>> decode(b"\xef\xbb\xbfpN1a").text
    'pN1a'
    >>> decode(b"2\x961 mm").encoding
    'cp1252'

    Raises:
        NotTextError: binary data, or bytes that are no text in the encoding they claim.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                text = data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise NotTextError(f"not text: has the byte order mark of {encoding[:6].upper()} but is not that") from error
            if encoding == "utf-8":
                _refuse_binary(data)
            return Decoded(text, encoding)
    for magic, name in _OTHER_FORMATS.items():
        if data.startswith(magic):
            raise NotTextError(f"not text: this is {name}")
    _refuse_binary(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data, fallback)
    return Decoded(text, "utf-8")


def nul_issues(text: str) -> tuple[Issue, ...]:
    """The doubt that NUL characters raise: they stand where something was lost, and it may have been a digit."""
    spans = tuple(Span(found.start(), found.end()) for found in re.finditer("\x00+", text)) if "\x00" in text else ()
    if not spans:
        return ()
    count = text.count("\x00")
    return (Issue(IssueKind.UNREADABLE_TEXT, f"the text holds {count} NUL character{'s' * (count > 1)}", spans[:_MAX_SPANS]),)


def _guess(data: bytes, fallback: str) -> Decoded:
    try:
        text = data.decode(fallback)
    except UnicodeDecodeError as error:
        name = "Windows-1252" if fallback == "cp1252" else fallback
        raise NotTextError(f"not text: neither UTF-8, UTF-16 with a byte order mark, nor {name}") from error
    return Decoded(text, fallback, guessed=True)


def _refuse_binary(data: bytes) -> None:
    if max(data[0::2].count(0), data[1::2].count(0)) > 0.35 * len(data):
        raise NotTextError("not text: looks like UTF-16 without a byte order mark; save it as UTF-8")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > max(_MIN_CONTROLS, _MAX_CONTROL_SHARE * len(data)) or data.count(0) > _MAX_NUL_SHARE * len(data):
        raise NotTextError("not text: binary data")
