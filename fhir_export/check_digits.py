"""Check digits of LOINC and SNOMED CT codes. A right digit does not prove a code's meaning; a wrong one proves a misprint.

Published guides hold codes with wrong ones (docs/fhir-codes.md), so every code of ``codes.toml`` is tested with these.
"""

from __future__ import annotations

from typing import Final

__all__ = ["is_loinc", "is_sct"]

# Verhoeff's scheme: multiplication in the dihedral group D5, and the permutation applied once more at each place
_TIMES: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PLACES: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip

# LOINC does not publish how the letters of answer and part codes enter the sum. These offsets, by whether the count of digits is
# odd, hold for the 18 answer codes and the 3 part codes of published guides that they were compared with.
_LETTERS_OFFSET: Final = {"LA": (5, 2), "LP": (2, 7), "": (0, 0)}


def is_sct(code: str) -> bool:
    """Whether a SNOMED CT identifier has 6 to 18 digits and the right last one (Verhoeff).

    >>> is_sct("443527007"), is_sct("443451005")
    (True, False)
    """
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 18):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_TIMES[check][int(_PLACES[place % 8][int(digit)])])
    return check == 0


def is_loinc(code: str) -> bool:
    """Whether a LOINC code, answer code (``LA...``) or part code (``LP...``) has the right last digit (modulus 10).

    >>> is_loinc("21894-1"), is_loinc("21894-2"), is_loinc("LA6576-8")
    (True, False, True)
    """
    body, hyphen, check = code.partition("-")
    letters = body[:2] if body[:2] in _LETTERS_OFFSET else ""
    digits = body[len(letters) :]
    if not (hyphen and code.isascii() and digits.isdigit() and len(check) == 1 and check.isdigit()):
        return False
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::-1][::2])
    total = doubled + sum(int(digit) for digit in digits[::-1][1::2])
    return (-total + _LETTERS_OFFSET[letters][len(digits) % 2]) % 10 == int(check)
