"""The summary page of a run says its counts, in order and in words, and holds nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from nodalis.archive.figures import Figures
from nodalis.archive.ledger import Done
from nodalis.archive.page import page
from nodalis.archive.reasons import MEANINGS
from nodalis.facts import columns, table
from parser.model import IssueKind

Markup = Callable[[str], tuple[set[str], set[str]]]
Examined = dict[int | None, dict[int | None, int]]  # year -> nodes examined -> reports

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"
ABOUT = {"nodalis": "0.9.1", "grammar": "sha256:0123abcd", "edition": "AJCC 8", "fhirVersion": "R4"}
USUAL: Examined = {2019: {2: 3, 12: 1}, 2021: {3: 50}, None: {4: 7, None: 2}}
DONE = Done(1_300_012, 1_234_567, 65_433)


def _figures(examined: Examined | None = None) -> Figures:
    figures = Figures()
    figures.categories.update({("pN0", "accepted"): 1_200_000, ("pN1a", "accepted"): 34_000, ("pN1a", "needs_review"): 1_000})
    figures.categories.update({(None, "accepted"): 567, (None, "needs_review"): 64_433})
    figures.reasons.update({"counts_differ": 40_000, "template_blank": 26_000})
    for year, nodes in (USUAL if examined is None else examined).items():
        figures.examined[year] = Counter(nodes)
    return figures


def _page(figures: Figures | None = None, done: Done = DONE) -> str:
    return page(figures or _figures(), done, ABOUT)


def _cells(text: str, name: str) -> list[str]:
    """The figures of the row of this name."""
    (row,) = re.findall(rf"<tr><t[hd][^>]*>{re.escape(name)}<.*?</tr>", text)
    return re.findall(r'<td class="?n"?>([^<]*)<', row)


def _section(text: str, title: str) -> str:
    return text.split(f"<h2>{title}", 1)[1].split("</section>")[0]


EXTREMES: dict[str, Examined] = {
    "usual": USUAL,
    "no report": {},
    "one year": {2020: {5: 3}},
    "no date": {None: {5: 3}},
    "no count": {2020: {None: 3}, 2021: {None: 2}},
    "a year without a count": {2020: {None: 3}, 2021: {4: 2}},
    "no node": {2020: {0: 3}, 2021: {0: 1}},
    "60 years": {year: {year % 17: 1_000_000} for year in range(1965, 2025)},
    "mistaken years": {1: {3: 1}, 2019: {3: 9}, 2020: {3: 9}, 9999: {3: 1}},
    "2,000 years": {year: {3: 1} for year in range(1, 2001)},
    "a huge count": {2019: {2_147_483_647: 1}, 2020: {1: 1}},
}


@pytest.mark.parametrize("examined", EXTREMES.values(), ids=EXTREMES.keys())
def test_the_page_is_well_formed(examined: Examined, markup: Markup) -> None:
    text = _page(_figures(examined))
    markup(text)
    assert not re.search(r"\b(?:nan|inf|None)\b", text)
    assert all(0 <= float(place) <= 101 for place in re.findall(r'(?:x|width)="([-\d.]+)%"', text))


def test_a_run_without_reports_has_a_page(markup: Markup) -> None:
    text = _page(Figures(), Done())
    markup(text)
    assert "No report was read." in text
    assert "No report needs review." in text
    assert "%" not in _section(text, "Categories")


def test_the_page_runs_and_loads_nothing(markup: Markup) -> None:
    tags, attributes = markup(_page())
    assert not tags & {"script", "img", "iframe", "link", "object", "form", "a"}
    assert not attributes & {"src", "href"}
    assert not {name for name in attributes if name.startswith("on")}
    assert not re.search(r"url\(|@import|https?://", _page())
    assert "default-src 'none'" in _page()


def test_what_comes_from_outside_is_escaped(markup: Markup) -> None:
    figures = _figures()
    figures.categories[HOSTILE, "accepted"] = 1
    figures.reasons[HOSTILE] = 1
    text = page(figures, DONE, dict.fromkeys(ABOUT, HOSTILE))
    tags, _ = markup(text)
    assert not tags & {"script", "img"}
    assert text.count("&lt;script&gt;") >= 6


def test_the_outcome_is_said_in_numbers_and_shares() -> None:
    text = _page()
    for number, words in (
        ("1,300,012", "reports"),
        ("1,234,567", "accepted · 95.0%"),
        ("65,433", "to review · 5.0%"),
        ("12", "failed · &lt;0.1%"),
    ):
        assert f"<b>{number}</b><span>{words}</span>" in text
    assert 'aria-label="1,234,567 accepted, 95.0%, 65,433 to review, 5.0%, 12 failed, &lt;0.1%"' in text


def test_a_count_of_zero_has_no_bar() -> None:
    text = _page(done=Done(5, 5))
    (bar,) = re.findall(r'<svg class="bar tall".*?</svg>', text)
    assert re.findall(r'class="(\w+)"', bar) == ["track", "fill"]
    assert "failed · 0%" in text


def test_categories_stand_in_clinical_order_and_none_stands_apart() -> None:
    figures = Figures()
    names = ["pNX", "pN0", "pN0(i-)", "pN0(i+)", "pN0(mol+)", "pN1", "pN1mi", "pN1a", "pN1c", "pN2a", "pN3c", "ypN0", "ypN1mi", "rpN1a"]
    figures.categories.update({(name, "accepted"): 1 for name in [None, *sorted(names)]})
    shown = _section(_page(figures), "Categories, AJCC 8")
    assert re.findall(r'<th scope="row">([^<]+)<', shown) == [*names, "no category"]
    assert re.findall(r'scope="rowgroup">([^<]+)<', shown) == ["after neoadjuvant treatment", "of a recurrence", "not staged"]


def test_a_category_says_how_many_of_its_reports_are_to_review() -> None:
    text = _page()
    assert _cells(text, "pN1a") == ["35,000", "2.7%", "1,000"]
    assert _cells(text, "no category") == ["65,000", "5.0%", "64,433"]


def test_reasons_stand_by_number_with_what_they_mean() -> None:
    shown = _section(_page(), "Reasons for review")
    assert re.findall(r"<small>(\w+)</small>", shown) == ["counts_differ", "template_blank"]
    assert _cells(shown, MEANINGS[IssueKind.COUNTS_DIFFER]) == ["40,000", "61.1%"]


def test_every_reason_has_a_meaning_of_its_own() -> None:
    assert set(MEANINGS) == set(IssueKind)
    assert len(set(MEANINGS.values())) == len(MEANINGS)


def test_years_have_their_quartiles_in_a_table() -> None:
    text = _page()
    assert _cells(text, "2019") == ["4", "4", "2", "2", "4.5"]
    assert _cells(text, "2021") == ["50", "50", "3", "3", "3"]
    assert _cells(text, "no date") == ["9", "7", "4", "4", "4"]
    assert "9 of 63 reports have no date" in text


def test_the_plot_has_a_place_for_a_year_without_reports() -> None:
    (plot,) = re.findall(r'<svg role="img" aria-label="Nodes.*?</svg>', _page())
    assert re.findall(r'<text class="axis" x="([\d.]+)%"[^>]*>(\d+)<', plot) == [("16.67", "2019"), ("50.00", "2020"), ("83.33", "2021")]
    assert [title.split(":")[0] for title in re.findall(r"<title>([^<]*)<", plot)] == ["2019", "2021"]
    assert "few" in re.findall(r'class="half( few)?"', plot)[0]


def test_a_mistaken_year_does_not_push_the_others_together() -> None:
    (plot,) = re.findall(r'<svg role="img" aria-label="Nodes.*?</svg>', _page(_figures(EXTREMES["mistaken years"])))
    assert re.findall(r'<text class="axis" x="[\d.]+%"[^>]*>(\d+)<', plot) == ["1", "2019", "2020", "9999"]


def test_one_year_is_a_table_that_stands_open() -> None:
    shown = _section(_page(_figures(EXTREMES["one year"])), "Nodes examined by year")
    assert "<svg" not in shown
    assert "<details open>" in shown


def test_names_of_many_years_leave_room_for_each_other() -> None:
    text = _page(_figures(EXTREMES["60 years"]))
    for style, most in (("wide", 16), ("narrow", 7)):
        shown = re.findall(rf'<text class="axis(?: {style})?" x="[\d.]+%"[^>]*>(\d+)<', text)
        assert most / 2 <= len(shown) <= most
        assert shown[-1] == "2024"


def test_files_are_named_with_a_line_that_opens_them() -> None:
    text = _page()
    for name in ("facts.parquet", "failed.ndjson", "Observation.*.ndjson", "manifest.json", "SELECT pn_ajcc_8, count(*)"):
        assert name in text
    assert "failed.ndjson" not in _page(done=Done(6, 5, 1))


def test_the_page_says_what_made_the_run() -> None:
    shown = _section(_page(), "Made by")
    assert re.findall(r"<td>([^<]+)<", shown) == list(ABOUT.values())


def test_figures_are_those_of_the_facts() -> None:
    names = list(columns())
    rows: list[list[object]] = []
    for decision, reasons, category, year, examined in (
        ("accepted", (), "pN0", 2019, 2),
        ("accepted", (), "pN0", 2019, 2),
        ("needs_review", ("counts_differ", "template_blank"), "pN1a", 2019, 9),
        ("needs_review", ("counts_differ",), None, None, None),
    ):
        row = dict.fromkeys(names) | {"id": "x", "decision": decision, "reasons": reasons, "pn_ajcc_8": category, "year": year}
        rows.append([*(row | {"examined": examined}).values()])
    figures = Figures()
    for part in (rows[:2], rows[2:], []):
        figures.add(table(part), "pn_ajcc_8")  # type: ignore[arg-type]
    assert figures.categories == {("pN0", "accepted"): 2, ("pN1a", "needs_review"): 1, (None, "needs_review"): 1}
    assert figures.reasons == {"counts_differ": 2, "template_blank": 1}
    assert figures.examined == {2019: {2: 2, 9: 1}, None: {None: 1}}
    assert [(year.year, year.reports, year.counted, year.quartiles) for year in figures.years()] == [
        (2019, 3, 3, (2.0, 2.0, 5.5)),
        (None, 1, 0, None),
    ]
