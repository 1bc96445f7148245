"""Loads the rules: reads the TOML files, checks them and puts their patterns together.

``load_grammar()`` gives the packaged rules, which the tests and ``nodalis grammar check`` check; a pattern is compiled on first use.
``load_grammar(path)`` adds a laboratory's own rules to them and checks and compiles those at once, so that a wrong file is a loud
error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from .halves import Assembler
from .lint import GrammarError, Problem, calls, check_compiles, check_rule_pattern, check_sub_pattern
from .patterns import split, wrapped
from .rule import CompiledRule, check_keys, check_values
from .source import GrammarFile, parse, read, staging_text

__all__ = ["CompiledRule", "Grammar", "GrammarError", "Problem", "load_grammar"]

_SHARED = "common.toml"  # what it offers need not be used
_TOP = frozenset({"anchors", "patterns", "rule"})
_SUB_PATTERN_NAME = re.compile(r"_[a-z][a-z0-9_]*+")
_ANCHOR_NAME = re.compile(r"[a-z][a-z0-9_]*+")
_UPPER = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """All rules in the order of their files. ``version`` is "sha256:" and the digest of the files' contents in that order, and of
    the staging tables."""

    rules: tuple[CompiledRule, ...]
    version: str

    def rule(self, rule_id: str) -> CompiledRule:
        """The rule with this id; KeyError if there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


def load_grammar(path: Path | None = None, *extra: Path) -> Grammar:
    """The packaged rules, together with those of each given folder or file.

    Own files share the packaged anchors and sub-patterns, may name further ones, and replace a packaged rule by giving its id.
    Raises GrammarError, which lists every problem as ``file:line:column: what, expected what``.
    """
    if path is None and not extra:
        return _packaged()
    own = [file for one in (path, *extra) if one is not None for file in read(one)]
    return _build(read(None), own)


@lru_cache(maxsize=1)
def _packaged() -> Grammar:
    return _build(read(None), [])


def check_packaged() -> tuple[Problem, ...]:
    """What is wrong in the packaged files, patterns compiled; empty if nothing is."""
    try:
        _build([], read(None))
    except GrammarError as error:
        return error.problems
    return ()


def _build(packaged: Sequence[GrammarFile], own: Sequence[GrammarFile]) -> Grammar:
    loader = _Loader()
    for file in (*packaged, *own):
        loader.add_names(file)
    for file in packaged:
        loader.add_packaged_rules(file)
    known: dict[str, str] = {}
    for file in own:
        loader.add_rules(file, known)
    loader.check_unused(own)
    if loader.problems:
        raise GrammarError(tuple(loader.problems))
    digest = hashlib.sha256("".join((*(file.text for file in (*packaged, *own)), staging_text())).encode())
    return Grammar(tuple(loader.rules.values()), f"sha256:{digest.hexdigest()}")


