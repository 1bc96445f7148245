"""A person's decision about a report. It holds for just the set of versions that it was made on, and for nothing that comes later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

_LONGEST_REASON: Final = 2_000  # characters


class Action(StrEnum):
    """What a person does with a report."""

    ACCEPT = "accept"  # it is as it was read
    CORRECT = "correct"  # it is as it was read but for some values
    SET_ASIDE = "set_aside"  # nothing of it is to be used
    UNDO = "undo"  # the decision before holds again


class ReviewState(StrEnum):
    """Where a report stands with people."""

    CLEAR = "clear"  # nobody needs to look
    OPEN = "open"  # somebody must look
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    SET_ASIDE = "set_aside"


class Correction(NamedTuple):
    """One value changed; both as `correction.FIELDS` write it, empty where nothing is stated."""

    field: str
    old: str  # as it was read
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided, about what, when and why; ValueError for one that says too little or too much.

    ``versions`` is the `digest_of_set` of the report's versions, ``reading`` the `correction.digest_of_reading` of what the person
    saw: where the same versions are read otherwise later, by other rules, nobody has looked at that.
    """

    action: Action
    reviewer: str  # the id of the person's account
    at: datetime  # UTC
    versions: bytes
    reading: bytes
    corrections: tuple[Correction, ...] = ()
    reason: str = field(default="", repr=False)
    said: tuple[tuple[str, str], ...] = ()  # all values by this decision, as `correction.values`; kept for later readings to be compared

    def __post_init__(self) -> None:
        if bool(self.corrections) != (self.action is Action.CORRECT):
            raise ValueError("a correction, and nothing else, names the values that it changes")
        if self.action in (Action.CORRECT, Action.SET_ASIDE) and not self.reason.strip():
            raise ValueError("a reason is needed")
        if len(self.reason) > _LONGEST_REASON:
            raise ValueError(f"a reason of at most {_LONGEST_REASON:,} characters")
        if len({correction.field for correction in self.corrections}) < len(self.corrections):
            raise ValueError("a value is changed once")


@dataclass(frozen=True, slots=True)
class Made:
    """A decision as the store keeps it."""

    id: int  # later ones have greater ids
    decision: Decision


def digest_of_set(digests: Iterable[bytes]) -> bytes:
    """The digest of a set of versions by those of the versions, each of the same length, in any order."""
    return hashlib.sha256(b"".join(sorted(digests))).digest()


def holding(made: Sequence[Made], versions: bytes) -> Made | None:
    """The decision that holds for this set of versions: the last that was not undone; none of those about other sets."""
    stack: list[Made] = []
    for item in sorted(made, key=lambda item: item.id):
        if item.decision.versions == versions:
            if item.decision.action is not Action.UNDO:
                stack.append(item)
            elif stack:
                stack.pop()
    return stack[-1] if stack else None
