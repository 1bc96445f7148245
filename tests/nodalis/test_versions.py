"""The versions of a report: what they say together, in whatever order they arrive, and that nothing is chosen where it is not clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodalis.hl7v2 import Change, Moments
from nodalis.hl7v2.answers import Answer, Question
from nodalis.moments import before
from nodalis.store import Alarm
from nodalis.succession import Current, Standing, current
from nodalis.versions import Patient, Version
from parser.model import Issue, IssueKind, Span

JANE = Patient(("urn:oid:1.2.4|0815",), "DOE", "JANE", "1961-03-12")
JOHN = Patient(("urn:oid:1.2.4|0816",), "ROE", "JOHN", "1950-01-01")
FOUR = (Answer(Question.EXAMINED, 4), Answer(Question.ENE, False))
FIVE = (Answer(Question.LARGEST_DEPOSIT, Decimal("0.20")), Answer(Question.CATEGORY, "pN1mi"), Answer(Question.POSITIVE, None))
ONE = "FINAL DIAGNOSIS\nOne of three nodes (1/3).\n"
NONE = "FINAL DIAGNOSIS\nNo node of three (0/3).\n"


def version(change: Change, text: str, hour: int | None, *, patient: Patient = JANE, sent: str = "", **context: str) -> Version:
    """A version of that hour of one day; none for no time."""
    moments = Moments(f"202603{hour:02}10" if hour is not None else "", "", sent)
    return Version(change=change, text=text, context={"report_id": "S26-1", **context}, patient=patient, moments=moments)


P = version(Change.PRELIMINARY, "Report to follow.\n", 1)
F = version(Change.FINAL, ONE, 2, sent="20260302100000")
AGAIN = version(Change.FINAL, ONE, 2, sent="20260309100000")  # the same, sent a week later
C = version(Change.CORRECTED, NONE, 3)
A = version(Change.AMENDED, NONE, 3)
B = version(Change.APPENDED, "Levels: 0.1 mm deposit.\n", 4)
D = version(Change.DELETED, "", 5)
W = version(Change.WRONG, "", 5)
U = version(Change.PROMOTED, "", 2)
X = version(Change.NO_RESULT, "", 1)


def standing(*versions: Version) -> tuple[str, str, str]:
    found = current(versions)
    return found.standing, found.text, found.context.get("status", "")


def reason(*versions: Version) -> str:
    found = current(versions)
    assert (found.standing, found.text) == (Standing.UNCLEAR, "")
    (issue,) = found.issues
    assert (issue.kind, issue.blocking) == (IssueKind.VERSIONS_UNCLEAR, True)
    return issue.message


# What the versions of one report say together


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([P], ("held", "", "")),
        ([F], ("reported", ONE, "final")),
        ([P, F, AGAIN], ("reported", ONE, "final")),
        ([P, U], ("reported", P.text, "final")),
        ([F, C], ("reported", NONE, "corrected")),
        ([C], ("reported", NONE, "corrected")),
        ([F, A], ("reported", NONE, "amended")),
        ([F, C, replace(A, moments=B.moments)], ("reported", NONE, "corrected")),
        ([F, B], ("reported", f"{ONE}\nADDENDUM\n{B.text}", "amended")),
        ([F, C, B], ("reported", f"{NONE}\nADDENDUM\n{B.text}", "corrected")),
        ([P, F, D], ("deleted", ONE, "final")),
        ([D], ("deleted", "", "")),
        ([P, D], ("deleted", "", "")),
        ([F, C, B, W], ("wrong", "", "")),
        ([X], ("without result", "", "")),
        ([P, replace(X, moments=F.moments)], ("without result", "", "")),
        ([X, replace(P, moments=F.moments)], ("held", "", "")),
        ([X, F], ("reported", ONE, "final")),
    ],
)
def test_versions_in_their_order(versions: list[Version], expected: tuple[str, str, str]) -> None:
    assert standing(*versions) == expected


def test_a_later_text_of_the_same_status_supersedes() -> None:
    assert standing(F, version(Change.FINAL, NONE, 3))[:2] == ("reported", NONE)
    assert standing(C, version(Change.CORRECTED, ONE, 4))[:2] == ("reported", ONE)


def test_a_correction_back_to_an_earlier_text_is_no_resend() -> None:
    assert standing(F, C, version(Change.CORRECTED, ONE, 4))[:2] == ("reported", ONE)


def test_a_final_report_that_is_sent_again_after_its_correction_changes_nothing() -> None:
    untimed = [replace(item, moments=replace(item.moments, reported="")) for item in (F, AGAIN)]
    correction = replace(C, moments=Moments(sent="20260305100000"))
    assert current([*untimed, correction]).text == current([F, AGAIN, C]).text == NONE


def test_an_addendum_with_the_whole_report_is_the_report() -> None:
    whole = replace(B, text=f"{ONE.replace(' ', chr(10))}{B.text}")
    assert standing(F, whole) == ("reported", whole.text, "amended")


def test_addenda_follow_each_other_in_their_order() -> None:
    second = version(Change.APPENDED, "ER positive.\n", 5)
    assert standing(F, B, second)[1] == f"{ONE}\nADDENDUM\n{B.text}\nADDENDUM\n{second.text}"


def test_a_correction_that_holds_the_addendum_is_read_alone() -> None:
    later = version(Change.CORRECTED, f"{NONE}{B.text}", 6)
    assert standing(F, B, later) == ("reported", later.text, "corrected")


def test_a_correction_supersedes_a_whole_report_with_its_addendum() -> None:
    later = version(Change.CORRECTED, NONE, 6)
    assert standing(F, replace(B, text=ONE + B.text), later) == ("reported", NONE, "corrected")


def test_what_a_version_promotes_keeps_what_it_does_not_say_again() -> None:
    held = replace(P, context={"report_id": "S26-1", "accession": "urn:oid:1|7", "issued": ""})
    promoted = replace(U, context={"report_id": "S26-1", "accession": "", "issued": "2026-03-02T10:00:00Z"})
    assert current([held, promoted]).context == {
        "report_id": "S26-1", "accession": "urn:oid:1|7", "issued": "2026-03-02T10:00:00Z", "status": "final",
    }  # fmt: skip


def test_doubts_and_answers_of_all_parts_stay() -> None:
    doubts = [Issue(IssueKind.TEXT_LEFT_OUT, name, (Span(0, 1),)) for name in ("first", "second")]
    found = current([replace(F, issues=(doubts[0],), answers=FOUR), replace(B, issues=(doubts[1],), answers=(*FOUR, *FIVE), guessed=True)])
    assert (found.issues, found.answers, found.guessed) == (tuple(doubts), (*FOUR, *FIVE), True)


# Nothing is chosen


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param([C, version(Change.FINAL, ONE, 4)], "lower status", id="F after C"),
        pytest.param([C, version(Change.FINAL, ONE, None)], "lower status", id="F without time beside C"),
        pytest.param([F, replace(P, moments=B.moments)], "preliminary or without result after", id="P after F"),
        pytest.param([F, replace(P, moments=Moments())], "preliminary and final", id="P without time beside F"),
        pytest.param([F, replace(X, moments=B.moments)], "preliminary or without result after", id="X after F"),
        pytest.param([F, version(Change.FINAL, NONE, 2)], "same status", id="two texts of one time"),
        pytest.param([version(Change.FINAL, NONE, None), version(Change.FINAL, ONE, None)], "same status", id="two texts without times"),
        pytest.param([C, replace(A, text=ONE)], "same status", id="corrected and amended at one time"),
        pytest.param([B], "an addendum, and the report", id="addendum alone"),
        pytest.param([P, B], "an addendum, and the report", id="addendum to a preliminary report"),
        pytest.param([F, replace(B, moments=P.moments)], "not later than the report", id="addendum before its report"),
        pytest.param([F, B, version(Change.CORRECTED, NONE, 6)], "does not hold it", id="correction without the addendum"),
        pytest.param([F, C, replace(B, text=ONE + B.text)], "another text of the report", id="addendum to what was corrected"),
        pytest.param([F, B, replace(B, text="ER positive.\n")], "two addenda", id="two addenda of one time"),
        pytest.param([U], "without its text", id="U alone"),
        pytest.param([F, version(Change.PROMOTED, "", 4)], "without its text", id="U after F only"),
        pytest.param([replace(P, moments=B.moments), U], "without its text", id="U before P"),
        pytest.param([P, F, version(Change.PROMOTED, "", 4)], "later text than", id="U after P and F"),
        pytest.param([D, version(Change.FINAL, ONE, 6)], "taken back", id="D then F"),
        pytest.param([replace(D, moments=Moments()), F], "taken back", id="D without time"),
        pytest.param([W, version(Change.FINAL, ONE, 6)], "taken back", id="W then F"),
        pytest.param([W, D], "taken back", id="W and D at one time"),
        pytest.param([F, replace(C, patient=Patient())], "names no number", id="PID-3 blank in one"),
        pytest.param([replace(F, patient=Patient())], "names no number", id="PID-3 blank"),
        pytest.param([F, replace(C, patient=replace(JANE, numbers=("urn:oid:1.2.4|7",)))], "differs between", id="PID-3 changed"),
        pytest.param([F, replace(C, patient=replace(JOHN, numbers=JANE.numbers))], "name and the birth date", id="all but PID-3 changed"),
        pytest.param([F, replace(C, patient=JOHN)], "different patients", id="another patient"),
    ],
)  # fmt: skip
def test_where_status_times_or_patients_contradict_each_other_nothing_is_chosen(versions: list[Version], expected: str) -> None:
    assert expected in reason(*versions)


def test_a_text_sent_again_beside_another_of_its_status_is_no_older_nor_newer() -> None:
    between = replace(version(Change.FINAL, NONE, None), moments=Moments(sent="20260305100000"))
    assert "same status" in reason(*(replace(item, moments=replace(item.moments, reported="")) for item in (F, AGAIN)), between)


def test_an_alarm_is_raised_for_the_wrong_patient_and_for_two_patients() -> None:
    assert [current(given).alarm for given in ([F, W], [W, version(Change.FINAL, ONE, 6)])] == [Alarm.WRONG_PATIENT] * 2
    assert current([F, replace(C, patient=JOHN)]).alarm is Alarm.NUMBER_REUSED
    assert [current(given).alarm for given in ([F, D], [F, C], [U], [replace(F, patient=Patient())])] == [""] * 4


def test_a_married_name_or_one_more_number_is_the_same_patient() -> None:
    married = replace(JANE, family="ROE", numbers=("urn:oid:1.2.9|1", *JANE.numbers))
    assert standing(F, replace(C, patient=married))[0] == "reported"


# The order of arrival


def in_all_orders(versions: Iterable[Version]) -> Iterator[Current]:
    return (current(order) for order in permutations(versions))


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param(versions, id=" ".join(name))
        for name, versions in {
            "PFFCB": [P, F, AGAIN, C, B], "PFFCW": [P, F, AGAIN, C, W], "PFFCD": [P, F, AGAIN, C, D], "PUFCB": [P, U, AGAIN, C, B],
            "PFAB": [P, F, AGAIN, A, B], "UCBD": [P, U, C, B, D], "WDBC": [W, D, B, C, F], "XFFCB": [X, F, AGAIN, C, B],
            "unclear": [P, F, C, A, B], "patients": [P, F, AGAIN, replace(C, patient=JOHN), W],
        }.items()
    ],
)  # fmt: skip
def test_all_120_orders_give_one_state(versions: list[Version]) -> None:
    assert len(versions) == 5
    found = list(in_all_orders(versions))
    assert len(found) == 120
    assert all(item == found[0] for item in found)


TIMES = st.sampled_from(["", "2026", "20260304", "202603041000", "20260304100001", "20260304100000+0100", "20260305", "2026-03"])
VERSIONS = st.builds(
    Version,
    change=st.sampled_from(Change),
    text=st.sampled_from(["", ONE, NONE, ONE + NONE, B.text]),
    context=st.fixed_dictionaries({"report_id": st.just("S26-1"), "issued": st.sampled_from(["", "2026-03-02T10:00:00Z"])}),
    patient=st.sampled_from([JANE] * 8 + [JOHN, Patient(), replace(JANE, numbers=("1",))]),
    moments=st.builds(Moments, TIMES, TIMES, TIMES),
    guessed=st.booleans(),
    answers=st.sampled_from([(), FOUR, FIVE]),
)


@settings(max_examples=300)
@given(st.lists(VERSIONS, min_size=1, max_size=6), st.randoms())
def test_order_and_repetition_never_matter(versions: list[Version], chance: object) -> None:
    shuffled = versions * 2
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert current(shuffled) == current(versions)


@settings(max_examples=300)
@given(st.lists(VERSIONS, min_size=1, max_size=6))
def test_what_is_reported_was_final_and_never_of_two_patients(versions: list[Version]) -> None:
    found = current(versions)
    changes = {item.change for item in versions}
    if found.standing is Standing.REPORTED:
        assert changes & {Change.FINAL, Change.PROMOTED, Change.CORRECTED, Change.AMENDED}
        assert not changes & {Change.DELETED, Change.WRONG}
        assert (
            {item.patient for item in versions} == {JANE}
            or all(item.patient.numbers == ("1",) for item in versions)
            or ({item.patient for item in versions} == {JOHN})
        )


# Times


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("20260304", "20260305", True), ("20260304", "202603041200", None), ("202603", "20260401", True), ("2026", "20270101", None),
        ("20260329013000", "20260329033000", True), ("20260304100000-0500", "20260304150001Z", None), ("", "20260304", None),
        ("20260304100000-0500", "20260304150000+0000", None), ("20260304100000.1", "20260304100000.2", True),
        ("00010101", "20260304", None),
        ("20261340", "20260304", None), ("20260304100000+0100", "20260304100001", True), ("202603041000+9999", "20260305", None),
    ],
)  # fmt: skip
def test_a_time_is_earlier_only_where_it_is_certain(one: str, other: str, expected: bool | None) -> None:
    assert before([Moments(one)], [Moments(other)]) is expected
    assert before([Moments(other)], [Moments(one)]) is (None if expected is None else not expected)


def test_the_first_kind_of_time_that_tells_decides() -> None:
    assert before([Moments("20260304", "", "20260309")], [Moments("20260305", "", "20260308")]) is True
    assert before([Moments("20260304", "20260307", "20260301")], [Moments("20260304", "20260306", "20260302")]) is False


# Bytes


@given(VERSIONS)
def test_a_version_comes_back_from_its_bytes(given_version: Version) -> None:
    issues = (Issue(IssueKind.TEXT_LEFT_OUT, "a doubt", (Span(0, 4),), blocking=False), Issue(IssueKind.UNREADABLE_TEXT, "another"))
    told = replace(given_version, issues=issues, text="Größe \U0001d6fc \ud800\x00 2\u2028mm")
    assert Version.of(told.payload) == told
    assert Version.of(told.payload).payload == told.payload


def test_the_digest_is_that_of_what_is_said_not_of_when_it_was_sent() -> None:
    assert F.digest == AGAIN.digest
    assert F.payload != AGAIN.payload
    changed = [
        replace(F, text=NONE), replace(F, change=Change.CORRECTED), replace(F, context={}), replace(F, patient=JOHN),
        replace(F, answers=FOUR),
        replace(F, moments=Moments("20260303")), replace(F, moments=replace(F.moments, observed="20260302")),
    ]  # fmt: skip
    assert len({F.digest, *(item.digest for item in changed)}) == 1 + len(changed)


def test_a_version_shows_nothing_of_its_patient() -> None:
    shown = repr(replace(F, patient=replace(JANE, numbers=("0815",)))) + repr(current([F]))
    assert not [word for word in ("0815", "DOE", "JANE", "1961", "three nodes", "S26-1") if word in shown]
