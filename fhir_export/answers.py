"""What an Observation asks and what it answers, before it becomes a resource of one report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .elements import JsonObject, values_in
from .frozen import freeze
from .narrative import Xhtml, escaped, generated, paragraphs

__all__ = ["Answer", "Question", "answer"]


class Question(NamedTuple):
    """What an Observation is about: the same in every report."""

    path: str  # of its element
    profile: str | None  # of profiles.py, claimed where the Observation conforms
    code: JsonObject
    category: list[JsonObject]
    of_cancer: bool = True  # has the primary cancer as its focus
    on_specimen: bool = True


class Answer(NamedTuple):
    """What a report says to a question."""

    content: JsonObject  # the value and whatever else is the Observation's own
    notes: Sequence[str]
    said: Xhtml  # question and value in a line
    text: JsonObject  # the narrative: the line and the notes

    def shared(self) -> Answer:
        """The same, read-only: for many reports."""
        return self._replace(content=freeze(self.content), text=freeze(self.text))


def answer(code: JsonObject, content: JsonObject, notes: Sequence[str] = ()) -> Answer:
    """The answer to the question with this code.

    >>> answer({"text": "Lymph nodes positive"}, {"valueQuantity": {"value": 1, "unit": "#", "code": "1"}}).said
    'Lymph nodes positive: 1'
    """
    if "component" in content and not values_in(tuple(content)):
        shown = ", ".join([_value(part) for part in content["component"]])
    else:
        shown = _value(content)
    method = content.get("method")
    said = escaped(f"{code['text']}: {shown} ({method['text']})" if method else f"{code['text']}: {shown}")
    return Answer(content, notes, said, generated(paragraphs(said, *map(escaped, notes))))


def _value(content: JsonObject) -> str:
    if "valueQuantity" in content:
        return _quantity(content["valueQuantity"])
    if "valueRange" in content:
        return f"{content['valueRange']['low']['value']} to {_quantity(content['valueRange']['high'])}"
    if "valueCodeableConcept" in content:
        return str(content["valueCodeableConcept"]["text"])
    return str(content["dataAbsentReason"]["coding"][0]["display"]).lower()


def _quantity(value: JsonObject) -> str:
    number = f"{value.get('comparator', '')}{value['value']}"
    return number if value["code"] == "1" else f"{number} {value['unit']}"
