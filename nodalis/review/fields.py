"""The values of a report that a person may correct, as words: what each may be, and where it stands in the Report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from parser.categories import t_category
from parser.model import Category, Measure, Report, Side
from parser.staging import editions, load_table

_COUNT: Final = re.compile(r"\d{1,3}", re.ASCII)
_PERCENT: Final = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
_SIZE: Final = re.compile(r"(<=|>=|<|>|~)?(\d{1,3}(?:\.\d{1,3})?)(?:-(\d{1,3}(?:\.\d{1,3})?))?", re.ASCII)
_CATEGORY: Final = re.compile(r"(y?r?)(p[^()]+(?:\((?:i|mol)[+-]\))?)((?:\((?:sn|f)\))*)")
_MOST_NODES: Final = 150  # more of them are no report of one patient


class CorrectionError(ValueError):
    """What a person gave cannot be: one line that names the value, never words of the report."""


class Kind(StrEnum):
    """How a value is given."""

    COUNT = "count"
    SIZE = "size"  # mm: 3, 0.2, <2, >=1, 1-2
    PERCENT = "percent"
    CHOICE = "choice"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Field:
    """One value: ``name`` is its path in the Report, or ``pN AJCC 8``."""

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()  # of a choice: all; of a category: without prefix and suffix

    @property
    def edition(self) -> str | None:
        """Of a pN: its edition."""
        return self.name.removeprefix(_PN) if self.name.startswith(_PN) else None

    def shown(self, report: Report) -> str:
        """What the report says, in the words in which it may be corrected; empty where nothing is stated."""
        if self.edition:
            decision = report.staging.get(self.edition)
            return str(decision.category) if decision and decision.category else ""
        part, name = self.name.split(".")
        found = getattr(getattr(report, part), name)
        return "" if found is None else _words(found.value)

    def read(self, words: str) -> Any:
        """The value that the words give; None for no words.

        Raises:
            CorrectionError: they are none that this value can have.
        """
        if not words:
            if self.kind is Kind.CATEGORY:
                raise CorrectionError(f"{self.label}: expected a category; pNX says that the nodes cannot be assessed")
            return None
        found = _READERS[self.kind](self, words)
        if found is None:
            raise CorrectionError(f"{self.label}: expected {_EXPECTED[self.kind].format(', '.join(self.choices))}")
        return found


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Measure):
        if not value.comparator and value.low != value.high:
            return f"{value.low}-{value.high}"
        return f"{value.comparator}{value.number:f}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _count(field: Field, words: str) -> int | None:
    return int(words) if _COUNT.fullmatch(words) and int(words) <= _MOST_NODES else None


def _percent(field: Field, words: str) -> Decimal | None:
    return Decimal(words) if _PERCENT.fullmatch(words) and Decimal(words) <= 100 else None


def _size(field: Field, words: str) -> Measure | None:
    match = _SIZE.fullmatch(words)
    if not match:
        return None
    comparator, number, end = match[1] or "", Decimal(match[2]), Decimal(match[3]) if match[3] else None
    if not number or (end is not None and (comparator or end <= number)):
        return None
    return Measure.of(number, comparator) if end is None else Measure(end, "", number, end)


def _choice(field: Field, words: str) -> object:
    if words not in field.choices:
        return None
    if field.choices == _YES_NO:
        return words == "yes"
    if field.name == "tumor.laterality":
        return Side(words)
    return int(words) if field.name == "tumor.grade" else words


def _category(field: Field, words: str) -> object:
    if field.edition is None:
        return words if "pT" in words and t_category(words.lower()) == words else None
    match = _CATEGORY.fullmatch(words)
    if not match or match[2] not in field.choices:
        return None
    suffixes = tuple(re.findall(r"sn|f", match[3]))
    return Category(match[2], match[1], suffixes) if len(set(suffixes)) == len(suffixes) else None


_READERS: Final[Mapping[Kind, Callable[[Field, str], Any]]] = {
    Kind.COUNT: _count,
    Kind.SIZE: _size,
    Kind.PERCENT: _percent,
    Kind.CHOICE: _choice,
    Kind.CATEGORY: _category,
}
_EXPECTED: Final = {
    Kind.COUNT: f"a whole number from 0 to {_MOST_NODES}",
    Kind.SIZE: "millimetres such as 3, 0.2, <2, >=1 or 1-2",
    Kind.PERCENT: "a number from 0 to 100",
    Kind.CHOICE: "one of {}",
    Kind.CATEGORY: "a category as it is printed, such as {}",
}
_PN: Final = "pN "
_YES_NO: Final = ("yes", "no")
_RESULT: Final = ("positive", "negative")

FIELDS: Final[Mapping[str, Field]] = {
    field.name: field
    for field in (
        Field("nodes.examined", "nodes examined", Kind.COUNT),
        Field("nodes.positive", "nodes positive, those with isolated tumour cells only not counted", Kind.COUNT),
        Field("nodes.macromet", "nodes with macrometastases", Kind.COUNT),
        Field("nodes.micromet", "nodes with micrometastases", Kind.COUNT),
        Field("nodes.itc", "nodes with isolated tumour cells only", Kind.COUNT),
        Field("nodes.sentinel_examined", "sentinel nodes examined", Kind.COUNT),
        Field("nodes.sentinel_positive", "sentinel nodes positive", Kind.COUNT),
        Field("nodes.largest_deposit", "largest deposit in mm", Kind.SIZE),
        Field("nodes.extranodal_extension", "extranodal extension", Kind.CHOICE, _YES_NO),
        Field("nodes.ihc", "immunohistochemistry on the nodes", Kind.CHOICE, (*_RESULT, "performed", "not done")),
        Field("nodes.molecular", "molecular result on the nodes", Kind.CHOICE, _RESULT),
        *(Field(f"{_PN}{edition}", f"pN by {edition}", Kind.CATEGORY, load_table(edition).categories) for edition in editions()),
        Field("tumor.laterality", "side of the tumour", Kind.CHOICE, tuple(Side)),
        Field("tumor.size", "size of the tumour in mm", Kind.SIZE),
        Field("tumor.grade", "grade", Kind.CHOICE, ("1", "2", "3")),
        Field("tumor.pt_stated", "pT as stated", Kind.CATEGORY, ("pT1c", "pT2(m)", "ypTis(DCIS)")),
        Field("tumor.er", "estrogen receptor", Kind.CHOICE, _RESULT),
        Field("tumor.pr", "progesterone receptor", Kind.CHOICE, _RESULT),
        Field("tumor.her2", "HER2", Kind.CHOICE, (*_RESULT, "equivocal")),
        Field("tumor.ki67_percent", "Ki-67 in per cent", Kind.PERCENT),
        Field("tumor.neoadjuvant", "neoadjuvant treatment", Kind.CHOICE, _YES_NO),
    )
}
