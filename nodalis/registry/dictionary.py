"""The NAACCR data dictionaries 25 and 26, as NAACCR publishes them: what each item is called, how long it is, where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias, cast, get_args

Release: TypeAlias = Literal["25", "26"]
RecordType: TypeAlias = Literal["A", "M", "C", "I"]  # full abstract, modified record, confidential, incidence only
Level: TypeAlias = Literal["NaaccrData", "Patient", "Tumor"]

NAMESPACE: Final = "http://naaccr.org/naaccrxml"
RELEASES: Final[tuple[Release, ...]] = get_args(Release)
RECORD_TYPES: Final[tuple[RecordType, ...]] = get_args(RecordType)

# What a value of a type may be (NAACCR Data Exchange Standard); a date may end behind its year or month.
_DATE: Final = r"(?:18|19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?"
_TYPES: Final = {
    "digits": re.compile(r"[0-9]+"),
    "numeric": re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
    "alpha": re.compile(r"[A-Z]+"),
    "mixed": re.compile(r"[A-Z0-9]+"),
    "date": re.compile(_DATE),
    "dateTime": re.compile(rf"{_DATE}.{{0,17}}|\d{{4}}-\d\d(?:-\d\d)?.{{0,18}}"),
}
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_WHOLE_DATE: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a dictionary."""

    id: str
    number: int
    name: str
    length: int
    level: Level
    record_types: str  # the letters of the record types that may hold it, such as "AM"
    kind: str  # digits, numeric, alpha, mixed, date, dateTime or text

    def problem(self, value: str, record_type: str) -> str | None:
        """Why this item may not hold the value in such a record; None if it may. Never quotes the value."""
        if record_type not in self.record_types:
            return f"not an item of records of type {record_type}"
        if not value:
            return "empty"
        if size(value) > self.length:
            return f"longer than {self.length} characters"
        if _NOT_XML.search(value):
            return "a character that XML cannot hold"
        pattern = _TYPES.get(self.kind)
        if pattern is not None and not pattern.fullmatch(value):
            return f"expected {self.kind}"
        if self.kind == "date" and len(value) == _WHOLE_DATE and not _in_calendar(value):
            return "no day of the calendar"
        return None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A release of the dictionary: its items by id, in their order."""

    release: Release
    uri: str
    entries: Mapping[str, Entry]

    @property
    def specification(self) -> str:
        """The version of the XML specification that files of this release name."""
        return _SPECIFICATIONS[self.release]


_SPECIFICATIONS: Final[Mapping[Release, str]] = {"25": "1.7", "26": "1.8"}


@lru_cache
def load_dictionary(release: Release = "26") -> Dictionary:
    """The dictionary of a release."""
    from lxml import etree

    root = etree.fromstring((files(__package__) / "data" / f"naaccr-dictionary-{release}0.xml").read_bytes())
    entries = {
        item.get("naaccrId", ""): Entry(
            item.get("naaccrId", ""),
            int(item.get("naaccrNum", "0")),
            item.get("naaccrName", ""),
            int(item.get("length", "0")),
            cast(Level, item.get("parentXmlElement")),
            item.get("recordTypes", "").replace(",", ""),
            item.get("dataType", "text"),
        )
        for item in root.iter(f"{{{NAMESPACE}}}ItemDef")
    }
    return Dictionary(release, root.get("dictionaryUri", ""), entries)


def _in_calendar(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def size(value: str) -> int:
    """How long a value is: in UTF-16 code units, as the readers of registries count.

    >>> size("pN1a"), size("\\U0001f600")
    (4, 2)
    """
    return len(value.encode("utf-16-le", "surrogatepass")) // 2
