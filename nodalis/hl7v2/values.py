"""What each repetition of an OBX or NTE segment says: words with their origin, or a document that is not yet read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ..decoding import NotTextError
from .enclosed import Enclosed, encapsulated
from .message import Message, Segment, part
from .origins import Origin, Words, linked, spaced, words

TEXT: Final = frozenset({"FT", "TX", "ST", "ED", "RP", ""})
CODED: Final = frozenset({"CE", "CWE", "CNE", "CF"})
_MARKUP: Final = re.compile(r"\s*<(?:\?xml|!doctype|html|body|div|p|ClinicalDocument)\b", re.IGNORECASE)
_POINTER: Final = "its text is only a pointer (RP), and nothing is fetched"
_NOTHING: Final = words("")


@dataclass(slots=True)
class Embedded:
    """What stands in OBX segments besides text: why it is not read, and whether a text in it was guessed, or cut within words."""

    reasons: list[str] = field(default_factory=list)
    guessed: bool = False
    cut: bool = False


def values(message: Message, row: Segment, embedded: Embedded) -> Sequence[Words | Enclosed]:
    """What each repetition of a row says."""
    number = 3 if row.name == "NTE" else 5
    kind = "TX" if row.name == "NTE" else row.raw(2).upper()
    if kind == "RP":
        embedded.reasons.append(_POINTER)
        return []
    repetitions = [(raw, Origin(row.place, number, at, 0, 0)) for at, raw in enumerate(message.repetitions(row.raw(number)), 1)]
    if row.name == "NTE":
        return [words(message.plain(raw), origin) for raw, origin in repetitions]
    if kind == "ED":
        return [found for raw, origin in repetitions if (found := _encapsulated(message, raw, origin, embedded))]
    if kind in TEXT:
        return [_unmarked(words(message.plain(raw), origin), embedded) for raw, origin in repetitions]
    parts = [_components(message, raw, origin) for raw, origin in repetitions]
    if kind in CODED:
        return [next((found[at - 1] for at in (2, 9, 5, 1) if at <= len(found) and found[at - 1].text), _NOTHING) for found in parts]
    unit = component(message, message.repetitions(row.raw(6))[0], Origin(row.place, 6, 1, 1, 0))
    link = "" if kind == "SN" else " "
    return [_measured(linked((said for said in found if said.text), link), unit) for found in parts]


def component(message: Message, raw: str, origin: Origin) -> Words:
    """The component of a repetition that an origin names, of it the first subcomponent; nothing if it is not there."""
    found = part(message.components(raw), origin.component)
    return spaced(message.plain(message.undivided(found)), origin) if found else _NOTHING


def _components(message: Message, raw: str, origin: Origin) -> list[Words]:
    return [component(message, raw, origin._replace(component=at)) for at in range(1, len(message.components(raw)) + 1)]


def _measured(value: Words, unit: Words) -> Words:
    return linked((value, unit), " ") if value.text and unit.text else value


def _encapsulated(message: Message, raw: str, origin: Origin, embedded: Embedded) -> Words | Enclosed:
    """What is in an ED; what is none of a report is a reason and no text."""
    try:
        found = encapsulated(message, raw, origin._replace(component=5))
    except NotTextError as error:
        embedded.reasons.append(f"the data in OBX-5 (ED): {error}")
        return _NOTHING
    if isinstance(found, Enclosed):
        return found
    said, guessed = found
    embedded.guessed |= guessed
    return _unmarked(said, embedded)


def _unmarked(said: Words, embedded: Embedded) -> Words:
    """A text, unless it is one with marks that may strike words out and are not read."""
    if not _MARKUP.match(said.text):
        return said
    embedded.reasons.append("its text is HTML or XML within OBX-5: expected plain text")
    return _NOTHING
