"""The evaluation page stands alone and shows nothing that it was not asked for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from nodalis.evaluation import Evaluation, evaluate
from nodalis.evaluation_page import page

Markup = Callable[[str], tuple[set[str], set[str]]]

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"
QUOTE = "the words of the report"


def _evaluation(quotes: bool = False) -> Evaluation:
    gold: dict[str, dict[str, object]] = {
        HOSTILE: {"id": HOSTILE, "examined": 3, "er": HOSTILE, "pn_ajcc8": "pN1a", "evidence": {"examined": f"{QUOTE} {HOSTILE}"}},
        "b": {"id": "b", "examined": 2, "er": "positive", "pn_ajcc8": "pN0"},
    }
    summary = {"examined": 4, "er": None, "pn": {"AJCC 8": "pN1mi"}}
    mine: dict[str, dict[str, object]] = {
        HOSTILE: {"decision": "accepted", "reasons": [HOSTILE], "summary": summary, "evidence": {"examined": [{"quote": QUOTE}]}},
        "b": {
            "decision": "needs_review",
            "reasons": ["counts_differ"],
            "summary": {"examined": 2, "er": "positive", "pn": {"AJCC 8": "pN0(i-)"}},
        },
    }
    return evaluate(mine, gold, quotes)


def test_the_page_is_well_formed(markup: Markup) -> None:
    markup(page(_evaluation()))


@pytest.mark.parametrize("quotes", [False, True])
def test_text_from_outside_is_escaped(quotes: bool, markup: Markup) -> None:
    tags, attributes = markup(page(_evaluation(quotes)))
    assert not tags & {"script", "img", "iframe", "link", "object", "form"}
    assert not {name for name in attributes if name.startswith("on")}
    assert "&lt;script&gt;" in page(_evaluation(quotes))


def test_the_page_loads_nothing() -> None:
    text = page(_evaluation())
    assert not re.search(r"\b(?:src|href)=|url\(|@import|https?://", text.replace("src=x", ""))
    assert "default-src 'none'" in text


def test_the_page_has_plots_and_both_colour_schemes() -> None:
    text = page(_evaluation())
    assert text.count("<svg") >= 3
    assert "prefers-color-scheme:dark" in text


def test_report_text_is_shown_only_where_it_is_asked_for() -> None:
    assert QUOTE not in page(_evaluation())
    assert QUOTE in page(_evaluation(quotes=True))
