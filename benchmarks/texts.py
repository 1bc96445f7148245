"""The reports that are measured with, and others made of them so that no text comes twice.

Nodalis remembers what it has read before: values, and decisions about equal facts. Reports that repeat would make it look faster than it
is on an archive, so each benchmark but one measures varied texts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import NamedTuple

from .machine import ROOT

CORPUS = ROOT.parent / "shared" / "corpus"
_SAMPLES = ROOT / "samples"
_KB = 1024

# "2010", "2.1", "12.5", "72"; not "3", "14", "pT2", "3.5.1", "100 %"
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.\d+|\d{3,}|[4-9]\d)(?![\w.]*[\w%]|\s?%)")
_WORD = re.compile(r"[A-Za-z]{5,}")
_SOUNDS = ("bcdfghklmnprstvw", "aeiou")


class Row(NamedTuple):
    """A report with its id."""

    id: str
    text: str


class Texts:
    """Different reports of one source."""

    def __init__(self, source: str, rows: Sequence[Row]) -> None:
        self.source = source
        self.rows = tuple(rows)

    @property
    def texts(self) -> list[str]:
        """The texts as they are."""
        return [row.text for row in self.rows]

    def some(self, count: int) -> Texts:
        """So many of them, taken evenly; all words that are rare in the whole count as rare."""
        part = Texts(self.source, self.rows[:: max(1, len(self.rows) // count)][:count])
        part.__dict__["rare"] = self.rare
        return part

    @cached_property
    def rare(self) -> frozenset[str]:
        """Words that stand in one text only, or in two, which may read one page: names, places, misreadings. Nothing is read from them."""
        texts = dict.fromkeys(self.texts)
        found = Counter(word for text in texts for word in {match.lower() for match in _WORD.findall(text)})
        return frozenset(word for word, count in found.items() if count <= 2)

    def varied(self, count: int, seed: int) -> Iterator[Row]:
        """So many reports, of which no two are equal and none is one of the source; the same seed gives the same."""
        for number in range(count):
            row = self.rows[number % len(self.rows)]
            yield Row(f"{seed}-{number}", vary(row.text, self.rare, Random(f"{seed} {number}")))

    def described(self) -> dict[str, object]:
        """Source, number and size."""
        return {
            "source": self.source,
            "different": len(set(self.texts)),
            "mean_kb": round(sum(map(len, self.texts)) / len(self.rows) / _KB, 1),
        }


def load(path: Path | None = None) -> Texts:
    """The reports of a file of {"id", "text"} rows; else the corpus beside the repository; else the samples."""
    path = path or (CORPUS / "reports.jsonl" if CORPUS.is_dir() else None)
    if path is None:
        files = sorted(_SAMPLES.glob("*.txt"))
        return Texts("samples", [Row(file.stem, file.read_text(encoding="utf-8")) for file in files])
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return Texts(path.name, [Row(str(row["id"]), str(row["text"])) for row in rows])


def vary(text: str, rare: frozenset[str], chance: Random) -> str:
    """A report of the same structure with other numbers and names, and a case number before it.

    The last digit of sizes, dates and other numbers from 40 on changes, and each rare word becomes one that can be pronounced; what is
    equal in the text stays equal. Smaller numbers and categories stay: they are counts, whose sums must still fit.
    """
    numbers: dict[str, str] = {}
    names: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        old = match.group()
        return numbers.setdefault(old, old[:-1] + chance.choice([digit for digit in "123456789" if digit != old[-1]]))

    def word(match: re.Match[str]) -> str:
        old = match.group()
        if (key := old.lower()) not in rare:
            return old
        new = names.setdefault(key, "".join(chance.choice(_SOUNDS[place % 2]) for place in range(len(key))))
        return new.upper() if old.isupper() else new.capitalize() if old[0].isupper() else new

    return f"Case no. {chance.randrange(10**8, 10**9)}.\n{_WORD.sub(word, _NUMBER.sub(number, text))}"


def of_size(texts: Texts, kilobytes: int, seed: int) -> str:
    """A text of this size: different reports, varied, one after the other."""
    wanted, size, parts = kilobytes * _KB, 0, []
    for row in texts.varied(wanted, seed):
        parts.append(row.text + "\n\n")
        size += len(parts[-1])
        if size >= wanted:
            break
    return "".join(parts)[:wanted]


def write_rows(path: Path, rows: Iterator[Row]) -> None:
    """Reports as rows of JSON."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row._asdict()) + "\n" for row in rows)
