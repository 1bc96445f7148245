"""Times of HL7 (v2 and CDA) -> dates and times of FHIR, of which one with a time needs a zone, and points in time to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple

_TIME: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>[01]\d|2[0-3])"
    r"(?:(?P<minute>[0-5]\d)(?:(?P<second>[0-5]\d)(?P<part>\.\d{1,6})?)?)?)?)?)?(?P<zone>[+-](?:0\d|1[0-4])[0-5]\d)?"
)
_FIRST_YEAR: Final = 1850  # 00010101 and the like stand for "not known"
# A year, a month, ... a second: none is longer, and where one is shorter less is told, never more.
_LENGTHS: Final = tuple(timedelta(**length) for length in ({"days": 366}, {"days": 31}, {"days": 1}, {"hours": 1}, {"minutes": 1}, {}))


def date_time(value: str) -> str:
    """A date or dateTime with the precision and zone as given; nothing for what is none.

    The zone of a time is never taken from elsewhere: that of the message is one of summer or winter, and the time may be of the
    other. So a time without zone gives its day.

    >>> date_time("20260304100000+0100"), date_time("202603041000-0500"), date_time("20260304100000"), date_time("202603")
    ('2026-03-04T10:00:00+01:00', '2026-03-04T10:00:00-05:00', '2026-03-04', '2026-03')
    >>> date_time("20261340"), date_time("00000000"), date_time("yesterday")
    ('', '', '')
    """
    found = _TIME.fullmatch(value.strip())
    if not found or int(found["year"]) < _FIRST_YEAR:
        return ""
    try:
        date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return ""
    day = "-".join(filter(None, found.group("year", "month", "day")))
    if not (found["minute"] and found["zone"]):
        return day
    zone = found["zone"]
    return f"{day}T{found['hour']}:{found['minute']}:{found['second'] or '00'}{found['part'] or ''}{zone[:3]}:{zone[3:]}"


def instant(value: str) -> str:
    """A time with seconds and zone as FHIR writes it; nothing for one that has not both.

    >>> instant("20260304100000+0100"), instant("202603041000+0100"), instant("20260304100000")
    ('2026-03-04T10:00:00+01:00', '', '')
    """
    found = _TIME.fullmatch(value.strip())
    return date_time(value) if found and found["second"] and found["zone"] else ""


def day(value: str) -> str:
    """The date of a time.

    >>> day("19610302120000+0100"), day("1961")
    ('1961-03-02', '1961')
    """
    return date_time(value).partition("T")[0]


@dataclass(frozen=True, slots=True)
class Moments:
    """When a version of a report was made, as sent; empty where nothing is said."""

    reported: str = ""  # OBR-22
    observed: str = ""  # the latest OBX-14
    sent: str = ""  # MSH-7


class _Period(NamedTuple):
    """What a time names by its precision, by its own clock."""

    first: datetime
    last: datetime
    zone: timezone | None


def is_earlier(one: str, other: str) -> bool:
    """Whether a time is certainly earlier than another.

    A day tells nothing of a minute within it. Clocks with a zone are compared by it, others as they show.

    >>> is_earlier("20260304100000", "20260304100001"), is_earlier("20260304", "202603041000"), is_earlier("2026", "20270201")
    (True, False, True)
    >>> is_earlier("20260304100000+0100", "20260304093000+0000"), is_earlier("", "20260304"), is_earlier("20261340", "2027")
    (True, False, False)
    """
    first, second = _period(one), _period(other)
    return first is not None and second is not None and _is_before(first, second)


def latest(values: Iterable[str]) -> str:
    """The time that is certainly the last of some, or holds all that may be the last; nothing where there is none.

    >>> latest(["20260304100000", "20260305", ""]), latest(["20260304", "202603041000"]), latest(["20260304100000+0100", "20260304100500"])
    ('20260305', '20260304', '20260304100500')
    """
    periods = {value: found for value in sorted(set(values)) if (found := _period(value))}
    last = [value for value in periods if not any(_is_before(periods[value], other) for other in periods.values())]
    return next((value for value in last if all(_holds(periods[value], periods[other]) for other in last)), "")


def _is_before(one: _Period, other: _Period) -> bool:
    return one.last.replace(tzinfo=_zone(one, other)) < other.first.replace(tzinfo=_zone(other, one))


def _holds(one: _Period, other: _Period) -> bool:
    mine, theirs = _zone(one, other), _zone(other, one)
    begins = one.first.replace(tzinfo=mine) <= other.first.replace(tzinfo=theirs)
    return begins and other.last.replace(tzinfo=theirs) <= one.last.replace(tzinfo=mine)


def _zone(one: _Period, other: _Period) -> timezone | None:
    """The zone to compare by; none if one of them has none."""
    return one.zone if other.zone else None


@lru_cache(maxsize=1024)
def _period(value: str) -> _Period | None:
    """None for what is no time."""
    found = _TIME.fullmatch(value.strip())
    if not found or int(found["year"]) < _FIRST_YEAR:
        return None
    parts = [int(part) for part in found.group("year", "month", "day", "hour", "minute", "second") if part]
    year, month, day_, hour, minute, second = (*parts, *(1, 1, 1, 0, 0, 0)[len(parts) :])
    zone, part = found["zone"], found["part"]
    try:
        first = datetime(year, month, day_, hour, minute, second, int((part or ".")[1:].ljust(6, "0")))
        length = _LENGTHS[len(parts) - 1]
        last = first + length - timedelta(microseconds=1) if length else first
    except (ValueError, OverflowError):
        return None
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:])) if zone else timedelta(0)
    return _Period(first, last, timezone(-offset if zone[0] == "-" else offset) if zone else None)
