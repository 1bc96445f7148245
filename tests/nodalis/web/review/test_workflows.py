"""What a registrar does with reports, in a browser: by mouse, by keyboard, and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from nodalis.store import decisions
from nodalis.store.audit import entries
from tests.nodalis.web.review.serving_review import CLEAR, DOUBTFUL
from tests.nodalis.web.review.site import Site, expect_state, site

pytestmark = pytest.mark.slow
TEXTS = [
    DOUBTFUL,
    CLEAR,
    DOUBTFUL.replace("14 mm", "15 mm"),
    CLEAR.replace("Two", "Three").replace("0/2", "0/3"),
    DOUBTFUL.replace("14 mm", "16 mm"),
]


@pytest.fixture(scope="module")
def page_site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """Three doubtful reports, 1, 3 and 5, and two clear ones."""
    with site(tmp_path_factory.mktemp("site"), browser, TEXTS) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
def list_site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """The same for a test that looks at the whole list."""
    with site(tmp_path_factory.mktemp("site"), browser, TEXTS) as found:
        yield found
        assert found.complaints == []


def _press(page: Page, key: str) -> None:
    """Press a key once the script of the page is there."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def _actions(found: Site, report_id: int) -> list[str]:
    opened = found.store.read_now(lambda connection: decisions.opened(connection, report_id))
    return [str(made.decision.action) for made in opened.decisions]


def test_the_work_list_is_filtered_and_sorted_in_place(list_site: Site) -> None:
    page = list_site.signed_in()
    rows = page.locator(".list tbody tr")
    expect(rows).to_have_count(3)
    page.evaluate("window.__same = 1")
    page.get_by_label("State").select_option("any")
    expect(rows).to_have_count(5)
    expect(page).to_have_url(re.compile("state=any"))
    page.get_by_label("Category").select_option("pN1a(sn)" if page.locator("option[value='pN1a(sn)']").count() else "pN1a")
    expect(rows).to_have_count(3)
    page.get_by_role("link", name="age").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text(re.compile("age"))
    expect(rows.first).to_contain_text("Report 5")
    assert page.evaluate("window.__same") == 1, "the page was not loaded anew"
    page.go_back()
    expect(rows.first).to_contain_text("Report 1")


