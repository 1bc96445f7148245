"""The row of a report has the shape that docs/cli.md and scorers expect."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis import __version__, output
from nodalis.scoring import FIELDS
from nodalis.spreadsheet import CsvWriter, cell, columns
from parser.model import Category, Decision, Measure, Report, Value

OWN_KEYS = {"positive_as_printed", "pn_stated", "pt_stated", "m_stated", "pn", "pn_basis", "ki67", "oncotype"}


def as_row(report: Report, id_: str = "S26-1", wanted: Sequence[str] = ()) -> dict[str, Any]:
    """The row as its reader gets it."""
    row: dict[str, Any] = orjson.loads(orjson.dumps(output.row(id_, report, wanted)))
    return row


EDITIONS = ("AJCC 6", "AJCC 7", "AJCC 8")


def test_the_summary_has_the_keys_of_the_scorer_and_ours(report: Report) -> None:
    assert set(output.summary(report, ())) == {*FIELDS, *OWN_KEYS}


def test_a_row_holds_everything_and_is_json(report: Report, text: str) -> None:
    row = as_row(report)
    assert (row["id"], row["decision"], row["reasons"]) == ("S26-1", "accepted", [])
    assert row["summary"] | {"pn": None} == {
        "laterality": "left", "examined": 2, "positive": 1, "positive_as_printed": 1, "itc_nodes": 0, "micromet_nodes": 1,
        "macromet_nodes": 0, "sentinel_examined": 2, "sentinel_positive": 1, "largest_deposit_mm": "0.8", "ene": None,
        "ihc_on_nodes": None, "molecular_on_nodes": None, "neoadjuvant": False, "tumor_size_mm": "14", "grade": 2, "er": None,
        "pr": None, "her2": None, "ki67": "12.5", "oncotype": None, "pt_stated": "pT1c", "pn_stated": "pN1mi(sn)", "m_stated": None,
        "pn": None, "pn_basis": "derived",
    }  # fmt: skip
    assert row["summary"]["pn"] == dict.fromkeys(EDITIONS, "pN1mi")
    assert row["staging"][2] == {
        "edition": "AJCC 8", "category": "pN1mi", "suffixes": ["sn"], "row": "breast.8.n1mi", "source": "facts",
        "inputs": {"macro": 0, "micro": 1, "itc": 0}, "possible": ["pN1mi"], "basis": "derived",
    }  # fmt: skip
    (group,) = row["ledger"]
    assert group["deposits"] == [
        {"nodes": 1, "class": "micrometastasis", "size_mm": "0.8", "method": "IHC", "spans": group["deposits"][0]["spans"]}
    ]
    assert (row["grammar"], row["nodalis"]) == ("sha256:0", __version__)


def test_findings_are_flat_and_keep_values_named_as_our_keys(report: Report, text: str) -> None:
    (finding,) = as_row(report)["findings"]
    assert finding["positive"] == 1
    assert finding["size"] == "<0.20"
    assert (finding["role"], finding["role_"]) == ("ledger", "a value of the rule")
    assert text[finding["start"] : finding["end"]] == finding["quote"]


def test_every_value_of_the_summary_points_at_its_words(report: Report, text: str) -> None:
    evidence = as_row(report)["evidence"]
    assert {"examined", "positive", "largest_deposit_mm", "pn_stated"} <= evidence.keys()
    for places in evidence.values():
        for place in places:
            assert text[place["start"] : place["end"]] == place["quote"]
            assert place["rule"]


@pytest.mark.parametrize(("value", "word"), [(True, "present"), (False, "absent")])
def test_extranodal_extension_is_a_word(report: Report, value: bool, word: str) -> None:
    report = replace(report, nodes=replace(report.nodes, extranodal_extension=Value(value, ())))
    assert output.summary(report, ())["ene"] == word


def test_an_interval_keeps_its_comparator(report: Report) -> None:
    size = Value(Measure.of(Decimal("0.2"), "<"), ())
    report = replace(report, nodes=replace(report.nodes, largest_deposit=size))
    assert output.summary(report, ())["largest_deposit_mm"] == "<0.2"


def test_editions_can_be_chosen(report: Report) -> None:
    row = as_row(report, wanted=["AJCC 8"])
    assert row["summary"]["pn"] == {"AJCC 8": "pN1mi"}
    assert [item["edition"] for item in row["staging"]] == ["AJCC 8"]


def test_the_basis_is_that_of_the_newest_edition_that_decides(report: Report) -> None:
    staging = {
        "AJCC 6": Decision("AJCC 6", Category("pN1"), basis="derived"),
        "AJCC 7": Decision("AJCC 7", Category("pN1"), basis="stated"),
        "AJCC 8": Decision("AJCC 8", None),
    }
    report = replace(report, staging=staging)
    row = as_row(report)
    assert row["summary"]["pn_basis"] == "stated"
    assert row["staging"][2]["basis"] is None


def test_csv_has_one_column_for_each_value(report: Report) -> None:
    stream = io.StringIO()
    CsvWriter(stream, EDITIONS).write(output.row("S26-1", report))
    (row,) = csv.DictReader(io.StringIO(stream.getvalue()))
    assert list(row) == columns(EDITIONS)
    assert (row["id"], row["examined"], row["ene"], row["neoadjuvant"]) == ("S26-1", "2", "", "false")
    assert (row["pn_ajcc_8"], row["pn_basis"], row["largest_deposit_mm"]) == ("pN1mi", "derived", "0.8")


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    " =1",
    "\u00a0+1",
    "＝1",
    '=HYPERLINK("x")',
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula: str, report: Report) -> None:
    stream = io.StringIO()
    CsvWriter(stream, EDITIONS).write(output.row(formula, report))
    (row,) = csv.DictReader(io.StringIO(stream.getvalue(), newline=""))
    assert row["id"].startswith("'")
    assert row["id"].isprintable() or "\u00a0" in formula


@given(st.text(max_size=20))
def test_a_cell_starts_a_formula_for_no_text(text: str) -> None:
    assert cell(text).lstrip(" \u00a0")[:1] not in set("=+-@\t\r\n\x00＝＋－＠") - {""}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(), lambda inner: st.lists(inner)))
def test_plain_values_are_json(value: object) -> None:
    orjson.dumps(output.plain(value), option=orjson.OPT_PASSTHROUGH_DATACLASS)
