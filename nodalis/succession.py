"""What all versions of a report together say: a function of their set, so the order in which they arrive cannot matter.

Their order is that of their status (preliminary, final, corrected) and of their own times. Where the two contradict each other, or the
times do not tell, nothing is chosen: somebody must look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import combinations
from typing import Final, Literal

from parser.model import Issue, IssueKind

from .hl7v2 import Change, Moments
from .hl7v2.answers import Answer
from .moments import before
from .store.stages import Alarm
from .versions import Patient, Version

_ADDENDUM: Final = "\nADDENDUM\n"
_RANKS: Final = {
    Change.NO_RESULT: 0, Change.PRELIMINARY: 0, Change.FINAL: 1, Change.PROMOTED: 1, Change.CORRECTED: 2, Change.AMENDED: 2,
    Change.APPENDED: 2, Change.DELETED: 3, Change.WRONG: 4,
}  # fmt: skip
_ON_THE_WAY: Final = (Change.PRELIMINARY, Change.NO_RESULT)


class Standing(StrEnum):
    """What the versions of a report make of it."""

    REPORTED = "reported"
    HELD = "held"  # preliminary: until the final comes
    WITHOUT_RESULT = "without result"
    DELETED = "deleted"
    WRONG = "wrong"
    UNCLEAR = "unclear"  # somebody must look


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """A report as it stands now. Of one that was deleted the text is what it said before, if that is clear."""

    standing: Standing
    text: str = field(default="", repr=False)
    context: Mapping[str, str] = field(default_factory=dict, repr=False)
    moments: Moments = field(default_factory=Moments)
    issues: tuple[Issue, ...] = ()
    encoding: str = "utf-8"
    guessed: bool = False
    answers: tuple[Answer, ...] = field(default=(), repr=False)  # of all versions that the text is put together from
    alarm: Alarm | Literal[""] = ""


class _UnclearError(Exception):
    """Why nothing can be chosen."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one or several messages say alike, and the times of each."""

    version: Version
    times: frozenset[Moments]

    @property
    def rank(self) -> int:
        return _RANKS[self.version.change]

    @property
    def words(self) -> str:
        return "".join(self.version.text.split())

    def before(self, other: _Told) -> bool | None:
        return before(self.times, other.times)

    def begins_before(self, other: _Told) -> bool:
        """Whether it was first said before the other; it may have been sent again since."""
        return self.before(other) or any(before([time], other.times) for time in self.times)


def current(versions: Iterable[Version]) -> Current:
    """A report as all its versions say it; at least one."""
    told = _told(versions)
    wrong = any(item.version.change is Change.WRONG for item in told)
    doubts, another = _patients({item.version.patient for item in told})
    alarm: Alarm | Literal[""] = Alarm.WRONG_PATIENT if wrong else Alarm.NUMBER_REUSED if another else ""
    try:
        if doubts:
            raise _UnclearError(doubts[0])
        found = _current(told)
    except _UnclearError as error:
        found = Current(standing=Standing.UNCLEAR, issues=(Issue(IssueKind.VERSIONS_UNCLEAR, str(error)),))
    return replace(found, alarm=alarm)


def _told(versions: Iterable[Version]) -> list[_Told]:
    """The versions, each once, in an order that is theirs alone."""
    found: dict[bytes, list[Version]] = {}
    for version in versions:
        found.setdefault(version.digest, []).append(version)
    alike = ((min(group, key=lambda version: version.payload), group) for _, group in sorted(found.items()))
    return [_Told(first, frozenset(version.moments for version in group)) for first, group in alike]


def _current(told: Sequence[_Told]) -> Current:
    for change, standing in ((Change.WRONG, Standing.WRONG), (Change.DELETED, Standing.DELETED)):
        if taken := [item for item in told if item.version.change is change]:
            rest = [item for item in told if item.version.change is not change]
            if not all(any(item.before(last) for last in taken) for item in rest):
                raise _UnclearError("it was taken back, and another version is not clearly earlier")
            return replace(_former(rest) if change is Change.DELETED else Current(standing=standing), standing=standing)
    early = [item for item in told if item.version.change in _ON_THE_WAY]
    appended = [item for item in told if item.version.change is Change.APPENDED]
    whole = [_with_text(item, told) for item in told if item not in early and item not in appended]
    if not whole:
        if appended:
            raise _UnclearError("an addendum, and the report that it adds to is not there or not final")
        return _on_the_way(early)
    base = _latest(whole)
    for item in early:
        _ensure_superseded(item, base)
    return _with_addenda(base, whole, appended)


def _former(told: Sequence[_Told]) -> Current:
    """What a report said before it was deleted."""
    try:
        found = _current(told) if told else None
    except _UnclearError:
        found = None
    return found if found and found.standing is Standing.REPORTED else Current(standing=Standing.DELETED)


def _on_the_way(early: Sequence[_Told]) -> Current:
    """Held, unless its order was given up after all else."""
    preliminary = [item for item in early if item.version.change is Change.PRELIMINARY]
    given_up = [item for item in early if item.version.change is Change.NO_RESULT]
    if all(any(item.before(last) for last in given_up) for item in preliminary):
        return Current(standing=Standing.WITHOUT_RESULT)
    return Current(standing=Standing.HELD)


