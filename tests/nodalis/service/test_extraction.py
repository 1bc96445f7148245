"""Versions of a report to what the FHIR server is sent: whatever their order, and never a pN that a later version does not bear out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from fhir_export.checks import problems
from nodalis.hl7v2.answers import Keys, Question
from nodalis.service.extraction import Extractor, review
from nodalis.service.reading import read
from nodalis.settings import ReadingSettings
from nodalis.store import Alarm, Stage
from nodalis.store.work import Sent, State
from tests.nodalis.service.holding import Server, category, entries, sent_by
from tests.nodalis.service.messages import DOUBTFUL, NEGATIVE, NO_FACT, POSITIVE, PROSTATE, message, obx

ADDENDUM = "Deeper levels of the sentinel nodes show no further deposit."


def version(text: str, status: str = "F", day: int = 3, *, order: str = "F", **more: str) -> bytes:
    """The payload of a version reported on a day of March."""
    found = read(message(obx(text, status), order=order, reported=f"202603{day:02}100000+0100", **more), "urn:nodalis:reports", "cp1252")
    (new,) = found.versions
    return new.payload


P = version(NEGATIVE, "P", 2, order="P")
F = version(POSITIVE)
AGAIN = version(POSITIVE, sent="20260309101500+0100")
C = version(NEGATIVE, "C", 4, order="C")
A = version(NEGATIVE, "A", 4)
B = version(ADDENDUM, "B", 5)
D = version("", "D", 6)
W = version("", "W", 6)
U = version("", "U", 3)
X = version("", "X", 2, order="X")
DOUBT = version(DOUBTFUL, "C", 4, order="C")


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(ReadingSettings())


def put(state: State) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in entries(state) if entry["request"]["method"] == "PUT"]


def deleted(state: State) -> list[str]:
    return [entry["request"]["url"] for entry in entries(state) if entry["request"]["method"] == "DELETE"]


# What is sent


def test_an_accepted_report_is_put(extractor: Extractor) -> None:
    state = extractor.extract([F], None)
    assert (state.stage, state.reason, state.decision, state.category, state.alarm) == (Stage.EXTRACTED, "", "accepted", "pN1a(sn)", "")
    resources = put(state)
    assert state.resources == tuple(sorted(f"{item['resourceType']}/{item['id']}" for item in resources))
    assert deleted(state) == []
    assert {item["status"] for item in resources if item["resourceType"] in ("Observation", "DiagnosticReport")} == {"final"}
    assert problems([json.loads(state.bundle or b"")]) == []


def test_the_time_of_the_export_is_that_of_the_report_not_of_a_clock(extractor: Extractor) -> None:
    assert json.loads(extractor.extract([F], None).bundle or b"")["timestamp"] == "2026-03-03T10:00:00+01:00"


def test_what_a_correction_no_longer_says_is_deleted_with_it(extractor: Extractor) -> None:
    first = extractor.extract([F], None)
    state = extractor.extract([F, C], sent_by(first))
    assert deleted(state) == sorted(set(first.resources) - set(state.resources))
    assert any(url.startswith("Condition/") for url in deleted(state))  # the secondary cancer of pN1a
    assert {item["status"] for item in put(state) if item["resourceType"] == "Observation"} == {"corrected"}
    assert state.digest == extractor.extract([F, C], None).digest


def test_what_the_server_has_already_is_not_sent_again(extractor: Extractor) -> None:
    first = extractor.extract([F], None)
    for versions in ([F], [F, AGAIN], [F, P]):
        state = extractor.extract(versions, sent_by(first))
        assert (state.stage, state.bundle, state.digest) == (Stage.DUPLICATE, None, first.digest)


def test_what_the_server_may_have_only_in_part_is_sent_again(extractor: Extractor) -> None:
    first = extractor.extract([F], None)
    state = extractor.extract([F], Sent(b"", (*first.resources, "Observation/gone")))
    assert (state.stage, deleted(state), state.digest) == (Stage.EXTRACTED, ["Observation/gone"], first.digest)


def test_an_addendum_is_read_together_with_its_report(extractor: Extractor) -> None:
    state = extractor.extract([F, B], None)
    assert (state.stage, state.category) == (Stage.EXTRACTED, "pN1a(sn)")
    assert {item["status"] for item in put(state) if item["resourceType"] == "DiagnosticReport"} == {"amended"}


@pytest.mark.parametrize(
    ("patients", "expected"),
    [
        ("identifier", {"type": "Patient", "identifier": {"system": "urn:oid:1.2.4", "value": "0815"}}),
        ("conditional", {"reference": "Patient?identifier=urn%3Aoid%3A1.2.4%7C0815"}),
    ],
)
def test_the_patient_is_named_by_number_or_by_a_search(patients: Any, expected: dict[str, Any]) -> None:
    state = Extractor(ReadingSettings(), patients).extract([F], None)
    assert [item["subject"] for item in put(state) if "subject" in item] == [expected] * sum("subject" in item for item in put(state))
    assert problems([json.loads(state.bundle or b"")]) == []


# What is not sent


def test_a_preliminary_report_waits(extractor: Extractor) -> None:
    state = extractor.extract([P], None)
    assert (state.stage, state.bundle, state.reason) == (Stage.EXTRACTED, None, "preliminary")


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ([DOUBT], "counts_differ"),
        ([B], "versions_unclear"),
        ([b"no json"], "internal error"),
    ],
)  # fmt: skip
def test_what_needs_review_is_not_sent_and_takes_back_what_was(extractor: Extractor, versions: list[bytes], reason: str) -> None:
    state = extractor.extract(versions, None)
    assert (state.stage, state.bundle, state.resources, state.alarm) == (Stage.REVIEW, None, (), "")
    assert reason in state.reason
    sent = sent_by(extractor.extract([F], None))
    state = extractor.extract(versions, sent)
    assert (state.stage, deleted(state), put(state), state.alarm) == (Stage.REVIEW, sorted(sent.resources), [], Alarm.WITHDRAWN)
    after = extractor.extract(versions, sent_by(state))
    assert (after.stage, after.bundle, after.alarm) == (Stage.REVIEW, None, "")


def test_discrete_answers_that_differ_from_the_text_need_review(extractor: Extractor) -> None:
    keys = Keys(frozenset({"LAB"}), {"11": Question.EXAMINED}, {})
    for number, stage in (("2", Stage.EXTRACTED), ("3", Stage.REVIEW)):
        body = message(obx(POSITIVE), f"OBX|2|NM|11^Item^LAB||{number}||||||F")
        (new,) = read(body, "urn:nodalis:reports", "cp1252", keys).versions
        state = extractor.extract([new.payload], None)
        assert (state.stage, state.reason) == (stage, "answers_differ" if stage is Stage.REVIEW else "")


@pytest.mark.parametrize(("text", "reason"), [(PROSTATE, "not_breast"), (NO_FACT, "no_fact")])
def test_a_report_without_anything_for_us_is_done(extractor: Extractor, text: str, reason: str) -> None:
    state = extractor.extract([version(text)], None)
    assert (state.stage, state.bundle, state.reason) == (Stage.EXPORTED, None, reason)
    corrected = extractor.extract([version(text), version(f"{text} Signed.", "C", 4)], None)
    assert (corrected.stage, corrected.reason) == (Stage.EXPORTED, reason)


@pytest.mark.parametrize("text", [PROSTATE, NO_FACT])
def test_a_correction_that_leaves_nothing_needs_review(extractor: Extractor, text: str) -> None:
    versions = [F, version(text, "C", 4)]
    assert extractor.extract(versions, None).stage is Stage.REVIEW
    sent = sent_by(extractor.extract([F], None))
    state = extractor.extract(versions, sent)
    assert (state.stage, deleted(state), state.alarm) == (Stage.REVIEW, sorted(sent.resources), Alarm.WITHDRAWN)


def test_a_cancelled_order_is_done(extractor: Extractor) -> None:
    state = extractor.extract([X], None)
    assert (state.stage, state.bundle, state.reason) == (Stage.EXPORTED, None, "without_result")


# What is taken back


def test_a_deleted_report_is_entered_in_error(extractor: Extractor) -> None:
    first = extractor.extract([F], None)
    state = extractor.extract([F, D], sent_by(first))
    assert (state.stage, state.reason, state.resources, state.alarm) == (Stage.EXTRACTED, "deleted", first.resources, "")
    resources = put(state)
    assert {item["status"] for item in resources if item["resourceType"] in ("Observation", "DiagnosticReport")} == {"entered-in-error"}
    verified = {coding["code"] for item in resources if "verificationStatus" in item for coding in item["verificationStatus"]["coding"]}
    assert verified == {"entered-in-error"}
    assert extractor.extract([F, D], sent_by(state)).stage is Stage.DUPLICATE


def test_what_a_deletion_has_no_text_for_is_deleted(extractor: Extractor) -> None:
    sent = sent_by(extractor.extract([F], None))
    for versions in ([D], [version(DOUBTFUL), D]):
        state = extractor.extract(versions, sent)
        assert (state.stage, deleted(state), put(state)) == (Stage.EXTRACTED, sorted(sent.resources), [])
    assert (extractor.extract([D], None).stage, extractor.extract([D], None).bundle) == (Stage.EXPORTED, None)


def test_a_report_that_no_message_speaks_of_any_more_is_deleted(extractor: Extractor) -> None:
    sent = sent_by(extractor.extract([F], None))
    state = extractor.extract([], sent)
    assert (state.stage, deleted(state)) == (Stage.EXTRACTED, sorted(sent.resources))


def test_what_could_not_be_extracted_in_time_takes_back_what_was_sent(extractor: Extractor) -> None:
    sent = sent_by(extractor.extract([F], None))
    state = review("timeout", sent)
    assert (state.stage, state.reason, deleted(state), state.alarm) == (Stage.REVIEW, "timeout", sorted(sent.resources), Alarm.WITHDRAWN)


# Order


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param([P, F, AGAIN, C, B], id="PFFCB"),
        pytest.param([P, F, AGAIN, C, W], id="PFFCW"),
        pytest.param([P, F, AGAIN, C, D], id="PFFCD"),
        pytest.param([P, U, AGAIN, C, B], id="PUFCB"),
        pytest.param([P, F, AGAIN, A, B], id="PFFAB"),
        pytest.param([P, F, AGAIN, DOUBT, B], id="a correction that needs review"),
        pytest.param([P, F, AGAIN, version(PROSTATE, "C", 4, order="C")], id="a correction to another organ"),
    ],
)
def test_all_orders_leave_the_same_on_the_server(extractor: Extractor, versions: list[bytes]) -> None:
    ends = []
    for order in permutations(versions):
        server = Server(extractor)
        for payload in order:
            server.take(payload)
        ends.append((server.resources, extractor.extract(order, None)))
    assert all(end == ends[0] for end in ends)


def test_the_state_after_p_f_f_c_b_is_the_corrected_report_with_its_addendum(extractor: Extractor) -> None:
    state = extractor.extract([B, C, AGAIN, F, P], None)
    (report,) = (item for item in put(state) if item["resourceType"] == "DiagnosticReport")
    assert (category(report), report["status"]) == ({"pN0(sn)"}, "corrected")


SEEDED = """
import dataclasses, hashlib
from nodalis.hl7v2.answers import Keys, Question
from nodalis.service.extraction import Extractor
from nodalis.settings import ReadingSettings
from tests.nodalis.service import test_extraction as t
extractor = Extractor(ReadingSettings())
first = extractor.extract([t.F], None)
states = [extractor.extract(given, sent) for given in ([t.F], [t.C, t.F, t.B], [t.DOUBT], [t.F, t.D]) for sent in (None, t.sent_by(first))]
print(hashlib.sha256(repr([dataclasses.astuple(state) for state in states]).encode()).hexdigest())
"""


def test_the_bytes_are_the_same_in_every_process(root: Path) -> None:
    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run([sys.executable, "-c", SEEDED], env=environment, capture_output=True, text=True, check=True, cwd=root)
        return done.stdout

    assert len({run(seed) for seed in ("0", "1", "4711")}) == 1


def test_a_state_shows_nothing_of_the_report(extractor: Extractor) -> None:
    states: Sequence[State] = [extractor.extract(given, None) for given in ([F], [DOUBT], [C, version(POSITIVE, day=5)], [F, D])]
    shown = " ".join(f"{state!r} {state.reason} {state.decision} {state.category}" for state in states)
    assert not [word for word in ("0815", "DOE", "S26-1", "carcinoma") if word in shown]
