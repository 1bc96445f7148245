"""The catalogue of versions that contradict each other, numbers 58, 59, 63 and 65: one outcome, in whatever order they arrive."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from nodalis.service.extraction import Extractor
from nodalis.service.reading import read
from nodalis.settings import ReadingSettings
from nodalis.store import Alarm, Stage
from tests.nodalis.service.bad_versions import Case, body, cases
from tests.nodalis.service.holding import Server, category

CASES = dict(cases())


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(ReadingSettings())


def payloads(case: Case) -> list[bytes]:
    """The versions that the messages of a case give, all of one report."""
    found, reports = [], set()
    for given in case["messages"]:
        got = read(body(given), "urn:nodalis:reports", "cp1252")
        assert bool(got.refused) == ("refused" in given), got.refused
        assert given.get("refused", "") in got.refused
        assert not [word for word in ("0815", "0816", "DOE", "ROE", "S26") if word in got.refused]
        found += [new.payload for new in got.versions]
        reports |= {(new.issuer, new.number) for new in got.versions}
    assert len(reports) <= 1
    return found


@pytest.mark.parametrize("name", CASES)
def test_versions_have_their_outcome_in_every_order(extractor: Extractor, name: str) -> None:
    case = CASES[name]
    versions = payloads(case)
    assert ("stage" in case) == bool(versions)
    ends = set()
    for order in permutations(versions) if versions else ():
        state = extractor.extract(order, None)
        assert (state.stage, state.alarm, bool(state.bundle)) == (case["stage"], case.get("alarm", ""), case["holds"])
        assert case["reason"] in state.reason if "reason" in case else state.reason == ""

        server = Server(extractor)
        for payload in order[:-1]:
            server.take(payload)
        held = bool(server.resources)
        last = server.take(order[-1])
        withdrawn = Alarm.WITHDRAWN if held and last.stage is Stage.REVIEW else ""
        assert last.alarm == case.get("alarm", withdrawn)
        assert bool(server.resources) == case["holds"]
        ends.add((state, json.dumps(server.resources, sort_keys=True)))
        if case["holds"]:
            (report,) = (json.loads(text) for url, text in server.resources.items() if url.startswith("DiagnosticReport/"))
            assert (category(report), report["status"]) == ({case["pn"]}, case["status"])
    assert len(ends) <= 1


def test_every_case_has_its_name() -> None:
    assert len(CASES) == len(list(cases()))
