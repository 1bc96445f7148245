"""What the codes of an item mean in words, and which of them say that something is not known. The table is ``code_words.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from .dictionary import load_dictionary

_NUMBER: Final = re.compile(r"0*(\d+(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of an item."""

    length: int  # the most characters of a code
    number: str  # how a number is worded; empty: not at all
    most: int  # the largest number that is one
    unknown: frozenset[str]
    words: Mapping[str, str]

    def meaning(self, code: str) -> str:
        """What a code means; empty where no source explains it, and where it is none.

        >>> compared()["regionalNodesPositive"].meaning("03"), compared()["ajccTnmPathN"].meaning("pN1a")
        ('3 positive', '')
        """
        if code in self.words:
            return self.words[code]
        match = _NUMBER.fullmatch(code) if self.number and len(code) <= self.length else None
        return self.number.format(n=match[1]) if match and Decimal(match[1]) <= self.most else ""


@lru_cache(maxsize=1)
def compared() -> Mapping[str, Codes]:
    """The items that are compared, by id, in the order of the table."""
    table = tomllib.loads((files(__package__) / "code_words.toml").read_text(encoding="utf-8"))
    return MappingProxyType({item: _codes(item, entry) for item, entry in table.items()})


def _codes(item: str, entry: Mapping[str, Any]) -> Codes:
    words, unknown = MappingProxyType(entry.get("words", {})), frozenset(entry.get("unknown", ()))
    return Codes(load_dictionary().entries[item].length, entry.get("number", ""), entry.get("most", 0), unknown, words)