def _with_text(item: _Told, told: Sequence[_Told]) -> _Told:
    """A version with the preliminary text that it promotes, where it has none of its own."""
    version = item.version
    if version.change is not Change.PROMOTED or version.text:
        return item
    earlier = [other for other in told if other.version.change is Change.PRELIMINARY and other.version.text and other.before(item)]
    if not earlier:
        raise _UnclearError("it became final without its text (OBX-11 U), and no earlier preliminary report is there")
    last = _latest(earlier)
    context = {**last.version.context, **{name: value for name, value in version.context.items() if value}}
    others = (other for other in told if other.rank and other is not item and other.version.text and other.words != last.words)
    if not all(item.before(other) for other in others):
        raise _UnclearError("it became final without its text (OBX-11 U), and there is a later text than the preliminary one")
    promoted = replace(last.version, change=version.change, context=context, moments=version.moments)
    return replace(item, version=promoted)


def _latest(items: Sequence[_Told]) -> _Told:
    """The version that supersedes all others."""
    top = max(item.rank for item in items)
    found = [item for item in items if item.rank == top]
    last = [item for item in found if all(other is item or other.before(item) for other in found)]
    if len(last) != 1:
        raise _UnclearError("two versions of the same status, and their times do not tell which is the later one")
    for item in items:
        if item.rank < top and item.words != last[0].words and not item.begins_before(last[0]):
            raise _UnclearError("a version of a lower status is later than that of a higher one, or their times do not tell")
    return last[0]


def _ensure_superseded(item: _Told, base: _Told) -> None:
    """That what was on the way is no step back from what is final."""
    order = item.before(base)
    same = item.version.text and item.words == base.words
    if order is False and not item.begins_before(base):
        raise _UnclearError("preliminary or without result after it was final")
    if order is None and not same and not item.begins_before(base):
        raise _UnclearError("preliminary and final, and their times do not tell which is the later one")


def _with_addenda(base: _Told, whole: Sequence[_Told], appended: Sequence[_Told]) -> Current:
    """The report with what was appended to it, in order."""
    text, parts = base.version.text, [base.version]
    for item in _in_order(list(_pending(appended, base, whole))):
        held, words = "".join(text.split()), item.words
        if words in held:
            continue
        if held in words:
            text = item.version.text
        elif any(other.words in words for other in whole):
            raise _UnclearError("an addendum comes with another text of the report than that which it adds to")
        else:
            text = text.rstrip("\n") + "\n" + _ADDENDUM + item.version.text
        parts.append(item.version)
    changes = {item.version.change for item in (*whole, *appended)}
    amended = not changes.isdisjoint((Change.AMENDED, Change.APPENDED))
    status = "corrected" if Change.CORRECTED in changes else "amended" if amended else "final"
    issued = parts[-1].context.get("issued") or base.version.context.get("issued", "")
    return Current(
        standing=Standing.REPORTED,
        text=text,
        context={**base.version.context, "status": status, "issued": issued},
        moments=parts[-1].moments,
        issues=tuple(dict.fromkeys(issue for part in parts for issue in part.issues)),
        encoding=base.version.encoding,
        guessed=any(part.guessed for part in parts),
        answers=tuple(dict.fromkeys(answer for part in parts for answer in part.answers)),
    )


def _pending(appended: Sequence[_Told], base: _Told, whole: Sequence[_Told]) -> Iterator[_Told]:
    """The addenda that the report does not hold yet."""
    for item in appended:
        if item.words in base.words or (item.before(base) and any(other.words in item.words for other in whole if other is not base)):
            continue  # the report holds it, or it came with a whole report that is superseded
        if not base.begins_before(item):
            raise _UnclearError("an addendum is not later than the report, or their times do not tell, and the report does not hold it")
        yield item


def _in_order(items: list[_Told]) -> list[_Told]:
    """Addenda from the first to the last."""
    for one, other in combinations(items, 2):
        if one.before(other) is None:
            raise _UnclearError("two addenda, and their times do not tell which is the later one")
    return sorted(items, key=lambda item: sum(bool(other.before(item)) for other in items))


def _patients(patients: set[Patient]) -> tuple[list[str], bool]:
    """Why a report may not be of one patient, and whether it is of several altogether."""
    doubts = []
    if any(not patient.numbers for patient in patients):
        doubts.append("a version names no number of its patient (PID-3)")
    for one, other in combinations(patients, 2):
        numbers = set(one.numbers) & set(other.numbers)
        differ = [bool(mine and theirs and mine != theirs) for mine, theirs in zip(_person(one), _person(other), strict=True)]
        if not numbers and any(differ):
            return ["versions of one number are about different patients"], True
        if one.numbers and other.numbers and not numbers:
            doubts.append("the number of the patient (PID-3) differs between versions")
        if numbers and all(differ):
            doubts.append("the name and the birth date of the patient differ between versions")
    return sorted(doubts), False


def _person(patient: Patient) -> tuple[str, str]:
    return "".join(patient.family.casefold().split()), patient.birth_date
