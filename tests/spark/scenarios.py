"""Run by the interpreter that has PySpark: what ``nodalis.spark.convert`` makes of some DataFrames, as JSON for the tests.

python scenarios.py REPORTS.parquet RULES OUT.json
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from nodalis.conversion import Settings
from nodalis.spark import convert


def main(path: str, rules: Path, out: Path) -> None:
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    df = spark.read.parquet(path)
    df = df.withColumn("line", df.metadataColumn("_metadata").getField("row_index"))
    some = df.where("line < 500")
    own = convert(some, settings=Settings(rules=rules))
    shutil.rmtree(rules)  # a worker elsewhere never had it
    found = {
        "in order": rows(convert(df, order="line")),
        "by line": rows(convert(some)),
        "spread otherwise": rows(convert(some.repartition(7, "ward").orderBy("text"))),
        "last first": rows(convert(some.selectExpr("*", "-line AS turn"), order="turn")),
        "own rules": rows(own),
        "types": [str(field.dataType.simpleString()) for field in own.schema.fields],
        "names": own.columns,
        "other names": rows(convert(some.selectExpr("line AS `the.nr`", "text AS Befund", "ward AS befund"), "Befund", "the.nr")),
        "refused": [refused(lambda: convert(some, "body")), refused(lambda: convert(some.selectExpr("id", "line AS text")))],
    }
    spark.stop()
    out.write_text(json.dumps(found, default=str), encoding="utf-8")


def rows(df: DataFrame) -> list[dict[str, Any]]:
    """All rows as dicts, in the order of their ids and errors."""
    found = [row.asDict(recursive=True) for row in df.collect()]
    return sorted(found, key=lambda row: (row["id"] or "", row["error"] or "", str(row)))


def refused(make: Callable[[], object]) -> str:
    """Why a DataFrame is refused."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return "not refused"


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
