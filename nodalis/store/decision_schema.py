"""The table of people's decisions. Rows are added; triggers of the migrations refuse to change and to remove them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Column, Dialect, ForeignKey, Index, Integer, LargeBinary, Row, Table, Text, TypeDecorator

from ..review.decision import Action, Correction, Decision, Made
from .schema import Moment, Words, metadata


class Corrections(TypeDecorator[Sequence[Correction]]):
    """Some corrections, as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Sequence[Correction] | None, dialect: Dialect) -> Any:
        return [list(correction) for correction in value or ()]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Correction, ...]:
        return tuple(Correction(*correction) for correction in value)


class Said(TypeDecorator[Sequence[tuple[str, str]]]):
    """Values by name, as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Sequence[tuple[str, str]] | None, dialect: Dialect) -> Any:
        return dict(value or ())

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[tuple[str, str], ...]:
        return tuple(value.items())


decision: Final = Table(
    "decision",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("report_id", BigInteger, ForeignKey("report.id"), nullable=False),
    Column("versions", LargeBinary, nullable=False),  # the set that it is about
    Column("reading", LargeBinary, nullable=False),  # what was read of them then
    Column("action", Text, nullable=False),
    Column("corrections", Corrections, nullable=False),
    Column("reason", Words, nullable=False),
    Column("said", Said, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("decision_of_report", "report_id", "id"),
    sqlite_autoincrement=True,
)

DECIDED: Final = tuple(field.name for field in fields(Decision))  # columns of the same names


def made_of(row: Row[*tuple[Any, ...]]) -> Made:
    """A decision out of its row."""
    given = {name: getattr(row, name) for name in DECIDED}
    return Made(row.id, Decision(**{**given, "action": Action(row.action)}))
