"""A site that serves the review page, and people in front of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect

from nodalis.store import Store
from nodalis.store.decisions import Filter, Sort, worklist
from tests.nodalis.web.review.serving_review import PASSWORD, opened_store, send, serving, settled

LARGE = {"width": 1366, "height": 850}
SMALL = {"width": 1024, "height": 768}
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4(03|04|09|22)")  # Chromium tells of each
_FRESH = 100
TABLET = {"width": 820, "height": 1180}


@dataclass
class Site:
    """The page, its store, and whatever a browser complained about."""

    url: str
    store: Store
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    sent: int = 0

    def fresh(self, text: str) -> int:
        """The id of one more report, read and open."""
        self.sent += 1
        send(self.store, [text], first=_FRESH + self.sent)
        settled(self.store)
        return max(item.id for item in self.store.read_now(lambda connection: worklist(connection, Filter(), Sort(), 1, 1_000)).items)

    def correct(self, text: str) -> None:
        """A corrected version of the last fresh report comes from the laboratory, and is read."""
        send(self.store, [text], first=_FRESH + self.sent, status="C")
        settled(self.store)

    def visitor(self, **options: Any) -> Page:
        """A browser of its own that is not signed in."""
        page = self.browser.new_context(**{"viewport": LARGE, "base_url": self.url, **options}).new_page()
        page.set_default_timeout(15_000)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._asked)
        return page

    def signed_in(self, name: str = "jane", **options: Any) -> Page:
        """A browser of its own in which somebody is signed in."""
        page = self.visitor(**options)
        page.goto("/")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Work list")).to_be_visible()
        return page

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append("a dialog was opened")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _REFUSED.match(message.text):
            self.complaints.append(f"{message.type}: {message.text}")


@contextmanager
def site(folder: Path, browser: Browser, texts: Sequence[str], names: Sequence[str] = ()) -> Iterator[Site]:
    """A page on these reports, once all are read; ``names`` are those of their numbers, senders and patients."""
    with opened_store(folder / "store.db") as store:
        send(store, texts, names=names)
        with serving(folder) as url:
            settled(store)
            yield Site(url, store, browser)


def expect_state(page: Page, state: str) -> None:
    """The page says that its report is in a state, at once or when it is loaded."""
    expect(page.locator(".head .chip").first).to_have_text(state)
