"""A browser, axe-core, and a page of sample reports for the tests that change none of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.receivers.environments import Unavailable, node_modules

HERE = Path(__file__).resolve().parent
CHROMIUM = Path("/usr/bin/chromium")
PICTURES = HERE.parents[3] / "out" / "screenshots"
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium. It runs an event loop in this thread, so that no other module of tests can have one meanwhile."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed here")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core."""
    try:
        folder = node_modules("axe", HERE)
    except Unavailable as reason:
        pytest.skip(str(reason))
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def barriers(axe: str) -> Callable[[Page], list[str]]:
    """What axe-core finds wrong with a page."""

    def found(page: Page) -> list[str]:
        page.evaluate(axe)
        result = page.evaluate(f"axe.run({{runOnly: {json.dumps(_STANDARDS)}}})")
        return [f"{item['id']}: {node['html'][:200]}" for item in result["violations"] for node in item["nodes"]]

    return found


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], None]:
    """Keeps a screenshot to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def taken(page: Page, name: str) -> None:
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    return taken
