"""Finds what is wrong in a pattern before it is compiled, and says where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import regex

from .patterns import Token, callee, tokens

_BOUNDED = regex.compile(r"(?:\?|\{\d++\}|\{\d*+,\d++\})[+?]?+")
_SPACE_REPEAT = regex.compile(r"[*+][+?]?+")
_CAPTURE = regex.compile(r"\(\?P<([a-z][a-z0-9_]*+)>")
_MISTYPED = {"(?!": ("=", "<"), "(?=": ("<", "="), "(?<!": ("=",), "(?<=": ("!",)}
_FORBIDDEN_ESCAPES = {
    r"\b": r"a lookaround such as (?<![a-z0-9])",
    r"\B": r"a lookaround such as (?<=[a-z0-9])",
    r"\A": r"the lookaround (?<![\s\S])",
    r"\Z": r"the lookaround (?![\s\S])",
    r"\G": "no search anchor",
    r"\K": "no \\K",
    r"\X": "characters written out",
}
_UPPER = regex.compile(r"[A-Z]")
_OPENERS = frozenset({"(?:", "(?>", "(?=", "(?!", "(?<=", "(?<!"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a grammar file. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class GrammarError(ValueError):
    """A grammar that cannot be used; one line of the message for each problem."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def captures(pattern: str) -> list[str]:
    """The names captured by a pattern, in order, each once."""
    found = (_CAPTURE.fullmatch(token.text) for token in tokens(pattern) if token.kind == "open")
    return list(dict.fromkeys(match[1] for match in found if match))


def calls(pattern: str) -> list[str]:
    """The names of the sub-patterns called by a pattern, in order, each once."""
    return list(dict.fromkeys(callee(token.text) for token in tokens(pattern) if token.kind == "call"))


def check_rule_pattern(pattern: str, anchors: Set[str], patterns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Each fault of a rule's pattern as its offset and a message."""
    pieces = [token for token in tokens(pattern) if token.kind not in ("comment", "space")]
    yield from _check_tokens(pieces, patterns)
    yield from _check_anchor(pieces, anchors)
    yield from _check_capture_sides(pieces)


def check_sub_pattern(name: str, pattern: str, patterns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Each fault of a sub-pattern as its offset and a message."""
    pieces = [token for token in tokens(pattern) if token.kind not in ("comment", "space")]
    yield from _check_tokens(pieces, patterns)
    for token in pieces:
        if token.kind == "anchor":
            yield token.offset, f"anchor {token.text} in a sub-pattern, expected it in a rule"
        elif _CAPTURE.fullmatch(token.text):
            yield token.offset, "capture in a sub-pattern, expected it in a rule"
    if _reaches(name, name, patterns, set()):
        yield 0, f"{name} calls itself, expected no cycle"


def _reaches(start: str, goal: str, patterns: Mapping[str, str], seen: set[str]) -> bool:
    for name in calls(patterns.get(start, "")):
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            if _reaches(name, goal, patterns, seen):
                return True
    return False


def _check_tokens(pieces: Sequence[Token], patterns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    depth = 0
    for index, (kind, text, offset) in enumerate(pieces):
        if kind == "open":
            depth += 1
            following = pieces[index + 1].text if index + 1 < len(pieces) else ""
            yield from _check_open(text, offset, following)
        elif kind == "close":
            depth -= 1
            if depth < 0:
                yield offset, "closing parenthesis without opening one"
                depth = 0
        elif kind == "call" and callee(text) not in patterns:
            yield offset, f"unknown sub-pattern {callee(text)}, expected one of [patterns]"
        elif kind == "repeat":
            after_space = index > 0 and pieces[index - 1].text == r"\s"
            if not _BOUNDED.fullmatch(text) and not (after_space and _SPACE_REPEAT.fullmatch(text)):
                yield offset, f"unbounded or unknown repeat {text}, expected bounds such as {{0,20}} (only \\s may take * and +)"
        elif text in _FORBIDDEN_ESCAPES and kind == "escape":
            yield offset, f"{text} sees the end of the window as the end of the text, expected {_FORBIDDEN_ESCAPES[text]}"
        elif kind == "escape" and text[1] in "123456789gR":
            yield offset, f"back-reference {text}, expected none"
        elif kind == "char" and text in "^$":
            yield offset, f"{text} sees the window as the text, expected a lookaround such as (?<=\\n) or (?![\\s\\S])"
        elif kind == "char" and text in "[{":
            yield offset, f"{text} without an end, expected the end or \\{text}"
        elif kind in ("char", "class") and _UPPER.search(text if kind == "char" else regex.sub(r"\\.|\[:\w++:\]", "", text)):
            yield offset, "upper-case letter, expected lower case: rules read lower-cased text"
    if depth > 0:
        yield pieces[-1].offset, f"{depth} parentheses not closed"


def _check_open(text: str, offset: int, following: str) -> Iterator[tuple[int, str]]:
    if following[:1] in _MISTYPED.get(text, ()) and following:
        yield offset, f"{text}{following[0]} looks like a mistyped lookaround, expected (?! (?= (?<! (?<= or [{following[0]}] for the sign"
    elif text == "(":
        yield offset, "unnamed capture, expected (?: or (?P<name>"
    elif text.startswith(("(?P<", "(?<")) and text not in _OPENERS:
        if not _CAPTURE.fullmatch(text):
            yield offset, f"capture {text}, expected (?P<name> in lower case without a leading underscore"
    elif text not in _OPENERS:
        yield offset, f"group {text}, expected one of (?: (?> (?P<name> (?&_name) (?= (?! (?<= (?<!"


def _check_anchor(pieces: Sequence[Token], anchors: Set[str]) -> Iterator[tuple[int, str]]:
    depth = 0
    found: list[Token] = []
    for index, token in enumerate(pieces):
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind == "bar" and depth == 0:
            yield token.offset, "alternation at top level, expected it in (?: )"
        if token.kind != "anchor":
            continue
        found.append(token)
        if depth:
            yield token.offset, f"anchor {token.text} inside a group, expected it at top level"
        if index + 1 < len(pieces) and pieces[index + 1].kind == "repeat":
            yield token.offset, f"anchor {token.text} is repeated, expected it once"
        if token.text[1:] not in anchors:
            yield token.offset, f"unknown anchor {token.text}, expected one of [anchors]"
    if len(found) != 1:
        yield found[1].offset if found else 0, f"{len(found)} anchors, expected one @name"


def _check_capture_sides(pieces: Sequence[Token]) -> Iterator[tuple[int, str]]:
    left: set[str] = set()
    behind = False
    for token in pieces:
        behind = behind or token.kind == "anchor"
        if match := _CAPTURE.fullmatch(token.text):
            if not behind:
                left.add(match[1])
            elif match[1] in left:
                yield token.offset, f"capture {match[1]} on both sides of the anchor, expected two names"


def check_compiles(pattern: str) -> Iterator[tuple[int, str]]:
    """What ``regex`` finds wrong in a pattern that has passed the other checks; calls and the anchor are blanked, so offsets stay."""
    blanks = {"call": "(?:{})", "anchor": "{}"}
    parts = [blanks[kind].format(" " * (len(text) - 4 * (kind == "call"))) if kind in blanks else text for kind, text, _ in tokens(pattern)]
    try:
        regex.compile("".join(parts), regex.VERBOSE)
    except regex.error as error:
        message, _, place = str(error).partition(" at position ")
        yield int(place.split()[0]) if place else 0, f"{message}, expected a pattern of the regex module"
