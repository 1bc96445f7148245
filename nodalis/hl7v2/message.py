"""The bytes of a message -> its segments and fields, decoded as MSH-18 says and split by the delimiters of MSH-1 and MSH-2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..decoding import Decoded, NotTextError, decode
from .escapes import unescaper

# Table 0211; windows-1252 holds all of 8859-1 that is printed, and what senders mean by it.
_CHARACTER_SETS: Final = {
    "": None, "ASCII": None, "UNICODE": None, "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "8859/1": "cp1252",
    **{f"8859/{part}": f"iso8859-{part}" for part in (*range(2, 10), 15)},
}  # fmt: skip
_NULL: Final = '""'


class MessageError(ValueError):
    """Why a message, or an order of it, gives no report: a field and a rule, never a value."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it stands in the message; ``fields[3]`` is the third field, MSH-1 that of MSH."""

    name: str
    fields: Sequence[str] = field(repr=False)
    place: str = ""  # "OBX[7]" is the seventh OBX of the message

    def raw(self, number: int) -> str:
        """A field with its delimiters and escapes; empty if it is not there, or HL7's null."""
        value = self.fields[number] if number < len(self.fields) else ""
        return "" if value == _NULL else value


_NONE: Final = Segment("", ())


@dataclass(frozen=True, slots=True)
class Message:
    """The segments of a message in order, with its delimiters."""

    segments: tuple[Segment, ...]
    encoding: str
    guessed: bool
    component: str
    repetition: str
    subcomponent: str
    plain: Callable[[str], str] = field(repr=False)  # text without escapes

    def first(self, name: str) -> Segment:
        """The first segment of a name; one without fields if there is none."""
        return next((segment for segment in self.segments if segment.name == name), _NONE)

    def repetitions(self, raw: str) -> list[str]:
        """The repetitions of a field, at least one."""
        return raw.split(self.repetition) if self.repetition else [raw]

    def components(self, raw: str) -> list[str]:
        """The components of a repetition, at least one, as they stand."""
        return raw.split(self.component) if self.component else [raw]

    def parts(self, raw: str) -> list[str]:
        """The plain components of a repetition, of each its first subcomponent."""
        return [self.subcomponents(component)[0] for component in self.components(raw)]

    def undivided(self, raw: str) -> str:
        """The first subcomponent of a component as it stands; empty if it is HL7's null."""
        found = raw.partition(self.subcomponent)[0] if self.subcomponent else raw
        return "" if found == _NULL else found

    def subcomponents(self, raw: str) -> list[str]:
        """The plain subcomponents of a component, at least one, without outer spaces."""
        found = raw.split(self.subcomponent) if self.subcomponent else [raw]
        return ["" if part == _NULL else " ".join(self.plain(part).split()) if part else part for part in found]

    def value(self, segment: Segment, number: int, component: int = 1) -> str:
        """A component of the first repetition of a field, plain; empty if it is not there."""
        raw = part(self.components(self.repetitions(segment.raw(number))[0]), component)
        return self.subcomponents(raw)[0] if raw else ""


def part(parts: Sequence[str], number: int) -> str:
    """The component of a number, from 1; empty if there are fewer."""
    return parts[number - 1] if number <= len(parts) else ""


def parse(segments: Sequence[bytes], fallback: str = "cp1252") -> Message:
    r"""The message of segments, of which the first is MSH; ``fallback`` is the encoding of one that is not UTF-8 and names no other.

    >>> message = parse([b"MSH|^~\\&|LAB", b"PID|1||0815^^^HOSP^MR"])
    >>> message.value(message.first("PID"), 3), message.value(message.first("PID"), 3, 5)
    ('0815', 'MR')

    Raises:
        MessageError: its delimiters or its character set are none that can be read.
    """
    separator, encoding_characters = _delimiters(segments[0])
    component, repetition, escape, subcomponent = (*encoding_characters, "", "", "")[:4]
    decoded = _decoded(segments, separator, fallback)
    rows = decoded.text.split("\r")  # no segment holds a carriage return
    counts: Counter[str] = Counter()
    found = tuple(_segment(row, separator, counts) for row in rows)
    plain = unescaper(separator, component, repetition, escape, subcomponent, decoded.encoding)
    return Message(found, decoded.encoding, decoded.guessed, component, repetition, subcomponent, plain)


def _segment(row: str, separator: str, counts: Counter[str]) -> Segment:
    fields = row.split(separator)
    counts[fields[0]] += 1
    if fields[0] == "MSH":  # its first field is the separator itself
        fields.insert(1, separator)
    return Segment(fields[0], fields, f"{fields[0]}[{counts[fields[0]]}]")


def _delimiters(header: bytes) -> tuple[str, str]:
    """The field separator and the encoding characters, which are all different signs."""
    try:
        text = header[:9].decode("ascii")
    except UnicodeDecodeError:
        raise MessageError("the delimiters in MSH-1 and MSH-2 are none that can be read") from None
    separator = text[3:4]
    characters = text[4:].partition(separator)[0]
    signs = separator + characters
    if not characters or len(set(signs)) < len(signs) or any(sign.isalnum() or sign.isspace() or not sign.isprintable() for sign in signs):
        raise MessageError("the delimiters in MSH-1 and MSH-2 are missing or not distinct")
    return separator, characters


def _decoded(segments: Sequence[bytes], separator: str, fallback: str) -> Decoded:
    header = segments[0].decode("latin-1").split(separator)
    named = header[17] if len(header) > 17 else ""
    name = named.split(header[1][1:2] or "~")[0].strip().upper().replace("ISO-8859-", "8859/").replace("ISO 8859-", "8859/")
    if name not in _CHARACTER_SETS:
        raise MessageError("its character set (MSH-18) is none that is read: expected ASCII, 8859/1 to 8859/9, 8859/15 or UNICODE UTF-8")
    encoding = _CHARACTER_SETS[name]
    data = b"\r".join(segments)
    try:
        if encoding in (None, "utf-8"):
            return decode(data, fallback)
        return Decoded(data.decode(encoding or ""), encoding or "")
    except NotTextError as error:
        raise MessageError(str(error)) from None
    except UnicodeDecodeError:
        raise MessageError("not text: not in the character set that MSH-18 names") from None
