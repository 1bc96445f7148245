"""axe-core finds no barrier on any page, in light and dark, on a desk, at 1024 pixels and on a tablet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.nodalis.web.review.serving_review import CLEAR, DOUBTFUL
from tests.nodalis.web.review.site import LARGE, SMALL, TABLET, Site, site

pytestmark = pytest.mark.slow
SCREENS = {"desk": LARGE, "1024": SMALL, "tablet": TABLET}


@pytest.fixture(scope="module")
def shown_site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """A page on some reports, of which some are decided, two by both reviewers."""
    texts = [DOUBTFUL.replace("14 mm", f"{size} mm") for size in range(11, 17)] + [CLEAR]
    with site(tmp_path_factory.mktemp("site"), browser, texts) as found:
        for name in ("jane", "john"):
            page = found.signed_in(name)
            for report in (1, 2):
                page.goto(f"/reports/{report}")
                if page.get_by_role("button", name="Undo").count():
                    page.get_by_role("button", name="Undo").click()
                page.get_by_role("button", name="Accept").click()
                expect(page.get_by_text("Accepted. It is exported")).to_be_visible()
        page.goto("/reports/3")
        page.locator("#correct > summary").click()
        page.get_by_label("nodes examined", exact=True).fill("4")
        page.locator("#correct").get_by_label("Reason").fill("Miscounted.")
        page.locator("#correct button").click()
        expect(page.get_by_text("Corrected. It is exported")).to_be_visible()
        yield found


def _everything(page: Page, look: Callable[[str], None]) -> None:
    """Look at every page in every state that it has."""
    page.goto("/")
    look("work list")
    page.keyboard.press("?")
    look("keys")
    page.goto("/?state=set_aside")
    look("empty list")
    page.goto("/reports/4")
    look("report")
    page.locator("#set-aside > summary").click()
    page.locator("#correct > summary").click()
    look("forms")
    page.locator("pre a").first.click()
    page.get_by_role("link", name="Largest deposit, mm").click()
    look("words")
    page.get_by_label("nodes examined", exact=True).fill("many")
    page.locator("#correct").get_by_label("Reason").fill("Why")
    page.locator("#correct button").click()
    look("refused correction")
    page.goto("/reports/3")
    for closed in page.locator("section details").all():
        closed.locator("> summary").click()
    look("corrected report")
    page.goto("/overview")
    look("overview")
    page.goto("/export")
    look("export")
    page.goto("/reports/4")
    page.evaluate("document.querySelector('#accept [name=versions]').value = '00'")
    page.get_by_role("button", name="Accept").click()
    look("conflict")
    page.goto("/reports/4711")
    look("no such report")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier(
    shown_site: Site, scheme: str, screen: str, barriers: Callable[[Page], list[str]], picture: Callable[[Page, str], None]
) -> None:
    page = shown_site.signed_in(color_scheme=scheme, viewport=SCREENS[screen])
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if wrong := barriers(page):
            found[name] = wrong
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[f"{name}, sideways"] = ["the page is wider than the screen"]
        picture(page, f"{name} {scheme} {screen}")

    _everything(page, look)
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_has_no_barrier(shown_site: Site, scheme: str, barriers: Callable[[Page], list[str]]) -> None:
    page = shown_site.visitor(color_scheme=scheme)
    page.goto("/")
    assert barriers(page) == []


def test_everything_that_is_pressed_is_at_least_24_pixels_and_shows_its_focus(shown_site: Site) -> None:
    page = shown_site.signed_in()
    for path in ("/", "/reports/4", "/overview", "/export"):
        page.goto(path)
        small = page.evaluate(
            "[...document.querySelectorAll('button,input:not([type=hidden]),select,textarea,summary,nav a,.list a,.facts a')]"
            ".filter(part => part.checkVisibility() && part.getBoundingClientRect().height < 24).map(part => part.outerHTML.slice(0, 80))"
        )
        assert small == []
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
