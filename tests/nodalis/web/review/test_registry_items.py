"""The registry items beside the text: as they are exported, or would be; each with the words it comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from fhir_export import Context
from nodalis.hl7v2 import Change
from nodalis.registry.abstract import abstract
from nodalis.review.decision import Action, Decision
from nodalis.service.extraction import Extractor, Seen
from nodalis.settings import ReadingSettings
from nodalis.versions import Patient, Version
from nodalis.web.review.registry_items import codes
from nodalis.web.review.sheet import sheet
from tests.nodalis.web.review.serving_review import CLEAR, DOUBTFUL

SAMPLES = sorted((Path(__file__).resolve().parents[4] / "samples").glob("*.txt"))
IMPOSSIBLE = "Left breast: invasive ductal carcinoma.\nLeft axillary lymph nodes: 6 of 5 lymph nodes positive (6/5).\npN2a"
EDITION = "AJCC 8"


@cache
def extractor() -> Extractor:
    return Extractor(ReadingSettings())


def payloads(text: str) -> list[bytes]:
    context = {"report_id": "0815", "issuer": "urn:nodalis:reports"}
    return [Version(change=Change.FINAL, text=text, context=context, patient=Patient(("-",))).payload]


def seen(text: str, action: Action | None = None) -> Seen:
    first = extractor().view(payloads(text))
    if action is None:
        return first
    decision = Decision(
        action=action, reviewer="kim", at=datetime(2026, 3, 10, tzinfo=UTC), versions=b"", reading=first.reading, reason="Looked at it."
    )
    return extractor().view(payloads(text), decision)


def shown(one: Seen) -> dict[int, str]:
    assert one.report is not None
    found = codes(one, sheet(one.report, one.text).passages, EDITION)
    assert found is not None
    return {line.number: line.value for line in found.lines}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_shown_with_the_codes_that_its_export_has(path: Path) -> None:
    one = seen(path.read_text(encoding="utf-8"))
    found = shown(one)
    assert one.report is not None
    assert isinstance(one.context, Context)
    if one.settled:
        exported = abstract(one.report, one.context, EDITION).items.values()
        assert found == {item.number: item.value for item in exported if item.number not in (2570, 2600)}
    else:
        assert {820, 830, 834, 835} <= found.keys()


def test_what_somebody_could_accept_is_shown_as_it_would_be() -> None:
    open_, accepted = seen(DOUBTFUL), seen(DOUBTFUL, Action.ACCEPT)
    assert (open_.settled, accepted.settled) == (False, True)
    assert shown(open_) == shown(accepted)
    assert shown(open_)[1012] == "pN1a"


def test_what_nobody_can_accept_is_unknown() -> None:
    found = shown(seen(IMPOSSIBLE))
    assert (found[820], found[830], 1012 in found) == ("99", "99", False)


@pytest.mark.parametrize(("action", "settled"), [(Action.ACCEPT, True), (Action.SET_ASIDE, False)])
def test_a_clear_report_is_settled_until_it_is_set_aside(action: Action, settled: bool) -> None:
    assert seen(CLEAR).settled
    assert seen(CLEAR, action).settled is settled


def test_an_item_names_the_passage_in_which_its_words_begin() -> None:
    one = seen(CLEAR)
    assert one.report is not None
    parts = sheet(one.report, one.text).passages
    found = codes(one, parts, EDITION)
    assert found is not None
    (size,) = (line for line in found.lines if line.number == 754)
    assert "Invasive ductal carcinoma" in next(part.text for part in parts if part.id == size.words)
    (edition,) = (line for line in found.lines if line.number == 1060)
    assert edition.words == ""


def test_a_report_that_cannot_be_read_has_no_items() -> None:
    assert codes(Seen(reason="timeout"), (), EDITION) is None
