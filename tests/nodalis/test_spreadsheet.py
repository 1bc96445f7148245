"""One writer of CSV, and no cell of it is a formula."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest

from nodalis.spreadsheet import sheet
from tests.nodalis.test_output import FORMULAS


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_sheet_is_a_formula(formula: str) -> None:
    stream = io.BytesIO()
    with sheet(stream, ["a", "b"]) as write:
        write([formula, f" {formula}"])
    _, cells = csv.reader(io.StringIO(stream.getvalue().decode(), newline=""))
    assert all(cell.startswith("'") for cell in cells)


def test_a_sheet_leaves_its_stream_open_and_none_is_an_empty_cell() -> None:
    stream = io.BytesIO()
    with sheet(stream, ["a", "b", "c"]) as write:
        write([None, True, 7])
    assert stream.getvalue() == b"a,b,c\n,true,7\n"


def test_only_one_module_writes_csv(root: Path) -> None:
    def writes(path: Path) -> bool:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        return any(
            isinstance(node, ast.Attribute)
            and node.attr in ("writer", "DictWriter")
            and isinstance(node.value, ast.Name)
            and node.value.id == "csv"
            for node in nodes
        )

    assert [path.name for path in sorted((root / "nodalis").rglob("*.py")) if writes(path)] == ["spreadsheet.py"]
