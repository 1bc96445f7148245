"""One table of a TOML data file, read key by key; a fault is named with its file, line and place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .lint import GrammarError, Problem


@dataclass(frozen=True, slots=True)
class Section:
    """One TOML table, and where it stands, so that a fault can be named."""

    data: Mapping[str, object]
    path: str
    text: str
    place: str

    def error(self, message: str) -> GrammarError:
        """The fault with its file, and the line on which the place begins."""
        place = re.escape(self.place)
        match = re.search(rf'^[\[ ]*(?:\w+\.)*{place}\b|"{place}"', self.text, re.MULTILINE)
        line = self.text.count("\n", 0, match.start()) + 1 if match else 1
        return GrammarError((Problem(self.path, line, 1, f"{self.place}: {message}"),))

    def expect(self, *keys: str) -> Section:
        """Itself, where it has no other keys."""
        if unknown := sorted(set(self.data) - set(keys)):
            raise self.error(f"unknown key {unknown[0]!r}, expected {', '.join(keys)}")
        return self

    def named(self, place: str) -> Section:
        """Itself under a better name, such as the id of a row."""
        return Section(self.data, self.path, self.text, place)

    def section(self, key: str) -> Section:
        """The table under a key."""
        value = self.data.get(key)
        if not isinstance(value, dict):
            raise self.error(f"{key!r} is missing, expected a table")
        return Section(value, self.path, self.text, key)

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Every key with its table."""
        return ((key, self.section(key)) for key in self.data)

    def sections_of(self, key: str) -> Iterator[Section]:
        """The tables of a list of tables."""
        values = self.data.get(key)
        if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
            raise self.error(f"{key!r} is missing, expected a list of tables")
        return (Section(value, self.path, self.text, key) for value in values)

    def string(self, key: str) -> str:
        """The text under a key; it may not be empty."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value:
            raise self.error(f"{key!r} is missing, expected a text")
        return value

    def strings(self, key: str, within: Sequence[str] | Mapping[str, object] | None = None) -> tuple[str, ...]:
        """The texts under a key, at least one; each ``within`` a list, where one is given."""
        values = self.data.get(key)
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            raise self.error(f"{key!r} is missing, expected a list of texts")
        if within is not None and (unknown := [value for value in values if value not in within]):
            raise self.error(f"{key!r} names {unknown[0]!r}, expected some of {', '.join(within)}")
        return tuple(values)

    def number(self, key: str) -> int | None:
        """The whole number under a key, or None where there is none."""
        value = self.data.get(key)
        if value is not None and type(value) is not int:
            raise self.error(f"{key!r} is not a whole number")
        return value if isinstance(value, int) else None

    def flag(self, key: str) -> bool:
        """The true or false under a key; false where there is none."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"{key!r} is neither true nor false")
        return value

    def decimal(self, key: str) -> Decimal:
        """The decimal number that the text under a key writes; a TOML float would not be exact."""
        try:
            return Decimal(self.string(key))
        except InvalidOperation:
            raise self.error(f'{key!r} is not a number, expected a text such as "0.2"') from None
