"""Result status (OBR-25, table 0123) and observation status (OBX-11, table 0085) -> the status of a report.

Nothing becomes final that does not say so. The two tables give some letters different meanings.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from .message import MessageError

_ORDERS: Final = {"F": "final", "C": "corrected"}  # all others are on the way: P, R, S, A "some results", I, O, M "corrected, not final"
_OBSERVATIONS: Final = {"F": "final", "V": "final", "U": "final", "C": "corrected", "A": "amended", "B": "amended"}
_NO_REPORT: Final = {
    "X": "its order is cancelled (OBR-25 X): it is no report",
    "Y": "there is no such order (OBR-25 Y): it is no report",
    "Z": "there is no record of the patient (OBR-25 Z): it is no report",
}


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
WITHOUT_RESULT: Final = frozenset("XNO")  # cannot be obtained, not asked for, details of the order
_WRONG: Final = "was reported by mistake, such as for the wrong patient (OBX-11 W): what was made of it before must be taken back by hand"


def status_of(orders: Iterable[str], observations: Iterable[str]) -> str:
    """The status of a report by the codes of its OBRs and OBXs: the weakest that one of them gives.

    >>> status_of(["F"], ["F", "F"]), status_of(["F"], ["F", "P"]), status_of([""], ["F"]), status_of([""], [""])
    ('final', 'preliminary', 'final', 'preliminary')
    >>> status_of(["F"], ["F", "C"]), status_of(["P"], ["C"]), status_of(["F"], ["D"])
    ('corrected', 'preliminary', 'entered-in-error')

    Raises:
        MessageError: the codes say that there is no report.
    """
    orders, observations = list(orders), list(observations)
    if "W" in observations:
        raise MessageError(_WRONG)
    for code in orders:
        if code in _NO_REPORT:
            raise MessageError(_NO_REPORT[code])
    kept = [code for code in observations if code != DELETED]
    if observations and not kept:
        return "entered-in-error"
    if kept and WITHOUT_RESULT.issuperset(kept):
        raise MessageError("has no result (OBX-11 X, N or O): it is no report")
    given = {_ORDERS.get(code, "preliminary") for code in orders if code}
    given |= {_OBSERVATIONS.get(code, "preliminary") for code in kept if code and code not in "NO"}
    return next((status for status in ("preliminary", "corrected", "amended", "final") if status in given), "preliminary")
