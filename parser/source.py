"""A grammar file as text, with the lines and columns that a TOML reader does not keep."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from .lint import GrammarError, Problem

_RULE = re.compile(r"^[ \t]*+\[\[[ \t]*+rule[ \t]*+\]\]", re.MULTILINE)
_KEY = re.compile(r"""^[ \t]*+(?P<key>(?P<quote>["']?+)(?P<name>[\w-]++)(?P=quote))[ \t]*+=""", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*+\[\[?+[ \t]*+(?P<name>[\w-]++)", re.MULTILINE)
_TOML_PLACE = re.compile(r" \(at (?:line (?P<line>\d++), column (?P<column>\d++)|end of document)\)\Z")


@dataclass(frozen=True, slots=True)
class GrammarFile:
    """One file of a grammar: its name as errors print it, its text, and the offsets of its rules and of each key at a line's start."""

    name: str
    text: str
    rules: tuple[int, ...]
    keys: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def problem(self, offset: int, message: str) -> Problem:
        """A problem at an offset into the text."""
        before = self.text[:offset]
        return Problem(self.name, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, message)

    def rule(self, index: int) -> int:
        """Where the rule with this index begins."""
        return self.rules[index] if index < len(self.rules) else 0

    def key(self, index: int, key: str) -> int:
        """Where a key of a rule stands; the rule itself if it has no such key."""
        start = self.rule(index)
        return self._key(key, start, self.rules[index + 1] if index + 1 < len(self.rules) else len(self.text), start)

    def entry(self, table: str, name: str) -> int:
        """Where an entry of [anchors] or [patterns] stands."""
        start = next((match.start() for match in _HEADER.finditer(self.text) if match["name"] == table), 0)
        return self._key(name, start, len(self.text), start)

    def top(self, name: str) -> int:
        """Where a top-level table or key stands."""
        headers = (match.start() for match in _HEADER.finditer(self.text) if match["name"] == name)
        return min((*headers, *self.keys.get(name, ())), default=0)

    def inside(self, key: int, value: str, offset: int) -> int:
        """Where a character of a value stands, if the value is written verbatim after the key at ``key``; else the key."""
        found = self.text.find(value, key) if value.strip() else -1
        return key if found < 0 else found + offset

    def _key(self, key: str, start: int, end: int, default: int) -> int:
        return next((offset for offset in self.keys.get(key, ()) if start <= offset < end), default)


def read(path: Path | None) -> list[GrammarFile]:
    """The files of a folder (``common.toml`` first, then by name), one file, or for None the packaged folder.

    Raises GrammarError if there is nothing to read.
    """
    folder: Traversable = files("grammars") if path is None else path
    if not folder.is_dir():
        return [_read_one(folder, str(path))]
    found = [item for item in folder.iterdir() if item.name.endswith(".toml")]
    if not found:
        raise GrammarError((Problem(str(path), 1, 1, "no grammar files, expected *.toml"),))
    prefix = "grammars" if path is None else str(path)
    return [_read_one(item, f"{prefix}/{item.name}") for item in sorted(found, key=lambda item: (item.name != "common.toml", item.name))]


def staging_text() -> str:
    """The staging tables as one text, for the version of a grammar: a changed table is a changed version."""
    folders = sorted((files("grammars") / "staging").iterdir(), key=lambda folder: folder.name)
    tables = [table for folder in folders if folder.is_dir() for table in sorted(folder.iterdir(), key=lambda table: table.name)]
    return "".join(table.read_text(encoding="utf-8") for table in tables if table.name.endswith(".toml"))


def _read_one(item: Traversable, name: str) -> GrammarFile:
    try:
        text = item.read_text(encoding="utf-8")
    except OSError:
        raise GrammarError((Problem(name, 1, 1, "cannot be read, expected a TOML file or a folder of them"),)) from None
    except UnicodeDecodeError:
        raise GrammarError((Problem(name, 1, 1, "not UTF-8, expected a TOML file in UTF-8"),)) from None
    keys: dict[str, list[int]] = {}
    for match in _KEY.finditer(text):
        keys.setdefault(match["name"], []).append(match.start("key"))
    return GrammarFile(name, text, tuple(match.start() for match in _RULE.finditer(text)), keys)


def parse(file: GrammarFile) -> dict[str, object]:
    """The TOML data of a file; GrammarError with the place if it is no TOML."""
    try:
        return tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        if place is None or place["line"] is None:
            problem = file.problem(len(file.text), f"{_TOML_PLACE.sub('', message)}, expected TOML")
        else:
            line, column = int(place["line"]), int(place["column"])
            problem = Problem(file.name, line, column, f"{message[: place.start()]}, expected TOML")
        raise GrammarError((problem,)) from None
