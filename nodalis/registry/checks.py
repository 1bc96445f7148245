"""A NAACCR XML file checked by the schema and by the dictionary it names: what is wrong, line by line, without a value of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from .dictionary import NAMESPACE, RECORD_TYPES, RELEASES, Dictionary, Level, load_dictionary

if TYPE_CHECKING:
    from lxml.etree import XMLSchema, _Element

MAX_BYTES: Final = 256 * 1024 * 1024  # of a file, which is loaded whole
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,49}")  # what may be said of an id: anything else may be a value in the wrong place
# What the schema forbids, by libxml2's name for it, without what stands there.
_FORBIDDEN: Final = {
    "CVC_ELT_1": "expected NaaccrData of http://naaccr.org/naaccrxml", "ELEMENT_CONTENT": "an element where none of its kind may stand",
    "CVC_COMPLEX_TYPE_2_2": "an element inside an item", "CVC_COMPLEX_TYPE_2_3": "text outside of items",
    "CVC_COMPLEX_TYPE_3_2_1": "an attribute that is not of its element", "CVC_COMPLEX_TYPE_4": "an attribute is missing",
    "CVC_ENUMERATION_VALID": "recordType: expected A, M, C or I",
}  # fmt: skip
_SPECIFICATIONS: Final = frozenset(f"1.{minor}" for minor in range(9))


class Problem(NamedTuple):
    """What is wrong on a line of a file."""

    line: int
    message: str  # never holds a value


def problems(data: bytes) -> Sequence[Problem]:
    """All that is wrong with a file, in the order of its lines; nothing for a valid one."""
    from lxml import etree

    if len(data) > MAX_BYTES:
        return [Problem(1, f"longer than {MAX_BYTES:,} bytes")]
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:  # its message may quote the file
        return [Problem(getattr(error, "lineno", None) or 1, "not well-formed XML")]
    if root.getroottree().docinfo.internalDTD is not None:
        return [Problem(1, "has a document type declaration, which data files do not need")]
    return sorted({*_by_schema(root), *_by_dictionary(root)})


@lru_cache
def _schema() -> XMLSchema:
    from lxml import etree

    return etree.XMLSchema(etree.fromstring((files(__package__) / "data" / "naaccr_data_1.8.xsd").read_bytes()))


def _by_schema(root: _Element) -> Iterator[Problem]:
    schema = _schema()
    if not schema.validate(root):
        for error in schema.error_log:
            told = _FORBIDDEN.get(error.type_name.removeprefix("SCHEMAV_"), "an attribute with a value of another type")
            yield Problem(error.line, f"not allowed by the schema: {told}")


def _by_dictionary(root: _Element) -> Iterator[Problem]:
    dictionary = next((one for release in RELEASES if (one := load_dictionary(release)).uri == root.get("baseDictionaryUri")), None)
    if dictionary is None:
        yield Problem(_line(root), f"baseDictionaryUri: expected that of NAACCR {' or '.join(RELEASES)}")
        return
    if root.get("specificationVersion") not in _SPECIFICATIONS:
        yield Problem(_line(root), "specificationVersion: expected 1.0 to 1.8")
    own = bool(root.get("userDictionaryUri"))
    if own:
        yield Problem(_line(root), "userDictionaryUri: items of your own dictionaries cannot be checked")
    record_type = root.get("recordType", "")
    if record_type not in RECORD_TYPES:  # the schema has said so; without it no item can be judged
        return
    for parent in root.iter(*(f"{{{NAMESPACE}}}{level}" for level in get_args(Level))):
        yield from _items(parent, dictionary, record_type, own)


def _items(parent: _Element, dictionary: Dictionary, record_type: str, own: bool) -> Iterator[Problem]:
    """What is wrong with the items of an element; ``own``: items that the dictionary does not know may be of another."""
    items = parent.findall(f"{{{NAMESPACE}}}Item")
    level = str(parent.tag).rpartition("}")[2]
    for item in items:
        if not own or item.get("naaccrId") in dictionary.entries:
            for message in _item(item, level, dictionary, record_type):
                yield Problem(_line(item), message)
    counts = Counter(item.get("naaccrId", "") for item in items)
    last = {item.get("naaccrId", ""): item for item in items}
    for id_, count in counts.items():
        if count > 1:
            yield Problem(_line(last[id_]), f"{_named(id_)}: {count} times in one {level}")


def _item(item: _Element, level: str, dictionary: Dictionary, record_type: str) -> Iterator[str]:
    id_ = item.get("naaccrId")
    if id_ is None:  # the schema has said so
        return
    entry = dictionary.entries.get(id_)
    if entry is None:
        yield f"{_named(id_)}: not an item of NAACCR {dictionary.release}"
        return
    if entry.level != level:
        yield f"{id_}: stands in {level}, expected in {entry.level}"
    number = item.get("naaccrNum")
    if number is not None and number.strip() != str(entry.number):
        yield f"{id_}: naaccrNum is not {entry.number}"
    if len(item):
        yield f"{id_}: holds elements"
    elif (value := (item.text or "").strip()) and (problem := entry.problem(value, record_type)):
        yield f"{id_}: {problem}"


def _named(id_: str) -> str:
    return id_ if _ID.fullmatch(id_) else "an item"


def _line(element: _Element) -> int:
    return element.sourceline or 1