def test_a_value_leads_to_its_words_and_words_to_their_value(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    page.get_by_role("link", name=f"Report {id}", exact=True).click()
    page.get_by_role("link", name="Largest deposit, mm").click()
    lit = page.locator("pre a.lit")
    expect(lit.first).to_be_focused()
    assert "3 mm" in "".join(lit.all_inner_texts())
    page.locator("pre a", has_text="pT1c").click()
    expect(page.locator("tr.lit")).to_contain_text("pT as stated")
    expect(page.locator("tr.lit a")).to_be_focused()


def test_the_page_shows_ledger_facts_categories_row_inputs_and_issues(page_site: Site, picture: Callable[[Page, str], None]) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    shown = page.get_by_role("region", name="Abstract")
    for words in (
        "A printed total of nodes is not the sum of its parts",
        "breast.ajcc8.n1a", "nodes whose largest deposit is a macrometastasis: 1", "AJCC 6", "AJCC 7", "AJCC 8",
        "Stated by the report: pN1a",        "sentinel", "Nodes examined", "Oestrogen receptor",
    ):  # fmt: skip
        expect(shown).to_contain_text(words)
    picture(page, "report")


def test_a_report_is_accepted_undone_corrected_and_set_aside_by_mouse(page_site: Site, picture: Callable[[Page, str], None]) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    assert page.locator("input:checked, option[selected]:not([value=''])").count() == 0, "something is filled in before"
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted. It is exported")).to_be_visible()
    expect_state(page, "accepted")
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect_state(page, "open")
    page.locator("#correct > summary").click()
    page.get_by_label("nodes examined", exact=True).fill("4")
    page.locator("#correct button").click()  # without a reason
    expect_state(page, "open")
    page.locator("#correct").get_by_label("Reason").fill("A fourth node is named in the addendum.")
    picture(page, "correcting")
    page.locator("#correct button").click()
    expect(page.get_by_text("Corrected. It is exported")).to_be_visible()
    expect_state(page, "corrected")
    past = page.locator("section", has=page.get_by_role("heading", name="Decisions"))
    expect(past).to_contain_text("A fourth node is named in the addendum.")
    expect(past.locator("del")).to_have_text("3")
    expect(past.locator("ins")).to_have_text("4")
    expect(page.locator("#accept, #correct")).to_have_count(0)  # or what was corrected would be lost with the next correction
    expect(page.locator("#fact-examined")).to_contain_text("given by hand")
    picture(page, "corrected")
    page.locator("#set-aside > summary").click()
    page.locator("#set-aside").get_by_label("Reason").fill("Of another patient.")
    page.locator("#set-aside button").click()
    expect_state(page, "set aside")
    page.get_by_role("button", name=re.compile("Undo")).click()
    expect_state(page, "corrected")
    assert _actions(page_site, id) == ["accept", "undo", "correct", "set_aside", "undo"]


def test_all_of_it_goes_by_keys_alone(list_site: Site, picture: Callable[[Page, str], None]) -> None:
    page = list_site.signed_in()
    _press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    picture(page, "keys")
    _press(page, "Escape")
    _press(page, "j")
    _press(page, "Enter")
    expect(page.get_by_role("heading", name="Report 1")).to_be_visible()
    _press(page, "j")
    _press(page, "Enter")
    expect(page.locator("pre a.lit").first).to_be_focused()
    _press(page, "Enter")
    expect(page.locator("tr.lit a")).to_be_focused()
    _press(page, "a")
    expect(page.get_by_role("button", name="Accept")).to_be_focused()
    _press(page, "Enter")
    expect(page.get_by_text("Accepted. It is exported")).to_be_visible()
    _press(page, "n")
    expect(page.get_by_role("heading", name="Report 3")).to_be_visible()
    _press(page, "c")
    page.keyboard.type("4")
    page.locator("#correct-reason").focus()
    page.keyboard.type("naming a key")  # n, a: no keys while somebody types
    _press(page, "Tab")
    _press(page, "Enter")
    expect(page.get_by_text("Corrected. It is exported")).to_be_visible()
    _press(page, "n")
    expect(page.get_by_role("heading", name="Report 5")).to_be_visible()
    _press(page, "s")
    expect(page.locator("#aside-reason")).to_be_focused()
    page.keyboard.type("A copy.")
    _press(page, "Tab")
    _press(page, "Enter")
    expect(page.get_by_text("Set aside. Nothing of it is exported.")).to_be_visible()
    _press(page, "u")
    _press(page, "Enter")
    expect(page.get_by_text("Undone.")).to_be_visible()
    _press(page, "w")
    expect(page.locator(".list tbody tr")).to_have_count(1)
    assert [_actions(list_site, id) for id in (1, 3, 5)] == [["accept"], ["correct"], ["set_aside", "undo"]]


def test_keys_can_be_switched_off(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    _press(page, "?")
    page.get_by_label("Single keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.goto(f"/reports/{id}")
    _press(page, "n")
    _press(page, "c")
    expect(page.get_by_role("heading", name=f"Report {id}")).to_be_visible()
    expect(page.locator("#correct-reason")).to_be_hidden()


def test_next_and_previous_follow_the_list_that_was_open(list_site: Site) -> None:
    page = list_site.signed_in()
    page.goto("/?state=any&sort=-age")
    page.get_by_role("link", name="Report 4").click()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", name="Report 3")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("heading", name="Report 5")).to_be_visible()
    expect(page.get_by_role("link", name="Previous")).to_have_count(0)


def test_without_a_script_everything_works_by_links_and_forms(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in(java_script_enabled=False)
    page.get_by_label("State").select_option("any")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name=f"Report {id}", exact=True).click()
    page.get_by_role("link", name="Largest deposit, mm").click()
    expect(page).to_have_url(re.compile("#w"))
    page.locator("#set-aside > summary").click()
    page.locator("#set-aside").get_by_label("Reason").fill("Of another patient.")
    page.locator("#set-aside button").click()
    expect_state(page, "set aside")


def test_a_correction_that_cannot_be_is_said_and_what_was_filled_in_stays(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    page.locator("#correct > summary").click()
    page.get_by_label("nodes examined", exact=True).fill("many")
    page.locator("#correct").get_by_label("Reason").fill("I counted.")
    page.locator("#correct button").click()
    expect(page.get_by_role("alert")).to_contain_text("expected a whole number")
    expect(page.get_by_label("nodes examined", exact=True)).to_have_value("many")
    expect(page.locator("#correct-reason")).to_have_value("I counted.")
    assert _actions(page_site, id) == []


def test_a_reader_sees_and_cannot_decide(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in("rita")
    page.goto(f"/reports/{id}")
    expect(page.get_by_role("heading", name="Facts")).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    answer = page.request.post(
        f"/reports/{id}/decision", form={"action": "accept", "csrf": page.locator("[name=csrf]").first.input_value()}
    )
    assert answer.status == 403
    assert _actions(page_site, id) == []


def test_whoever_is_not_signed_in_sees_nothing(page_site: Site) -> None:
    page = page_site.visitor()
    for path in ("/", "/reports/1", "/overview", "/export"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_was_seen_and_decided_stands_in_the_audit_without_a_value(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    before = len(page_site.store.read_now(entries))
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    page.locator("#correct > summary").click()
    page.get_by_label("nodes examined", exact=True).fill("4")
    page.locator("#correct").get_by_label("Reason").fill("Miscounted.")
    page.locator("#correct button").click()
    expect(page.get_by_text("Corrected. It is exported")).to_be_visible()
    told: list[Any] = [entry.event for entry in page_site.store.read_now(entries)[before:]]
    assert [(event.actor, str(event.action), event.report_id) for event in told] == [
        ("jane", "sign_in", None), ("jane", "list", None), ("jane", "view", id), ("jane", "decide", id), ("jane", "view", id),
    ]  # fmt: skip
    assert told[3].reason == "Miscounted."
    assert told[3].detail["fields"] == "nodes.examined"


@pytest.mark.parametrize("who", ["the laboratory", "another reviewer"])
def test_what_comes_meanwhile_gives_409_and_shows_both(page_site: Site, picture: Callable[[Page, str], None], who: str) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    page.locator("#correct > summary").click()
    page.get_by_label("nodes examined", exact=True).fill("4")
    page.locator("#correct").get_by_label("Reason").fill("My own reason.")
    if who == "the laboratory":
        page_site.correct(DOUBTFUL.replace("positive: 2", "positive: 1"))
    else:
        other = page_site.signed_in("john")
        other.goto(f"/reports/{id}")
        other.get_by_role("button", name="Accept").click()
        expect(other.get_by_text("Accepted. It is exported")).to_be_visible()
    with page.expect_response(re.compile("decision")) as answered:
        page.locator("#correct button").click()
    assert answered.value.status == 409
    for words in ("nothing was decided", "My own reason.", "The text you saw", "The text now"):
        expect(page.locator("main")).to_contain_text(words)
    if who == "the laboratory":
        expect(page.locator("del")).to_have_text("Lymph nodes positive: 2")
        expect(page.locator("ins")).to_have_text("Lymph nodes positive: 1")
        assert "Lymph nodes positive: 2\npT1c pN1a\n" in page.locator("pre").first.inner_text()
    else:
        expect(page.locator("main")).to_contain_text("Accepted by john")
    picture(page, f"conflict with {who}")
    page.get_by_role("link", name="Start anew").click()
    expect(page.get_by_role("heading", name=f"Report {id}")).to_be_visible()
    assert _actions(page_site, id) == ([] if who == "the laboratory" else ["accept"])


def test_a_decision_about_an_earlier_version_is_kept_and_does_not_hold(page_site: Site) -> None:
    id = page_site.fresh(DOUBTFUL)
    page = page_site.signed_in()
    page.goto(f"/reports/{id}")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Accepted. It is exported")).to_be_visible()
    page_site.correct(DOUBTFUL.replace("3 mm", "4 mm"))
    page.goto(f"/reports/{id}")
    expect_state(page, "open")
    expect(page.get_by_text("about an earlier version")).to_be_visible()
    expect(page.locator("section", has=page.get_by_role("heading", name="Versions")).locator("details")).to_have_count(2)
