"""Observations of the nodes and of the tumour: one table, a row for each question a report can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from parser.model import Deposit, DepositClass, Evidence, Measure, Method, Report, Span, Value

from .answers import Answer, Question, answer
from .codes import concept, known_concept
from .deposits import classes_of, counted_deposits
from .elements import JsonObject, quantity, size
from .frame import Frame
from .frozen import FrozenObject, freeze

__all__ = ["NODE_ROWS", "TUMOR_ROWS", "Row", "observations", "staging_facts"]

_LABORATORY: Final[list[JsonObject]] = freeze([concept("category.laboratory")])
_MARKER: Final[list[JsonObject]] = freeze([concept("category.laboratory"), concept("category.tumor_marker")])
_RELATED_CONDITION: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition"
_SMALL: Final = (int, str)
_APPROXIMATE: Final = "The report gives this size as approximate."
_GIVEN: Final = "Given by the person who reviewed the report."


class Row(NamedTuple):
    """One question: where its answer stands in a Report, and how the answer is shown."""

    name: str  # of the entry observation.* in codes.toml, and the last part of the element path
    asked: Question
    find: Callable[[Report], Value[Any] | None]
    show: Callable[[Any], JsonObject]
    method: Callable[[Report], Method | None] | None


def _row(
    name: str,
    find: Callable[[Report], Value[Any] | None],
    show: Callable[[Any], JsonObject],
    profile: str = "laboratory",
    method: Callable[[Report], Method | None] | None = None,
) -> Row:
    category = _MARKER if profile == "marker" else _LABORATORY
    of_cancer = profile != "tumor_size"  # mCODE: a size has a specimen or a focus, not both
    asked = Question(f"Observation/{name}", profile, concept(f"observation.{name}"), category, of_cancer)
    return Row(name, asked, find, show, method)


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
    _row("nodes_examined", attrgetter("nodes.examined"), _count),
    _row("nodes_positive", attrgetter("nodes.positive"), _count),
    _row("sentinel_examined", attrgetter("nodes.sentinel_examined"), _count),
    _row("sentinel_positive", attrgetter("nodes.sentinel_positive"), _count),
    _row("nodes_macromet", attrgetter("nodes.macromet"), _count, method=_found_by(DepositClass.MACROMETASTASIS)),
    _row("nodes_micromet", attrgetter("nodes.micromet"), _count, method=_found_by(DepositClass.MICROMETASTASIS)),
    _row("nodes_itc", attrgetter("nodes.itc"), _count, method=_found_by(DepositClass.ITC)),
    _row("largest_deposit", attrgetter("nodes.largest_deposit"), size, method=_largest_found_by),
    _row("extranodal_extension", attrgetter("nodes.extranodal_extension"), _presence),
    _row("nodes_ihc", attrgetter("nodes.ihc"), _result, method=lambda report: Method.IHC),
    _row("nodes_molecular", attrgetter("nodes.molecular"), _result, method=_molecular_method),
)

# Extranodal extension has no part in the N category of a breast cancer
_STAGING_ROWS: Final = tuple(row for row in NODE_ROWS if row.name != "extranodal_extension")

TUMOR_ROWS: Final = (
    _row("tumor_size", attrgetter("tumor.size"), _tumor_size, "tumor_size"),
    _row("grade", attrgetter("tumor.grade"), _grade),
    _row("er", attrgetter("tumor.er"), _result, "marker"),
    _row("pr", attrgetter("tumor.pr"), _result, "marker"),
    _row("her2", attrgetter("tumor.her2"), _result, "marker"),
    _row("ki67", attrgetter("tumor.ki67_percent"), _percent, "marker"),
    _row("oncotype", attrgetter("tumor.oncotype_score"), _score, "marker"),
)


_BY_NAME: Final = {row.name: row for row in (*NODE_ROWS, *TUMOR_ROWS)}


def observations(frame: Frame, report: Report, rows: tuple[Row, ...], shared: JsonObject) -> Iterator[JsonObject]:
    """The Observations of the rows the report answers, in the order of the rows. ``shared`` stands in each of them."""
    related: list[JsonObject] = []
    if frame.primary:  # where mCODE looks for the cancer of a tumour marker; others look at focus
        related.append(FrozenObject(url=_RELATED_CONDITION, valueReference=frame.primary))
    for row in rows:
        found = row.find(report)
        if found is None:
            continue
        value, evidence = found
        method = row.method(report) if row.method else None
        printed = report.nodes.positive_as_printed if row.name == "nodes_positive" else None
        if printed and printed.value != value:
            answered = _positive(value, printed.value)
        elif isinstance(value, _SMALL):
            answered = _known_answer(row.name, value, method)
        else:
            answered = _answer(row, value, method)
        if frame.corrected and not evidence:
            answered = answered._replace(notes=(*answered.notes, _GIVEN))
        yield frame.observation(row.asked, answered, evidence, shared, related if row.asked.profile == "marker" else ())


def _answer(row: Row, value: Any, method: Method | None) -> Answer:
    content = row.show(value)
    if method and "dataAbsentReason" not in content:
        content["method"] = concept(f"method.{method}")
    approximate = isinstance(value, Measure) and value.comparator == "~"
    return answer(row.asked.code, content, (_APPROXIMATE,) if approximate else ())


@lru_cache(maxsize=4096, typed=True)
def _known_answer(name: str, value: int | str, method: Method | None) -> Answer:
    """The answer of a row by its name, shared and read-only: reports have the same few counts and results.

    Not for sizes and shares: decimals are equal whose digits differ.
    """
    return _answer(_BY_NAME[name], value, method).shared()


def _positive(value: int, printed: int) -> Answer:
    """The positive nodes of a report that prints another number of them."""
    content = _count(value) | {"component": [{"code": _AS_PRINTED, **_count(printed)}]}
    note = f"The report prints {printed}, with nodes that hold isolated tumor cells only."
    return answer(_BY_NAME["nodes_positive"].asked.code, content, (note,))


def staging_facts(frame: Frame, report: Report) -> tuple[list[JsonObject], list[Evidence]]:
    """What a category is derived from: references to the Observations of the nodes, and their passages, each once."""
    members: list[JsonObject] = []
    passages: dict[Span, Evidence] = {}
    for row in _STAGING_ROWS:
        value = row.find(report)
        if value is not None:
            members.append(frame.refer("Observation", row.asked.path))
            for item in value.evidence:
                passages[item.span] = item
    return members, [passages[place] for place in sorted(passages)]
