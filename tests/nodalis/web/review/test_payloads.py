"""Nothing that comes from a report or a person is ever run: 200 payloads in each field, and none of them does anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from nodalis.store import decisions
from tests.nodalis.web.review.payloads import payloads
from tests.nodalis.web.review.serving_review import DOUBTFUL, add_account, send, settled
from tests.nodalis.web.review.site import Site, site

pytestmark = pytest.mark.slow
WATCH = """
window.__blocked = 0;
document.addEventListener('securitypolicyviolation', () => window.__blocked++);
"""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A page on reports whose text, number and sender are payloads."""
    found = payloads()
    texts = [DOUBTFUL.replace("14 mm.", f"14 mm. {payload}").replace("FINAL", f"{payload} FINAL", 1) for payload in found]
    with site(tmp_path_factory.mktemp("site"), browser, texts[:1]) as page_site:
        send(page_site.store, texts[1:], first=2)
        for place, payload in enumerate(found):
            send(page_site.store, [DOUBTFUL], first=5_000 + place, facility=payload, number=f"{payload}{place}")
        for place, payload in enumerate(found):
            add_account(page_site.store, f"person{place}", payload, "reviewer")
        settled(page_site.store)
        yield page_site
        assert page_site.complaints == []


def _quiet(page: Page) -> None:
    """Nothing ran, and nothing had to be stopped by the content security policy."""
    assert page.evaluate("window.__ran") is None
    assert page.evaluate("window.__blocked") == 0


def _watched(attacked: Site) -> Page:
    page = attacked.signed_in()
    page.add_init_script(WATCH)
    return page


def test_texts_numbers_and_senders_of_reports_are_only_shown(attacked: Site) -> None:
    page = _watched(attacked)
    for number in range(1, 2 * len(payloads()) + 1):
        page.goto(f"/reports/{number}")
        expect(page.locator("h1")).to_have_text(f"Report {number}")
        _quiet(page)
    for number in range(1, 2 * len(payloads()) // 50 + 1):
        page.goto(f"/?state=any&page={number}")
        _quiet(page)


def test_the_text_is_shown_as_it_came(attacked: Site) -> None:
    page = _watched(attacked)
    page.goto("/reports/1")
    assert payloads()[0] in page.locator("section pre").first.inner_text()


def test_reasons_and_values_of_corrections_are_only_shown(attacked: Site) -> None:
    page = _watched(attacked)
    page.goto("/reports/1")
    for payload in payloads():
        page.locator("#correct").evaluate("part => part.open = true")
        page.get_by_label("nodes examined", exact=True).fill(payload.replace("\t", " ")[:40])
        page.get_by_label("pT as stated").fill(payload.replace("\t", " ")[:40])
        page.locator("#correct-reason").fill(payload)
        page.locator("#correct button").click()
        expect(page.locator("#correct [role=alert]")).to_be_visible()
        _quiet(page)
    for payload in payloads():
        page.locator("#set-aside").evaluate("part => part.open = true")
        page.locator("#aside-reason").fill(payload)
        page.locator("#set-aside button").click()
        expect(page.get_by_text("Set aside. Nothing of it is exported.")).to_be_visible()
        _quiet(page)
    opened = attacked.store.read_now(lambda connection: decisions.opened(connection, 1))
    assert [made.decision.reason for made in opened.decisions] == [payload.strip() for payload in payloads()]
    page.goto("/overview")
    _quiet(page)


def test_what_stands_in_an_address_is_only_a_filter(attacked: Site) -> None:
    page = _watched(attacked)
    for payload in payloads():
        page.goto(
            "/?" + "&".join(f"{name}={page.evaluate('encodeURIComponent', payload)}" for name in ("state", "category", "reason", "sort"))
        )
        _quiet(page)


def test_names_of_people_are_only_shown(attacked: Site) -> None:
    for place, payload in list(enumerate(payloads()))[::8]:  # each takes the time of a password
        page = attacked.signed_in(f"person{place}")
        assert page.locator(".who span").inner_text() == " ".join(payload.split())
        page.context.close()
