"""Messages with a mark of its own in every field that may hold PHI, and the search for these marks in what a system leaves behind.

A mark is found in whatever form it may come out: as it is, in capitals or small letters, in UTF-16, in base64, in hexadecimal digits,
as its digits alone (a number of a patient needs no letters to be one) and in files packed with gzip.
"""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

BEGIN: Final = "CANARYBIRD"
_DIGITS: Final = "97531"  # with the number of the field behind it: no such number stands in code, in a time or in a port

# Segment and fields that may hold PHI, or words of the report. MSH-9 to 12, 18 and the like are fixed words of the standard.
_FIELDS: Final[Mapping[str, tuple[int, ...]]] = {
    "MSH": (3, 4, 5, 6, 8, 10, 13, 14),
    "PID": (2, 3, 4, 5, 6, 9, 11, 12, 13, 14, 18, 19, 20, 21, 23),
    "NK1": (2, 4, 5, 6),
    "PV1": (3, 5, 7, 8, 9, 17, 19, 50),
    "ORC": (2, 3, 4, 12, 21),
    "OBR": (2, 3, 10, 13, 16, 20, 28, 31, 32),
    "OBX": (4, 5, 15, 16, 23),
    "NTE": (3,),
    "SPM": (2, 14, 30),
    "ZPI": (2, 3),
}
_FIXED: Final[Mapping[str, Mapping[int, str]]] = {
    "MSH": {7: "20260304101500+0100", 9: "ORU^R01^ORU_R01", 11: "P", 12: "2.5.1", 18: "UNICODE UTF-8"},
    "PID": {1: "1", 7: "19610312", 8: "F"},
    "NK1": {1: "1"},
    "PV1": {1: "1", 2: "I"},
    "ORC": {1: "RE"},
    "OBR": {1: "1", 4: "11529-5^Surgical pathology study^LN", 7: "20260302083000+0100", 22: "20260304100000+0100", 25: "F"},
    "OBX": {1: "1", 2: "FT", 3: "22637-3^Final diagnosis^LN", 11: "F"},
    "NTE": {1: "1"},
    "SPM": {1: "1", 4: "TISS^Tissue^HL70487"},
    "ZPI": {1: "1"},
}
_DATES: Final = ("19610312", "1961-03-12")  # PID-7: a date of birth cannot be a mark, so its own forms are looked for
_AROUND: Final[Mapping[tuple[str, int], str]] = {
    ("PID", 3): "{}^^^HOSP&2.999.4&ISO^MR~{}S^^^^SS",
    ("PID", 5): "{}^{}G^M^^^^L",
    ("PID", 11): "{} Street 1^^{}TOWN^^01234",
    ("PID", 13): "^PRN^PH^{}^^030^{}",
    ("PV1", 19): "{}^^^HOSP&2.999.5&ISO^VN",
    ("OBR", 3): "{}^LIS^2.999.3^ISO",
    ("OBR", 16): "{}^{}G^^^DR",
    (
        "OBX",
        5,
    ): "Left breast, wide excision ({}): invasive carcinoma, 14 mm.\\.br\\Left axilla, two sentinel nodes free of it (0/2), {}.",
}  # a value with a mark in its place, so that messages are read as real ones are


def mark(segment: str, field: int, message: int = 0) -> str:
    """The mark of a field of the message of this number: letters and digits, so that it passes for a name and for a number.

    >>> mark("PID", 5), mark("PID", 5, message=12)
    ('CANARYBIRDPID9753105000000', 'CANARYBIRDPID9753105000012')
    """
    return f"{BEGIN}{segment}{_DIGITS}{field:02}{message:06}"


def message(number: int = 0, status: str = "F") -> bytes:
    """A message ORU^R01 with marks, as it goes over the wire without the frame: each number is another patient and another report."""
    return b"".join(f"{_segment(name, number, status)}\r".encode() for name in _FIELDS)


def _segment(name: str, number: int, status: str) -> str:
    fields = dict(_FIXED[name])
    for field in _FIELDS[name]:
        fields[field] = _AROUND.get((name, field), "{}").replace("{}", mark(name, field, number))
    if (name, status) in (("OBR", status), ("OBX", status)):
        fields[25 if name == "OBR" else 11] = status
    first = 3 if name == "MSH" else 1
    values = "|".join(fields.get(at, "") for at in range(first, max(fields) + 1))
    return f"MSH|^~\\&|{values}" if name == "MSH" else f"{name}|{values}"


def marks() -> Iterator[str]:
    """The marks of all fields, without the number of the message."""
    return (mark(segment, field)[: -len("000000")] for segment, fields in _FIELDS.items() for field in fields)


def _forms() -> dict[bytes, str]:
    """Bytes that must stand nowhere -> the mark they give away. What begins every mark is enough but where only digits may be left."""
    forms = {text.encode(encoding): "any mark" for text in (BEGIN, BEGIN.lower(), BEGIN.title()) for encoding in ("utf-8", "utf-16-le")}
    forms[BEGIN.encode().hex().encode()] = "a mark in hexadecimal digits"
    for shift in range(3):  # base64 of any text with the mark, wherever in it: the middle is the same for each of three beginnings
        packed = base64.b64encode(b"-" * shift + BEGIN.encode())
        forms[packed[4 if shift else 0 : (shift + len(BEGIN)) // 3 * 4]] = "a mark in base64"
    for text in marks():
        digits = "".join(filter(str.isdigit, text.removeprefix(BEGIN)))
        forms[digits[-len(_DIGITS) - 2 :].encode()] = f"the digits of {text}"
    return forms | {date.encode(): "the date of birth" for date in _DATES}


FORMS: Final = _forms()


def found_in(data: bytes) -> list[str]:
    """What of a mark stands in bytes, gzip unpacked."""
    with suppress(OSError, EOFError, zlib.error):
        data = gzip.decompress(data)
    return sorted({said for form, said in FORMS.items() if form in data})


def assert_no_canary(*places: Path | bytes | str, but: Iterable[Path] = ()) -> None:
    """AssertionError if a mark stands in one of these bytes, texts, files or folders; ``but`` are files that may hold messages."""
    allowed = {path.resolve() for path in but}
    for place in places:
        if isinstance(place, Path):
            files = (place,) if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
            for path in files:
                if path.resolve() not in allowed:
                    assert not found_in(path.read_bytes()), f"{path}: {found_in(path.read_bytes())}"
                assert not found_in(path.name.encode()), "the name of a file holds a mark"
        else:
            data = place.encode() if isinstance(place, str) else place
            assert not found_in(data), f"{found_in(data)} in {len(data)} bytes"
