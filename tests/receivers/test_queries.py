"""queries.toml is complete, and every query in it distinguishes: some of the samples belong to its answer, and some do not.

It proves, without a server, that a query which found everything, or nothing, could not pass in test_sekmet.py and test_medplum.py.
"""

from __future__ import annotations

import pytest

from tests.receivers import answers
from tests.receivers.deliveries import deliveries
from tests.receivers.queries import SERVERS, Query, queries

QUERIES = queries()
every_query = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)


def test_every_query_has_an_answer_and_every_answer_a_query() -> None:
    names = [query.name for query in QUERIES]
    assert sorted(names) == sorted([*answers.ANSWERS, *answers.RESOURCES])


@every_query
def test_some_server_can_do_it(query: Query) -> None:
    assert query.question.endswith(("?", ")"))
    assert [server for server in SERVERS if query.urls(server)]


@every_query
def test_it_distinguishes(query: Query) -> None:
    sent = deliveries()
    if query.finds == "resources":
        expected, everything = answers.resources(query.name, sent), {name for delivery in sent for name in delivery.resources}
    else:
        expected, everything = answers.reports(query.name, sent, answers.YEARS.get(query.name)), {delivery.patient for delivery in sent}
    assert expected, "no sample belongs to the answer"
    assert expected < everything, "every sample belongs to the answer"


@pytest.mark.parametrize("name", answers.YEARS)
def test_the_date_distinguishes(name: str) -> None:
    assert answers.reports(name, deliveries(), answers.YEARS[name]) < answers.reports(name, deliveries())