class _Loader:
    """Collects names, rules and problems while the files are read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.rules: dict[str, CompiledRule] = {}
        self.anchors: dict[str, tuple[str, ...]] = {}
        self.patterns: dict[str, str] = {}
        self.homes: dict[str, tuple[GrammarFile, int]] = {}  # "@name" or "_name" -> where it is defined
        self.used: set[str] = set()
        self.usable = True  # whether the sub-patterns are right, so that rules can be put together
        self.assembler = Assembler(self.patterns)
        self.data: dict[str, dict[str, object]] = {}

    def add_names(self, file: GrammarFile) -> None:
        """Reads the anchors and sub-patterns of a file."""
        data = self.data[file.name] = parse(file)
        for key in data.keys() - _TOP:
            self.problems.append(file.problem(file.top(key), f"unknown key {key}, expected [anchors], [patterns] or [[rule]]"))
        for key, kind in (("anchors", dict), ("patterns", dict), ("rule", list)):
            if not isinstance(data.setdefault(key, kind()), kind):
                self.problems.append(file.problem(file.top(key), f"{key} has the wrong kind, expected [{key}] or [[rule]]"))
                data[key] = kind()
        for name, literals in cast(dict[str, object], data["anchors"]).items():
            self._add_anchor(file, name, literals)
        for name, pattern in cast(dict[str, object], data["patterns"]).items():
            place = file.entry("patterns", name)
            if not _SUB_PATTERN_NAME.fullmatch(name):
                self.problems.append(file.problem(place, f"sub-pattern {name}, expected a name such as _count"))
            elif not isinstance(pattern, str):
                self.problems.append(file.problem(place, f"sub-pattern {name} is no text, expected a pattern"))
            elif self._is_new(file, name, place):
                self.patterns[name] = pattern

    def _add_anchor(self, file: GrammarFile, name: str, literals: object) -> None:
        place = file.entry("anchors", name)
        if not _ANCHOR_NAME.fullmatch(name):
            self.problems.append(file.problem(place, f"anchor {name}, expected a name such as node"))
        elif not isinstance(literals, list) or not literals or not all(isinstance(item, str) and item for item in literals):
            self.problems.append(file.problem(place, f"anchor {name} is no list of literals, expected such as ['node', 'nodes']"))
        elif self._is_new(file, f"@{name}", place):
            self.anchors[name] = tuple(dict.fromkeys(literals))
            for literal in self.anchors[name]:
                fault = "upper-case literal" if _UPPER.search(literal) else "literal twice" if literals.count(literal) > 1 else ""
                if fault:
                    offset = file.inside(place, literal, 0)
                    self.problems.append(file.problem(offset, f"{fault} in anchor {name}, expected lower case and each once"))

    def _is_new(self, file: GrammarFile, name: str, place: int) -> bool:
        if name in self.homes:
            home, offset = self.homes[name]
            first = home.problem(offset, "")
            self.problems.append(file.problem(place, f"{name} is defined already at {first.path}:{first.line}, expected another name"))
            return False
        self.homes[name] = (file, place)
        return True

    def add_packaged_rules(self, file: GrammarFile) -> None:
        """Reads the rules of a packaged file, which ``check_packaged`` has found right."""
        for index, rule in enumerate(cast(list[dict[str, object]], self.data[file.name]["rule"])):
            self.rules[cast(str, rule["id"])] = self._compiled(file, file.problem(file.rule(index), "").line, rule)

    def add_rules(self, file: GrammarFile, known: dict[str, str]) -> None:
        """Checks and reads the rules of a file; ``known`` are the ids of the files before it."""
        before = len(self.problems)
        for name, pattern in self.patterns.items():
            home, place = self.homes[name]
            if home is file:
                faults = tuple(check_sub_pattern(name, pattern, self.patterns)) or tuple(check_compiles(pattern))
                self.problems.extend(file.problem(file.inside(place, pattern, offset), fault) for offset, fault in faults)
        self.usable = self.usable and len(self.problems) == before
        for index, rule in enumerate(cast(list[object], self.data[file.name]["rule"])):
            if isinstance(rule, dict):
                self._add_rule(file, index, rule, known)
            else:
                self.problems.append(file.problem(file.top("rule"), "rule is no table, expected [[rule]]"))

    def _add_rule(self, file: GrammarFile, index: int, rule: dict[str, object], known: dict[str, str]) -> None:
        faults = list(check_keys(rule))
        self.problems.extend(file.problem(file.key(index, key), fault) for key, fault in faults)
        if faults:
            return
        rule_id, pattern = cast(str, rule["id"]), cast(str, rule["pattern"])
        line = file.problem(file.rule(index), "").line
        if rule_id in known:
            self.problems.append(
                file.problem(file.key(index, "id"), f"rule {rule_id} stands already at {known[rule_id]}, expected another id")
            )
        known[rule_id] = f"{file.name}:{line}"
        in_pattern = tuple(check_rule_pattern(pattern, self.anchors.keys(), self.patterns)) or tuple(check_compiles(pattern))
        place = file.key(index, "pattern")
        self.problems.extend(file.problem(file.inside(place, pattern, offset), fault) for offset, fault in in_pattern)
        self.problems.extend(file.problem(file.key(index, key), fault) for key, fault in check_values(rule))
        if self.usable and not in_pattern:
            self.rules[rule_id] = self._compiled(file, line, rule)
            self.used.add(f"@{self.rules[rule_id].anchor}")
            self._use(pattern)

    def _compiled(self, file: GrammarFile, line: int, rule: dict[str, object]) -> CompiledRule:
        halves = split(cast(str, rule["pattern"]))
        return CompiledRule(
            id=cast(str, rule["id"]),
            finding=cast(str, rule["finding"]),
            source=cast(str, rule["source"]),
            path=file.name,
            line=line,
            anchor=halves.anchor,
            literals=wrapped(self.anchors[halves.anchor]),
            halves=halves,
            assembler=self.assembler,
            values=MappingProxyType(cast(dict[str, str], rule.get("values", {}))),
            constants=MappingProxyType(cast(dict[str, object], rule.get("set", {}))),
            examples=tuple(MappingProxyType(example) for example in cast(list[dict[str, object]], rule["examples"])),
            rejects=tuple(cast(list[str], rule["rejects"])),
        )

    def _use(self, pattern: str) -> None:
        for name in calls(pattern):
            if name not in self.used:
                self.used.add(name)
                self._use(self.patterns[name])

    def check_unused(self, files: Sequence[GrammarFile]) -> None:
        """Notes each anchor and sub-pattern of these files that no rule uses, once everything else is right."""
        if self.problems:
            return
        for name, (file, place) in self.homes.items():
            if name not in self.used and file in files and not file.name.endswith(_SHARED):
                self.problems.append(file.problem(place, f"{name} is used by no rule, expected a use"))
