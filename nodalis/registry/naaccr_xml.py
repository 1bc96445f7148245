"""Abstracts -> NAACCR XML, release 25 or 26: one patient with one tumour for each report, in the order given, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from .abstract import Abstract, Item
from .dictionary import NAMESPACE, Dictionary, Level, RecordType, Release, load_dictionary

if TYPE_CHECKING:
    from lxml.etree._serializer import _IncrementalFileWriter


class ItemError(ValueError):
    """An item that does not fit its field. The message names the item and never its value."""


@contextmanager
def writing_xml(stream: BinaryIO, release: Release, record_type: RecordType) -> Iterator[Callable[[Abstract], None]]:
    """A file of abstracts; gives what adds one that holds only items of such records (`fitting`), and then it stands in the stream."""
    from lxml import etree

    dictionary = load_dictionary(release)
    root = {"baseDictionaryUri": dictionary.uri, "recordType": record_type, "specificationVersion": dictionary.specification}
    with etree.xmlfile(stream, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element(_tag("NaaccrData"), root, nsmap={None: NAMESPACE}):

            def add(one: Abstract) -> None:
                items = tuple(one.items.values())
                file.write("\n  ")
                with file.element(_tag("Patient")):
                    _write(file, items, dictionary, "Patient", "\n    ")
                    file.write("\n    ")
                    with file.element(_tag("Tumor")):
                        _write(file, items, dictionary, "Tumor", "\n      ")
                        file.write("\n    ")
                    file.write("\n  ")
                file.flush()

            yield add
            file.write("\n")
    stream.write(b"\n")


def fitting(abstract: Abstract, dictionary: Dictionary, record_type: RecordType) -> Abstract:
    """The abstract with the items only that a record of this release and type holds: no text, name or number in records of type I.

    Raises:
        ItemError: a value is too long for its field or not of its type.
    """
    kept = {}
    for id_, item in abstract.items.items():
        entry = dictionary.entries.get(id_)
        if entry is None or record_type not in entry.record_types:
            continue
        if problem := entry.problem(item.value, record_type):
            raise ItemError(f"{id_}: {problem}")
        kept[id_] = item
    return replace(abstract, items=kept)


def _write(file: _IncrementalFileWriter, items: Sequence[Item], dictionary: Dictionary, level: Level, indent: str) -> None:
    for item in items:
        if dictionary.entries[item.id].level == level:
            file.write(indent)
            with file.element(_tag("Item"), naaccrId=item.id, naaccrNum=str(item.number)):
                file.write(item.value)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
