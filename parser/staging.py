"""Node facts to an N category: evaluates a staging table. Knows no site and no edition; ``docs/staging.md`` explains.

Sizes are millimetres. Nothing here doubts in silence: where a table is silent ``silence`` gives the Issue, where the facts allow
several answers ``Decision.possible`` lists them, and the caller raises the Issue that names the facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from .model import Decision, DepositClass, Issue, IssueKind, Measure
from .staging_table import Row, StagingTable, editions, load_table

__all__ = [
    "StagingTable", "cells_at_boundary", "decide", "deposit_classes", "editions", "evaluate", "load_table",
    "sentinel_suffix", "silence", "stage_group", "words_contradict_size",
]  # fmt: skip

_ITC, _MICRO, _MACRO = DepositClass.ITC, DepositClass.MICROMETASTASIS, DepositClass.MACROMETASTASIS
_CLASSES = frozenset(DepositClass)
# A prefix such as yp or rc, the value, then suffixes: (sn) or (f) of N, (m), (3) or (m,3) of T. (i+), (mol+) and (DCIS) are of the value.
_TNM = re.compile(r"[yra]{0,2}[pc]?([TNM].*?)(?:\((?:sn|f|m?,?\d*)\))*")


def evaluate(table: StagingTable, inputs: Mapping[str, int | str]) -> Decision:
    """The category of the one row whose conditions hold; inputs not given take the table's defaults.

    Raises ValueError for an input the table does not know or a value outside its domain. Category None: the facts decide nothing.

    >>> evaluate(load_table("AJCC 8"), {"micro": 1, "examined": 3}).row
    'breast.ajcc8.n1mi'
    """
    row, values = _matching_row(table, inputs)
    if row is None:
        return Decision(table.edition, None, inputs=values)
    possible = (row.category.base,) if row.category else ()
    return Decision(table.edition, row.category, row.id, row.source, values, possible)


def decide(table: StagingTable, alternatives: Sequence[Mapping[str, int | str]]) -> Decision:
    """One Decision from several readings of the facts, the most probable first.

    The decision is that of the first reading; ``possible`` holds the category of every reading, in the table's order. Where all agree,
    a reading decided by a silent row is preferred, so that its doubt is not lost. Where one reading decides nothing, nothing is decided.
    Raises ValueError for no alternatives, and as ``evaluate``.
    """
    if not alternatives:
        raise ValueError("no alternatives, expected at least one mapping of inputs")
    decisions = [evaluate(table, inputs) for inputs in alternatives]
    if len(decisions) == 1:
        return decisions[0]
    found = {decision.possible[0] for decision in decisions if decision.possible}
    possible = tuple(category for category in table.categories if category in found)
    undecided = [decision for decision in decisions if decision.category is None]
    silent = [decision for decision in decisions if silence(table, decision)]
    first = undecided[0] if undecided else silent[0] if silent and len(found) == 1 else decisions[0]
    return replace(first, possible=possible)


def silence(table: StagingTable, decision: Decision) -> Issue | None:
    """The Issue of a decision that rests on a silent row: the official text does not say, the registry tables do."""
    for row in table.rows:
        if row.silent and row.id == decision.row:
            return Issue(IssueKind.STAGING_TABLE_SILENT, f"{table.edition}, {row.id}: {row.note}")
    return None


def deposit_classes(
    table: StagingTable, words: DepositClass | None, size: Measure | None, cells: Measure | None
) -> frozenset[DepositClass]:
    """The size classes a deposit can be of. Empty: nothing known, the node is positive and unsized.

    An exact size gives one class, an interval all those it reaches. Words choose within what size and cells leave open; where they
    contradict it, size and cells decide (``words_contradict_size``). Cells above the table's limit make a small deposit a
    micrometastasis; they never make a larger one smaller. An edition without a cell rule learns from cells alone only that the
    deposit is small.

    >>> table = load_table("AJCC 8")
    >>> deposit_classes(table, None, Measure.of(Decimal("2"), "<"), None) == {DepositClass.ITC, DepositClass.MICROMETASTASIS}
    True
    """
    if size is None and cells is None:
        return frozenset() if words is None else frozenset({words})
    open_classes = _open_classes(table, size, cells)
    if words in open_classes:
        return frozenset({words})
    if size is None and cells is not None:
        return _by_cells_alone(table, cells)
    return open_classes


def words_contradict_size(table: StagingTable, words: DepositClass | None, size: Measure | None, cells: Measure | None = None) -> bool:
    """Whether the words name a class that the size, or the number of cells, rules out.

    >>> words_contradict_size(load_table("AJCC 8"), DepositClass.MICROMETASTASIS, Measure.of(Decimal("2.01")))
    True
    """
    return words is not None and not (size is None and cells is None) and words not in _open_classes(table, size, cells)


def cells_at_boundary(table: StagingTable, cells: Measure | None, size: Measure | None = None) -> bool:
    """Whether the number of cells is the table's limit, or may lie on either side of it, and the size leaves the decision to it.

    Isolated tumour cells are fewer than 200, a micrometastasis has more than 200; at 200 the answer is isolated tumour cells, and the
    caller raises CELLS_AT_BOUNDARY.
    """
    limit = table.deposit.itc_max_cells
    if cells is None or limit is None or _ITC not in (_CLASSES if size is None else _by_size(table, size)):
        return False
    return cells.low == cells.high == limit or _few_or_many(table, cells) == (True, True)


def sentinel_suffix(
    table: StagingTable, sentinel_procedure: bool, examined_total: int | None, dissection: bool | None = None
) -> bool | None:
    """Whether (sn) is written; None where the table asks for what is not known.

    ``examined_total``: all nodes removed; ``dissection``: whether an axillary dissection went with the sentinel biopsy or followed it.

    >>> sentinel_suffix(load_table("AJCC 8"), True, 5)
    True
    """
    rule = table.sentinel
    if not sentinel_procedure or (rule.without_dissection and dissection):
        return False
    if rule.fewer_than is not None and examined_total is not None and examined_total >= rule.fewer_than:
        return False
    unknown = (rule.without_dissection and dissection is None) or (rule.fewer_than is not None and examined_total is None)
    return None if unknown else True


def stage_group(edition: str, t: str, n: str, m: str, site: str = "breast") -> str | None:
    """The anatomic stage group of T, N and M, with or without prefix and suffix; None where the edition gives none.

    None is also the answer for a value the table does not hold. Raises ValueError for an unknown edition or site.

    >>> stage_group("AJCC 7", "pT1c(m)", "pN1mi(sn)", "cM0")
    'IB'
    """
    table = load_table(edition, site)
    bare = [match[1] if (match := _TNM.fullmatch(value)) else value for value in (t, n, m)]
    return table.stages.get((bare[0], bare[1], bare[2]))


def _matching_row(table: StagingTable, inputs: Mapping[str, int | str]) -> tuple[Row | None, dict[str, int | str]]:
    """The row whose conditions hold, and all inputs with defaults. Rows are disjoint, so the first is the only one."""
    values = {name: declared.default for name, declared in table.inputs.items()}
    for name, value in inputs.items():
        if name not in values:
            raise ValueError(f"unknown input {name!r}, expected one of {', '.join(values)}")
        if not table.inputs[name].accepts(value):
            raise ValueError(f"{name} = {value!r} is outside its domain in the {table.site} table of {table.edition}")
        values[name] = value
    facts = dict(values)
    for name, parts in table.derived.items():
        facts[name] = sum(value for part in parts if isinstance(value := values[part], int))
    for row in table.rows:
        for name, allowed in row.conditions:
            if facts[name] not in allowed:
                break
        else:
            return row, values
    return None, values


def _by_size(table: StagingTable, size: Measure) -> frozenset[DepositClass]:
    """The classes whose interval the size reaches: (0, itc], (itc, micro], (micro, unlimited)."""
    itc, micro = table.deposit.itc_max_mm, table.deposit.micro_max_mm
    return frozenset(
        kind
        for kind, above, up_to in ((_ITC, None, itc), (_MICRO, itc, micro), (_MACRO, micro, None))
        if _starts_by(size, up_to) and _ends_above(size, above)
    )


def _starts_by(size: Measure, limit: Decimal | None) -> bool:
    """Whether part of the size is at or below the limit."""
    return limit is None or size.low is None or size.low < limit or (size.low == limit and not size.low_open)


def _ends_above(size: Measure, limit: Decimal | None) -> bool:
    """Whether part of the size is above the limit."""
    return limit is None or size.high is None or size.high > limit


def _open_classes(table: StagingTable, size: Measure | None, cells: Measure | None) -> frozenset[DepositClass]:
    """What size and cells leave open, before the words."""
    by_size = _CLASSES if size is None else _by_size(table, size)
    few, many = _few_or_many(table, cells)
    if _ITC not in by_size or not many:
        return by_size
    return by_size | {_MICRO} if few else (by_size - {_ITC}) | {_MICRO}


def _by_cells_alone(table: StagingTable, cells: Measure) -> frozenset[DepositClass]:
    if table.deposit.itc_max_cells is None:
        return frozenset({_ITC, _MICRO})
    few, many = _few_or_many(table, cells)
    return frozenset(kind for kind, holds in ((_ITC, few), (_MICRO, many)) if holds)


def _few_or_many(table: StagingTable, cells: Measure | None) -> tuple[bool, bool]:
    """Whether the cells can be within the limit of isolated tumour cells, and whether they can be above it."""
    limit = table.deposit.itc_max_cells
    if limit is None or cells is None:
        return True, False
    return _starts_by(cells, Decimal(limit)), _ends_above(cells, Decimal(limit))
