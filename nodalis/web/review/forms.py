"""What somebody entered about a report, as it came from the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from parser.model import Report

from ...review.correction import changes, corrected
from ...review.decision import Action, Correction, Decision
from ...review.fields import FIELDS

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

    def decision(self, report: Report | None, reviewer: str, at: datetime) -> Decision:
        """The decision about a report as it was read; ValueError in words of ours if it says too little, or what cannot be."""
        corrections: tuple[Correction, ...] = ()
        if self.action is Action.CORRECT and report is not None:
            corrections = changes(report, {name: "" if value == NOT_STATED else value for name, value in self.new.items()})
            if not corrections:
                raise ValueError("Nothing would change: fill in the correct value of at least one field.")
            corrected(report, corrections)
        return Decision(
            action=self.action,
            reviewer=reviewer,
            at=at,
            versions=self.versions,
            reading=self.reading,
            corrections=corrections,
            reason=self.reason,
        )
