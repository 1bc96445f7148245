"""``nodalis.spark.convert``: a row out for each row in, as the local engine would have it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nodalis import facts
from nodalis.conversion import Converted, Converter, Settings, Task
from nodalis.intake import NUMBER_TAKEN, Intake
from nodalis.pipeline import AGAIN, ID_TAKEN
from nodalis.readers import ReadError, read
from tests.spark.reports import CANARY, ROOT, Run

pytestmark = pytest.mark.slow
Row = dict[str, Any]


@pytest.fixture(scope="module")
def found(on_spark: Run, reports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the scenarios gave."""
    folder = tmp_path_factory.mktemp("frames")
    (folder / "rules").mkdir()
    shutil.copy(ROOT / "tests" / "spark" / "own_rule.toml", folder / "rules")
    # Spark reads the name of a path as a pattern.
    shutil.copy(reports, folder / "reports.parquet")
    done = on_spark(ROOT / "tests" / "spark" / "scenarios.py", folder / "reports.parquet", folder / "rules", folder / "out.json")
    assert done.returncode == 0, done.stderr[-3000:]
    assert CANARY not in done.stderr
    result: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return result


def by_error(rows: list[Row]) -> Counter[str | None]:
    return Counter(row["error"] for row in rows)


def test_each_row_is_what_the_local_engine_makes_of_it(found: dict[str, Any], reports: Path) -> None:
    converter = Converter(Settings())
    tasks = Intake({}, None).tasks(read([str(reports)]))
    done = [converter.convert(item) if isinstance(item, Task) else item for _, item in tasks]
    good = {item.id: item for item in done if isinstance(item, Converted)}
    rows = found["in order"]
    assert len(rows) == 2000
    assert {row["id"] for row in rows if row["error"] is None} == set(good)
    for row in rows:
        if row["error"] is None:
            expected = json.loads(json.dumps(dict(zip(facts.columns(), good[row["id"]].facts, strict=True)), default=str))
            assert {name: row[name] for name in expected} == expected
            assert [(item["type"], item["json"].encode()) for item in row["resources"]] == list(good[row["id"]].resources)
        else:
            assert {value for name, value in row.items() if name not in ("id", "error")} == {None}
    errors = by_error(rows)
    assert errors.pop(AGAIN) == 2000 - len(done)
    assert errors.pop(None) == len(good)
    assert errors == Counter(item.reason for item in done if isinstance(item, ReadError))
    assert errors[ID_TAKEN] and errors[NUMBER_TAKEN]  # noqa: PT018 (both are meant to be among them)


def test_without_an_order_the_same_rows_stay_however_they_are_spread(found: dict[str, Any]) -> None:
    assert found["by line"] == found["spread otherwise"]
    assert by_error(found["by line"])[AGAIN] == 1


def test_the_first_by_the_order_that_is_given_stays(found: dict[str, Any]) -> None:
    two = [row for row in found["last first"] if row["id"] == "S26-000168"]
    one = [row for row in found["in order"] if row["id"] == "S26-000168"]
    assert [row["error"] for row in two] == [row["error"] for row in one] == [None, ID_TAKEN]
    assert two[0]["resources"] != one[0]["resources"]


def test_own_rules_are_shipped(found: dict[str, Any]) -> None:
    """Every Provenance names the rules that a report was read by."""
    packaged, own = Converter(Settings()).rules, Converter(Settings(rules=ROOT / "tests" / "spark" / "own_rule.toml")).rules
    for name, digest, other in (("own rules", own, packaged), ("by line", packaged, own)):
        resources = [[item["json"] for item in row["resources"]] for row in found[name] if row["error"] is None]
        assert all(any(digest in json for json in some) for some in resources)
        assert not any(other in json for some in resources for json in some)


def test_columns_are_those_of_the_facts_with_their_types(found: dict[str, Any]) -> None:
    assert found["names"] == [*facts.columns(), "error", "resources"]
    assert dict(zip(found["names"], found["types"], strict=True)) | {
        "reasons": "array<string>", "date": "date", "examined": "int", "tumor_size_mm": "decimal(18,6)", "neoadjuvant": "boolean",
        "error": "string", "resources": "array<struct<type:string,json:string>>",
    } == dict(zip(found["names"], found["types"], strict=True))  # fmt: skip


def test_columns_may_have_other_names_and_ids_be_numbers(found: dict[str, Any]) -> None:
    good = {row["id"]: row["pn_basis"] for row in found["other names"] if row["error"] is None}
    expected = {str(int(row["id"][4:])): row["pn_basis"] for row in found["by line"] if row["error"] is None}
    assert expected.items() <= good.items()


def test_a_frame_that_cannot_be_read_is_refused(found: dict[str, Any]) -> None:
    assert found["refused"] == [
        "no column 'body': expected names in the first row; --text-column gives another name for it",
        "the column 'text' is not text",
    ]
