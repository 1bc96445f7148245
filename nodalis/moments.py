"""Which of two versions of a report is the earlier one, by their own times: OBR-22, OBX-14 and MSH-7 as sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

from .hl7v2 import Moments

_TIME: Final = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?")
# A year, a month, ... a second: none is longer, and where one is shorter less is told, never more.
_LENGTHS: Final = tuple(timedelta(**length) for length in ({"days": 366}, {"days": 31}, {"days": 1}, {"hours": 1}, {"minutes": 1}, {}))
_YEARS: Final = range(1850, 9000)  # 00010101 and the like stand for "not known"


class _Period(NamedTuple):
    """What a time names by its precision, by its own clock."""

    first: datetime
    last: datetime
    zone: timezone | None


def before(one: Iterable[Moments], other: Iterable[Moments]) -> bool | None:
    """Whether a version is earlier than another, each with the times of all messages that sent it; None where they do not tell.

    The first kind of time that tells decides. A day tells nothing of a minute within it. Clocks with a zone are compared by it,
    others as they show.

    >>> before([Moments(sent="20260304100000")], [Moments(sent="20260304100001")])
    True
    >>> before([Moments("20260305")], [Moments("202603041000")]), before([Moments("20260304")], [Moments("202603041000")])
    (False, None)
    >>> before([Moments(sent="20260304100000+0100")], [Moments(sent="20260304093000+0000")])
    True
    """
    one, other = list(one), list(other)
    for ones, others in zip(_kinds(one), _kinds(other), strict=True):
        if all(_earlier(first, second) for first in ones for second in others):
            return True
        if all(_earlier(second, first) for first in ones for second in others):
            return False
    return None


def _kinds(times: Iterable[Moments]) -> list[set[str]]:
    return [{time.reported for time in times}, {time.observed for time in times}, {time.sent for time in times}]


def _earlier(one: str, other: str) -> bool:
    """Whether a time is certainly earlier than another."""
    first, second = _period(one), _period(other)
    if first is None or second is None:
        return False
    if first.zone and second.zone:
        return first.last.replace(tzinfo=first.zone) < second.first.replace(tzinfo=second.zone)
    return first.last < second.first


@lru_cache(maxsize=1024)
def _period(value: str) -> _Period | None:
    """None for what is no time."""
    found = _TIME.fullmatch(value.strip())
    if not found or int(found[1]) not in _YEARS:
        return None
    parts = [int(part) for part in found.groups()[:6] if part]
    year, month, day, hour, minute, second = (*parts, *(1, 1, 1, 0, 0, 0)[len(parts) :])
    try:
        first = datetime(year, month, day, hour, minute, second, int((found[7] or "").ljust(6, "0")))
        zone = timezone((-1 if found[8] == "-" else 1) * timedelta(hours=int(found[9]), minutes=int(found[10]))) if found[8] else None
    except ValueError:
        return None
    length = _LENGTHS[len(parts) - 1]
    return _Period(first, first + length - timedelta(microseconds=1) if length else first, zone)
