"""Discrete answers of a checklist (OBX with coded questions) by the keys of a file of yours, and where they and the text differ.

The keys of checklists belong to those who publish them, so none are here: a file maps the ones you are licensed to use to our questions.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from parser.model import Category, Issue, IssueKind, Measure, Report, Span, Value

from ..exits import UsageError
from .message import Message, Segment
from .values import CODED


class Question(StrEnum):
    """What a checklist may ask that we compare with the text."""

    EXAMINED = "examined"
    POSITIVE = "positive"
    MACRO = "macro"
    MICRO = "micro"
    ITC = "itc"
    SENTINEL_EXAMINED = "sentinel_examined"
    LARGEST_DEPOSIT = "largest_deposit_mm"
    CATEGORY = "pn_category"
    SUFFIX = "suffix"
    ENE = "ene"


Said: TypeAlias = int | Decimal | str | bool | None

_CHOSEN: Final = (Question.CATEGORY, Question.SUFFIX, Question.ENE)  # answered by an item of a list
_NAMES: Final = {
    Question.EXAMINED: "nodes examined", Question.POSITIVE: "nodes positive", Question.MACRO: "nodes with macrometastasis",
    Question.MICRO: "nodes with micrometastasis", Question.ITC: "nodes with isolated tumor cells",
    Question.SENTINEL_EXAMINED: "sentinel nodes examined", Question.LARGEST_DEPOSIT: "largest deposit in mm",
    Question.CATEGORY: "pN category", Question.SUFFIX: "suffix of the pN category", Question.ENE: "extranodal extension",
}  # fmt: skip
_NUMBER: Final = re.compile(r"(?P<comparator><=|>=|<|>)?\s*(?P<number>\d{1,4}(?:\.\d{1,3})?)")
_MILLIMETRES: Final = {"": Decimal(1), "mm": Decimal(1), "cm": Decimal(10)}
_NEGATIVE: Final = re.compile(r"\((?:i|mol)-\)")
_CATEGORY: Final = re.compile(r"pN(?:X|0(?:\((?:i|mol)[+-]\))?|1(?:mi|[abc])?|2[ab]?|3[abc]?)")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a file: of questions, and of the items that answer them."""

    systems: frozenset[str]
    questions: Mapping[str, Question]
    items: Mapping[tuple[Question, str], str | bool]


NO_KEYS: Final = Keys(frozenset(), {}, {})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a checklist answers to a question; None if it is nothing that can be read."""

    question: Question
    value: Said


def load(path: Path) -> Keys:
    """The keys of a file.

    Raises:
        UsageError: it cannot be read, or a name or a value in it is wrong.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error if isinstance(error, tomllib.TOMLDecodeError) else 'not UTF-8'}") from None
    if wrong := given.keys() - {"systems", "questions", *_CHOSEN}:
        raise UsageError(f"{path}: {min(wrong)}: no such table; expected systems, questions, {', '.join(_CHOSEN)}")
    if wrong := {name for name in ("questions", *_CHOSEN) if not isinstance(given.setdefault(name, {}), dict)}:
        raise UsageError(f"{path}: {min(wrong)}: expected a table")
    systems = given.get("systems", ["CAPECC", "CAPECP"])
    if not isinstance(systems, list) or not all(isinstance(name, str) for name in systems):
        raise UsageError(f"{path}: systems: expected a list of names")
    items = {(question, key): _item(path, question, value) for question in _CHOSEN for key, value in given[question].items()}
    questions = dict(_questions(path, given["questions"]))
    if not questions:
        raise UsageError(f"{path}: questions: expected keys of at least one of {', '.join(Question)}")
    return Keys(frozenset(map(str.upper, systems)), questions, items)


def _questions(path: Path, given: Mapping[str, object]) -> Iterator[tuple[str, Question]]:
    for name, keys in given.items():
        if name not in set(Question) or not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise UsageError(f"{path}: questions.{name}: expected a list of keys for one of {', '.join(Question)}")
        yield from ((key, Question(name)) for key in keys)


def _item(path: Path, question: Question, value: object) -> str | bool:
    if question is Question.ENE and isinstance(value, bool):
        return value
    if question is Question.SUFFIX and isinstance(value, str) and value in ("", "sn", "f"):
        return value
    if question is Question.CATEGORY and isinstance(value, str) and _CATEGORY.fullmatch(value):
        return value
    raise UsageError(f'{path}: {question}: expected true or false for ene, "sn", "f" or "" for suffix, and such as "pN1a" for pn_category')


