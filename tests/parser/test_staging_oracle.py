"""Agreement with the registry tables of ``../shared/oracle/staging``, which are not part of the project."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from parser.staging import editions, evaluate, load_table, stage_group

ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracle" / "staging"
RESULTS = {"not_done": "not_done", "neg": "negative", "pos": "positive"}
NO_STAGE = ("ERROR:", "UNK")

pytestmark = pytest.mark.skipif(not ORACLE.is_dir(), reason=f"registry tables not found at {ORACLE}")


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (ORACLE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _inputs(row: dict[str, str]) -> dict[str, int | str]:
    inputs: dict[str, int | str] = {name: int(row[name]) for name in ("macro", "micro", "unsized", "itc", "infraclav", "supraclav")}
    itc_by_ihc = row["itc"] != "0" and row["itc_on"] == "IHC"
    ihc = "positive" if itc_by_ihc else RESULTS[row["ihc"]]
    return inputs | {"ihc": ihc, "mol": RESULTS[row["mol"]], "im": row["im"], "examined": 1, "sought": 1}


@pytest.mark.parametrize("edition", editions())
def test_categories_agree_with_the_registry_tables(edition: str) -> None:
    table, column = load_table(edition), f"ajcc{edition[-1]}_N"
    unflagged = [row for row in _rows("breast_facts_expected.csv") if not row["flag"]]
    found = [str(evaluate(table, _inputs(row)).category) for row in unflagged]
    differing = [(row, category) for row, category in zip(unflagged, found, strict=True) if category != "p" + row[column]]
    assert len(unflagged) == 12_915
    assert differing == []


@pytest.mark.parametrize("edition", editions())
def test_combinations_the_registry_tables_cannot_code_get_their_nearest_answer(edition: str) -> None:
    table, column = load_table(edition), f"ajcc{edition[-1]}_N"
    flagged = [row for row in _rows("breast_facts_expected.csv") if row["flag"]]
    assert len(flagged) == 4_370
    assert [row for row in flagged if str(evaluate(table, _inputs(row)).category) != "p" + row[column]] == []


@pytest.mark.parametrize(("edition", "file"), [("AJCC 6", 6), ("AJCC 7", 7), ("AJCC 8", 7)])
def test_stage_groups_agree_with_the_registry_tables(edition: str, file: int) -> None:
    rows = list(_rows(f"ajcc{file}_breast_stage.csv"))
    expected = [None if row["stage"] in NO_STAGE else row["stage"].removesuffix("NOS") for row in rows]
    found = [stage_group(edition, *(row[axis].removesuffix("NOS") for axis in ("t", "n", "m"))) for row in rows]
    differing = [(row, stage) for row, stage, want in zip(rows, found, expected, strict=True) if stage != want]
    assert len(rows) == 855
    assert differing == []
