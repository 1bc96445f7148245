"""A version of a report: what one message says of it, as the store keeps it. ``succession`` says what all versions together make of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from parser.model import Issue, IssueKind, Span

from .hl7v2 import Change, Moments
from .hl7v2.answers import Answer, Question

NOBODY: Final = "urn:nodalis:nobody"  # stands for the patient's number where the source of a report names no patient and need not
_DECIMAL: Final = "decimal"  # of a number whose digits count


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose report it is, as given; to compare, never to export."""

    numbers: tuple[str, ...] = field(default=(), repr=False)  # of PID-3, each with its authority
    family: str = field(default="", repr=False)
    given: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one message says of one report."""

    change: Change
    text: str = field(repr=False)
    context: Mapping[str, str] = field(repr=False)  # by names of surroundings
    patient: Patient = Patient()
    moments: Moments = field(default_factory=Moments)
    issues: tuple[Issue, ...] = ()  # doubts of its reading
    encoding: str = "utf-8"
    guessed: bool = False
    answers: tuple[Answer, ...] = field(default=(), repr=False)  # discrete ones of a checklist

    @property
    def payload(self) -> bytes:
        """The version as JSON; equal versions give equal bytes."""
        return _json(asdict(self))

    @property
    def digest(self) -> bytes:
        """What it says, but for when it was sent: the same of a version that is sent again."""
        told = replace(self, moments=replace(self.moments, sent=""))
        return hashlib.sha256(told.payload).digest()

    @classmethod
    def of(cls, payload: bytes) -> Version:
        """The version of a payload."""
        given = json.loads(payload)
        patient = given["patient"]
        return cls(
            **{
                **given,
                "change": Change(given["change"]),
                "patient": Patient(**{**patient, "numbers": tuple(patient["numbers"])}),
                "moments": Moments(**given["moments"]),
                "issues": tuple(_issue(issue) for issue in given["issues"]),
                "answers": tuple(_answer(answer) for answer in given["answers"]),
            }
        )


def _issue(given: Mapping[str, Any]) -> Issue:
    return Issue(IssueKind(given["kind"]), given["message"], tuple(Span(*span) for span in given["spans"]), given["blocking"])


def _answer(given: Mapping[str, Any]) -> Answer:
    value = given["value"]
    return Answer(Question(given["question"]), Decimal(value[_DECIMAL]) if isinstance(value, dict) else value)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=lambda number: {_DECIMAL: str(number)}).encode()
