"""Report -> one typed row of facts, for those who ask questions of many reports with DuckDB, pandas or Spark.

The columns are the keys of the summary that ``docs/cli.md`` describes, with the numbers as numbers: a size is a decimal in mm, and the sign
that the report prints before it stands in a column of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from parser.model import Measure, Report
from parser.staging import editions

from .output import FACTS, chosen, summary
from .spreadsheet import edition_column

if TYPE_CHECKING:
    import pyarrow

    from fhir_export import Context

Fact = str | int | bool | Decimal | date | tuple[str, ...] | None

_WHOLE: Final = frozenset({
    "examined", "positive", "positive_as_printed", "itc_nodes", "micromet_nodes", "macromet_nodes",
    "sentinel_examined", "sentinel_positive", "grade", "oncotype",
})  # fmt: skip
_SIZES: Final = {"largest_deposit_mm": "largest_deposit_sign", "tumor_size_mm": "tumor_size_sign"}
_DECIMAL: Final = frozenset({*_SIZES, "ki67"})
_DIGITS: Final = (18, 6)  # of a decimal: all of it, behind the point
_DATES: Final = ("collected", "effective", "issued")  # the first that is known is the report's date


def columns() -> Mapping[str, str]:
    """The columns in their order, each with its type: string, strings, integer, decimal, boolean or date."""
    kinds = {"id": "string", "subject": "string", "year": "integer", "date": "date", "decision": "string", "reasons": "strings"}
    for name in FACTS:
        kinds[name] = "integer" if name in _WHOLE else "decimal" if name in _DECIMAL else "boolean" if name == "neoadjuvant" else "string"
        if name in _SIZES:
            kinds[_SIZES[name]] = "string"
    kinds |= dict.fromkeys(map(edition_column, editions()), "string")
    return {**kinds, "pn_basis": "string"}


def row(id_: str, report: Report, context: Context) -> tuple[Fact, ...]:
    """The values of ``columns``; None where the report does not say."""
    decisions = chosen(report)
    found = summary(report, decisions)
    year, day = _when(context)
    subject = context.subject
    values: list[Any] = [
        id_,
        subject if isinstance(subject, str) or subject is None else f"{subject.system}|{subject.value}",
        year,
        day,
        str(report.status),
        tuple(map(str, report.reasons)),
    ]
    sizes = {"largest_deposit_mm": report.nodes.largest_deposit, "tumor_size_mm": report.tumor.size}
    for name in FACTS:
        size = sizes.get(name)
        if size is not None:
            values += _size(size.value)
        elif name in _SIZES:
            values += (None, None)
        elif name == "ki67":
            values.append(_fitting(Decimal(str(found[name]))) if found[name] is not None else None)
        else:
            values.append(found[name])
    pn = found["pn"]
    assert isinstance(pn, Mapping)
    values += (pn.get(edition) for edition in editions())
    return (*values, found["pn_basis"])


def table(rows: Iterable[Sequence[Fact]]) -> pyarrow.Table:
    """Rows of ``row`` as an Arrow table."""
    import pyarrow

    wanted = schema()
    cells = tuple(zip(*rows, strict=True)) or ((),) * len(wanted)
    return pyarrow.Table.from_arrays(
        [pyarrow.array(column, field.type) for column, field in zip(cells, wanted, strict=True)], schema=wanted
    )


def packed(rows: Iterable[Sequence[Fact]], compression: str | None = None) -> bytes:
    """Rows of ``row`` as an Arrow stream: several may stand one behind the other."""
    import pyarrow

    sink, found = pyarrow.BufferOutputStream(), table(rows)
    with pyarrow.ipc.new_stream(sink, found.schema, options=pyarrow.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(found)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def schema() -> pyarrow.Schema:
    """The columns as Arrow has them."""
    import pyarrow

    kinds = {
        "string": pyarrow.string(),
        "strings": pyarrow.list_(pyarrow.string()),
        "integer": pyarrow.int32(),
        "decimal": pyarrow.decimal128(*_DIGITS),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
    }
    return pyarrow.schema([(name, kinds[kind]) for name, kind in columns().items()])


def _size(size: Measure) -> tuple[Decimal | None, str | None]:
    return _fitting(size.number), size.comparator or None


def _fitting(number: Decimal) -> Decimal | None:
    """The number with the digits of the column; None for one so large that it is no size.

    >>> _fitting(Decimal("0.2")), _fitting(Decimal("1e30"))
    (Decimal('0.200000'), None)
    """
    return round(number, _DIGITS[1]) if abs(number) < 10 ** (_DIGITS[0] - _DIGITS[1]) else None


def _when(context: Context) -> tuple[int | None, date | None]:
    """Year and day of the report, as far as its context says."""
    for name in _DATES:
        said: str | None = getattr(context, name)
        if said:
            return int(said[:4]), date.fromisoformat(said[:10]) if len(said) >= 10 else None
    return None, None
