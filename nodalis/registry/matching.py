"""Which tumour of a registry a report belongs to: by the numbers of pathology reports that a tumour holds, or by another item.

A number that leads to more than one tumour, or a tumour that two reports claim by one number, is matched to nothing: a value of another
patient is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .code_words import compared
from .reading import Existing

REPORT_NUMBERS: Final = tuple(f"pathReportNumber{number}" for number in range(1, 6))  # NAACCR 7090 to 7094
BIRTH: Final = "dateOfBirth"
EDITION: Final = "tnmEditionNumber"


@dataclass(frozen=True, slots=True)
class Found:
    """The tumours of a report, and those of its numbers that led to them."""

    numbers: frozenset[str] = field(repr=False)
    tumors: tuple[Existing, ...]


@dataclass(slots=True)
class Index:
    """The tumours of a registry by the numbers they hold; of each only what is compared is kept."""

    items: Sequence[str] = REPORT_NUMBERS
    tumors: int = 0
    without_number: int = 0
    _found: dict[str, list[Existing]] = field(default_factory=dict)
    _claimed: set[int] = field(default_factory=set)

    def add(self, existing: Existing) -> None:
        """Take a tumour in."""
        self.tumors += 1
        numbers = {value for item in self.items if (value := existing.value(item)) is not None}
        self.without_number += not numbers
        kept = _kept(existing) if numbers else existing
        for number in numbers:
            self._found.setdefault(number, []).append(kept)

    def find(self, numbers: Iterable[str]) -> Found:
        """The tumours that hold one of the numbers of a report; they count as matched."""
        held = frozenset(number for number in numbers if number in self._found)
        tumors = {existing.number: existing for number in held for existing in self._found[number]}
        self._claimed.update(tumors)
        return Found(held, tuple(tumors.values()))

    @property
    def unmatched(self) -> int:
        """How many tumours with a number no report was found for."""
        return self.tumors - self.without_number - len(self._claimed)


def of_another_patient(existing: Existing, birth_date: str | None) -> bool:
    """Whether both sides know a date of birth, and not the same one; what one of them leaves open is not compared.

    >>> of_another_patient(Existing(1, "26", {"dateOfBirth": "19610302"}, {}), "1961-03-20"), of_another_patient(
    ...     Existing(1, "26", {"dateOfBirth": "1961"}, {}), "1961-03-20"
    ... )
    (True, False)
    """
    theirs, ours = existing.value(BIRTH) or "", (birth_date or "").replace("-", "")
    length = min(len(theirs), len(ours))
    return theirs[:length] != ours[:length]


def _kept(existing: Existing) -> Existing:
    wanted = {*compared(), EDITION, BIRTH}
    values = {item: value for item in wanted if (value := existing.value(item)) is not None}
    return replace(existing, patient={}, tumor=values, repeated=existing.repeated & wanted)
