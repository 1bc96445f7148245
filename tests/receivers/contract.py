"""What every server must do with our transactions: the tests that test_sekmet.py and test_medplum.py run, each with its server."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from nodalis.delivery.answers import Delivered, Outcome
from nodalis.delivery.client import FhirClient
from nodalis.settings import FhirSettings
from tests.receivers import answers
from tests.receivers.deliveries import Delivery, deliver, deliveries, patients
from tests.receivers.queries import Query, queries
from tests.receivers.servers import Server, statuses

QUERIES = queries()
every_query = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)

# Written for these tests. The same report, then with a corrected count, then with its metastasis withdrawn.
_TEXT = """\
FINAL DIAGNOSIS:
A. SENTINEL LYMPH NODES, RIGHT AXILLA, EXCISION: {nodes}
B. RIGHT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA, 1.8 CM.
"""
FIRST = _TEXT.format(nodes="METASTATIC CARCINOMA IN ONE OF FOUR LYMPH NODES (1/4), LARGEST DEPOSIT 5 MM.")
CORRECTED = _TEXT.format(nodes="METASTATIC CARCINOMA IN ONE OF FIVE LYMPH NODES (1/5), LARGEST DEPOSIT 5 MM.")
WITHDRAWN = _TEXT.format(nodes="NO METASTATIC CARCINOMA IN FOUR LYMPH NODES (0/4).")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a server answered to every transaction, sent twice, and what it held after each time."""

    deliveries: tuple[Delivery, ...]
    answers: tuple[dict[str, tuple[int, dict[str, Any]]], ...]  # by report, the first time and the second
    held: tuple[dict[str, int], ...]  # resources by type, after the first time and after the second

    @property
    def kinds(self) -> set[str]:
        """The resource types that were sent."""
        return set(_kinds(self.deliveries))


def send_twice(server: Server) -> Sent:
    """Patients, then every transaction, then every transaction again."""
    sent = deliveries()
    _introduce(server, sent)
    answered, held = [], []
    for _ in range(2):
        answered.append({delivery.name: server.call("POST", "", delivery.transaction) for delivery in sent})
        held.append({kind: server.count(kind) for kind in {"Patient", *_kinds(sent)}})
    return Sent(sent, tuple(answered), tuple(held))


def _introduce(server: Server, sent: Iterable[Delivery]) -> None:
    for path, patient in patients(sent).items():
        status, _ = server.call("PUT", path, patient)
        assert status in (200, 201), f"{server.name} does not take {path}: {status}"


def _kinds(sent: Iterable[Delivery]) -> list[str]:
    """The type of every resource that was sent; one that several reports share counts once."""
    distinct = {resource for delivery in sent for resource in delivery.resources}
    return [resource.split("/")[0] for resource in distinct]


def _found(server: Server, query: Query) -> tuple[set[int], set[str]]:
    """The statuses of the searches, and what all of them find."""
    outcomes = [server.search(url) for url in query.urls(server.name) or (query.url,)]
    name = _resource if query.finds == "resources" else _patient
    return {status for status, _ in outcomes}, set.intersection(*({name(item) for item in items} for _, items in outcomes))


