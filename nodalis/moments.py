"""Which of two versions of a report is the earlier one, by their own times: OBR-22, OBX-14 and MSH-7 as sent."""

from __future__ import annotations

from collections.abc import Iterable

from .hl7v2 import Moments
from .hl7v2.times import is_earlier


def before(one: Iterable[Moments], other: Iterable[Moments]) -> bool | None:
    """Whether a version is earlier than another, each with the times of all messages that sent it; None where they do not tell.

    The first kind of time that tells decides.

    >>> before([Moments(sent="20260304100000")], [Moments(sent="20260304100001")])
    True
    >>> before([Moments("20260305")], [Moments("202603041000")]), before([Moments("20260304")], [Moments("202603041000")])
    (False, None)
    >>> before([Moments(sent="20260304100000+0100")], [Moments(sent="20260304093000+0000")])
    True
    """
    one, other = list(one), list(other)
    for ones, others in zip(_kinds(one), _kinds(other), strict=True):
        if all(is_earlier(first, second) for first in ones for second in others):
            return True
        if all(is_earlier(second, first) for first in ones for second in others):
            return False
    return None


def _kinds(times: Iterable[Moments]) -> list[set[str]]:
    return [{time.reported for time in times}, {time.observed for time in times}, {time.sent for time in times}]
