"""CDA R2: the text of a clinical document, section after section, with its number, patient and time.

Each section gives its title on a line of its own and then its narrative; a paragraph, a list item and a row of a table are lines.
Offsets count characters of this text. What the document marks as deleted or struck out is left out and raises a
doubt. A body that is no XML but plain text, RTF or PDF
is read as that.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..decoding import Decoded, Extract, NotTextError
from ..hl7v2.times import instant
from .attachments import PLAIN, kind_of, text_of
from .document import STRUCK_OUT, Item, ReadError, Source, document

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BYTES: Final = 16 * 1024 * 1024  # of a document, which is loaded whole: pictures may stand in it
_HL7: Final = "{urn:hl7-org:v3}"
_LINES: Final = frozenset({"paragraph", "item", "tr", "caption", "list", "table", "text", "footnote"})
_CELLS: Final = frozenset({"td", "th"})
_STRUCK: Final = re.compile(r"(?i)strike|line-?through")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SEXES: Final = {"F": "female", "M": "male"}


def read(source: Source) -> Iterator[Item]:
    """The one report of a document."""
    from lxml import etree

    data = source.stream.read(MAX_BYTES + 1)
    size = len(data)
    if size > MAX_BYTES:
        yield ReadError(source.origin, f"longer than {MAX_BYTES:,} bytes", size)
        return
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):  # its message may quote the document
        yield ReadError(source.origin, "not well-formed XML, or nested or expanded beyond what a report needs", size)
        return
    if root.getroottree().docinfo.internalDTD is not None:
        yield ReadError(source.origin, "has a DOCTYPE, which no CDA document needs", size)
    elif root.tag != f"{_HL7}ClinicalDocument":
        yield ReadError(source.origin, "not a CDA document: expected ClinicalDocument of urn:hl7-org:v3", size)
    elif len(_all(root, "recordTarget")) > 1:
        yield ReadError(source.origin, "has more than one patient", size)
    else:
        yield _report(root, source, size)


def _report(root: _Element, source: Source, size: int) -> Item:
    body = root.find(_path("component/nonXMLBody/text"))
    try:
        found = _attached(body) if body is not None else _narrated(root)
    except NotTextError as error:
        return ReadError(source.origin, f"its nonXMLBody: {error}", size)
    if not found.decoded.text.strip():
        return ReadError(source.origin, "no section with a text: expected a structuredBody or a nonXMLBody", size)
    context = _context(root)
    return document(context.get("report_id") or source.stem, found.decoded, source.origin, size, context, found.issues)


def _narrated(root: _Element) -> Extract:
    """The text of all sections."""
    text = "".join(_sections(root)).strip("\n")
    struck = any(_is_struck(one) and "".join(one.itertext()).strip() for one in root.iter(f"{_HL7}*"))
    return Extract(Decoded(text, "utf-8"), (STRUCK_OUT,) * struck)


def _attached(body: _Element) -> Extract:
    """The text of a body that is a document of another format; NotTextError if there is none."""
    data = "".join(body.itertext())
    if not data.strip():
        raise NotTextError("no data, and nothing is fetched: expected base64")
    media_type = body.get("mediaType", PLAIN)
    if body.get("representation") != "B64":
        if kind_of(media_type) != PLAIN:
            raise NotTextError("no base64: expected representation B64")
        return Extract(Decoded(data.strip("\n"), "utf-8"))
    try:
        decoded = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NotTextError("not base64") from None
    return text_of(decoded, media_type)


def _context(root: _Element) -> dict[str, str]:
    """What the header says, by the names of ``surroundings``."""
    found = {}
    system, number = _instance(root.find(f"{_HL7}id"))
    if number:
        found = {"issuer": system, "report_id": number}
    elif system:
        found = {"report_id": system.rpartition(":")[2]}
    for role in _all(root, "recordTarget/patientRole"):
        system, number = next((pair for item in _all(role, "id") if all(pair := _instance(item))), ("", ""))
        found["subject"] = f"{system}|{number}" if number else ""
        gender = role.find(_path("patient/administrativeGenderCode"))
        found["sex"] = _SEXES.get(gender.get("code", ""), "") if gender is not None else ""
    time = root.find(f"{_HL7}effectiveTime")
    found["issued"] = instant(time.get("value", "")) if time is not None else ""
    return found


def _instance(element: _Element | None) -> tuple[str, str]:
    """System and number of an instance identifier; a root is an OID or a UUID."""
    if element is None or element.get("nullFlavor"):
        return "", ""
    root = element.get("root", "").strip()
    kind = "uuid" if _UUID.fullmatch(root) else "oid"
    return f"urn:{kind}:{root}" if root else "", element.get("extension", "").strip()


def _sections(element: _Element) -> Iterator[str]:
    """The titles and texts of all sections below, outer before inner, in the order of the document."""
    for child in element:
        name = _name(child)
        if name == "section":
            title = child.find(f"{_HL7}title")
            if title is not None:
                yield f"\n{' '.join(''.join(_narrative(title)).split())}\n"
            for text in _all(child, "text"):
                yield from _narrative(text)
            yield from _sections(child)
        elif name in ("component", "structuredBody"):
            yield from _sections(child)


def _narrative(element: _Element) -> Iterator[str]:
    """The words of a passage as they stand; white space that only indents the XML is left out."""
    name = _name(element)
    if _is_struck(element):
        return
    if name == "br":
        yield "\n"
    if name in _LINES:
        yield "\n"
    yield _words(element.text)
    for child in element:
        yield from _narrative(child)
        yield _words(child.tail)
    if name in _LINES:
        yield "\n"
    elif name in _CELLS:
        yield "\t"


def _is_struck(element: _Element) -> bool:
    return element.get("revised") == "delete" or _STRUCK.search(element.get("styleCode", "")) is not None


def _words(text: str | None) -> str:
    return "" if not text or ("\n" in text and not text.strip()) else text


def _name(element: _Element) -> str:
    return element.tag.removeprefix(_HL7) if isinstance(element.tag, str) else ""


def _path(names: str) -> str:
    return "/".join(f"{_HL7}{name}" for name in names.split("/"))


def _all(element: _Element, names: str) -> list[_Element]:
    return element.findall(_path(names))
