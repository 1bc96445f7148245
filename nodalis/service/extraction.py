"""All versions of a report -> what the FHIR server is to hold of it, and the transaction that brings it there.

A pure function of the versions, whatever their order, of what a person decided about just these, and of what was sent before. What
the server holds is what the last version says and somebody may use unread, or a person stands for; of a report that somebody must look
at first, or set aside, it holds nothing: what an earlier version put there is deleted, for a search that does not look at the status
would still find it, and to delete needs no more than its ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Final, Literal
from urllib.parse import quote

from fhir_export import Context, Identifier, dumps, to_bundle, to_resources
from fhir_export.elements import JsonObject
from parser.model import DecisionStatus, IssueKind, Report

from ..conversion import Converter
from ..conversion import Settings as Conversion
from ..decoding import Decoded
from ..exits import unexpected
from ..hl7v2 import Change, Moments
from ..hl7v2.answers import disagreements
from ..hl7v2.times import instant
from ..pipeline import with_issues
from ..readers import ReadError
from ..readers.document import document
from ..registry.cohorts import members
from ..review.correction import CorrectionError, corrected, digest_of_reading, told
from ..review.decision import Action, Decision, ReviewState
from ..settings import ReadingSettings
from ..store import Alarm, Stage
from ..store.work import Sent, State
from ..succession import Current, Standing, current
from ..versions import NOBODY, Patient, Version

_NOTHING: Final = hashlib.sha256(b"").digest()  # digest of what the server holds where it holds nothing of the report
_SMALL: Final = "Left breast: invasive ductal carcinoma. One of two axillary lymph nodes positive (1/2), deposit 3 mm. pN1a.\n"
_ANY: Final = {"report_id": "-", "issuer": "urn:nodalis:reports"}
_OUT_OF_SCOPE: Final = (IssueKind.NOT_BREAST,)
_NO_PATIENT: Final = f"{IssueKind.VERSIONS_UNCLEAR}: it names no number of its patient that is of a known kind (PID-3)"
_NO_FACT: Final = "no_fact"
_ANOTHER_HAD_SOME: Final = "another version had facts"
_READ_OTHERWISE: Final = "decided about another reading"
_ACCOUNTS: Final = "urn:nodalis:identifier:account"
_STATES: Final = {Action.ACCEPT: ReviewState.ACCEPTED, Action.CORRECT: ReviewState.CORRECTED}


@dataclass(frozen=True, slots=True)
class _Read:
    """A version of a report as it was read."""

    report: Report
    context: Context
    edition: str

    @property
    def reasons(self) -> str:
        """Why it needs review."""
        return ", ".join(self.report.reasons)

    @property
    def category(self) -> str:
        """The N category by the edition that is exported."""
        found = self.report.staging.get(self.edition)
        return str(found.category) if found and found.category else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A report as a person is shown it: as it was read, and as it is by what was decided."""

    text: str = field(default="", repr=False)  # that all offsets count in
    read: Report | None = None  # None: it cannot be read, and `reason` says why
    reading: bytes = b""  # the digest of what was read, as a decision names it
    report: Report | None = None  # what holds: of one that is open or set aside the same as what was read
    context: Context | None = field(default=None, repr=False)
    settled: bool = False  # nobody needs to look at it, or somebody stands for it
    reason: str = ""


