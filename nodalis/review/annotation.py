"""What a person decided, as a row of an annotation file: what ``nodalis evaluate`` compares readings with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .fields import FIELDS, Kind

_KEYS: Final = {
    "tumor.laterality": "laterality",
    "nodes.examined": "examined",
    "nodes.positive": "positive",
    "nodes.itc": "itc_nodes",
    "nodes.micromet": "micromet_nodes",
    "nodes.macromet": "macromet_nodes",
    "nodes.sentinel_examined": "sentinel_examined",
    "nodes.sentinel_positive": "sentinel_positive",
    "nodes.largest_deposit": "largest_deposit_mm",
    "nodes.extranodal_extension": "ene",
    "nodes.ihc": "ihc_on_nodes",
    "nodes.molecular": "molecular_on_nodes",
    "tumor.neoadjuvant": "neoadjuvant",
    "tumor.size": "tumor_size_mm",
    "tumor.grade": "grade",
    "tumor.er": "er",
    "tumor.pr": "pr",
    "tumor.her2": "her2",
    "tumor.pt_stated": "pt_stated",
}


def annotation(id_: str, said: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The row of a report; null where it states nothing. ``said``: `Decision.said`.

    >>> row = annotation("S26-1", [("nodes.examined", "3"), ("tumor.neoadjuvant", "no"), ("pN AJCC 8", "pN0(sn)"), ("tumor.er", "")])
    >>> [row[key] for key in ("id", "examined", "neoadjuvant", "pn_ajcc8", "er")]
    ['S26-1', 3, False, 'pN0(sn)', None]
    """
    row: dict[str, object] = {"id": id_}
    for name, words in said:
        field = FIELDS.get(name)
        if field and field.edition:
            row[f"pn_{field.edition.replace(' ', '').lower()}"] = words or None
        elif field and name in _KEYS:
            row[_KEYS[name]] = _value(name, field.kind, words) if words else None
    return row


def _value(name: str, kind: Kind, words: str) -> object:
    if name == "tumor.neoadjuvant":
        return words == "yes"
    if name == "nodes.extranodal_extension":
        return "present" if words == "yes" else "absent"
    return int(words) if kind is Kind.COUNT or name == "tumor.grade" else words
