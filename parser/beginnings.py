"""What a pattern may begin with, and branches that look at that before they try lookarounds.

Most halves fail within a few characters. Written as "a number that stands behind none of these words", one would try all the words
before it sees that there is no number. The answers here are never less than what a pattern may begin with: lookarounds are taken to
hold, and what is not known here to match anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from .tree import LOOKAROUNDS, Branch, Item, Tree

_ASCII = "".join(map(chr, range(128)))
_ONE_OF_ASCII = re.compile(r"[^\x80-\U0010ffff.\\]|\\[^\w]|\\[nrtfv]|\[(?!\^)(?:[^\]\\\x80-\U0010ffff]|\\[^\w])++\]", re.DOTALL)
_UNKNOWN = re.compile(r"[$^]|\\[^\WdDsSwWnrtfv].*+|\[\^?+\[.*+|\[.*?(?:\[:|--|&&|~~|\|\|).*+", re.DOTALL)  # a place, or for ``regex`` only
_GROUP = re.compile(r"\((?:\?(?:[:>]|P?<\w++>))?")
_MOST = 80  # characters of ASCII that a look at the next one may let pass


class First(NamedTuple):
    """The characters that a pattern may begin with."""

    chars: frozenset[str]  # of ASCII
    beyond: bool  # whether one that is not ASCII may
    empty: bool  # whether it may match nothing


_ANYTHING = First(frozenset(_ASCII), True, True)


@lru_cache(maxsize=4096)
def first_of_sign(text: str) -> First:
    """The characters that a sign, an escape or a class matches.

    >>> first_of_sign("[.-]") == First(frozenset(".-"), False, False), first_of_sign("[^a-z]").beyond
    (True, True)
    """
    if _UNKNOWN.fullmatch(text):
        return _ANYTHING
    return First(frozenset(re.findall(text, _ASCII)), not _ONE_OF_ASCII.fullmatch(text), False)


class Beginnings:
    """Says of trees what they may begin with; ``called`` gives the tree that a call names."""

    def __init__(self, called: Callable[[Item], Tree]) -> None:
        self._called = called
        self._of_calls: dict[str, First] = {}

    def of(self, tree: Tree) -> First:
        """The characters that a tree may begin with."""
        firsts = [self._of_branch(branch) for branch in tree]
        chars = frozenset[str]().union(*(one.chars for one in firsts))
        return First(chars, any(one.beyond for one in firsts), any(one.empty for one in firsts))

    def _of_branch(self, branch: Branch) -> First:
        chars: frozenset[str] = frozenset()
        beyond = False
        for item in branch:
            if item.text not in LOOKAROUNDS:
                first = self._of_item(item)
                chars, beyond = chars | first.chars, beyond or first.beyond
                if item.bounds[0] and not first.empty:
                    return First(chars, beyond, False)
        return First(chars, beyond, True)

    def _of_item(self, item: Item) -> First:
        if item.kind == "call":
            if item.text not in self._of_calls:
                self._of_calls[item.text] = self.of(self._called(item))
            return self._of_calls[item.text]
        if item.kind == "open":
            return self.of(item.alternatives) if _GROUP.fullmatch(item.text) else _ANYTHING
        return first_of_sign(item.text)

    def looking(self, branch: Branch) -> Branch:
        """A branch that matches the same and looks at the next character before lookarounds that take longer.

        >>> from .tree import read
        >>> [item.text for item in Beginnings(lambda call: ()).looking(read("(?<! no | of ) (?! ab ) [a-c]")[0])]
        ['(?=', '(?<!', '(?!', '[a-c]']
        """
        found: list[Item] = []
        for at, item in enumerate(branch):
            if item.text in LOOKAROUNDS and not (at and branch[at - 1].text in LOOKAROUNDS):
                run = takewhile(lambda one: one.text in LOOKAROUNDS, branch[at:])
                if any(map(_is_long, run)) and (look := _look(self._of_branch(branch[at:]))):
                    found.append(look)
            found.append(item)
        return tuple(found)


def _is_long(lookaround: Item) -> bool:
    return len(lookaround.alternatives) > 1 or len(lookaround.alternatives[0]) > 1


def _look(first: First) -> Item | None:
    """A lookahead for these characters, or None where it would let most of a text pass.

    A class that reaches beyond ASCII says what it lacks, since ``re`` compiles long ranges slowly.
    """
    if first.empty or len(first.chars) > _MOST:
        return None
    chars = first.chars.symmetric_difference(_ASCII) if first.beyond else first.chars
    written = f"[{'^' if first.beyond else ''}{''.join(map(re.escape, sorted(chars)))}]"
    return Item("open", "(?=", ((Item("class", written, (), ""),),), "")
