"""A DataFrame of reports -> a DataFrame with the facts and the FHIR resources of each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..conversion import Converter, Settings
from ..facts import schema
from ..readers.columns import layout_of, not_read
from ..readers.document import Columns
from ..surroundings import ISSUER
from .identity import decided
from .worker import rows, shipped

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

WHITE_SPACE: Final = "".join(filter(str.isspace, map(chr, range(0x3001))))  # what ``str.strip`` takes off


class Given(NamedTuple):
    """Names of columns that say more of a row than the report does."""

    order: str | None = None  # of two rows that cannot both stay, the one with the smaller value does
    origin: str | None = None  # for messages


def convert(
    df: DataFrame,
    text: str = "text",
    id: str = "id",
    *,
    order: str | None = None,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
) -> DataFrame:
    """A row for each row of ``df``: the columns of ``nodalis.facts``, ``error`` and ``resources``.

    ``text`` and ``id`` name the columns of the reports; columns of ``df`` named as in ``nodalis.surroundings.NAMES`` are what is known
    of the patient and the report besides. ``error`` is null unless a row gave nothing; then only ``id`` is not. ``resources`` are
    FHIR resources with their ``type`` as ``json``.

    Ids are unique. Of several rows with one id the first by the column ``order`` gives the report, without ``order`` one that does not
    depend on how the rows are spread; the others are errors.

    Raises:
        ValueError: a column is missing, there twice, or of a type that is not read.
        FatalError: the rules or the options are wrong.
    """
    Converter(settings)  # what is wrong is said here, not by a worker
    reports = decided(reports_of(df, Columns(id, text), Given(order)), settings.flags.get("issuer", ISSUER))
    return reports.mapInArrow(
        partial(rows, shipped(settings)), ddl(schema()) + ", error string, resources array<struct<type: string, json: string>>"
    )


def reports_of(df: DataFrame, columns: Columns, given: Given = Given()) -> DataFrame:  # noqa: B008 (a tuple)
    """The columns that are read, under our names and as text, with ``order`` and ``origin``; all others are left out.

    Raises:
        ValueError: a column is missing, there twice, or of a type that is not read.
    """
    from pyspark.sql import functions

    types = [field.dataType for field in df.schema.fields]
    names = df.columns
    layout = layout_of(names, columns)
    places = {"id": layout.id, "text": layout.text, **layout.context}
    for name, at in places.items():
        if not _is_read(types[at], name):
            raise ValueError(not_read(names[at], name))
    numbered = df.toDF(*(f"c{at}" for at in range(len(names))))  # their own names may hold dots, or differ only in case
    found = {name: _said(functions.col(f"c{at}"), types[at]) for name, at in places.items()}
    for name in ("id", *layout.context):
        found[name] = functions.btrim(found[name], functions.lit(WHITE_SPACE))
    found["order"] = functions.col(f"c{names.index(given.order)}") if given.order else functions.lit(None).cast("int")
    found["origin"] = functions.col(f"c{names.index(given.origin)}") if given.origin else functions.lit("")
    return numbered.select(*(column.alias(name) for name, column in found.items()))


def ddl(columns: Iterable[pyarrow.Field]) -> str:
    """Arrow columns as Spark declares them."""
    return ", ".join(f"{field.name} {_declared(field.type)}" for field in columns)


def _declared(kind: pyarrow.DataType) -> str:
    import pyarrow

    if pyarrow.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    if pyarrow.types.is_list(kind):
        return f"array<{_declared(kind.value_type)}>"
    return {"string": "string", "int32": "int", "bool": "boolean", "date32[day]": "date"}[str(kind)]


def _is_read(kind: DataType, name: str) -> bool:
    """Whether values of this type are read, as ``readers.parquet`` reads them."""
    from pyspark.sql.types import DateType, IntegralType, NullType, StringType, TimestampType

    more: dict[str, tuple[Any, ...]] = {"id": (IntegralType,), "text": ()}
    return isinstance(kind, (StringType, NullType, *more.get(name, (DateType, TimestampType))))


def _said(column: Column, kind: DataType) -> Column:
    """A value as ``readers.parquet`` says it: a time as Python's ``isoformat``, which leaves out a fraction of zero."""
    from pyspark.sql import functions
    from pyspark.sql.types import TimestampType

    if not isinstance(kind, TimestampType):
        return column.cast("string")
    fraction = functions.date_format(column, ".SSSSSS")
    return functions.concat(
        functions.date_format(column, "yyyy-MM-dd'T'HH:mm:ss"),
        functions.when(fraction == ".000000", "").otherwise(fraction),
        functions.date_format(column, "xxx"),
    )
