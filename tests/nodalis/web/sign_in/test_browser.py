"""What browsers do with cookies that are Strict, in Debian's chromium: an issuer and another site are under the name localhost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from nodalis.settings import ReviewSettings, Settings, SignInOidcSettings
from nodalis.store import Store
from nodalis.web.roles import Role
from tests.nodalis.web.sign_in.pages import PASSWORD, Running, running
from tests.nodalis.web.sign_in.provider import CLIENT, Provider, providing

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere() -> Iterator[Provider]:
    """An issuer of another site than the page, with a page of its own on which somebody clicks."""
    with providing("localhost") as server:
        server.asks = True
        yield server


@pytest.fixture
def page(elsewhere: Provider, store: Store, settings: Settings) -> Iterator[Running]:
    """A page whose address is known before it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    oidc = SignInOidcSettings(issuer=elsewhere.url, client_id=CLIENT)
    review = ReviewSettings(port=port, url=f"http://127.0.0.1:{port}", oidc=oidc)
    with running(store, settings.model_copy(update={"review": review})) as found:
        yield found


@pytest.fixture
def window(page: Running) -> Iterator[Page]:
    """A window of chromium."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_context(base_url=page.url).new_page()
        browser.close()


def test_somebody_comes_back_from_the_issuer_and_is_signed_in(page: Running, window: Page) -> None:
    window.goto("/")
    window.get_by_role("link", name="Sign in with your organisation").click()
    assert window.url.startswith("http://localhost:")
    window.get_by_role("link", name="Yes, it is me").click()
    window.wait_for_url(f"{page.url}/")
    assert '"oidc:0815"' in window.content()


def test_a_link_of_another_site_leads_to_the_report_and_not_to_the_form(page: Running, window: Page, elsewhere: Provider) -> None:
    page.add("jane", Role.READER)
    window.goto("/reports/7")
    window.get_by_label("Name").fill("jane")
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Sign in").click()  # its origin is null, since the address of the page is sent to nobody
    window.wait_for_url(f"{page.url}/reports/7")
    window.goto(elsewhere.url)
    window.set_content(f'<a href="{page.url}/reports/8">A report</a>')
    window.get_by_role("link", name="A report").click()
    window.wait_for_url(f"{page.url}/reports/8")
    window.wait_for_function("document.body.innerText === '8'")


def test_a_form_of_another_site_changes_nothing(page: Running, window: Page, elsewhere: Provider) -> None:
    with page.signed_in(Role.REVIEWER) as client:
        right = client.headers["X-CSRF-Token"]
        window.context.add_cookies([{"name": "nodalis", "value": client.cookies["nodalis"], "url": page.url}])  # as if it were not Strict
    window.goto("/")
    assert '"only-reviewer"' in window.content()
    window.goto(elsewhere.url)
    window.set_content(f'<form method="post" action="{page.url}/reports/7"><input name="csrf" value="{right}"><button>Win</button></form>')
    with window.expect_response("**/reports/7") as answer:
        window.get_by_role("button", name="Win").click()
    assert answer.value.status == 403, "even with the cookie and the right token, since the browser says where it comes from"
