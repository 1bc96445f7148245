"""Extracted facts against a reader's annotations, field by field.

A value is right if it equals the reader's, and null equals null. Two readers may have read a report; where the second
differs, the annotation's ``also`` holds that value, and either is right. A category is compared without its prefix and
without (sn) and (f); "i- as N0" means that pN0(i-) and pN0(mol-) count as pN0, which they are in the newest edition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation

Object = Mapping[str, object]

FIELDS = (
    "laterality", "examined", "positive", "itc_nodes", "micromet_nodes", "macromet_nodes", "sentinel_examined",
    "sentinel_positive", "largest_deposit_mm", "ene", "ihc_on_nodes", "molecular_on_nodes", "neoadjuvant",
    "tumor_size_mm", "grade", "er", "pr", "her2",
)  # fmt: skip
READER_KEYS = {"AJCC 7": "pn_ajcc7", "AJCC 8": "pn_ajcc8"}
_SIGN = re.compile(r"[<>~=\u2264\u2265]*")
_NOT_NUMBER = re.compile(r"[^0-9.]")
_NOT_CATEGORY = re.compile(r"\s|\((?:sn|f)\)", re.IGNORECASE)
_CATEGORY = re.compile(r"N(X|\d[a-c]?(?:mi)?)(\((?:i|mol)[+-]\))?", re.IGNORECASE)
_NO_RESIDUE = ("pN0(i-)", "pN0(mol-)")


@dataclass(frozen=True, slots=True)
class FieldScore:
    """Of one field: shares from 0 to 1, and numbers of reports with a reader's value and with ours."""

    right: float
    recall: float
    precision: float
    known: int
    given: int


@dataclass(frozen=True, slots=True)
class EditionScore:
    """Of the pN of one edition: shares of all reports, and the accepted reports that are wrong."""

    exact: float
    merged: float  # pN0(i-) as pN0
    digit: float
    coverage: float
    accepted_precision: float
    wrong_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """All figures of one comparison."""

    reports: int
    missing: tuple[str, ...]  # annotated reports without a prediction
    fields: Mapping[str, FieldScore]
    editions: Mapping[str, EditionScore]
    both_counts_right: float  # of the reports whose reader gives both


def score(mine: Mapping[str, Object], gold: Mapping[str, Object], fields: Sequence[str] = FIELDS) -> Score:
    """The figures of predictions (rows with ``decision`` and ``summary``) over annotations, both by id."""
    counted = [id_ for id_, row in gold.items() if row.get("examined") is not None and row.get("positive") is not None]
    both = sum(all(agrees(field, value(mine.get(id_), field), gold[id_]) for field in ("examined", "positive")) for id_ in counted)
    return Score(
        reports=len(gold),
        missing=tuple(sorted(gold.keys() - mine.keys())),
        fields={field: _field_score(field, mine, gold) for field in fields},
        editions={edition: _edition_score(edition, mine, gold) for edition in READER_KEYS},
        both_counts_right=both / max(1, len(counted)),
    )


def as_json(figures: Score) -> dict[str, object]:
    """The figures under the names that scoring scripts share."""
    editions = {
        edition: {
            "exact": item.exact,
            "exact with i- as N0": item.merged,
            "digit": item.digit,
            "coverage": item.coverage,
            "precision when accepted": item.accepted_precision,
            "accepted and wrong": len(item.wrong_ids),
            "wrong ids": list(item.wrong_ids),
        }
        for edition, item in figures.editions.items()
    }
    fields = {field: asdict(item) for field, item in figures.fields.items()}
    head = {"reports": figures.reports, "missing": list(figures.missing)}
    return {**head, **fields, **editions, "both counts right": figures.both_counts_right}


def value(prediction: Object | None, field: str) -> object:
    """Our value of a field; None where there is no prediction."""
    summary = (prediction or {}).get("summary")
    return summary.get(field) if isinstance(summary, Mapping) else None


def agrees(field: str, ours: object, row: Object) -> bool:
    """Whether our value is a reader's."""
    also = row.get("also")
    return same(field, ours, row.get(field)) or (isinstance(also, Mapping) and field in also and same(field, ours, also[field]))


def same(field: str, ours: object, reader: object) -> bool:
    """Whether two values of a field are equal: sizes as numbers with the reader's comparator, all else as words.

    >>> same("largest_deposit_mm", "0.80", "0.8"), same("largest_deposit_mm", "2", "<2")
    (True, False)
    """
    if ours is None or reader is None:
        return ours is None and reader is None
    if field.endswith("_mm"):
        sign = _SIGN.match(str(reader))
        try:
            equal = Decimal(_NOT_NUMBER.sub("", str(ours))) == Decimal(_NOT_NUMBER.sub("", str(reader)))
        except InvalidOperation:
            return str(ours) == str(reader)
        return equal and (sign is None or not sign.group() or str(ours).startswith(sign.group()[0]))
    return str(ours).lower() == str(reader).lower()


def our_category(prediction: Object | None, edition: str) -> str | None:
    """Our category in an edition, bare."""
    pn = value(prediction, "pn")
    return bare(pn.get(edition)) if isinstance(pn, Mapping) else None


def reader_category(row: Object, edition: str, ours: str | None = None) -> str | None:
    """What the node facts give; where they decide nothing, what the report states. Of two readings, the one that is ours."""
    key = READER_KEYS[edition]
    first = bare(row.get(key)) or bare(row.get("pn_stated"))
    also = row.get("also")
    if isinstance(also, Mapping) and key in also and ours == (bare(also[key]) or bare(row.get("pn_stated"))):
        return ours
    return first


def bare(category: object) -> str | None:
    """The category without prefix, (sn) and (f).

    >>> bare("ypN1a(sn)"), bare("pN0 (i+)"), bare("pnx"), bare("")
    ('pN1a', 'pN0(i+)', 'pNX', None)
    """
    found = _CATEGORY.search(_NOT_CATEGORY.sub("", str(category))) if category else None
    return "pN" + found.group(1).replace("x", "X") + (found.group(2) or "").lower() if found else None


def merged(category: str | None) -> str | None:
    """pN0(i-) and pN0(mol-) as pN0."""
    return "pN0" if category in _NO_RESIDUE else category


def _field_score(field: str, mine: Mapping[str, Object], gold: Mapping[str, Object]) -> FieldScore:
    right = given = exact = known = found = 0
    for id_, row in gold.items():
        ours = value(mine.get(id_), field)
        hit = agrees(field, ours, row)
        right += hit
        given += ours is not None
        exact += hit and ours is not None
        if row.get(field) is not None and (ours is not None or not hit):  # a second reader may say null: then null is right
            known += 1
            found += hit
    return FieldScore(right / max(1, len(gold)), found / max(1, known), exact / max(1, given), known, given)


def _edition_score(edition: str, mine: Mapping[str, Object], gold: Mapping[str, Object]) -> EditionScore:
    exact = merged_right = digit = accepted = 0
    wrong: list[str] = []
    for id_, row in gold.items():
        ours = our_category(mine.get(id_), edition)
        reader = reader_category(row, edition, ours)
        right = merged(ours) == merged(reader)
        exact += ours == reader
        merged_right += right
        digit += (ours or "")[:3] == (reader or "")[:3]
        if (mine.get(id_) or {}).get("decision") == "accepted":
            accepted += 1
            if not right:
                wrong.append(id_)
    total = max(1, len(gold))
    precision = (accepted - len(wrong)) / max(1, accepted)
    return EditionScore(exact / total, merged_right / total, digit / total, accepted / total, precision, tuple(wrong))
