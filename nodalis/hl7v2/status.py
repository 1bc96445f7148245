"""Result status (OBR-25, table 0123) and observation status (OBX-11, table 0085) -> what a message does to the report of its number.

Nothing becomes final that does not say so. The two tables give some letters different meanings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Change(StrEnum):
    """What a message does to the report of its number."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    PROMOTED = "promoted"  # OBX-11 U: what was preliminary is final, and its text may not be sent again
    CORRECTED = "corrected"
    AMENDED = "amended"  # OBX-11 A
    APPENDED = "appended"  # OBX-11 B, or an addendum alone: to be read together with what it adds to
    DELETED = "deleted"  # OBX-11 D
    WRONG = "wrong"  # OBX-11 W, such as for the wrong patient: what was made of it is taken back, and somebody is told
    NO_RESULT = "no result"  # OBX-11 X, N, O; OBR-25 X, Y, Z


DELETED: Final = "D"
APPENDED: Final = "B"
PROMOTED: Final = "U"
WITHOUT_RESULT: Final = frozenset("XNO")  # cannot be obtained, not asked for, details of the order

# All other letters are on the way: P, R, S, I, and of orders A "some results", O, M "corrected, not final".
_ORDERS: Final = {"F": Change.FINAL, "C": Change.CORRECTED}
_OBSERVATIONS: Final = {
    "F": Change.FINAL, "V": Change.FINAL, PROMOTED: Change.PROMOTED, "C": Change.CORRECTED, "A": Change.AMENDED, APPENDED: Change.APPENDED,
}  # fmt: skip
_WEAKEST_FIRST: Final = (Change.PRELIMINARY, Change.CORRECTED, Change.APPENDED, Change.AMENDED, Change.PROMOTED, Change.FINAL)
_FINISHED: Final = frozenset({Change.FINAL, Change.CORRECTED, Change.AMENDED})
_NO_ORDER: Final = {
    "X": "its order is cancelled (OBR-25 X): it is no report",
    "Y": "there is no such order (OBR-25 Y): it is no report",
    "Z": "there is no record of the patient (OBR-25 Z): it is no report",
}
_NO_RESULT: Final = "has no result (OBX-11 X, N or O): it is no report"
_WRONG: Final = "was reported by mistake, such as for the wrong patient (OBX-11 W): what was made of it before must be taken back by hand"

STATUSES: Final[Mapping[Change, str]] = {
    Change.PRELIMINARY: "preliminary", Change.FINAL: "final", Change.PROMOTED: "final", Change.CORRECTED: "corrected",
    Change.AMENDED: "amended", Change.APPENDED: "amended", Change.DELETED: "entered-in-error", Change.WRONG: "entered-in-error",
    Change.NO_RESULT: "",
}  # fmt: skip
"""The status of the report in FHIR; none where there is no report."""


def change_of(orders: Iterable[str], observations: Iterable[str], adds: bool = False) -> tuple[Change, str]:
    """What the codes of OBRs and OBXs say together, the weakest of them, and why there is no report; ``adds``: it is an addendum alone.

    >>> [str(change_of(["F"], codes)[0]) for codes in ("FF", "FP", "FC", "FB", "FU", "D", "FD", "FW", "XX")]
    ['final', 'preliminary', 'corrected', 'appended', 'promoted', 'deleted', 'final', 'wrong', 'no result']
    >>> change_of(["X"], ["F"])[1], str(change_of([""], [""])[0]), str(change_of(["C"], ["F"], adds=True)[0])
    ('its order is cancelled (OBR-25 X): it is no report', 'preliminary', 'appended')
    """
    orders, observations = list(orders), list(observations)
    if "W" in observations:
        return Change.WRONG, _WRONG
    for code in orders:
        if code in _NO_ORDER:
            return Change.NO_RESULT, _NO_ORDER[code]
    kept = [code for code in observations if code != DELETED]
    if observations and not kept:
        return Change.DELETED, ""
    if kept and WITHOUT_RESULT.issuperset(kept):
        return Change.NO_RESULT, _NO_RESULT
    given = {_ORDERS.get(code, Change.PRELIMINARY) for code in orders if code}
    given |= {_OBSERVATIONS.get(code, Change.PRELIMINARY) for code in kept if code and code not in "NO"}
    change = next((change for change in _WEAKEST_FIRST if change in given), Change.PRELIMINARY)
    return (Change.APPENDED if adds and change in _FINISHED else change), ""
