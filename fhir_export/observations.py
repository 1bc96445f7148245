"""Observations of the nodes and of the tumour: one table, a row for each question a report can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from parser.model import Deposit, DepositClass, Evidence, Measure, Method, Report, Value

from .codes import concept, known_concept
from .deposits import classes_of, counted_deposits
from .elements import JsonObject, quantity, size
from .frame import Frame
from .frozen import freeze

__all__ = ["NODE_ROWS", "TUMOR_ROWS", "Row", "observations", "staging_facts"]

_LABORATORY: Final[list[JsonObject]] = freeze([concept("category.laboratory")])
_MARKER: Final[list[JsonObject]] = freeze([concept("category.laboratory"), concept("category.tumor_marker")])
_RELATED_CONDITION: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition"
_APPROXIMATE: Final = "The report gives this size as approximate."


@dataclass(frozen=True, slots=True)
class Row:
    """One question: where its answer stands in a Report, and how the answer is shown."""

    name: str  # of the entry observation.* in codes.toml, and the last part of the element path
    find: Callable[[Report], Value[Any] | None]
    show: Callable[[Any], JsonObject]
    profile: str  # of profiles.py
    category: list[JsonObject]
    code: JsonObject
    method: Callable[[Report], Method | None] | None = None


def _row(
    name: str,
    find: Callable[[Report], Value[Any] | None],
    show: Callable[[Any], JsonObject],
    profile: str = "laboratory",
    method: Callable[[Report], Method | None] | None = None,
) -> Row:
    category = _MARKER if profile == "marker" else _LABORATORY
    return Row(name, find, show, profile, category, concept(f"observation.{name}"), method)


def _count(value: int) -> JsonObject:
    return {"valueQuantity": quantity(value, "1", "#")}


def _percent(value: Decimal) -> JsonObject:
    return {"valueQuantity": quantity(value, "%", "%")}


def _score(value: int) -> JsonObject:
    return {"valueQuantity": quantity(value, "1", "Recurrence score")}


def _presence(value: bool) -> JsonObject:
    return {"valueCodeableConcept": concept("result.present" if value else "result.absent")}


def _result(value: str) -> JsonObject:
    """positive, negative, not done: coded. Any other word of the closed set (performed, equivocal): text."""
    if value == "not done":
        return {"dataAbsentReason": concept("result.not done")}
    return {"valueCodeableConcept": known_concept(f"result.{value}", value)}


def _grade(value: int) -> JsonObject:
    return {"valueCodeableConcept": known_concept(f"grade.{value}", f"Nottingham grade {value}")}


def _tumor_size(value: Measure) -> JsonObject:
    return {"component": [{"code": _LONGEST, **size(value)}]}


def _molecular_method(report: Report) -> Method | None:
    return report.nodes.molecular_method.value if report.nodes.molecular_method else None


def _found_by(kind: DepositClass) -> Callable[[Report], Method | None]:
    """The method by which all deposits of a class were found, if it is one and the report ties it to them."""
    return lambda report: _one_method(deposit for deposit in counted_deposits(report) if classes_of(deposit) == {kind})


def _largest_found_by(report: Report) -> Method | None:
    largest = report.nodes.largest_deposit
    return _one_method(deposit for deposit in counted_deposits(report) if largest and deposit.size == largest.value)


def _one_method(deposits: Iterable[Deposit]) -> Method | None:
    methods = {deposit.method for deposit in deposits}
    return methods.pop() if len(methods) == 1 else None


_AS_PRINTED: Final = concept("observation.positive_as_printed")
_LONGEST: Final = concept("observation.longest_dimension")

NODE_ROWS: Final = (
    _row("nodes_examined", lambda report: report.nodes.examined, _count),
    _row("nodes_positive", lambda report: report.nodes.positive, _count),
    _row("sentinel_examined", lambda report: report.nodes.sentinel_examined, _count),
    _row("sentinel_positive", lambda report: report.nodes.sentinel_positive, _count),
    _row("nodes_macromet", lambda report: report.nodes.macromet, _count, method=_found_by(DepositClass.MACROMETASTASIS)),
    _row("nodes_micromet", lambda report: report.nodes.micromet, _count, method=_found_by(DepositClass.MICROMETASTASIS)),
    _row("nodes_itc", lambda report: report.nodes.itc, _count, method=_found_by(DepositClass.ITC)),
    _row("largest_deposit", lambda report: report.nodes.largest_deposit, size, method=_largest_found_by),
    _row("extranodal_extension", lambda report: report.nodes.extranodal_extension, _presence),
    _row("nodes_ihc", lambda report: report.nodes.ihc, _result, method=lambda report: Method.IHC),
    _row("nodes_molecular", lambda report: report.nodes.molecular, _result, method=_molecular_method),
)

# Extranodal extension has no part in the N category of a breast cancer
_STAGING_ROWS: Final = tuple(row for row in NODE_ROWS if row.name != "extranodal_extension")

TUMOR_ROWS: Final = (
    _row("tumor_size", lambda report: report.tumor.size, _tumor_size, "tumor_size"),
    _row("grade", lambda report: report.tumor.grade, _grade),
    _row("er", lambda report: report.tumor.er, _result, "marker"),
    _row("pr", lambda report: report.tumor.pr, _result, "marker"),
    _row("her2", lambda report: report.tumor.her2, _result, "marker"),
    _row("ki67", lambda report: report.tumor.ki67_percent, _percent, "marker"),
    _row("oncotype", lambda report: report.tumor.oncotype_score, _score, "marker"),
)


def observations(frame: Frame, report: Report, rows: tuple[Row, ...], shared: JsonObject) -> Iterator[JsonObject]:
    """The Observations of the rows the report answers, in the order of the rows. ``shared`` stands in each of them."""
    for row in rows:
        value = row.find(report)
        if value is None:
            continue
        content = shared | row.show(value.value)
        if "dataAbsentReason" not in content and row.method and (method := row.method(report)):
            content["method"] = concept(f"method.{method}")
        notes = []
        if isinstance(value.value, Measure) and value.value.comparator == "~":
            notes.append(_APPROXIMATE)
        printed = report.nodes.positive_as_printed
        if row.name == "nodes_positive" and printed and printed.value != value.value:
            content["component"] = [{"code": _AS_PRINTED, **_count(printed.value)}]
            notes.append(f"The report prints {printed.value}, with nodes that hold isolated tumor cells only.")
        related = []
        if frame.primary and row.profile == "marker":  # where mCODE looks for the cancer of a tumour marker; others look at focus
            related.append({"url": _RELATED_CONDITION, "valueReference": frame.primary})
        path, focus = f"Observation/{row.name}", row.profile != "tumor_size"  # mCODE: a size has a specimen or a focus, not both
        yield frame.observation(path, row.profile, row.code, row.category, content, value.evidence, notes, related, focus=focus)


def staging_facts(frame: Frame, report: Report) -> tuple[list[JsonObject], list[Evidence]]:
    """What a category is derived from: references to the Observations of the nodes, and their passages, each once."""
    members: list[JsonObject] = []
    passages: dict[tuple[int, int], Evidence] = {}
    for row in _STAGING_ROWS:
        value = row.find(report)
        if value is not None:
            members.append(frame.refer("Observation", f"Observation/{row.name}"))
            for item in value.evidence:
                passages[item.span.start, item.span.end] = item
    return members, [passages[place] for place in sorted(passages)]
