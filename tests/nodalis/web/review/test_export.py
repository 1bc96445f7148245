"""What a registrar takes away from the page: the abstracts of what is settled, by mouse and by keyboard."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from nodalis.registry.checks import problems
from nodalis.store.audit import AuditAction, entries
from nodalis.web.review.export_routes import FORMATS
from tests.nodalis.web.review.serving_review import CLEAR, DOUBTFUL
from tests.nodalis.web.review.site import Site, site

pytestmark = pytest.mark.slow
TEXTS = [CLEAR.replace("14 mm", f"{size} mm") for size in range(11, 31)] + [DOUBTFUL, DOUBTFUL.replace("14 mm", "15 mm")]
LAST_CLEAR, FIRST_OPEN, SECOND_OPEN = 20, 21, 22


@pytest.fixture(scope="module")
def page_site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """20 clear reports and two open ones, of which one was set aside."""
    with site(tmp_path_factory.mktemp("site"), browser, TEXTS) as found:
        page = found.signed_in()
        page.goto(f"/reports/{SECOND_OPEN}")
        page.locator("#set-aside > summary").click()
        page.locator("#set-aside").get_by_label("Reason").fill("Of another patient.")
        page.locator("#set-aside button").click()
        expect(page.get_by_text("Set aside. Nothing of it is exported.")).to_be_visible()
        yield found
        assert found.complaints == []


def _downloaded(page: Page, press: Callable[[], None], folder: Path) -> tuple[str, bytes]:
    with page.expect_download() as download:
        press()
    name = download.value.suggested_filename
    download.value.save_as(folder / name)
    return name, (folder / name).read_bytes()


@pytest.mark.parametrize("format", FORMATS)
def test_all_that_is_settled_is_exported_as_each_format(page_site: Site, tmp_path: Path, format: str) -> None:
    page = page_site.signed_in()
    page.get_by_role("link", name="Export").click()
    expect(page.locator("main")).to_contain_text("20 reports: read without a doubt")
    expect(page.locator("main")).to_contain_text("1 open report")
    page.get_by_label("As", exact=True).select_option(format)
    name, data = _downloaded(page, page.get_by_role("button", name="Export").click, tmp_path)
    assert name.startswith("abstracts-20")
    if name.endswith(".xml"):
        assert problems(data) == []
        assert data.count(b"<Patient>") == LAST_CLEAR
        assert (b"DOE" in data) == (FORMATS[format][1].record_type == "A")
    elif name.endswith(".csv"):
        rows = list(csv.DictReader(StringIO(data.decode())))
        assert [row["tumorSizePathologic"] for row in rows] == [f"0{size}" for size in range(11, 31)]
    else:
        assert data.count(b"Report S26-") - data.count(b": Report S26-") == LAST_CLEAR
    told = [entry.event for entry in page_site.store.read_now(lambda connection: entries(connection, limit=10_000))]
    mine = [event for event in told if event.action is AuditAction.EXPORT and event.detail == {"format": format}]
    assert [event.report_id for event in mine] == list(range(1, LAST_CLEAR + 1))
    assert {event.actor for event in mine} == {"jane"}


def test_since_a_day_nothing_is_left_and_the_file_is_valid(page_site: Site, tmp_path: Path) -> None:
    page = page_site.signed_in()
    page.goto("/export")
    page.get_by_label("since").fill("2100-01-01")
    _, data = _downloaded(page, page.get_by_role("button", name="Export").click, tmp_path)
    assert data.count(b"<Patient>") == 0


def test_a_report_is_corrected_and_exported_by_keyboard(page_site: Site, tmp_path: Path, picture: Callable[[Page, str], None]) -> None:
    id = page_site.fresh(DOUBTFUL.replace("14 mm", "31 mm"))
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    section = page.locator("section", has=page.get_by_role("heading", name="Registry items"))
    expect(section).to_contain_text("As they would be exported if the report were accepted as it was read.")
    expect(section.get_by_role("button")).to_have_count(0)
    page.keyboard.press("c")
    page.get_by_label("nodes examined", exact=True).fill("4")
    page.locator("#correct").get_by_label("Reason").fill("A fourth node is named in the addendum.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Corrected. It is exported")).to_be_visible()
    expect(section).to_contain_text("As they are exported.")
    row = section.locator("tr", has_text="Regional Nodes Examined")
    expect(row).to_contain_text("04")
    expect(row.get_by_role("link")).to_have_count(0)  # no words of the report prove it
    picture(page, "registry items")
    button = section.get_by_role("button", name="Export as NAACCR XML")
    button.focus()
    name, data = _downloaded(page, lambda: page.keyboard.press("Enter"), tmp_path)
    assert name == f"abstract-{id}.xml"
    assert problems(data) == []
    assert (data.count(b"<Patient>"), b'naaccrNum="830">04<' in data, b"given by a person: examined 4" in data) == (1, True, True)


def test_an_item_leads_to_its_words(page_site: Site) -> None:
    page = page_site.signed_in()
    page.goto("/reports/1")
    page.get_by_role("link", name="Tumor Size Pathologic").click()
    expect(page.locator("pre a:target")).to_contain_text("Invasive ductal carcinoma")


@pytest.mark.parametrize("report", [FIRST_OPEN, SECOND_OPEN, 4711])
def test_what_is_not_settled_cannot_be_exported(page_site: Site, report: int) -> None:
    page = page_site.signed_in()
    page.goto("/export")
    csrf = page.locator("main [name=csrf]").input_value()
    answer = page.request.post("/export", form={"csrf": csrf, "format": "naaccr-26", "report": str(report)})
    assert answer.status == 409
    assert "<Patient>" not in answer.text()


@pytest.mark.parametrize(
    "form", [{}, {"format": "exe"}, {"format": "csv", "since": "soon"}, {"format": "csv", "report": "1 OR 1"}], ids=str
)
def test_what_no_form_of_ours_sends_is_refused(page_site: Site, form: dict[str, str]) -> None:
    page = page_site.signed_in()
    page.goto("/export")
    answer = page.request.post("/export", form={"csrf": page.locator("main [name=csrf]").input_value(), **form})
    assert answer.status == 400


def test_a_reader_is_offered_no_export_and_gets_none(page_site: Site) -> None:
    page = page_site.signed_in("rita")
    page.goto("/reports/1")
    expect(page.get_by_role("link", name="Export")).to_have_count(0)
    expect(page.get_by_role("button", name="Export")).to_have_count(0)
    csrf = page.locator("[name=csrf]").first.input_value()
    assert page.request.post("/export", form={"csrf": csrf, "format": "csv"}).status == 403
    assert page.request.get("/export").status == 403
