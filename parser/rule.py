"""One rule: what the engine runs, and the checks of the TOML table that it is written as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from .halves import Assembler, Pattern
from .lint import captures
from .patterns import WHOLE, Halves
from .values import NORMALISERS

_REQUIRED = {"id": str, "source": str, "finding": str, "pattern": str, "examples": list, "rejects": list}
_OPTIONAL = {"values": dict, "set": dict}
_KINDS = {str: "text", list: "a list", dict: "a table"}
_RULE_ID = re.compile(r"[a-z][a-z0-9_]*+(?:[.-][a-z0-9_]++)*+")


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """One rule, its pattern split at the anchor. Its halves are put together and compiled when they are first asked for."""

    id: str
    finding: str
    source: str
    path: str
    line: int
    anchor: str
    literals: tuple[str, ...]
    halves: Halves
    assembler: Assembler
    values: Mapping[str, str]  # capture -> normaliser in parser.values
    constants: Mapping[str, object]  # added to each match
    examples: tuple[Mapping[str, object], ...]
    rejects: tuple[str, ...]

    @cached_property
    def left(self) -> str:
        """What stands left of the anchor in the dialect of ``regex``, without calls; empty where nothing stands there."""
        return self.assembler.plain(self.halves.left)

    @cached_property
    def right(self) -> str:
        """What stands right of the anchor."""
        return self.assembler.plain(self.halves.right)

    @cached_property
    def left_pattern(self) -> Pattern:
        """The left half, to be matched in the mirrored text from where the anchor begins there."""
        return self.assembler.left(self.halves.left)

    @cached_property
    def right_pattern(self) -> Pattern:
        """The right half, to be matched from the end of the anchor."""
        return self.assembler.right(self.halves.right)


def check_keys(rule: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each key of a rule's table that is missing, unknown or of the wrong kind, with a message."""
    for key in sorted(rule.keys() - _REQUIRED.keys() - _OPTIONAL.keys()):
        yield key, f"unknown key {key}, expected one of {', '.join((*_REQUIRED, *_OPTIONAL))}"
    for key, kind in (_REQUIRED | _OPTIONAL).items():
        if key in rule and not isinstance(rule[key], kind):
            yield key, f"{key} is of the wrong kind, expected {_KINDS[kind]}"
        elif kind is str and not rule.get(key):
            yield key, f"no {key}, expected {_KINDS[kind]}"
    rule_id = rule.get("id")
    if isinstance(rule_id, str) and rule_id and not _RULE_ID.fullmatch(rule_id):
        yield "id", "id with other signs than a-z, 0-9, _, - and stops, expected such as nodes.ratio"


def check_values(rule: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each fault of values, constants, examples and rejects as the key it stands under and a message; the keys are right."""
    names = captures(cast(str, rule["pattern"]))
    values = cast(dict[str, object], rule.get("values", {}))
    constants = cast(dict[str, object], rule.get("set", {}))
    for name in names:
        if name not in values:
            yield "values" if "values" in rule else "pattern", f"capture {name} has no normaliser, expected it in values"
    for name, normaliser in values.items():
        if name not in names and name != WHOLE:
            yield "values", f"value {name} has no capture, expected (?P<{name}> in the pattern"
        if normaliser not in NORMALISERS:
            yield "values", f"unknown normaliser {normaliser}, expected one of {', '.join(sorted(NORMALISERS))}"
    for name in sorted(constants.keys() & values.keys()):
        yield "set", f"{name} is captured and set, expected one of both"
    known = {"text", *values, *constants}
    examples = cast(list[object], rule.get("examples", []))
    rejects = cast(list[object], rule.get("rejects", []))
    if len(examples) < 2:
        yield "examples", f"{len(examples)} examples, expected at least 2"
    if not rejects or not all(isinstance(text, str) and text for text in rejects):
        yield "rejects", "no rejects, expected at least 1 text"
    for example in examples:
        if not isinstance(example, dict) or not isinstance(example.get("text"), str):
            yield "examples", "example without text, expected such as { text = '...', positive = 3 }"
        else:
            for name in sorted(example.keys() - known):
                yield "examples", f"example with {name}, expected captures and keys of set only"
