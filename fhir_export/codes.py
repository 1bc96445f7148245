"""Typed access to ``codes.toml``: names in, CodeableConcepts out. Only codes seen in a published guide, and our own, come out.

A name is the dotted path of a table in the file: ``observation.nodes_examined``, ``edition.AJCC 8``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from .elements import JsonObject
from .frozen import freeze

__all__ = ["CONCEPTS", "EMITTED", "Code", "Concept", "Mark", "codings", "concept", "known_concept"]

Mark: TypeAlias = Literal["V", "V1", "S", "U", "own"]  # codes.toml says what they mean
_SHIPPED: Final = frozenset(("V", "V1", "own"))
_FIELDS: Final = {"system", "code", "mark", "source"}


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one system, with how far it is verified and where it was seen."""

    system: str
    code: str
    display: str | None
    mark: Mark
    source: str

    @property
    def shipped(self) -> bool:
        """Whether it may leave the project."""
        return self.mark in _SHIPPED

    @property
    def american(self) -> bool:
        """Whether only the US editions hold it: ICD-10-CM, and SNOMED CT outside its international core.

        The partition of a SNOMED CT identifier is its second and third digit from the right: 1x is an extension.
        """
        if self.system == "http://hl7.org/fhir/sid/icd-10-cm":
            return True
        return self.system == "http://snomed.info/sct" and self.code[-3] == "1"

    def coding(self) -> JsonObject:
        """The FHIR Coding."""
        shown = {"display": self.display} if self.display else {}
        return {"system": self.system, "code": self.code, **shown}


@dataclass(frozen=True, slots=True)
class Concept:
    """What one entry of ``codes.toml`` says."""

    name: str
    text: str | None
    codes: tuple[Code, ...]


def _read_code(name: str, entry: Mapping[str, str], systems: Mapping[str, str]) -> Code:
    missing = _FIELDS - entry.keys()
    unknown = entry.keys() - _FIELDS - {"display"}
    if missing or unknown:
        raise ValueError(f"codes.toml, {name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    if entry["system"] not in systems or entry["mark"] not in get_args(Mark):
        raise ValueError(f"codes.toml, {name}: the system must be one of [systems], the mark one of {get_args(Mark)}")
    return Code(systems[entry["system"]], entry["code"], entry.get("display"), cast(Mark, entry["mark"]), entry["source"])


def _read(table: Mapping[str, Any], path: str, systems: Mapping[str, str]) -> Iterator[Concept]:
    if "text" in table or "codings" in table:
        codes = tuple(_read_code(path, entry, systems) for entry in table.get("codings", ()))
        yield Concept(path, table.get("text"), codes)
        return
    for key, inner in table.items():
        yield from _read(inner, f"{path}.{key}" if path else key, systems)


def _load() -> Mapping[str, Concept]:
    tables = tomllib.loads(files(__package__).joinpath("codes.toml").read_text(encoding="utf-8"))
    systems = tables.pop("systems")
    return MappingProxyType({entry.name: entry for entry in _read(tables, "", systems)})


CONCEPTS: Final[Mapping[str, Concept]] = _load()
EMITTED: Final[frozenset[tuple[str, str]]] = frozenset(
    (code.system, code.code) for entry in CONCEPTS.values() for code in entry.codes if code.shipped
)


@cache  # as many entries as the file has names
def codings(name: str, *, international: bool = False) -> list[JsonObject]:
    """The codings of an entry that may be emitted, shared and read-only; empty where there are none.

    ``international`` leaves out the codes that only US editions hold.

    >>> [coding["code"] for coding in codings("n.pN1a(sn)")]
    ['1229953003']
    """
    codes = CONCEPTS[name].codes
    return cast(
        list[JsonObject],
        freeze([code.coding() for code in codes if code.shipped and not (international and code.american)]),
    )


@cache
def concept(name: str, *, international: bool = False) -> JsonObject:
    """The CodeableConcept of an entry, shared and read-only. KeyError for a name that is not in the file.

    >>> concept("section.source")
    {'text': 'The report and its specimens'}
    """
    shown = codings(name, international=international)
    text = CONCEPTS[name].text
    result: JsonObject = {"coding": shown} if shown else {}
    if text:
        result["text"] = text
    return cast(JsonObject, freeze(result))


def known_concept(name: str, text: str) -> JsonObject:
    """The entry's CodeableConcept or, where the file has no such entry, the words alone.

    >>> known_concept("edition.UICC 8", "UICC 8")
    {'text': 'UICC 8'}
    """
    return concept(name) if name in CONCEPTS else {"text": text}
