"""Parquet files and folders of them -> one DataFrame of reports, in the order of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING, Final

from ..exits import UsageError
from ..readers import Columns, ReadError
from ..readers.parquet import NO_PARQUET, NO_ROW
from .frame import Given, reports_of
from .store import Store

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_GLOB: Final = re.compile(r"([\[\]{}*?\\])")
_OURS: Final = Given(order="nodalis order", origin="nodalis origin")


def reports(spark: SparkSession, inputs: Iterable[str], columns: Columns) -> tuple[DataFrame | None, int, list[ReadError]]:
    """The rows of all inputs that can be read, if there are any, how many they are, and what is wrong with the others.

    Raises:
        UsageError: an input of another kind.
    """
    frames: list[DataFrame] = []
    failures: list[ReadError] = []
    rows = 0
    for number, name in enumerate(inputs):
        try:
            frame, count = _reports(spark, name, number, columns)
        except ReadError as error:
            failures.append(error)
        else:
            frames.append(frame)
            rows += count
    found = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames) if frames else None
    return found, rows, failures


def _reports(spark: SparkSession, name: str, number: int, columns: Columns) -> tuple[DataFrame, int]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import functions

    is_folder = _is_folder(spark, name)
    try:
        table = spark.read.parquet(_GLOB.sub(r"\\\1", name))
        rows = table.count()  # reads the ends of the files only
    except (PySparkException, Py4JError):  # their messages are Spark's own and long
        raise ReadError(name, NO_PARQUET) from None
    if not rows:
        raise ReadError(name, NO_ROW)
    file = table.metadataColumn("_metadata")
    path, row = file.getField("file_path"), file.getField("row_index")
    order = functions.struct(functions.lit(number).alias("input"), path.alias("file"), row.alias("row"))
    origin = functions.concat(_named(name, path) if is_folder else functions.lit(name), functions.lit(": row "), row + 1)
    assert _OURS.order
    assert _OURS.origin
    # Ours come first: a column of the same name in the file is passed over.
    known = table.select(order.alias(_OURS.order), origin.alias(_OURS.origin), "*")
    try:
        return reports_of(known, columns, _OURS), rows
    except ValueError as error:
        raise ReadError(name, str(error)) from None


def _is_folder(spark: SparkSession, name: str) -> bool:
    """Whether an input is a folder; ReadError if it is not there, UsageError if it is no Parquet."""
    if name != "-":
        found = Store(spark, name).is_folder("")
        if found is None:
            raise ReadError(name, "no such file or folder")
        if found or name.lower().endswith(".parquet"):
            return found
    raise UsageError(f"{name}: --engine spark reads Parquet, a file or a folder of them; make Parquet of it, or use --engine local")


def _named(folder: str, path: Column) -> Column:
    """A file of a folder as the user would name it."""
    from pyspark.sql import functions

    folder = folder.rstrip("/")
    return functions.concat(functions.lit(f"{folder}/"), functions.substring_index(path, f"/{folder.rpartition('/')[2]}/", -1))
