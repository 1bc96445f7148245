"""What the codes of an item mean in words, and which of them say that something is not known. The table is ``code_words.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_NUMBER: Final = re.compile(r"0*(\d+(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of an item."""

    number: str  # how a code of digits is worded; empty: as it is
    unknown: frozenset[str]
    words: Mapping[str, str]

    def meaning(self, code: str) -> str:
        """What a code means; empty where no source explains it.

        >>> compared()["regionalNodesPositive"].meaning("03"), compared()["ajccTnmPathN"].meaning("pN1a")
        ('3 positive', '')
        """
        match = _NUMBER.fullmatch(code) if self.number else None
        return self.words.get(code) or (self.number.format(n=match[1]) if match else "")


@lru_cache(maxsize=1)
def compared() -> Mapping[str, Codes]:
    """The items that are compared, by id, in the order of the table."""
    table = tomllib.loads((files(__package__) / "code_words.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            item: Codes(entry.get("number", ""), frozenset(entry.get("unknown", ())), MappingProxyType(entry.get("words", {})))
            for item, entry in table.items()
        }
    )
