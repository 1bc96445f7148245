"""Which rows of a whole DataFrame give a report: ids are unique, and so are report numbers, wherever the rows lie.

The same rule as ``pipeline.distinct`` and ``Intake``, who see one input after the other; here the rows of one id come together in a window.
"""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from ..intake import NUMBER_TAKEN
from ..pipeline import AGAIN, ID_TAKEN
from ..readers.document import MAX_CHARACTERS
from ..surroundings import NAMES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def decided(reports: DataFrame, issuer: str) -> DataFrame:
    """The rows with ``reason``: why one is left out, ``AGAIN`` for the same report again, else null.

    First is the row with the smallest ``order``, then the smallest digest of text and context: the same on every run.
    """
    from pyspark.sql import functions

    context = [name for name in reports.columns if name in NAMES]
    found = reports.withColumn("content", functions.xxhash64("text", *(functions.coalesce(name, functions.lit("")) for name in context)))
    found = found.withColumn("readable", _readable(context))
    found = _placed(found, functions.col("readable"), functions.col("id"))
    same = functions.col("content") == functions.col("first")
    later = functions.col("readable") & (functions.col("place") > 1)
    found = found.withColumn("reason", functions.when(later & same, AGAIN).when(later, ID_TAKEN))
    if "report_id" in context:  # else the number is the id, and no two are the same any more
        number = functions.coalesce(_given("report_id"), functions.col("id"))
        whose = functions.coalesce(_given("issuer"), functions.lit(issuer)) if "issuer" in context else functions.lit(issuer)
        left = functions.col("readable") & functions.col("reason").isNull()
        found = _placed(found.withColumn("left", left), functions.col("left"), functions.struct(whose, number).cast("string"))
        taken = functions.col("left") & (functions.col("place") > 1)
        found = found.withColumn("reason", functions.when(taken, NUMBER_TAKEN).otherwise(functions.col("reason")))
    return found.select("id", "text", *context, "origin", "reason")


def _placed(rows: DataFrame, counted: Column, key: Column) -> DataFrame:
    """The rows with their ``place`` among those of one key, from 1, and the content of the ``first``; what is not counted stands alone.

    Rows that are not counted are spread by their content, so that no worker gets all of them.
    """
    from pyspark.sql import Window, functions

    alone = functions.xxhash64("id", "content").cast("string")
    together = Window.partitionBy(counted, functions.when(counted, key).otherwise(alone)).orderBy("order", "content")
    so_far = together.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    place = functions.row_number().over(together)
    return rows.withColumns({"place": place, "first": functions.first("content").over(so_far)})


def _readable(context: list[str]) -> Column:
    """Whether a row is a report at all: what ``readers.parquet`` refuses takes no id from another."""
    from pyspark.sql import functions

    valid = [functions.coalesce(functions.is_valid_utf8(name), functions.lit(name != "text")) for name in ("id", "text", *context)]
    is_short = functions.length("text") <= MAX_CHARACTERS
    return reduce(
        and_,
        [*valid, functions.coalesce(functions.col("id") != "", functions.lit(False)), functions.coalesce(is_short, functions.lit(False))],
    )


def _given(name: str) -> Column:
    """A value of the context; an empty one is not given."""
    from pyspark.sql import functions

    return functions.nullif(functions.col(name), functions.lit(""))
