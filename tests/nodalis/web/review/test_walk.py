"""docs/registry.md from a report to NAACCR XML, done as it says. Its pictures are those that this keeps in out/screenshots/docs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from nodalis.cli import app
from tests.nodalis.web.review.conftest import PICTURES
from tests.nodalis.web.review.serving_review import ROOT, starting

pytestmark = pytest.mark.slow
DOC = ROOT / "docs" / "registry.md"


class Walk(NamedTuple):
    """What a new user has after the first step."""

    page: Page
    folder: Path


@pytest.fixture
def walk(tmp_path: Path, browser: Browser) -> Iterator[Walk]:
    """The page on the samples, with somebody signed in as the command said."""
    with starting(tmp_path, "--samples", str(ROOT / "samples")) as lines:
        password, url = re.search(r"password (\S+)", lines[-2])[1], re.search(r"http://\S+", lines[-1])[0]
        page = browser.new_context(base_url=url, viewport={"width": 1280, "height": 860}).new_page()
        page.goto("/")
        page.get_by_label("Name").fill("demo")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        yield Walk(page, tmp_path)


def _taken(page: Page, name: str) -> None:
    """A picture for the docs, which has one of this name."""
    folder = PICTURES / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
    assert f"pictures/{name}.png" in DOC.read_text(encoding="utf-8") + (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
    assert (ROOT / "docs" / "pictures" / f"{name}.png").is_file()


def _shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOC.read_text(encoding="utf-8"), flags=re.M | re.S)


def test_a_report_becomes_naaccr_xml_as_the_docs_say(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    page = walk.page
    expect(page.get_by_role("heading", name="Work list")).to_be_visible()
    _taken(page, "work-list")
    page.get_by_role("link", name="Report 51", exact=True).click()
    expect(page.locator("main")).to_contain_text("A printed total of nodes is not the sum of its parts")
    expect(page.locator(".head")).to_contain_text("pN2a")
    _taken(page, "report")

    page.keyboard.press("c")
    page.get_by_label("nodes positive, those").fill("3")
    page.locator("#correct").get_by_label("Reason").fill("Parts 1 and 2 have three positive nodes; the laboratory has confirmed it.")
    page.locator("#correct").evaluate("part => part.scrollIntoView()")
    _taken(page, "correction")
    page.locator("#correct button").click()
    expect(page.get_by_text("Corrected. It is exported")).to_be_visible()
    expect(page.locator(".head")).to_contain_text("pN1a")
    page.locator("#codes-title").evaluate("title => title.scrollIntoView()")
    _taken(page, "registry-items")

    page.get_by_role("link", name="Export").click()
    expect(page.locator("main")).to_contain_text("60 reports: read without a doubt, accepted or corrected.")
    _taken(page, "export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    path = walk.folder / "abstracts.xml"
    download.value.save_as(path)

    monkeypatch.chdir(walk.folder)
    checked = CliRunner().invoke(app, ["registry", "check", "abstracts.xml"])
    assert checked.stdout == "abstracts.xml: no problem\n"
    assert "abstracts.xml: no problem" in "".join(_shown("text"))
    tumors = re.findall(r"    <Tumor>\n.*?    </Tumor>\n", path.read_text(encoding="utf-8"), flags=re.S)
    (mine,) = [tumor for tumor in tumors if "given by a person: positive 3" in tumor]
    (shown,) = _shown("xml")
    assert re.sub(r'( *<Item naaccrId="text.*?>).*?(</Item>)', r"\1...\2", mine) == shown

    monkeypatch.setenv("NODALIS_STORE__URL", f"sqlite:///{walk.folder}/out/demo/review/store.db")
    exported = CliRunner().invoke(app, ["registry", "export", "--from-review", "-o", "again.xml"])
    assert exported.exit_code == 3  # 16 reports are open
    assert (walk.folder / "again.xml").read_bytes() == path.read_bytes()
    page.goto("/overview")
    _taken(page, "overview")
