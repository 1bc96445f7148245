"""What readers take and give: a Source of bytes in, Documents and ReadErrors out, and the limits that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TypeAlias

from parser.model import Issue, IssueKind

from ..decoding import Decoded, NotTextError, decode, nul_issues

MAX_CHARACTERS: Final = 2 * 1024 * 1024  # of one report; reliability goal S-5
MAX_TEXT_BYTES: Final = 4 * MAX_CHARACTERS + 4  # no encoding we read needs more, with its byte order mark
MAX_ROW_BYTES: Final = (
    8 * MAX_CHARACTERS
)  # one report with what stands around it: escapes make it longer, and other members stand beside it
TOO_LONG: Final = f"text too long: the limit is {MAX_CHARACTERS:,} characters a report"

# A correction that its writer wanted to be seen: the words beside it may read differently without them.
STRUCK_OUT: Final = Issue(IssueKind.TEXT_LEFT_OUT, "words that are struck out or deleted were left out", ())


@dataclass(frozen=True, slots=True)
class Document:
    """One report as text. Offsets of everything found later count the characters of ``text``."""

    id: str
    text: str
    origin: str  # file, and line of a row: for messages
    encoding: str = "utf-8"
    guessed: bool = False  # whether the encoding is a guess
    issues: tuple[Issue, ...] = ()  # doubts about the characters, and about how the text was come by
    size: int = 0  # bytes read
    context: Mapping[str, str] = field(default_factory=dict, repr=False)  # what its source says of the report: names of surroundings.NAMES


@dataclass(frozen=True, slots=True)
class Unread:
    """A report still in the bytes of its file: to read a PDF takes longer than all else, so that is left to the worker processes."""

    id: str
    data: bytes = field(repr=False)
    media_type: str
    origin: str
    issues: tuple[Issue, ...] = ()  # doubts about the bytes
    size: int = 0
    context: Mapping[str, str] = field(default_factory=dict, repr=False)


class ReadError(Exception):
    """An input, or one row of it, that gives no report. ``reason`` never holds report text."""

    def __init__(self, origin: str, reason: str, size: int = 0) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason
        self.size = size


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the two columns that a table of reports cannot do without."""

    id: str = "id"
    text: str = "text"


COLUMNS: Final = Columns()


@dataclass(frozen=True, slots=True)
class Source:
    """A stream of bytes that is read once from where it stands."""

    stream: BinaryIO
    origin: str  # file, and entry of an archive: for messages
    stem: str  # the id of a report whose kind of file holds none
    columns: Columns = COLUMNS


Item: TypeAlias = Document | Unread | ReadError
Reader: TypeAlias = Callable[[Source], Iterator[Item]]


def whole(data: bytes, id_: str, origin: str) -> Document | ReadError:
    """The report that is the whole of some bytes."""
    if len(data) > MAX_TEXT_BYTES:
        return ReadError(origin, TOO_LONG, len(data))
    try:
        decoded = decode(data)
    except NotTextError as error:
        return ReadError(origin, str(error), len(data))
    return document(id_, decoded, origin, len(data), {})


def document(
    id_: str, decoded: Decoded, origin: str, size: int, context: Mapping[str, str], issues: tuple[Issue, ...] = ()
) -> Document | ReadError:
    """A report with the doubts of its reading and of its characters; an empty value of the context is not given."""
    text = decoded.text
    if len(text) > MAX_CHARACTERS:
        return ReadError(origin, TOO_LONG, size)
    given = {name: value for name, value in context.items() if value}
    return Document(id_, text, origin, decoded.encoding, decoded.guessed, (*issues, *nul_issues(text)), size, given)


def os_reason(error: OSError) -> str:
    """Why the system refused, in its words for the kind of error, without a path."""
    return (error.strerror or type(error).__name__).lower()
