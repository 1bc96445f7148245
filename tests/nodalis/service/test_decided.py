"""A report that a person decided about: what is sent of it, and that a decision holds for just the versions it was made on."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from fhir_export.checks import problems
from nodalis.review.correction import CorrectionError, changes
from nodalis.review.decision import Action, Correction, Decision, ReviewState, digest_of_set
from nodalis.service.extraction import Extractor, review, set_aside
from nodalis.settings import ReadingSettings
from nodalis.store import Alarm, Stage
from nodalis.store.work import State
from parser.model import Value
from tests.nodalis.service.holding import sent_by
from tests.nodalis.service.messages import DOUBTFUL, NO_FACT, PROSTATE
from tests.nodalis.service.test_extraction import AGAIN, DOUBT, B, C, D, F, P, deleted, put, version

AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
UNCLEAR = version(DOUBTFUL)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(ReadingSettings())


def decision(
    extractor: Extractor, versions: list[bytes], action: Action, given: dict[str, str] | None = None, why: str = "read it"
) -> Decision:
    """What a person decides who is shown these versions."""
    seen = extractor.view(versions)
    corrections: tuple[Correction, ...] = changes(seen.read, given) if seen.read and given else ()
    digests = [hashlib.sha256(payload).digest() for payload in versions]
    return Decision(
        action=action, reviewer="kim", at=AT, versions=digest_of_set(digests), reading=seen.reading, corrections=corrections, reason=why
    )


def counts(given: str) -> dict[str, str]:
    """Of four nodes so many positive, all with macrometastases."""
    return {"nodes.examined": "4", "nodes.positive": given, "nodes.macromet": given, "nodes.micromet": "0", "nodes.itc": "0"}


def of_type(state: State, kind: str) -> list[dict[str, Any]]:
    return [item for item in put(state) if item["resourceType"] == kind]


def test_a_doubtful_report_that_a_person_corrects_is_sent_with_what_they_say(extractor: Extractor) -> None:
    made = decision(extractor, [UNCLEAR], Action.CORRECT, counts("2"))
    state = extractor.extract([UNCLEAR], None, made)
    assert (state.stage, state.decided, state.review, state.decision, state.category) == (
        Stage.EXTRACTED, ReviewState.CORRECTED, ReviewState.CORRECTED, "accepted", "pN1a(sn)",
    )  # fmt: skip
    assert "counts_differ" in state.doubts
    (report,) = of_type(state, "DiagnosticReport")
    assert report["status"] == "final"
    assert "corrected by a person: 2 of 4 lymph nodes positive" in report["conclusion"]
    assert problems([json.loads(state.bundle or b"")]) == []


def test_the_provenance_names_who_decided_and_what_they_changed_but_not_why(extractor: Extractor) -> None:
    made = decision(extractor, [UNCLEAR], Action.CORRECT, counts("2"), "the gross description of Jane Doe says so")
    state = extractor.extract([UNCLEAR], None, made)
    (provenance,) = of_type(state, "Provenance")
    assert provenance["recorded"] == "2026-03-10T09:30:00Z"
    assert provenance["agent"][1]["who"] == {"identifier": {"system": "urn:nodalis:identifier:account", "value": "kim"}}
    shown = [entity["what"]["display"] for entity in provenance["entity"] if "Corrected" in entity["what"].get("display", "")]
    assert "Corrected by the verifier: nodes examined: 4, read as 2" in shown
    assert len(shown) == len(made.corrections)
    assert b"gross description" not in (state.bundle or b"")


def test_a_value_that_a_person_gave_says_so_and_names_no_words(extractor: Extractor) -> None:
    state = extractor.extract([UNCLEAR], None, decision(extractor, [UNCLEAR], Action.CORRECT, counts("2")))
    by_id = {item["code"]["text"]: item for item in of_type(state, "Observation")}
    (examined,) = (item for text, item in by_id.items() if "examined" in text.lower() and "sentinel" not in text.lower())
    assert examined["valueQuantity"]["value"] == 4
    assert [note["text"] for note in examined["note"]] == ["Given by the person who reviewed the report."]
    assert "extension" not in examined


def test_a_category_that_a_person_gave_says_so(extractor: Extractor) -> None:
    given = counts("2") | {"pN AJCC 8": "ypN1a"}
    state = extractor.extract([UNCLEAR], None, decision(extractor, [UNCLEAR], Action.CORRECT, given))
    assert state.category == "ypN1a"
    (category,) = (item for item in of_type(state, "Observation") if item.get("valueCodeableConcept", {}).get("text") == "ypN1a")
    assert category["note"][0]["text"] == "Given by the person who reviewed the report; not derived from the node facts."
    assert "derivedFrom" not in category


def test_an_accepted_report_is_sent_as_it_was_read(extractor: Extractor) -> None:
    text = DOUBTFUL.replace("(3/2)", "(1/2)").replace("pN1a(sn)", "pN0(sn)")  # what is printed differs
    differs = version(text)
    assert extractor.extract([differs], None).review is ReviewState.OPEN
    state = extractor.extract([differs], None, decision(extractor, [differs], Action.ACCEPT, why=""))
    assert (state.stage, state.decided, state.category) == (Stage.EXTRACTED, ReviewState.ACCEPTED, "pN1a(sn)")
    assert {item["status"] for item in of_type(state, "Observation")} == {"final"}


def test_what_cannot_be_is_not_accepted(extractor: Extractor) -> None:
    seen = extractor.view([UNCLEAR])
    assert seen.read is not None
    impossible = seen.read.nodes.positive and seen.read.nodes.examined and seen.read.nodes.positive.value > seen.read.nodes.examined.value
    state = extractor.extract([UNCLEAR], None, decision(extractor, [UNCLEAR], Action.ACCEPT, why=""))
    assert (state.stage is Stage.REVIEW) == bool(impossible)


def test_what_is_set_aside_is_nowhere(extractor: Extractor) -> None:
    sent = sent_by(extractor.extract([F], None))
    state = extractor.extract([F], sent, decision(extractor, [F], Action.SET_ASIDE))
    assert (state.stage, state.reason, state.decided, state.alarm) == (Stage.EXTRACTED, "set_aside", ReviewState.SET_ASIDE, "")
    assert deleted(state) == sorted(sent.resources)
    assert put(state) == []
    assert extractor.extract([F], sent_by(state), decision(extractor, [F], Action.SET_ASIDE)).stage is Stage.EXPORTED


@pytest.mark.parametrize("versions", [[DOUBT], [B], [b"no json"]], ids=["doubt", "unclear", "fault"])
def test_whatever_cannot_be_read_can_be_set_aside(extractor: Extractor, versions: list[bytes]) -> None:
    state = extractor.extract(versions, None, decision(extractor, versions, Action.SET_ASIDE))
    assert (state.stage, state.decided) == (Stage.EXPORTED, ReviewState.SET_ASIDE)


def test_a_report_that_takes_too_long_can_be_set_aside(extractor: Extractor) -> None:
    sent = sent_by(extractor.extract([F], None))
    made = decision(extractor, [F], Action.SET_ASIDE)
    state = set_aside(review("timeout", sent), sent, made)
    assert (state.stage, state.alarm, deleted(state)) == (Stage.EXTRACTED, "", sorted(sent.resources))


def test_a_person_who_accepts_that_there_is_nothing_leaves_nothing(extractor: Extractor) -> None:
    versions = [F, version(NO_FACT, "C", 4, order="C")]
    sent = sent_by(extractor.extract([F], None))
    assert extractor.extract(versions, sent).stage is Stage.REVIEW
    state = extractor.extract(versions, sent, decision(extractor, versions, Action.ACCEPT, why=""))
    assert (state.stage, state.decided, deleted(state), state.alarm) == (
        Stage.EXTRACTED, ReviewState.ACCEPTED, sorted(sent.resources), "",
    )  # fmt: skip


def test_nobody_accepts_what_is_preliminary_or_was_deleted(extractor: Extractor) -> None:
    for versions in ([P], [F, D]):
        made = decision(extractor, versions, Action.ACCEPT, why="")
        state = extractor.extract(versions, None, made)
        assert (state, state.decided) == (extractor.extract(versions, None), None)


def test_a_report_that_names_no_patient_stays_open_whoever_accepts_it(extractor: Extractor) -> None:
    stranger = version(DOUBTFUL.replace("(3/2)", "(1/2)"), pid="PID|1||0815^^^HOSP&1.2.4&ISO^SS||DOE^JANE||19610312|F")
    state = extractor.extract([stranger], None, decision(extractor, [stranger], Action.ACCEPT, why=""))
    assert (state.review, state.bundle) == (ReviewState.OPEN, None)


def test_a_decision_about_other_values_than_are_read_now_is_not_followed(extractor: Extractor) -> None:
    """The rules are newer than the decision: nobody has looked at what they read, even if it is beyond doubt now."""
    made = decision(extractor, [F], Action.CORRECT, {"tumor.grade": "3"})
    other = Decision(
        action=made.action, reviewer="kim", at=AT, versions=made.versions, reading=b"other", corrections=made.corrections, reason="it is 3"
    )
    sent = sent_by(extractor.extract([F], None, made))
    state = extractor.extract([F], sent, other)
    assert (state.stage, state.reason, state.alarm) == (Stage.REVIEW, "decided about another reading", Alarm.WITHDRAWN)
    assert put(state) == []


def test_the_same_versions_and_decision_give_the_same_bytes_in_any_order(extractor: Extractor) -> None:
    versions = [P, F, AGAIN, C]
    made = decision(extractor, versions, Action.CORRECT, {"tumor.grade": "3"})
    states = {extractor.extract(order, None, made).bundle for order in permutations(versions)}
    assert len(states) == 1


def test_what_is_shown_is_what_was_read_and_what_holds(extractor: Extractor) -> None:
    made = decision(extractor, [F], Action.CORRECT, {"tumor.grade": "3"})
    seen = extractor.view([F], made)
    assert seen.read is not None
    assert seen.report is not None
    assert seen.read.tumor.grade is not None
    assert (seen.read.tumor.grade.value, seen.report.tumor.grade) == (2, Value(3, ()))
    first = seen.read.findings[0]
    assert seen.text[first.span.start : first.span.end] == first.quote
    assert "DOE" not in repr(seen)


def test_of_what_cannot_be_read_the_reason_is_shown(extractor: Extractor) -> None:
    assert extractor.view([P]).reason == "held"
    assert extractor.view([b"no json"]).reason.startswith("internal error")
    assert extractor.view([version(PROSTATE)]).read is not None


def test_a_correction_of_what_nobody_can_correct_is_refused(extractor: Extractor) -> None:
    seen = extractor.view([F])
    assert seen.read is not None
    with pytest.raises(CorrectionError, match="none that can be corrected"):
        changes(seen.read, {"tumor.histology": "ductal"})