def answers(message: Message, rows: Iterable[Segment], keys: Keys) -> tuple[Answer, ...]:
    """The answers in the OBX segments of a report, each once. A count stands in a row of its own behind the item that asks for it."""
    found: dict[Answer, None] = {}
    for row in rows:
        question = _asked(message, row, keys) if row.name == "OBX" else None
        coded = row.raw(2).upper() in CODED
        if not question or coded != (question in _CHOSEN) or not row.raw(5).strip():
            continue
        for raw in message.repetitions(row.raw(5)):
            parts = message.parts(raw)
            value = _known(keys.items, question, parts[0]) if coded else _measured(question, "".join(parts), message.value(row, 6))
            found[Answer(question, value)] = None
    return tuple(found)


def _asked(message: Message, row: Segment, keys: Keys) -> Question | None:
    """Our question that a row answers: by its key, or by what stands in it before the first dot, if the file has it so."""
    parts = [*message.parts(row.raw(3)), "", "", "", "", ""]
    for code, system in ((parts[0], parts[2]), (parts[3], parts[5])):
        if system.upper() in keys.systems and (found := keys.questions.get(code) or keys.questions.get(code.partition(".")[0])):
            return found
    return None


def _known(items: Mapping[tuple[Question, str], str | bool], question: Question, key: str) -> str | bool | None:
    return items.get((question, key), items.get((question, key.partition(".")[0])))


def _measured(question: Question, text: str, unit: str) -> Said:
    found = _NUMBER.fullmatch(text.strip())
    if question is not Question.LARGEST_DEPOSIT:
        return int(text) if found and text.strip().isdigit() else None
    factor = _MILLIMETRES.get(unit.lower())
    if not found or factor is None:
        return None
    number = Decimal(format((Decimal(found["number"]) * factor).normalize(), "f"))
    return f"{found['comparator']}{number}" if found["comparator"] else number


def disagreements(given: Sequence[Answer], report: Report) -> tuple[Issue, ...]:
    """Where discrete answers and the text differ, or the answers among themselves; none of these says what the report says in words."""
    issues: list[Issue] = []
    for question in dict.fromkeys(answer.question for answer in given):
        values = [answer.value for answer in given if answer.question is question]
        text, spans = _in_text(question, report)
        if None in values:
            issues.append(_issue(f"a discrete answer could not be read: {_NAMES[question]}", spans))
        elif len(values) > 1:
            issues.append(_issue(f"discrete answers differ among themselves: {_NAMES[question]}", spans))
        elif not _agrees(question, values[0], text):
            issues.append(_issue(f"discrete answers and text differ: {_NAMES[question]} {_shown(values[0])} / {_shown(*text)}", spans))
    return tuple(issues)


def _issue(message: str, spans: tuple[Span, ...]) -> Issue:
    return Issue(IssueKind.ANSWERS_DIFFER, message, spans)


def _shown(*values: object) -> str:
    words = {True: "yes", False: "no", "": "none"}
    return " or ".join(words[value] if isinstance(value, (bool, str)) and value in words else str(value) for value in values) or "nothing"


def _in_text(question: Question, report: Report) -> tuple[Sequence[object], tuple[Span, ...]]:
    """What the text says: one value, none, or the categories that editions derive where it prints none."""
    nodes = report.nodes
    values: Mapping[Question, Value[int] | Value[Measure] | Value[bool] | Value[Category] | None] = {
        Question.EXAMINED: nodes.examined, Question.POSITIVE: nodes.positive, Question.MACRO: nodes.macromet,
        Question.MICRO: nodes.micromet, Question.ITC: nodes.itc, Question.SENTINEL_EXAMINED: nodes.sentinel_examined,
        Question.LARGEST_DEPOSIT: nodes.largest_deposit, Question.ENE: nodes.extranodal_extension,
    }  # fmt: skip
    found = values.get(question, report.pn_stated)
    spans = tuple(dict.fromkeys(evidence.span for evidence in found.evidence)) if found else ()
    if question is Question.CATEGORY:
        derived = (decision.category for decision in report.staging.values())
        categories = [report.pn_stated.value] if report.pn_stated else filter(None, derived)
        return list(dict.fromkeys(_NEGATIVE.sub("", category.base) for category in categories)), spans
    if question is Question.SUFFIX:
        return ["".join(report.pn_stated.value.suffixes)] if report.pn_stated else [], spans
    return [found.value] if found else [], spans


def _agrees(question: Question, answer: Said, text: Sequence[object]) -> bool:
    """Whether the text says the same; none and no are also said by a text that says nothing, except of a category."""
    if not text:
        return question is not Question.CATEGORY and not answer
    if question is Question.LARGEST_DEPOSIT and isinstance(text[0], Measure):
        return str(text[0]) == _shown(answer)
    if question is Question.CATEGORY:
        return _NEGATIVE.sub("", str(answer)) in text
    return answer == text[0]
