"""Reads the NAACCR XML of a registry: one tumour after the other, with the items of its patient, in bounded memory.

Files of the dictionaries 23 to 26 are read. Nothing outside the file is opened, nothing is expanded, and no message holds a value.
An item that no dictionary knows is kept by its id like every other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from ..readers import ReadError
from .packed import BROKEN, broken

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_PATIENT_BYTES: Final = 16 * 1024 * 1024  # of one patient, who is held whole; the longest text items have 64,000 characters
_SPACE: Final = "{http://naaccr.org/naaccrxml}"
_ROOT, _PATIENT, _TUMOR, _ITEM = (f"{_SPACE}{name}" for name in ("NaaccrData", "Patient", "Tumor", "Item"))
_DICTIONARY: Final = re.compile(r"https?://(?:www\.)?naaccr\.org/naaccrxml/naaccr-dictionary-(2[3-6])0\.xml")
_NOT_NAACCR: Final = "not NAACCR XML: expected NaaccrData of http://naaccr.org/naaccrxml"
_NOT_XML: Final = "not well-formed XML, or nested or expanded beyond what a registry needs"


@dataclass(frozen=True, slots=True)
class Existing:
    """One tumour as a registry holds it. Values by naaccrId, without outer spaces; an empty one is not given."""

    number: int  # 1 is the first tumour of the file
    version: str  # of the dictionary: "23" to "26"
    patient: Mapping[str, str] = field(repr=False)
    tumor: Mapping[str, str] = field(repr=False)
    repeated: frozenset[str] = frozenset()  # items given more than once, with different values

    def value(self, item: str) -> str | None:
        """The value of an item of the tumour, else of its patient."""
        return self.tumor.get(item, self.patient.get(item))


def read(stream: BinaryIO, origin: str) -> Iterator[Existing | ReadError]:
    """The tumours of a file in their order. An error is the last thing: what stands before it was read."""
    from lxml import etree

    bounded = _Bounded(stream)
    number, version = 0, ""
    try:
        parser = etree.iterparse(
            bounded,
            events=("start", "end"),
            tag=(_ROOT, _PATIENT),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for event, element in parser:
            if element.tag == _ROOT:
                version = version or _version(element)
            elif event == "end" and version:
                for existing in _tumors(element, number, version):
                    yield existing
                    number = existing.number
                _forget(element)
                bounded.taken = 0
        if not version:
            raise _Refused(_NOT_NAACCR)
    except _Refused as error:
        yield ReadError(origin, _said(str(error), number))
    except BROKEN as error:
        yield ReadError(origin, _said(broken(error), number))
    except (etree.XMLSyntaxError, ValueError):  # its message may quote the file
        yield ReadError(origin, _said(_NOT_XML, number))


class _Refused(Exception):
    """Why a file is not read on; its message holds nothing of the file."""


class _Bounded:
    """A stream that gives no more than one patient may have; ``taken`` is set back where a patient ends."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.taken += len(data)
        if self.taken > MAX_PATIENT_BYTES:
            raise _Refused(f"{MAX_PATIENT_BYTES:,} bytes without the end of a patient")
        return data


def _version(root: _Element) -> str:
    """The version of the dictionary of a file; refuses what is no NAACCR XML."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise _Refused("has a DOCTYPE, which no NAACCR XML needs")
    if root.getparent() is not None:
        raise _Refused(_NOT_NAACCR)
    found = _DICTIONARY.fullmatch(root.get("baseDictionaryUri", "").strip())
    if found is None:
        raise _Refused("of another dictionary: expected the baseDictionaryUri of version 23, 24, 25 or 26")
    return found[1]


def _tumors(patient: _Element, before: int, version: str) -> Iterator[Existing]:
    own, repeated = _items(patient)
    for number, tumor in enumerate(patient.iterchildren(_TUMOR), before + 1):
        values, again = _items(tumor)
        yield Existing(number, version, own, values, repeated | again)


def _items(parent: _Element) -> tuple[dict[str, str], frozenset[str]]:
    """The values of a patient or tumour by id, and the ids that stand there with different values."""
    values: dict[str, str] = {}
    repeated = set()
    for item in parent.iterchildren(_ITEM):
        # The schema asks for the id; where only the number stands there, the value is kept by that.
        key = item.get("naaccrId") or item.get("naaccrNum", "")
        value = ("".join(item.itertext()) if len(item) else item.text or "").strip()
        if key and value and values.setdefault(key, value) != value:
            repeated.add(key)
    return values, frozenset(repeated)


def _forget(element: _Element) -> None:
    """Free a patient, and what stood before it."""
    parent = element.getparent()
    element.clear()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _said(reason: str, number: int) -> str:
    return f"{reason}; what stands before it was read: {number:,} tumour{'s' * (number != 1)}" if number else reason
