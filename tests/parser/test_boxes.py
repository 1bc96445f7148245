"""Choices with boxes: what stands beside an empty one is not told, what stands beside a ticked one is."""

from __future__ import annotations

import pytest

from parser import parse, stage
from parser.model import DecisionStatus, IssueKind, Report

BREAST = "Left breast, mastectomy: invasive ductal carcinoma.\n"


def stated(report: Report) -> str | None:
    return str(report.pn_stated.value) if report.pn_stated else None


@pytest.mark.parametrize(
    ("text", "category"),
    [
        pytest.param("Sentinel nodes 1/2. [ ] pN0(i+) [x] pN1mi", "pN1mi", id="in one line"),
        pytest.param("Sentinel nodes 1/2. pN0(i+) [ ] pN1mi [X]", "pN1mi", id="behind the choices"),
        pytest.param("Nodes 1/14, 5 mm.\nN category:\n( ) pN0\n( ) pN1mi\n(x) pN1a\n( ) pN2a", "pN1a", id="round, line by line"),
        pytest.param("Nodes 1/14, 5 mm. \u2610 pN0 \u2610 pN1mi \u2612 pN1a \u2610 pN2a", "pN1a", id="printed boxes"),
        pytest.param("Nodes 1/14, 5 mm. pN0 \u2610 pN1a \u2611 pN2a \u2610", "pN1a", id="printed boxes behind"),
        pytest.param("Nodes 1/14, 5 mm.\n___ pN0\n___ pN1mi\n_X_ pN1a\n___ pN2a", "pN1a", id="on a line to fill in"),
        pytest.param("Nodes 1/14, 5 mm. pT2 ___ pN1a", "pN1a", id="a line of its own is no box"),
        pytest.param("Sentinel nodes 0/2. [ ] pN0(i+) [ ] pN1mi", None, id="none ticked"),
    ],
)
def test_only_a_ticked_category_is_stated(text: str, category: str | None) -> None:
    assert stated(parse(BREAST + text)) == category


def test_a_list_with_a_tick_leaves_nothing_blank() -> None:
    assert parse(BREAST + "Sentinel nodes 0/2. pN: [x] pN0 [ ] pN1mi [ ] pN1a").status is DecisionStatus.ACCEPTED


def test_a_list_without_a_tick_is_a_blank() -> None:
    assert IssueKind.TEMPLATE_BLANK in parse(BREAST + "Sentinel nodes 0/2. pN: [ ] pN0 [ ] pN1mi [ ] pN1a").reasons


def test_a_ticked_category_is_compared_with_the_facts() -> None:
    assert IssueKind.STATED_DIFFERS_FROM_DERIVED in parse(BREAST + "Nodes 1/14, 5 mm. [x] pN0 [ ] pN1a").reasons


@pytest.mark.parametrize(
    ("boxes", "category"),
    [("[ ][x][ ]", "pN1mi"), ("[x][ ][ ]", "pN0(i+)"), ("[ ][ ][x]", "pN1a")],
)
def test_only_a_ticked_class_of_deposits_is_told(boxes: str, category: str) -> None:
    itc, micro, macro = boxes[:3], boxes[3:6], boxes[6:]
    report = parse(f"{BREAST}Sentinel nodes 1/3: {itc} isolated tumor cells {micro} micrometastasis {macro} macrometastasis")
    assert (found := stage(report).category) is not None
    assert found.base == category
