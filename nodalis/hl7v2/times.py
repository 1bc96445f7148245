"""Times of HL7 (v2 and CDA) -> dates and times of FHIR, of which one with a time needs a zone, and points in time to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

_TIME: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>[01]\d|2[0-3])"
    r"(?:(?P<minute>[0-5]\d)(?:(?P<second>[0-5]\d)(?P<part>\.\d{1,6})?)?)?)?)?)?(?P<zone>[+-](?:0\d|1[0-4])[0-5]\d)?"
)
_FIRST_YEAR: Final = 1850  # 00010101 and the like stand for "not known"


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


def moment(value: str) -> float | None:
    """A time as seconds since 1970 UTC; one without a zone is read as it stands. None for what is none, or no more than a day or hour:
    within it nobody can say which of two came first.

    >>> moment("20260304100000+0100"), moment("202603040900"), moment("20260304090000.5")
    (1772614800.0, 1772614800.0, 1772614800.5)
    >>> moment("20260304"), moment("20261340101010"), moment("")
    (None, None, None)
    """
    found = _TIME.fullmatch(value.strip())
    if not found or not found["minute"] or not date_time(value):
        return None
    year, month, day_, hour, minute, second = (int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second"))
    zone = found["zone"] or "+0000"
    offset = (int(zone[1:3]) * 60 + int(zone[3:])) * (-60 if zone[0] == "-" else 60)
    return datetime(year, month, day_, hour, minute, second, tzinfo=UTC).timestamp() + float(found["part"] or 0) - offset


def latest(values: Iterable[str]) -> str:
    """The latest of some times, as it stands; one that cannot be compared only if none of them can."""

    def key(value: str) -> tuple[bool, float, str]:
        found = moment(value)
        return found is not None, found or 0.0, value

    return max(values, key=key, default="")