class Extractor:
    """Extracts reports, one by one; rules and options are read once.

    Raises:
        FatalError: the rules or the options are wrong.
    """

    def __init__(self, reading: ReadingSettings, patients: Literal["identifier", "conditional"] = "identifier") -> None:
        conversion = Conversion.of(reading, "transaction")
        self._edition = conversion.edition
        self._conditional = patients == "conditional"
        self._converter = Converter(conversion)

    def load(self) -> None:
        """Load all that the first report would load, so that it takes no longer than others."""
        self.extract([Version(change=Change.FINAL, text=_SMALL, context=_ANY, patient=Patient(("-",))).payload], None)

    def extract(self, versions: Sequence[bytes], sent: Sent | None, decision: Decision | None = None) -> State:
        """What a report is by all its versions, as ``Version.payload``; without any, as after a message was read again, it is no more.

        ``decision``: the one that holds for just these versions.
        """
        try:
            told = [Version.of(payload) for payload in versions]
            state = self._state(told, sent, decision) if told else _withdrawn("no_version", sent)
        except Exception as error:  # one report that trips over a fault of ours must not stop the others
            state = review(unexpected(error), sent)
        return set_aside(state, sent, decision)

    def view(self, versions: Sequence[bytes], decision: Decision | None = None) -> Seen:
        """A report by all its versions, as a person is shown it who decides about it."""
        try:
            now = current([Version.of(payload) for payload in versions])
            if now.standing is not Standing.REPORTED:
                reasons = "; ".join(f"{issue.kind}: {issue.message}" for issue in now.issues)
                return Seen(text=now.text, reason=reasons or now.standing)
            read = self._read(now, now.context)
            if isinstance(read, ReadError):
                return Seen(text=now.text, reason=read.reason)
            decided = _as_decided(read, decision)
            holds = decided or read
            is_aside = decision is not None and decision.action is Action.SET_ASIDE
            return Seen(
                text=now.text,
                read=read.report,
                reading=digest_of_reading(read.report),
                report=holds.report,
                context=holds.context,
                settled=decided is not None and not is_aside and holds.report.status is DecisionStatus.ACCEPTED,
            )
        except Exception as error:
            return Seen(reason=unexpected(error))

    def _state(self, versions: Sequence[Version], sent: Sent | None, decision: Decision | None) -> State:
        now = current(versions)
        match now.standing:
            case Standing.UNCLEAR:
                return review("; ".join(f"{issue.kind}: {issue.message}" for issue in now.issues), sent, alarm=now.alarm)
            case Standing.HELD:
                return _empty(Stage.EXTRACTED, "preliminary", sent)
            case Standing.WITHOUT_RESULT:
                return _empty(Stage.EXPORTED, "without_result", sent)
            case Standing.WRONG:
                return replace(_withdrawn("wrong_patient", sent), alarm=now.alarm)
            case Standing.DELETED:
                return self._deleted(now, sent)
        read = self._read(now, now.context)
        if isinstance(read, ReadError):
            return review(read.reason, sent)
        holds = _as_decided(read, decision)
        if holds is None:
            state, holds = review(_READ_OTHERWISE, sent), read
        elif holds is not read and decision:
            state = self._accepted(holds, versions, sent)
            state = replace(state, decided=None if state.stage is Stage.REVIEW else _STATES[decision.action])
        else:
            state = self._reported(read, now, versions, sent)
        return replace(
            state,
            decision=holds.report.status.value,
            category=holds.category,
            doubts=read.report.reasons,
            cohorts=tuple(member.cohort.name for member in members(holds.report)),
        )

    def _accepted(self, read: _Read, versions: Sequence[Version], sent: Sent | None) -> State:
        """A report that a person stands for."""
        bundle = self._bundle(read)
        if bundle is None:
            return _withdrawn(_NO_FACT, sent)
        return _due(bundle, sent) if read.context.subject else _without_patient(versions, sent)

    def _reported(self, read: _Read, now: Current, versions: Sequence[Version], sent: Sent | None) -> State:
        if read.report.status is DecisionStatus.NEEDS_REVIEW and read.report.reasons != _OUT_OF_SCOPE:
            return review(read.reasons, sent)
        bundle = self._bundle(read)
        if bundle is None:
            return self._nothing_to_export(read.reasons or _NO_FACT, now, versions, sent)
        return _due(bundle, sent) if read.context.subject else _without_patient(versions, sent)

    def _deleted(self, now: Current, sent: Sent | None) -> State:
        """What was reported in error says so, where it could be used; else nothing is left of it."""
        read = self._read(now, {**now.context, "status": "entered-in-error"}) if now.text else None
        usable = isinstance(read, _Read) and read.report.status is DecisionStatus.ACCEPTED and read.context.subject
        bundle = self._bundle(read) if isinstance(read, _Read) and usable else None
        return replace(_due(bundle, sent), reason="deleted") if bundle else _withdrawn("deleted", sent)

    def _nothing_to_export(self, reason: str, now: Current, versions: Iterable[Version], sent: Sent | None) -> State:
        """A report of another organ, or without a fact, is done, as most are; but not where another version had facts."""
        others = {item.text: item for item in versions if item.text and item.text != now.text and item.change is not Change.APPENDED}
        for _, other in sorted(others.items()):
            read = self._read(other, now.context)
            if isinstance(read, ReadError) or to_resources(read.report, read.context):
                return review(f"{reason}, {_ANOTHER_HAD_SOME}", sent)
        return _empty(Stage.EXPORTED, reason, sent)

    def _read(self, what: Current | Version, context: Mapping[str, str]) -> _Read | ReadError:
        given = {"recorded": _recorded(what.moments), **context}
        decoded = Decoded(what.text, what.encoding, what.guessed)
        found = document(given["report_id"], decoded, "report", 0, given, what.issues)
        if isinstance(found, ReadError):
            return found
        read = self._converter.read(found)
        if isinstance(read, ReadError):
            return read
        report, known = read
        report = with_issues(report, replace(found, issues=disagreements(what.answers, report)))
        if self._conditional and isinstance(known.subject, Identifier):
            known = known.with_values(subject=_search(known.subject))
        return _Read(report, known, self._edition)

    def _bundle(self, read: _Read) -> JsonObject | None:
        """The transaction that puts a report on the server; none for one without a fact."""
        bundle = to_bundle(read.report, read.context, form="transaction")
        return bundle if "entry" in bundle else None


