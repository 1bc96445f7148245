"""Codes that contradict each other are not written: the registries' edits between fields would refuse them.

Reports whose facts differ go to review; what a person confirms there, or gives, may still not fit. Then both sides are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from .coded import Coded
from .node_codes import AXILLARY, EXAMINED, POSITIVE, SENTINEL_EXAMINED, SENTINEL_POSITIVE, UNKNOWN

# A part and its whole; 3882 counts to 99, the others to 89, and 90 stands for more.
_PARTS: Final = (
    (POSITIVE, EXAMINED), (SENTINEL_EXAMINED, EXAMINED), (SENTINEL_POSITIVE, SENTINEL_EXAMINED), (SENTINEL_POSITIVE, POSITIVE),
    (AXILLARY, POSITIVE),
)  # fmt: skip
_OF_CATEGORY: Final = (
    "ajccTnmPathN", "ajccTnmPathNSuffix", "ajccTnmPostTherapyN", "ajccTnmPostTherapyNSuffix", "tnmEditionNumber", "tnmPathN",
    "eodRegionalNodes",
)  # fmt: skip


def consistent(codes: Iterable[Coded]) -> Mapping[str, Coded]:
    """The codes by id; what contradicts another is unknown, and the items of a category that the count denies are left out."""
    found = {code.id: code for code in codes}
    for part, whole in _PARTS:
        few, many = _count(found.get(part)), _count(found.get(whole))
        if few is not None and many is not None and min(few, 90) > many:
            found[part] = Coded(part, UNKNOWN[part], f"more than the {whole} coded: not known")
    category = found.get("ajccTnmPathN") or found.get("ajccTnmPostTherapyN")
    # The count has the size classes of the eighth edition; a category of an older one may differ from it.
    current = category is not None and found["tnmEditionNumber"].value == "08"
    if category is not None and current and _denied(category.value.lstrip("y"), found[POSITIVE].value):
        for id_ in _OF_CATEGORY:
            found.pop(id_, None)
        for id_ in UNKNOWN:
            if id_ in found:
                found[id_] = Coded(id_, UNKNOWN[id_], "category and count contradict each other: nothing is coded")
    return found


def _count(code: Coded | None) -> int | None:
    """The number that a code stands for; None for a code that is none."""
    if code is None or not code.value.isdigit():
        return None
    return int(code.value) if code.id == AXILLARY or int(code.value) <= 90 else None


def _denied(category: str, positive: str) -> bool:
    """Whether a category and the code of positive nodes cannot both be true."""
    if category.startswith("pN0"):
        return positive not in ("00", "99")
    return category != "pNX" and positive in ("00", "98")
