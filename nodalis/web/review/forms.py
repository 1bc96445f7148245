"""What somebody entered about a report, as it came from the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...review.fields import FIELDS
from ...review.decision import Action, Correction, Decision

NOT_STATED = "-"  # typed for a value that the report does not state


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """A decision to be, with what the person had seen: the versions, what was read of them, the last decision."""

    action: Action
    reason: str
    new: Mapping[str, str]  # by names of ``FIELDS``, only what was filled in
    seen: tuple[str, ...]  # digests of the payloads of the versions
    versions: bytes
    reading: bytes
    last: int | None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Form:
        """The form of these fields; ValueError if it is none of ours."""
        last = given.get("last", "")
        return cls(
            action=Action(given.get("action", "")),
            reason=given.get("reason", "").replace("\r\n", "\n").strip(),
            new={name: value for name in FIELDS if (value := given.get(f"new-{name}", "").strip())},
            seen=tuple(given.get("seen", "").split()),
            versions=bytes.fromhex(given.get("versions", "")),
            reading=bytes.fromhex(given.get("reading", "")),
            last=int(last) if last else None,
        )

    def decision(self, old: Mapping[str, str], reviewer: str, at: datetime) -> Decision:
        """The decision; ValueError in words of ours if it says too little. ``old``: the values as they were read."""
        changed = {name: "" if value == NOT_STATED else value for name, value in self.new.items()}
        corrections = tuple(Correction(name, old[name], value) for name, value in changed.items())
        return Decision(
            action=self.action,
            reviewer=reviewer,
            at=at,
            versions=self.versions,
            reading=self.reading,
            corrections=corrections if self.action is Action.CORRECT else (),
            reason=self.reason,
        )
