"""The evaluation page stands alone and shows nothing that it was not asked for."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from nodalis.evaluation import Evaluation, evaluate
from nodalis.evaluation_page import page

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


class Balance(HTMLParser):
    """Collects the tags and attributes, and checks that what opens also closes."""

    VOID = ("meta", "rect", "line", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _parsed(quotes: bool = False) -> Balance:
    parser = Balance()
    parser.feed(page(_evaluation(quotes)))
    return parser


def test_the_page_is_well_formed() -> None:
    assert _parsed().open == []


@pytest.mark.parametrize("quotes", [False, True])
def test_text_from_outside_is_escaped(quotes: bool) -> None:
    parser = _parsed(quotes)
    assert not parser.seen & {"script", "img", "iframe", "link", "object", "form"}
    assert not {name for name in parser.attributes if name.startswith("on")}
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
