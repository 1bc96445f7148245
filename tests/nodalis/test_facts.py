"""The typed row of a report: what the summary says, as numbers where it is a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow
import pytest

from fhir_export import Context, Identifier
from nodalis import facts
from nodalis.output import FACTS
from parser.model import Measure, Report, Value

CONTEXT = Context(report_id="S26-00417", issuer="urn:oid:1.2.3")


def cells(report: Report, context: Context = CONTEXT) -> dict[str, object]:
    (row,) = facts.table([facts.row("S26-00417", report, context)]).to_pylist()
    return dict(row)


def test_every_value_of_the_summary_has_a_column() -> None:
    assert set(FACTS) < set(facts.columns())
    assert facts.schema().names == list(facts.columns())


def test_numbers_are_numbers(report: Report) -> None:
    row = cells(report)
    assert (row["id"], row["decision"], row["reasons"]) == ("S26-00417", "accepted", [])
    assert (row["examined"], row["positive"], row["micromet_nodes"], row["grade"]) == (2, 1, 1, 2)
    assert (row["largest_deposit_mm"], row["largest_deposit_sign"]) == (Decimal("0.8"), None)
    assert (row["tumor_size_mm"], row["ki67"], row["neoadjuvant"]) == (Decimal(14), Decimal("12.5"), False)
    assert (row["pn_ajcc_6"], row["pn_ajcc_8"], row["pn_stated"], row["pn_basis"]) == ("pN1mi", "pN1mi", "pN1mi(sn)", "derived")


def test_what_a_report_does_not_say_is_null(report: Report) -> None:
    row = cells(report)
    assert {row[name] for name in ("ene", "er", "her2", "oncotype", "m_stated", "subject", "year", "date")} == {None}


def test_reasons_are_a_list(doubtful: Report) -> None:
    row = cells(doubtful)
    assert (row["decision"], row["reasons"]) == ("needs_review", ["stated_differs_from_derived"])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (Measure.of(Decimal("0.20"), "<"), (Decimal("0.2"), "<")),
        (Measure.of(Decimal("2.0"), ">="), (Decimal(2), ">=")),
        (Measure.of(Decimal("1e20")), (None, None)),
    ],
)
def test_a_size_keeps_its_sign(report: Report, size: Measure, expected: tuple[object, ...]) -> None:
    row = cells(replace(report, nodes=replace(report.nodes, largest_deposit=Value(size, ()))))
    assert (row["largest_deposit_mm"], row["largest_deposit_sign"]) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"collected": "2026-03-02T10:00:00Z", "issued": "2027-01-01T10:00:00Z"}, (2026, date(2026, 3, 2))),
        ({"effective": "2025-12"}, (2025, None)),
        ({"issued": "2024-02-29T10:00:00Z"}, (2024, date(2024, 2, 29))),
    ],
)
def test_the_date_is_that_of_the_specimens_before_that_of_the_report(
    report: Report, known: dict[str, str], expected: tuple[object, ...]
) -> None:
    row = cells(report, replace(CONTEXT, **known))  # type: ignore[arg-type]
    assert (row["year"], row["date"]) == expected


def test_the_patient_is_named_as_the_context_does(report: Report) -> None:
    assert cells(report, replace(CONTEXT, subject="Patient/7"))["subject"] == "Patient/7"
    assert cells(report, replace(CONTEXT, subject=Identifier("urn:oid:1.2.4", "0815")))["subject"] == "urn:oid:1.2.4|0815"


def test_no_rows_are_an_empty_table() -> None:
    table = facts.table([])
    assert table.num_rows == 0
    assert table.schema.field("reasons").type == pyarrow.list_(pyarrow.string())
