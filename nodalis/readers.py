"""INPUT... -> Documents: text files, folders of them, JSON lines, standard input.

An input that cannot be read gives a ReadError among the Documents, and the others are read on. Nothing larger
than a report may be is ever held in memory.
"""

from __future__ import annotations

import os
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from parser.model import Issue

from .decoding import NotTextError, decode, nul_issues
from .surroundings import NAMES, named

MAX_CHARACTERS = 2 * 1024 * 1024  # of one report; reliability goal S-5
_MAX_FILE_BYTES = 4 * MAX_CHARACTERS + 4  # no encoding we read needs more, with its byte order mark
_MAX_LINE_BYTES = 8 * MAX_CHARACTERS  # one JSON row: escapes make text longer, and other members may stand beside it
_TOO_LONG = f"text too long: the limit is {MAX_CHARACTERS:,} characters a report"
_TEXT_SUFFIXES = ("", ".txt", ".text")
_ROW_SUFFIXES = (".jsonl", ".ndjson")
_MARKS_AND_SPACE = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Document:
    """One report as text. Offsets of everything found later count the characters of ``text``."""

    id: str
    text: str
    origin: str  # file, and line of a row: for messages
    encoding: str = "utf-8"
    guessed: bool = False  # whether the encoding is a guess
    issues: tuple[Issue, ...] = ()  # doubts about the characters themselves
    size: int = 0  # bytes read
    context: Mapping[str, str] = field(default_factory=dict, repr=False)  # what its source says of the report: names of surroundings.NAMES


class ReadError(Exception):
    """An input, or one row of it, that gives no report. ``reason`` never holds report text."""

    def __init__(self, origin: str, reason: str, size: int = 0) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason
        self.size = size


def read(inputs: Iterable[str]) -> Iterator[Document | ReadError]:
    """Every report of the inputs, in order; folders by sorted names."""
    for name in inputs:
        try:
            yield from _stdin() if name == STDIN else _path(Path(name))
        except OSError as error:
            yield ReadError(name, _os_reason(error))


def total_bytes(inputs: Iterable[str]) -> int | None:
    """The size of all inputs for a progress bar; None where it cannot be known beforehand."""
    total = 0
    for name in inputs:
        if name == STDIN:
            return None
        path = Path(name)
        try:
            total += sum(file.stat().st_size for file in _text_files(path)) if path.is_dir() else path.stat().st_size
        except OSError:
            continue
    return total


def _path(path: Path) -> Iterator[Document | ReadError]:
    if path.is_dir():
        yield from _folder(path)
    elif not path.exists():
        yield ReadError(str(path), "no such file or folder")
    elif path.suffix.lower() in _ROW_SUFFIXES:
        with path.open("rb") as stream:
            yield from _rows(stream, str(path))
    elif path.suffix.lower() in _TEXT_SUFFIXES:
        yield _text_file(path)
    else:
        yield ReadError(str(path), "unsupported kind of file: expected .txt, .jsonl, .ndjson, a folder or -")


def _folder(folder: Path) -> Iterator[Document | ReadError]:
    found = False
    for file in _text_files(folder):
        found = True
        try:
            yield _text_file(file)
        except OSError as error:
            yield ReadError(str(file), _os_reason(error))
    if not found:
        yield ReadError(str(folder), "no .txt file in this folder")


def _text_files(folder: Path) -> Iterator[Path]:
    """The .txt files below a folder, names sorted at each level. Links to folders are not followed."""
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith(".txt"):
                yield Path(base, name)


def _text_file(path: Path) -> Document | ReadError:
    with path.open("rb") as stream:
        return _text(stream.read(_MAX_FILE_BYTES + 1), path.stem, str(path))


def _text(data: bytes, id_: str, origin: str) -> Document | ReadError:
    if len(data) > _MAX_FILE_BYTES:
        return ReadError(origin, _TOO_LONG, len(data))
    try:
        decoded = decode(data)
    except NotTextError as error:
        return ReadError(origin, str(error), len(data))
    if len(decoded.text) > MAX_CHARACTERS:
        return ReadError(origin, _TOO_LONG, len(data))
    return Document(id_, decoded.text, origin, decoded.encoding, decoded.guessed, nul_issues(decoded.text), len(data))


def _stdin() -> Iterator[Document | ReadError]:
    """Rows of JSON if the first character is a brace, else one text with the id ``stdin``."""
    stream = sys.stdin.buffer
    head = stream.read(4096)
    if head.lstrip(_MARKS_AND_SPACE).startswith(b"{"):
        yield from _rows(stream, "stdin", head)
    else:
        yield _text(head + stream.read(_MAX_FILE_BYTES + 1), "stdin", "stdin")


def _rows(stream: BinaryIO, name: str, head: bytes = b"") -> Iterator[Document | ReadError]:
    for number, (line, size) in enumerate(_lines(stream, head), 1):
        origin = f"{name}: line {number}"
        if line is None:
            yield ReadError(origin, "row too long", size)
        elif number == 1 and line.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            yield ReadError(name, "rows of JSON must be UTF-8, these are UTF-16")
            return
        elif line.strip(_MARKS_AND_SPACE):
            yield _row(line, origin)


def _lines(stream: BinaryIO, head: bytes) -> Iterator[tuple[bytes | None, int]]:
    """Each line and its size; None for a line longer than a row may be, which is passed over in pieces."""
    # What was read ahead ends anywhere: its last line goes on in the stream.
    ahead = BytesIO(head)
    while line := ahead.readline() or stream.readline(_MAX_LINE_BYTES):
        if not line.endswith(b"\n") and len(line) < _MAX_LINE_BYTES:
            line += stream.readline(_MAX_LINE_BYTES)
        size = len(line)
        if size >= _MAX_LINE_BYTES and not line.endswith(b"\n"):
            while piece := stream.readline(_MAX_LINE_BYTES):
                size += len(piece)
                if piece.endswith(b"\n"):
                    break
            yield None, size
        else:
            yield line, size


def _row(line: bytes, origin: str) -> Document | ReadError:
    import orjson

    try:
        decoded = decode(line)
        row = orjson.loads(decoded.text.strip("\ufeff \t\r\n"))
    except NotTextError as error:
        return ReadError(origin, str(error), len(line))
    except orjson.JSONDecodeError:
        return ReadError(origin, "not a row of JSON", len(line))  # the decoder's message may quote the row
    if not isinstance(row, dict):
        return ReadError(origin, 'not an object with "id" and "text"', len(line))
    id_, text = row.get("id"), row.get("text")
    if isinstance(id_, int) and not isinstance(id_, bool):
        id_ = str(id_)
    if not isinstance(id_, str) or not id_.strip():
        return ReadError(origin, '"id" is missing or not a string', len(line))
    if not isinstance(text, str):
        return ReadError(origin, '"text" is missing or not a string', len(line))
    if len(text) > MAX_CHARACTERS:
        return ReadError(origin, _TOO_LONG, len(line))
    context = row.get("context", {})
    wrong = _wrong_context(context)
    if wrong:
        return ReadError(origin, wrong, len(line))
    given = {name: value for name, value in context.items() if value}  # an empty one is not given
    return Document(id_, text, origin, decoded.encoding, decoded.guessed, nul_issues(text), len(line), given)


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


def _os_reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
