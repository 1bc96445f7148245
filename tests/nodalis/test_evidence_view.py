"""A report on the terminal: evidence highlighted, nothing in it obeyed."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nodalis import evidence_view as view
from nodalis.printable import block, one_line
from parser.model import Report, Role, Span


def _printed(*items: object, colours: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200, force_terminal=colours, color_system="standard" if colours else None)
    for item in items:
        console.print(item)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_evidence_is_in_colours(report: Report, text: str) -> None:
    shown = view.highlighted(text, report, colours=True)
    assert shown.plain == block(text)
    (span,) = shown.spans
    assert shown.plain[span.start : span.end] == report.findings[0].quote


def test_evidence_is_in_brackets_without_colours(report: Report, text: str) -> None:
    assert "⟦ONE OF TWO LYMPH NODES (1/2)⟧" in view.highlighted(text, report, colours=False).plain


def test_overlapping_evidence_has_one_pair_of_brackets(report: Report, text: str) -> None:
    first = report.findings[0]
    second = first._replace(span=Span(first.span.start + 4, first.span.end + 3))
    shown = view.highlighted(text, replace(report, findings=(first, second)), colours=False).plain
    assert shown.count("⟦") == shown.count("⟧") == 1


def test_what_is_superseded_is_struck_out(report: Report, text: str) -> None:
    old = replace(report, findings=(report.findings[0]._replace(role=Role.SUPERSEDED),))
    (span,) = view.highlighted(text, old, colours=True).spans
    assert "strike" in str(span.style)
    assert "⟦" not in view.highlighted(text, old, colours=False).plain


def test_the_tables_show_values_words_rows_and_sources(report: Report) -> None:
    shown = _printed(view.ledger(report), view.facts(report), view.proofs(report), view.decisions(tuple(report.staging.values())))
    for word in (
        "sentinel",
        "0.8 mm",
        "IHC",
        "nodes.ratio_of",
        "LARGEST DEPOSIT 0.8 MM",
        "breast.8.n1mi",
        "micro 1",
        "pN1mi(sn)",
        "AJCC 6",
    ):
        assert word in shown


def test_an_issue_shows_its_words(doubtful: Report, text: str) -> None:
    shown = _printed(*view.issues(doubtful.issues, text))
    assert "stated_differs_from_derived" in shown
    assert "ONE OF TWO" in shown


def test_no_issue_is_said(report: Report, text: str) -> None:
    assert "No issue" in _printed(*view.issues(report.issues, text))


HOSTILE = "\x1b[2J\x1b]0;title\x07 [bold red]not markup[/] \x9b31m \u202e1/3 :smile: \x08\x7f\r\n"


@pytest.mark.parametrize("colours", [False, True])
def test_hostile_text_is_printed_and_not_obeyed(report: Report, text: str, colours: bool) -> None:
    shown = _printed(view.heading(HOSTILE, report), view.highlighted(text + HOSTILE, report, colours), colours=colours)
    left = shown.replace("\x1b[", "") if colours else shown  # what rich itself writes for colours
    assert "\x1b" not in left
    assert not set(left) & set("\x07\x08\x7f\x9b\u202e\r")
    assert "[2J" in shown
    assert "[bold red]not markup[/]" in shown
    assert ":smile:" in shown


@given(st.text(st.characters(codec=None), max_size=80))
def test_offsets_survive_neutralising(text: str) -> None:
    assert len(one_line(text)) == len(text)
    assert len(block(text)) == len(text)
    assert one_line(text).isprintable() or not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in one_line(text))
