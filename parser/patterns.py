"""Turns the pattern of a rule into two halves: what stands left of its anchor and what stands right of it.

Both halves begin at the anchor and are matched away from it; nothing scans. The dialect is that of the ``regex`` module in verbose
form, with ``(?&_name)`` for a sub-pattern and ``@name`` for the anchor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

LEFT = 120  # characters before an anchor that a rule may read
RIGHT = 200  # characters after an anchor that a rule may read
GLUED = "glued_"  # an anchor of this name may touch letters: "pT2NOMX"
WHOLE = "match"  # a value of this name is read from the whole match

_TOKEN = re.compile(
    r"""
    (?P<comment> \# [^\n]*+ )
  | (?P<space> \s++ )
  | (?P<escape> \\ (?: [pPN] \{ [^}\n]*+ \} | x [0-9a-fA-F]{2} | u [0-9a-fA-F]{4} | . ) )
  | (?P<class> \[ \^?+ \]?+ (?: \\ . | \[: \^?+ \w++ :\] | [^\]\\] )*+ \] )
  | (?P<call> \( \? & [^)\n]*+ \) )
  | (?P<open> \( (?: \? (?: P? < [a-zA-Z_]\w*+ > | < [=!] | [:=!>|] | P[=>] | [a-zA-Z0-9-]*+ ) )?+ )
  | (?P<close> \) )
  | (?P<repeat> (?: [*+?] | \{ [^{}\n]*+ \} ) [+?]?+ )
  | (?P<anchor> @ [a-z_]\w*+ )
  | (?P<bar> \| )
  | (?P<char> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_GAPS = ("\n", ". ", ".\n")  # what may stand for a space of an anchor


def wrapped(literals: Sequence[str]) -> tuple[str, ...]:
    """The literals as they stand in a report: broken over a line, or with the stop that scanning makes of a line end.

    >>> wrapped(["lymph node"])
    ('lymph node', 'lymph\\nnode', 'lymph. node', 'lymph.\\nnode')
    """
    forms = dict.fromkeys(literals)
    for literal in literals:
        for at, char in enumerate(literal):
            if char == " ":
                forms.update(dict.fromkeys(literal[:at] + gap + literal[at + 1 :] for gap in _GAPS))
    return tuple(forms)


class Token(NamedTuple):
    """One piece of a pattern: its kind, its text and where it stands in the pattern."""

    kind: str
    text: str
    offset: int


class Halves(NamedTuple):
    """The two sides of a rule's anchor as they are written, empty where nothing stands there."""

    left: str
    anchor: str
    right: str


@lru_cache(maxsize=1024)
def tokens(pattern: str) -> tuple[Token, ...]:
    """The pieces of a pattern in order; together they are the pattern.

    >>> [token.kind for token in tokens(r"(?&_of) \\s* @node")]
    ['call', 'space', 'escape', 'repeat', 'space', 'anchor']
    """
    return tuple(Token(match.lastgroup or "char", match[0], match.start()) for match in _TOKEN.finditer(pattern))


def callee(call: str) -> str:
    """The name in a call: ``_of`` for ``(?&_of)``."""
    return call[3:-1].strip()


def split(pattern: str) -> Halves:
    """The halves of a pattern; its one anchor stands at top level (``lint`` sees to it).

    >>> split("of @node s")
    Halves(left='of', anchor='node', right='s')
    """
    anchor = next(token for token in tokens(pattern) if token.kind == "anchor")
    return Halves(pattern[: anchor.offset].strip(), anchor.text[1:], pattern[anchor.offset + len(anchor.text) :].strip())
