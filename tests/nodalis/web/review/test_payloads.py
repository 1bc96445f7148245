"""Nothing that comes from a report or a person is ever run: 200 payloads in each field, and none of them does anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Connection, update

from nodalis.review.decision import Action, Correction, Decision
from nodalis.store.decisions import decide, opened
from nodalis.store.people_schema import account
from tests.nodalis.web.review.payloads import payloads
from tests.nodalis.web.review.serving_review import DOUBTFUL
from tests.nodalis.web.review.site import Site, site

pytestmark = pytest.mark.slow
WATCH = """
window.__blocked = 0;
document.addEventListener('securitypolicyviolation', () => window.__blocked++);
"""
PAYLOADS = payloads()
TEXTS = [DOUBTFUL.replace("14 mm.", f"14 mm. {payload}") for payload in PAYLOADS]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A page on reports whose text, number, sender and patient are payloads."""
    with site(tmp_path_factory.mktemp("site"), browser, TEXTS, PAYLOADS) as page_site:
        yield page_site
        assert page_site.complaints == []


@pytest.fixture
def page(attacked: Site) -> Page:
    """A browser that counts what its content security policy had to stop."""
    found = attacked.signed_in()
    found.add_init_script(WATCH)
    return found


def _rename(connection: Connection, shown: str) -> None:
    connection.execute(update(account).values(shown=shown))


def _quiet(page: Page) -> None:
    """Nothing ran, and nothing had to be stopped."""
    assert page.evaluate("[window.__ran, window.__blocked]") == [None, 0]


def test_there_are_at_least_200() -> None:
    assert len(set(PAYLOADS)) >= 200


def test_a_page_that_forgets_to_escape_is_found(attacked: Site, page: Page) -> None:
    page.goto("/overview")
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", "<img src=x onerror=window.__ran=1>")
    page.wait_for_function("window.__blocked > 0")
    attacked.complaints.clear()


def test_texts_numbers_senders_and_patients_of_reports_are_only_shown(page: Page) -> None:
    named = 0
    for number in range(1, len(PAYLOADS) + 1):
        page.goto(f"/reports/{number}")
        expect(page.locator("h1")).to_have_text(f"Report {number}")
        _quiet(page)
        shown = " ".join(page.locator("section pre").first.inner_text().split())
        assert " ".join(PAYLOADS[number - 1].split()) in shown
        assert PAYLOADS[number - 1][:5].strip() in page.locator(".head").inner_text()
        name = page.locator("tr", has_text="Name--Last")
        named += name.count() and PAYLOADS[number - 1][:5].strip() in name.inner_text()
    assert named >= 50  # those that are no longer than the field


def test_what_is_entered_and_refused_is_only_shown(page: Page) -> None:
    page.goto("/reports/1")
    for payload in PAYLOADS:
        page.locator("#correct").evaluate("part => part.open = true")
        page.get_by_label("nodes examined", exact=True).fill(payload.replace("\t", " ")[:40])
        page.get_by_label("pT as stated").fill(payload.replace("\t", " ")[:40])
        page.locator("#correct-reason").fill(payload)
        page.locator("#correct button").click()
        expect(page.locator("#correct [role=alert]")).to_be_visible()
        _quiet(page)
        assert page.locator("#correct-reason").input_value() == payload


def test_reasons_corrections_and_reviewers_of_decisions_are_only_shown(attacked: Site, page: Page) -> None:
    found = attacked.store.read_now(partial(opened, report_id=2))

    def work(connection: Connection) -> None:
        last = None
        for payload in PAYLOADS:
            what = Decision(
                action=Action.CORRECT,
                reviewer=payload,
                at=datetime.now(UTC),
                versions=found.versions,
                reading=b"",
                corrections=(Correction("nodes.examined", payload, payload),),
                reason=payload,
            )
            last = decide(connection, 2, what, last)

    attacked.store.write_now(work)
    page.goto("/reports/2")
    _quiet(page)
    shown = page.locator(".decision").all_inner_texts()
    assert len(shown) == len(PAYLOADS)
    page.goto("/overview")
    _quiet(page)


def test_names_of_people_and_addresses_are_only_shown(attacked: Site, page: Page) -> None:
    for payload in PAYLOADS:
        attacked.store.write_now(partial(_rename, shown=payload))
        page.goto("/?" + urlencode(dict.fromkeys(("state", "category", "reason", "decision", "sort", "page", "done"), payload)))
        assert " ".join(page.locator(".who span").inner_text().split()) == " ".join(payload.split())
        _quiet(page)