def _as_decided(read: _Read, decision: Decision | None) -> _Read | None:
    """The report with what a person accepted or corrected; None where that was about other values than are read now."""
    if decision is None or decision.action not in _STATES:
        return read
    if digest_of_reading(read.report) != decision.reading:
        return None
    try:
        report = corrected(read.report, decision.corrections)
    except CorrectionError:  # what could be then cannot be now
        return None
    reviewer, at = Identifier(_ACCOUNTS, decision.reviewer), decision.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(
        read, report=report, context=read.context.with_values(reviewer=reviewer, recorded=at, corrections=told(decision.corrections))
    )


def set_aside(state: State, sent: Sent | None, decision: Decision | None) -> State:
    """A report that a person set aside, whatever it would be else: what was sent of it is taken back."""
    if decision is None or decision.action is not Action.SET_ASIDE:
        return state
    return replace(
        _withdrawn("set_aside", sent),
        decision=state.decision,
        category=state.category,
        doubts=state.doubts,
        decided=ReviewState.SET_ASIDE,
        alarm="" if state.alarm == Alarm.WITHDRAWN else state.alarm,
    )


def review(reason: str, sent: Sent | None, *, alarm: str = "") -> State:
    """A report that somebody must look at; what was sent of it is taken back, and then somebody is told at once."""
    bundle = _deletions(_resources(sent))
    return _made(Stage.REVIEW, reason, bundle, alarm=alarm or (Alarm.WITHDRAWN if bundle else ""))


def _empty(stage: Stage, reason: str, sent: Sent | None) -> State:
    """A report of which there is nothing to send; somebody must look where there was."""
    return review(reason, sent) if _resources(sent) else _made(stage, reason, None)


def _without_patient(versions: Iterable[Version], sent: Sent | None) -> State:
    """A report that names no patient: nothing is sent of it; somebody must look, unless it came out of a file."""
    if any(version.patient.numbers != (NOBODY,) for version in versions):
        return review(_NO_PATIENT, sent)
    return _empty(Stage.EXPORTED, "no_patient", sent)


def _withdrawn(reason: str, sent: Sent | None) -> State:
    """A report that its sender takes back."""
    bundle = _deletions(_resources(sent))
    return _made(Stage.EXTRACTED if bundle else Stage.EXPORTED, reason, bundle)


def _due(bundle: JsonObject, sent: Sent | None) -> State:
    """A report that the server is to hold as in this bundle, and nothing of it besides."""
    digest = hashlib.sha256(dumps(bundle)).digest()
    resources = tuple(sorted(entry["request"]["url"] for entry in bundle["entry"]))
    if sent == Sent(digest, resources):
        return _made(Stage.DUPLICATE, "", None, digest, resources)
    if gone := _deletions(set(_resources(sent)) - set(resources)):
        bundle = {**bundle, "entry": [*bundle["entry"], *gone["entry"]]}
    return _made(Stage.EXTRACTED, "", bundle, digest, resources)


def _made(
    stage: Stage, reason: str, bundle: JsonObject | None, digest: bytes = _NOTHING, resources: tuple[str, ...] = (), *, alarm: str = ""
) -> State:
    return State(
        stage=stage,
        reason=reason,
        bundle=dumps(bundle) if bundle else None,
        digest=digest,
        resources=resources,
        decision="",
        category="",
        alarm=alarm,
    )


def _deletions(resources: Iterable[str]) -> JsonObject | None:
    """The transaction that removes these resources; none for none."""
    entries = [{"request": {"method": "DELETE", "url": url}} for url in sorted(resources)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries} if entries else None


def _resources(sent: Sent | None) -> tuple[str, ...]:
    return sent.resources if sent else ()


def _recorded(moments: Moments) -> str:
    """When the version was made, by its own words: no clock is read, so that the same versions give the same bytes."""
    return instant(moments.reported) or instant(moments.sent)


def _search(patient: Identifier) -> str:
    """The search for a patient by number, as a conditional reference: https://hl7.org/fhir/R4/http.html#trules.

    >>> _search(Identifier("urn:oid:1.2.4", "08,15"))
    'Patient?identifier=urn%3Aoid%3A1.2.4%7C08%5C%2C15'
    """
    system, value = ("".join(f"\\{sign}" if sign in "\\|,$" else sign for sign in part) for part in (patient.system, patient.value))
    return f"Patient?identifier={quote(f'{system}|{value}', safe='')}"