def _resource(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _patient(resource: dict[str, Any]) -> str:
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    return str(resource.get("subject", {}).get("reference", "")).rsplit("/", 1)[-1]


def _expected(query: Query, sent: Sent) -> set[str]:
    if query.finds == "resources":
        return answers.resources(query.name, sent.deliveries)
    return answers.reports(query.name, sent.deliveries, answers.YEARS.get(query.name))


class Receiver:
    """The tests. A module derives a class from it and gives the fixture ``server``."""

    def test_every_transaction_is_taken(self, sent: Sent) -> None:
        for answered in sent.answers:
            refused = {name: (status, statuses(answer)) for name, (status, answer) in answered.items() if not _is_taken(status, answer)}
            assert refused == {}

    def test_every_entry_is_answered(self, sent: Sent) -> None:
        for answered in sent.answers:
            lost = [delivery.name for delivery in sent.deliveries if len(statuses(answered[delivery.name][1])) != len(delivery.resources)]
            assert lost == []

    def test_the_server_holds_what_was_sent_and_nothing_else(self, sent: Sent) -> None:
        assert sent.held[0] == dict(Counter(_kinds(sent.deliveries))) | {"Patient": len(patients(sent.deliveries))}

    def test_sending_again_adds_nothing(self, sent: Sent) -> None:
        assert sent.held[1] == sent.held[0]

    @every_query
    def test_a_query_finds_what_the_reports_say(self, server: Server, sent: Sent, query: Query) -> None:
        expected = _expected(query, sent)
        status, found = _found(server, query)
        if query.urls(server.name):
            assert status == {200}
            assert found == expected
        else:
            assert found != expected, f"{server.name} can do this query: take its limit out of queries.toml"

    def test_a_limit_in_the_file_is_one(self, server: Server, sent: Sent) -> None:
        """Where the file names other URLs for this server, the URL for all servers does not give the answer here."""
        others = [query for query in QUERIES if query.limits.get(server.name)]
        for query in others:
            status, items = server.search(query.url)
            name = _resource if query.finds == "resources" else _patient
            able = status == 200 and {name(item) for item in items} == _expected(query, sent)
            assert not able, f"{server.name} can do {query.name}: take its limit out of queries.toml"

    def test_a_corrected_report_replaces_its_values(self, server: Server, sent: Sent) -> None:
        first, corrected = deliver("corrected", FIRST), deliver("corrected", CORRECTED)
        assert set(first.resources) == set(corrected.resources), "only a count changes"
        url = f"Observation?code=http://loinc.org|21894-1&subject=Patient/{first.patient}"
        _introduce(server, [first])
        held = []
        for delivery, examined in ((first, 4), (corrected, 5)):
            status, answer = server.call("POST", "", delivery.transaction)
            assert _is_taken(status, answer)
            _, (observation,) = server.search(url)
            assert observation["valueQuantity"]["value"] == examined
            held.append({kind: server.count(kind) for kind in sent.kinds})
        assert held[0] == held[1]

    def test_what_a_correction_takes_away_is_for_its_sender_to_delete(self, server: Server, sent: Sent) -> None:
        """A transaction deletes nothing, but the report no longer refers to what it took away, and its ids are known."""
        first, withdrawn = deliver("withdrawn", FIRST), deliver("withdrawn", WITHDRAWN)
        _introduce(server, [first])
        for delivery in (first, withdrawn):
            assert _is_taken(*server.call("POST", "", delivery.transaction))
        gone = set(first.resources) - set(withdrawn.resources)
        (report,) = [resource for resource in withdrawn.resources if resource.startswith("DiagnosticReport/")]
        status, written = server.call("GET", report)
        assert status == 200
        assert gone.isdisjoint(result["reference"] for result in written["result"])
        metastasis = f"Condition?code=http://snomed.info/sct|94181007&subject=Patient/{first.patient}"
        assert {_resource(condition) for condition in server.search(metastasis)[1]} <= gone
        for resource in sorted(gone):
            assert server.call("DELETE", resource)[0] in (200, 204)
        assert server.search(metastasis) == (200, [])

    def test_a_correction_that_deletes_leaves_exactly_its_own_resources(self, server: Server, sent: Sent) -> None:
        """As the interface engine sends it, one part sent twice as after a lost answer."""
        first, withdrawn = deliver("taken_back", FIRST), deliver("taken_back", WITHDRAWN)
        gone = set(first.resources) - set(withdrawn.resources)
        assert gone
        corrected = json.loads(withdrawn.transaction)
        corrected["entry"] += [{"request": {"method": "DELETE", "url": resource}} for resource in sorted(gone)]
        _introduce(server, [first])
        bundles = [first.transaction, first.transaction, json.dumps(corrected), json.dumps(corrected)]
        assert _delivered(server, bundles) == [Delivered()] * 4
        there = {resource for resource in {*first.resources, *withdrawn.resources} if server.call("GET", resource)[0] == 200}
        assert there == set(withdrawn.resources)


def _delivered(server: Server, bundles: Iterable[str]) -> list[Outcome]:
    async def sending() -> list[Outcome]:
        client = FhirClient(FhirSettings(url=f"http://127.0.0.1:{server.port}/fhir"), lambda: datetime.now(UTC))
        outcomes = [await client.send(bundle.encode()) for bundle in bundles]
        await client.aclose()
        return outcomes

    return asyncio.run(sending())


def _is_taken(status: int, answer: dict[str, Any]) -> bool:
    return status == 200 and answer.get("type") == "transaction-response" and all(each in ("200", "201") for each in statuses(answer))
